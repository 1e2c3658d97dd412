//! What refusals and mistakes are in Spanish, by what the rules say in English.

use super::super::refusals::Said;

pub(super) const SAID: Said = [
    (
        "this code is not right; the app shows a new one every # seconds, and the clock of the phone must be right",
        "este código no es correcto; la aplicación muestra uno nuevo cada # segundos, y el reloj del teléfono tiene que estar en hora",
    ),
    (
        "this code was used already; wait until the app shows the next one",
        "este código ya se usó; espere a que la aplicación muestre el próximo",
    ),
    (
        "this recovery code is not right, or was used already; each works once",
        "este código de recuperación no es correcto o ya se usó; cada uno sirve una vez",
    ),
    (
        "no authenticator app is set up for this account; use a passkey or a recovery code",
        "esta cuenta no tiene ninguna aplicación de autenticación; use una llave de acceso o un código de recuperación",
    ),
    (
        "an authenticator app is set up already; remove it first",
        "ya hay una aplicación de autenticación configurada; quítela primero",
    ),
    (
        "this page was open for too long; scan the new picture",
        "esta página estuvo abierta demasiado tiempo; escanee la imagen nueva",
    ),
    (
        "enter the # digits that the app shows, or one of your recovery codes with its # letters and digits",
        "escriba los # dígitos que muestra la aplicación, o uno de sus códigos de recuperación con sus # letras y dígitos",
    ),
    (
        "this sign-in took longer than # minutes; begin again",
        "este inicio de sesión tardó más de # minutos; empiece de nuevo",
    ),
    (
        "the address is not confirmed yet; follow the link in our newest mail, then go on",
        "la dirección aún no está confirmada; abra el enlace de nuestro último correo y después continúe",
    ),
    (
        "the terms changed while you read them; read what stands here now",
        "las condiciones cambiaron mientras las leía; lea lo que está escrito aquí ahora",
    ),
    ("tick this to go on", "marque esta casilla para continuar"),
    ("this has # character, at least # are needed", "tiene # carácter; hacen falta # como mínimo"),
    (
        "this has # characters, at least # are needed",
        "tiene # caracteres; hacen falta # como mínimo",
    ),
    (
        "this has # characters, at most # are possible",
        "tiene # caracteres; puede tener # como máximo",
    ),
    ("this must be plain text", "tiene que ser texto sencillo"),
    ("this must be one line of plain text", "tiene que ser una línea de texto sencillo"),
    (
        "choose a password that does not contain your address",
        "elija una contraseña que no contenga su dirección",
    ),
    (
        "you had this password before; choose one that is new",
        "ya tuvo esta contraseña; elija una nueva",
    ),
    (
        "your name, your address and ours are tried first; choose words of something else",
        "su nombre, su dirección y los nuestros se prueban primero; elija palabras de otra cosa",
    ),
    ("this would be guessed soon", "esta se adivinaría pronto"),
    (
        "add another word or two that nobody would expect",
        "añada una o dos palabras que nadie espere",
    ),
    ("this is among the passwords that are used most", "está entre las contraseñas más usadas"),
    ("this is much like a password many use", "se parece mucho a una contraseña que muchos usan"),
    ("keys that lie side by side are guessed soon", "las teclas vecinas se adivinan pronto"),
    ("what repeats itself is guessed soon", "lo que se repite se adivina pronto"),
    ("runs such as abc or # are guessed soon", "las series como abc o # se adivinan pronto"),
    ("years are guessed soon", "los años se adivinan pronto"),
    ("dates are guessed soon", "las fechas se adivinan pronto"),
    ("a word by itself is guessed soon", "una palabra sola se adivina pronto"),
    ("names are guessed soon", "los nombres se adivinan pronto"),
    ("take a few words, no known phrase", "use unas cuantas palabras, no una frase conocida"),
    ("take words instead", "use mejor palabras"),
    ("capital letters help little", "las mayúsculas ayudan poco"),
    ("a word written backwards helps little", "una palabra al revés ayuda poco"),
    (
        "signs in the place of letters, such as @ for a, help little",
        "los signos en lugar de letras, como @ por a, ayudan poco",
    ),
    (
        "your browser gave no passkey; passkeys need JavaScript and a browser of our days",
        "su navegador no entregó ninguna llave de acceso; necesitan JavaScript y un navegador actual",
    ),
    (
        "passkeys work only where the site has a name of its own",
        "las llaves de acceso solo funcionan donde el sitio tiene nombre propio",
    ),
    (
        "the page was open for too long; try again",
        "la página estuvo abierta demasiado tiempo; inténtelo de nuevo",
    ),
    (
        "this answer of the passkey was used already; try again",
        "esta respuesta de la llave de acceso ya se usó; inténtelo de nuevo",
    ),
    (
        "this passkey is not known here; if you removed it from your account, remove it from the device too",
        "aquí no se conoce esta llave de acceso; si la quitó de su cuenta, quítela también del dispositivo",
    ),
    ("this passkey belongs to another account", "esta llave de acceso es de otra cuenta"),
    (
        "this passkey seems to have been copied, so it was refused; remove it from your account and add it anew",
        "parece que esta llave de acceso se copió, así que se ha rechazado; quítela de su cuenta y añádala de nuevo",
    ),
    (
        "the device did not check that it is you; switch on its PIN, finger or face",
        "el dispositivo no comprobó que es usted; active su PIN, dedo o cara",
    ),
    (
        "the passkey could not be checked; try again on this site",
        "no se ha podido comprobar la llave de acceso; inténtelo de nuevo en este sitio",
    ),
    ("this passkey is added already", "esta llave de acceso ya está añadida"),
    ("there are # passkeys; remove one first", "ya hay # llaves de acceso; quite una primero"),
    (
        "this link is not known; a newer mail may have taken its place",
        "no se conoce este enlace; quizá lo sustituyó un correo más nuevo",
    ),
    ("this link was used already", "este enlace ya se usó"),
    (
        "this link is older than # minutes and no longer works",
        "este enlace tiene más de # minutos y ya no funciona",
    ),
    (
        "this link is too old and no longer works",
        "este enlace es demasiado antiguo y ya no funciona",
    ),
    ("this is the address of your account already", "esta ya es la dirección de su cuenta"),
    (
        "this address belongs to another account of ours; if both are yours, write to us and we bring them together",
        "esta dirección es de otra cuenta; si las dos son suyas, escríbanos y las unimos",
    ),
    (
        "the account changed since this mail was sent; ask for the change again",
        "la cuenta cambió desde que se envió este correo; pida el cambio de nuevo",
    ),
    (
        "this account is locked; write to us and we look into it together",
        "esta cuenta está bloqueada; escríbanos y lo miramos juntos",
    ),
    (
        "this address is confirmed already; you can sign in",
        "esta dirección ya está confirmada; puede iniciar sesión",
    ),
    (
        "only addresses at * can be registered; if we know yours from elsewhere, set a password by mail instead",
        "solo se pueden registrar direcciones de *; si conocemos la suya de otra parte, elija una contraseña por correo",
    ),
    (
        "this link is not known; a newer mail may have taken its place",
        "este enlace no se conoce; quizá lo ha sustituido un correo más nuevo",
    ),
    ("this invitation was accepted already", "esta invitación ya se aceptó"),
    (
        "this invitation was taken back by whoever invited you",
        "quien le invitó ha retirado esta invitación",
    ),
    (
        "this invitation is over; ask whoever invited you for another",
        "esta invitación ha terminado; pida otra a quien le invitó",
    ),
    (
        "this link is older than # hours and no longer works",
        "este enlace tiene más de # horas y ya no sirve",
    ),
    (
        "this invitation is for another account; sign in with that one",
        "esta invitación es para otra cuenta; inicie sesión con ella",
    ),
    (
        "the account changed since you opened this page; open the link again",
        "la cuenta cambió desde que abrió esta página; abra el enlace de nuevo",
    ),
    (
        "whoever invited you may no longer grant this role; ask an administrator for another",
        "quien le invitó ya no puede conceder esta función; pida otra invitación a quien administra el sitio",
    ),
];
