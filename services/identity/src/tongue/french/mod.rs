//! What the pages before signing in say in French.

mod refused;
mod steps;

use chassis::form::Spoken;

use super::words::{Forgotten, Mail, Notices, Refusals, Register, Words};

const FORMS: Spoken = Spoken {
    one: "Il y a un problème",
    several: "Il y a plusieurs problèmes",
    undone: "Cela n’a pas pu être fait",
    names: &[
        ("address", "Adresse e-mail"),
        ("password", "Mot de passe"),
        ("language", "Langue"),
        ("code", "Code"),
        ("name", "Nom de la clé d’accès"),
        ("agreed", "Conditions"),
    ],
};

pub(super) const WORDS: Words = Words {
    code: "fr",
    home: "Accueil",
    language: "Langue",
    address: "Adresse e-mail",
    password: "Mot de passe",
    sign_in: "Se connecter",
    between: "\u{a0}; ",
    going_on: "Vous reprendrez ensuite là où vous étiez.",
    going_to: "Vous irez ensuite à",
    forgot: "J’ai oublié mon mot de passe",
    new_here: "Première visite\u{a0}?",
    one_account: "Un seul compte pour l’adhésion, les commandes et les avis. Il suffit d’une adresse et d’une minute.",
    create: "Créer un compte",
    passkey: "Se connecter avec une clé d’accès",
    cannot: "Inscrit, mais impossible de se connecter\u{a0}?",
    open_link: "Ouvrez d’abord le lien de notre message. S’il n’y en a pas,",
    enter_again: "saisissez de nouveau votre adresse",
    notices: Notices {
        confirmed: "Votre adresse est confirmée. Connectez-vous pour continuer.",
        passkey: "Votre adresse est confirmée. Connectez-vous avec votre clé d’accès pour continuer.",
        address_back: "Votre adresse est de nouveau la vôtre. Connectez-vous avec le nouveau mot de passe.",
        reset: "Votre nouveau mot de passe est enregistré. Connectez-vous avec lui pour continuer.",
        out: "Vous êtes déconnecté.",
        everywhere: "Vous êtes déconnecté partout.",
    },
    register: Register {
        lede: "Un seul compte pour l’adhésion, les commandes et les avis.",
        address_hint: "Un lien y est envoyé. En l’ouvrant, vous choisirez votre mot de passe.",
        language_hint: "De nos messages. Ce qui n’y est pas encore écrit arrive en anglais.",
        have: "Vous avez déjà un compte\u{a0}?",
        before: "Vous étiez membre\u{a0}?",
        record: "Votre dossier est conservé. Inscrivez-vous avec la même adresse et il sera de nouveau à vous.",
    },
    forgotten: Forgotten {
        title: "Choisir un nouveau mot de passe",
        lede: "Saisissez l’adresse de votre compte\u{a0}; un lien pour choisir un mot de passe y est envoyé.",
        send: "Envoyer le lien",
        came_back: "Il vous est revenu\u{a0}?",
        none_yet: "Pas encore de compte\u{a0}?",
    },
    mail: Mail {
        your_address: "Votre adresse",
        ours: "Notre message",
        new_password: "Nouveau mot de passe",
        look: "Regardez vos messages",
        on_its_way: "Un message est en route vers l’adresse indiquée.",
        if_known: "Si cette adresse a un compte, un message est en route.",
        next: "Que faire maintenant",
        follow: |minutes| {
            format!(
                "Ouvrez notre dernier message et suivez son lien. Il sert une fois, pendant {minutes} minutes."
            )
        },
        choose: "Choisissez votre mot de passe sur la page qui s’ouvre.",
        then_sign_in: "Connectez-vous avec lui.",
        had_one: "Vous aviez déjà un compte\u{a0}? Le message le dit\u{a0};",
        none: "Rien après quelques minutes\u{a0}?",
        unwanted: "Regardez parmi les messages indésirables.",
        was_it_right: "L’adresse était-elle juste\u{a0}?",
        newest: "seul le dernier message compte.",
    },
    refusals: Refusals {
        wrong: "l’adresse ou le mot de passe est faux, ou l’adresse n’est pas encore confirmée",
        left: [
            "avant le prochain essai, attendez 1 minute",
            "encore un essai, puis 1 minute d’attente",
            "encore deux essais, puis 1 minute d’attente",
        ],
        wait: |minutes| {
            format!("il y a eu trop d’essais\u{a0}; attendez {minutes} min, puis réessayez")
        },
        work: |minutes| {
            format!(
                "beaucoup de messages ont été demandés depuis votre réseau\u{a0}: attendez {minutes} \
                 minutes, ou laissez votre navigateur résoudre l’énigme de cette page\u{a0}; puis renvoyez"
            )
        },
        no_address: "saisissez une adresse e-mail",
        odd_address: "saisissez une adresse e-mail avec un @, comme nom@example.org",
        empty: "ce champ ne peut pas rester vide",
    },
    steps: steps::STEPS,
    said: &refused::SAID,
    forms: Some(&FORMS),
};
