//! What refusals and mistakes are in French, by what the rules say in English.

use super::super::refusals::Said;

pub(super) const SAID: Said = [
    (
        "this code is not right; the app shows a new one every # seconds, and the clock of the phone must be right",
        "ce code n’est pas juste\u{a0}; l’application en affiche un nouveau toutes les # secondes, et l’horloge du téléphone doit être à l’heure",
    ),
    (
        "this code was used already; wait until the app shows the next one",
        "ce code a déjà servi\u{a0}; attendez que l’application affiche le suivant",
    ),
    (
        "this recovery code is not right, or was used already; each works once",
        "ce code de secours n’est pas juste ou a déjà servi\u{a0}; chacun sert une fois",
    ),
    (
        "no authenticator app is set up for this account; use a passkey or a recovery code",
        "aucune application d’authentification n’est configurée pour ce compte\u{a0}; utilisez une clé d’accès ou un code de secours",
    ),
    (
        "an authenticator app is set up already; remove it first",
        "une application d’authentification est déjà configurée\u{a0}; retirez-la d’abord",
    ),
    (
        "this page was open for too long; scan the new picture",
        "cette page est restée ouverte trop longtemps\u{a0}; scannez la nouvelle image",
    ),
    (
        "enter the # digits that the app shows, or one of your recovery codes with its # letters and digits",
        "saisissez les # chiffres qu’affiche l’application, ou l’un de vos codes de secours avec ses # lettres et chiffres",
    ),
    (
        "this sign-in took longer than # minutes; begin again",
        "cette connexion a pris plus de # minutes\u{a0}; recommencez",
    ),
    (
        "the address is not confirmed yet; follow the link in our newest mail, then go on",
        "l’adresse n’est pas encore confirmée\u{a0}; suivez le lien de notre dernier message, puis continuez",
    ),
    (
        "the terms changed while you read them; read what stands here now",
        "les conditions ont changé pendant que vous les lisiez\u{a0}; lisez ce qui est écrit ici maintenant",
    ),
    ("tick this to go on", "cochez cette case pour continuer"),
    (
        "this has # character, at least # are needed",
        "il y a # caractère\u{a0}; il en faut au moins #",
    ),
    (
        "this has # characters, at least # are needed",
        "il y a # caractères\u{a0}; il en faut au moins #",
    ),
    (
        "this has # characters, at most # are possible",
        "il y a # caractères\u{a0}; # au maximum sont possibles",
    ),
    ("this must be plain text", "ce doit être du texte simple"),
    ("this must be one line of plain text", "ce doit être une ligne de texte simple"),
    (
        "choose a password that does not contain your address",
        "choisissez un mot de passe qui ne contient pas votre adresse",
    ),
    (
        "you had this password before; choose one that is new",
        "vous avez déjà eu ce mot de passe\u{a0}; choisissez-en un nouveau",
    ),
    (
        "your name, your address and ours are tried first; choose words of something else",
        "votre nom, votre adresse et les nôtres sont essayés en premier\u{a0}; choisissez des mots d’autre chose",
    ),
    ("this would be guessed soon", "il serait vite deviné"),
    (
        "add another word or two that nobody would expect",
        "ajoutez un ou deux mots auxquels personne ne s’attend",
    ),
    (
        "this is among the passwords that are used most",
        "il est parmi les mots de passe les plus courants",
    ),
    (
        "this is much like a password many use",
        "il ressemble beaucoup à un mot de passe que beaucoup utilisent",
    ),
    ("keys that lie side by side are guessed soon", "des touches voisines se devinent vite"),
    ("what repeats itself is guessed soon", "ce qui se répète se devine vite"),
    ("runs such as abc or # are guessed soon", "les suites comme abc ou # se devinent vite"),
    ("years are guessed soon", "les années se devinent vite"),
    ("dates are guessed soon", "les dates se devinent vite"),
    ("a word by itself is guessed soon", "un mot seul se devine vite"),
    ("names are guessed soon", "les noms se devinent vite"),
    ("take a few words, no known phrase", "prenez quelques mots, pas une phrase connue"),
    ("take words instead", "prenez plutôt des mots"),
    ("capital letters help little", "les majuscules aident peu"),
    ("a word written backwards helps little", "un mot à l’envers aide peu"),
    (
        "signs in the place of letters, such as @ for a, help little",
        "les signes à la place de lettres, comme @ pour a, aident peu",
    ),
    (
        "your browser gave no passkey; passkeys need JavaScript and a browser of our days",
        "votre navigateur n’a donné aucune clé d’accès\u{a0}; il faut JavaScript et un navigateur récent",
    ),
    (
        "passkeys work only where the site has a name of its own",
        "les clés d’accès ne fonctionnent que là où le site a un nom à lui",
    ),
    (
        "the page was open for too long; try again",
        "la page est restée ouverte trop longtemps\u{a0}; réessayez",
    ),
    (
        "this answer of the passkey was used already; try again",
        "cette réponse de la clé d’accès a déjà servi\u{a0}; réessayez",
    ),
    (
        "this passkey is not known here; if you removed it from your account, remove it from the device too",
        "cette clé d’accès n’est pas connue ici\u{a0}; si vous l’avez retirée de votre compte, retirez-la aussi de l’appareil",
    ),
    ("this passkey belongs to another account", "cette clé d’accès est celle d’un autre compte"),
    (
        "this passkey seems to have been copied, so it was refused; remove it from your account and add it anew",
        "cette clé d’accès semble avoir été copiée, elle est donc refusée\u{a0}; retirez-la de votre compte et ajoutez-la de nouveau",
    ),
    (
        "the device did not check that it is you; switch on its PIN, finger or face",
        "l’appareil n’a pas vérifié que c’est vous\u{a0}; activez son code PIN, le doigt ou le visage",
    ),
    (
        "the passkey could not be checked; try again on this site",
        "la clé d’accès n’a pas pu être vérifiée\u{a0}; réessayez sur ce site",
    ),
    ("this passkey is added already", "cette clé d’accès est déjà ajoutée"),
    (
        "there are # passkeys; remove one first",
        "il y a déjà # clés d’accès\u{a0}; retirez-en une d’abord",
    ),
    (
        "this link is not known; a newer mail may have taken its place",
        "ce lien n’est pas connu\u{a0}; un message plus récent l’a peut-être remplacé",
    ),
    ("this link was used already", "ce lien a déjà servi"),
    (
        "this link is older than # minutes and no longer works",
        "ce lien a plus de # minutes et ne fonctionne plus",
    ),
    ("this link is too old and no longer works", "ce lien est trop ancien et ne fonctionne plus"),
    ("this is the address of your account already", "c’est déjà l’adresse de votre compte"),
    (
        "this address belongs to another account of ours; if both are yours, write to us and we bring them together",
        "cette adresse est celle d’un autre compte\u{a0}; si les deux sont à vous, écrivez-nous et nous les réunirons",
    ),
    (
        "the account changed since this mail was sent; ask for the change again",
        "le compte a changé depuis l’envoi de ce message\u{a0}; redemandez le changement",
    ),
    (
        "this account is locked; write to us and we look into it together",
        "ce compte est bloqué\u{a0}; écrivez-nous et nous regarderons ensemble",
    ),
    (
        "this address is confirmed already; you can sign in",
        "cette adresse est déjà confirmée\u{a0}; vous pouvez vous connecter",
    ),
    (
        "only addresses at * can be registered; if we know yours from elsewhere, set a password by mail instead",
        "seules les adresses de * peuvent être inscrites\u{a0}; si nous connaissons la vôtre par ailleurs, choisissez un mot de passe par message",
    ),
    (
        "this link is not known; a newer mail may have taken its place",
        "ce lien n’est pas connu\u{a0}; un message plus récent l’a peut-être remplacé",
    ),
    ("this invitation was accepted already", "cette invitation a déjà été acceptée"),
    (
        "this invitation was taken back by whoever invited you",
        "la personne qui vous a invité a retiré cette invitation",
    ),
    (
        "this invitation is over; ask whoever invited you for another",
        "cette invitation est terminée\u{a0}; demandez-en une autre à la personne qui vous a invité",
    ),
    (
        "this link is older than # hours and no longer works",
        "ce lien a plus de # heures et ne sert plus",
    ),
    (
        "this invitation is for another account; sign in with that one",
        "cette invitation est pour un autre compte\u{a0}; connectez-vous avec lui",
    ),
    (
        "the account changed since you opened this page; open the link again",
        "le compte a changé depuis que vous avez ouvert cette page\u{a0}; ouvrez de nouveau le lien",
    ),
    (
        "whoever invited you may no longer grant this role; ask an administrator for another",
        "la personne qui vous a invité ne peut plus accorder ce rôle\u{a0}; demandez une autre invitation à qui administre le site",
    ),
];
