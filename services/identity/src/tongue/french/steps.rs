//! What the steps before a sign-in say in French.

use chrono::{Datelike as _, NaiveDate};

use super::super::steps::{
    App, Changing, Codes, Confirm, Demo, Enrol, Invited, Link, NewPassword, Passkeys, Proof,
    Puzzle, Script, Second, Steps, Terms, Undo,
};

const MONTHS: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];

/// `2 mars 2027`.
fn written(day: NaiveDate) -> String {
    let month = MONTHS.iter().zip(1..).find(|(_, number)| *number == day.month());
    let month = month.map_or("", |(name, _)| *name);
    let first = if day.day() == 1 { "er" } else { "" };
    format!("{}{first} {month} {}", day.day(), day.year())
}

pub(super) const STEPS: Steps = Steps {
    go_on: "Continuer",
    code: "Code",
    second: Second {
        title: "Encore une étape",
        lede: "Votre mot de passe est juste. Montrez maintenant que c’est bien vous.",
        section: "Second facteur",
        hint: "Les 6 chiffres qu’affiche votre application, ou l’un de vos codes de secours.",
        recovery: "Code de secours",
        recovery_hint: "Si la clé d’accès n’est pas à portée de main\u{a0}: l’un des codes que vous avez gardés pour ce jour.",
        passkey: "Utiliser une clé d’accès",
        neither: "Vous n’avez ni l’un ni l’autre\u{a0}?",
        neither_help: "Téléphone perdu et plus aucun code de secours\u{a0}: écrivez-nous. Nous vérifions qui vous êtes, puis nous retirons le second facteur.",
        not_you: "Ce n’était pas vous\u{a0}?",
        known: "Quelqu’un connaît votre mot de passe.",
        set_new: "Choisissez-en un autre",
    },
    app: App {
        open: "Ouvrez une application d’authentification sur votre téléphone. Vous n’en avez pas\u{a0}? Toute application qui connaît les codes à usage unique (TOTP) convient\u{a0}; peut-être votre gestionnaire de mots de passe.",
        scan: "Faites-lui scanner cette image.",
        picture: "Image que scanne une application d’authentification",
        cannot: "L’application ne peut pas la scanner",
        secret: "Saisissez ce secret dans l’application\u{a0}:",
        on_phone: "Ou, sur le téléphone lui-même\u{a0}:",
        open_it: "ouvrez l’application",
        type_code: "Saisissez le code qu’elle affiche maintenant.",
        digits: "6 chiffres.",
        set_up: "Configurer l’application",
    },
    enrol: Enrol {
        title: "Configurer un second facteur",
        lede: "L’un de vos rôles dans l’équipe demande deux facteurs. Cela prend une minute, une seule fois.",
        with_app: "Avec une application",
        or_passkey: "Ou avec une clé d’accès",
        what: "Une clé d’accès se trouve sur votre téléphone, votre ordinateur ou une clé de sécurité, et s’ouvre avec le doigt, le visage ou un code PIN. Elle suffit ensuite pour vous connecter.",
        no_name: "On atteint ce site par un numéro, et les clés d’accès ne fonctionnent que là où le site a un nom.",
    },
    passkeys: Passkeys {
        name: "Nom de la clé d’accès",
        name_hint: "Pour la reconnaître\u{a0}: portable, téléphone, porte-clés.",
        add: "Ajouter une clé d’accès",
        no_script: "Les clés d’accès ont besoin de JavaScript.",
        script: Script {
            denied: "Rien n’a été fait\u{a0}: la clé d’accès n’a pas été donnée. Réessayez quand vous voulez.",
            there: "Cet appareil a déjà une clé d’accès pour votre compte.",
            place: "Les clés d’accès ne fonctionnent pas à cette adresse du site.",
            failed: "Le navigateur n’a pas pu le faire. Essayez un autre navigateur ou appareil.",
            unknown: "Ce navigateur ne connaît pas les clés d’accès, ou la connexion à ce site n’est pas sûre.",
            elsewhere: "Les clés d’accès fonctionnent ici si vous ouvrez le site par",
        },
    },
    codes: Codes {
        title: "Vos codes de secours",
        lede: "Ils sont affichés maintenant et plus jamais ensuite.",
        section: "Codes de secours",
        kept: "Je les ai gardés",
        what_for: "À quoi ils servent",
        lost: "Téléphone perdu, application disparue\u{a0}? Saisissez l’un d’eux là où nous demandons un code. Chacun sert une fois.",
        print: "Imprimez cette page ou gardez les codes dans votre gestionnaire de mots de passe\u{a0}: pas sur l’appareil qui peut se perdre.",
    },
    password: NewPassword {
        title: "Choisir un nouveau mot de passe",
        asked: "Notre équipe vous le demande. Vous irez ensuite là où vous alliez.",
        reset: "Toutes les sessions du compte sont fermées\u{a0}; connectez-vous ensuite avec le nouveau.",
        section: "Votre nouveau mot de passe",
        hint: "10 caractères ou plus. Une phrase convient bien. Vous pouvez coller.",
        set_and_sign_in: "Enregistrer le mot de passe et se connecter",
        set: "Enregistrer le mot de passe",
        rules: "Ce qu’il faut à un mot de passe",
        length: |least, most| format!("{least} caractères ou plus, au maximum {most}"),
        guessed: "rien qui se devine vite\u{a0}: ni mot de passe très courant, ni suite de touches, ni votre nom ou votre adresse",
        past: |count| format!("aucun de vos {count} derniers"),
        free: "Ni chiffres ni signes ne sont demandés. Quatre ou cinq mots que personne ne devinerait sont sûrs et faciles à retenir. Vous pouvez coller depuis un gestionnaire de mots de passe.",
    },
    confirm: Confirm {
        title: "Confirmer votre adresse",
        lede: "Encore une étape, et vous pourrez vous connecter.",
        section: "Votre mot de passe",
        choose: "Choisissez un mot de passe",
        act: "Confirmer l’adresse",
        passkey: "Utiliser plutôt une clé d’accès",
        with_it: "Vous acceptez ainsi",
        and: "et",
        unasked: "Vous n’avez rien demandé\u{a0}?",
        do_nothing: "Ne faites rien\u{a0}: sans cette étape, il n’y a pas de compte.",
    },
    link: Link {
        title: "Ce lien ne fonctionne pas",
        lede: "Votre compte va bien. Voici comment continuer.",
        used: "Si c’est vous qui l’avez utilisé, connectez-vous. Si vous ne connaissez pas le mot de passe, choisissez-en un autre.",
        another: |minutes| {
            format!("Un nouveau lien part à la même adresse et sert pendant {minutes} minutes.")
        },
        send: "Envoyer un nouveau lien",
        newer: "Un message plus récent est peut-être arrivé depuis. Sinon, saisissez de nouveau votre adresse et utilisez le lien du dernier message.",
    },
    proof: Proof {
        title: "Est-ce toujours votre adresse\u{a0}?",
        thanks: "Merci, l’adresse est confirmée.",
        asked: "Notre équipe veut s’assurer que vous lisez encore vos messages. Un lien se trouve dans notre dernier message\u{a0}: suivez-le, dites oui sur la page qui s’ouvre, puis revenez ici.",
        no_mail: "Pas de message\u{a0}?",
        another: "Regardez parmi les messages indésirables, ou demandez-en un autre\u{a0}; seul le dernier compte. Vous avez dix minutes ici\u{a0}; après, reconnectez-vous.",
        send: "Envoyer un autre message",
        lost: "Vous n’avez plus cette boîte\u{a0}?",
        write: "Écrivez-nous\u{a0}: nous changerons l’adresse ensemble.",
    },
    changing: Changing {
        title: "Utiliser cette adresse\u{a0}?",
        until_now: "Jusqu’ici",
        from_now: "Désormais",
        means: |hours| {
            format!(
                "Vous vous connectez avec la nouvelle adresse, et tout ce que nous écrivons y va. \
                 L’ancienne reçoit un avis\u{a0}; pendant {hours} heures, le changement peut être annulé \
                 depuis elle."
            )
        },
        proof: "On nous a demandé de vérifier que vous lisez encore ce qui y arrive. Rien ne change.",
        yes: "Oui, l’utiliser",
        unasked: "Vous n’avez rien demandé\u{a0}? Fermez la page\u{a0}: rien ne change.",
        refused: "Il n’a rien changé.",
        look: "Connectez-vous pour voir quelle adresse votre compte a maintenant et redemander le changement. Si vous ne pouvez pas vous connecter, choisissez un nouveau mot de passe.",
        account: "Votre compte",
        changed: "Votre adresse est confirmée",
        from_now_on: "Désormais, vous vous connectez avec elle, et nos messages y vont.",
        stays: "Qui était connecté le reste. Étiez-vous en train de vous connecter\u{a0}? Retournez à cette page et continuez.",
    },
    undo: Undo {
        title: "Reprendre votre adresse",
        again: "redevient l’adresse de votre compte.",
        section: "Un nouveau mot de passe",
        act: "La reprendre",
        what: "Ce qui se passe",
        gone: "La nouvelle adresse n’appartient plus à votre compte.",
        ends: "Toutes les connexions prennent fin, où qu’elles soient.",
        old: "L’ancien mot de passe ne sert plus\u{a0}: quelqu’un d’autre le connaît peut-être.",
    },
    invited: Invited {
        title: "Vous avez une invitation",
        invites: "vous invite à\u{a0}:",
        section: "Accepter l’invitation",
        first: "Choisissez un mot de passe pour votre compte, et l’invitation est acceptée.",
        accept: "Accepter",
        here: "Vous êtes connecté comme",
        whose: "L’invitation est pour le compte",
        sign_in: "Se connecter pour accepter",
        of_its_own: |address| format!("Si vous continuez, {address} devient un compte à part."),
        other: "Déconnectez-vous ici, ouvrez de nouveau le lien de notre message, et connectez-vous avec l’autre compte.",
        sign_out: "Se déconnecter ici",
        unknown: "Vous ne savez pas de quoi il s’agit\u{a0}?",
        do_nothing: "Ne faites rien\u{a0}: si vous n’acceptez pas, rien ne change.",
        another: |hours| {
            format!(
                "L’invitation tient toujours. Un nouveau lien va à la même adresse et sert pendant \
                 {hours} heures."
            )
        },
        was_you: "Si c’était vous, connectez-vous et continuez.",
        newer: "Un message plus récent est peut-être arrivé\u{a0}: utilisez le lien du dernier.",
        to_home: "Vers la page d’accueil",
        sent: "Un nouveau lien est en route vers l’adresse invitée.",
        once: |hours| {
            format!("Il sert une fois, pendant {hours} heures. Seul le dernier message compte.")
        },
        no_mail: "Pas de message après quelques minutes\u{a0}? Regardez parmi les indésirables.",
    },
    terms: Terms {
        crumb: "Nouvelles conditions",
        title: "Avant de continuer",
        lede: "Lisez ce qui vaut entre vous et nous, et acceptez-le. Vous irez ensuite là où vous alliez.",
        of_use: "Conditions d’utilisation",
        privacy: "Avis de confidentialité",
        from: |day| format!("à partir du {}", written(day)),
        agreed: "J’ai lu et j’accepte ce qui est écrit ici",
        accept: "Accepter et se connecter",
        otherwise: "Vous ne l’acceptez pas\u{a0}? Alors rien ne change, et vous n’êtes pas connecté. Écrivez-nous si vous voulez que nous fermions votre compte ou effacions vos données.",
    },
    demo: Demo {
        title: "Essayer la démonstration",
        sample: "exemple",
        password: "Ici, tout le monde a le mot de passe",
        caption: "Qui peut se connecter",
        address: "Adresse",
        who: "Qui",
        people: [
            "gestion et exploitation",
            "finances",
            "pages et menu",
            "membres et sections",
            "un membre",
            "pas membre",
        ],
        this_is: "Ceci est une démonstration.",
        no_mail: "Aucun message ne quitte cet ordinateur\u{a0}: le vôtre est dans la",
        mailbox: "boîte aux lettres",
    },
    puzzle: Puzzle {
        many: "Beaucoup de messages ont été demandés depuis votre réseau.",
        solves: "Votre navigateur résout une énigme avant d’envoyer le prochain\u{a0}; cela prend quelques secondes et ne vous demande rien.",
        no_script: |minutes| {
            format!(
                "Les scripts ne fonctionnent pas ici\u{a0}: attendez {minutes} minutes, puis envoyez le formulaire."
            )
        },
        moment: "Un instant\u{a0}: l’énigme est presque résolue, puis le formulaire part.",
        solved: "L’énigme est résolue.",
        domains: |domains| format!("Seules les adresses de {domains} peuvent être inscrites."),
        elsewhere: "Nous connaissons la vôtre par ailleurs\u{a0}?",
        by_mail: "Choisissez un mot de passe par message",
    },
};
