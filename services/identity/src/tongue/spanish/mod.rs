//! What the pages before signing in say in Spanish.

mod refused;
mod steps;

use chassis::form::Spoken;

use super::words::{Forgotten, Mail, Notices, Refusals, Register, Words};

const FORMS: Spoken = Spoken {
    one: "Hay un problema",
    several: "Hay varios problemas",
    undone: "No se ha podido hacer",
    names: &[
        ("address", "Correo electrónico"),
        ("password", "Contraseña"),
        ("language", "Idioma"),
        ("code", "Código"),
        ("name", "Nombre de la llave de acceso"),
        ("agreed", "Condiciones"),
    ],
};

pub(super) const WORDS: Words = Words {
    code: "es",
    home: "Inicio",
    language: "Idioma",
    address: "Correo electrónico",
    password: "Contraseña",
    sign_in: "Iniciar sesión",
    between: "; ",
    going_on: "Después seguirá donde estaba.",
    going_to: "Después seguirá a",
    forgot: "He olvidado mi contraseña",
    new_here: "¿Es su primera vez aquí?",
    one_account: "Una sola cuenta para afiliación, pedidos y avisos. Solo hace falta un correo y un minuto.",
    create: "Crear una cuenta",
    passkey: "Entrar con una llave de acceso",
    cannot: "¿Se ha registrado y no puede entrar?",
    open_link: "Abra primero el enlace de nuestro correo. Si no lo tiene,",
    enter_again: "escriba de nuevo su dirección",
    notices: Notices {
        confirmed: "Su dirección está confirmada. Inicie sesión para seguir.",
        passkey: "Su dirección está confirmada. Entre con su llave de acceso para continuar.",
        address_back: "Su dirección vuelve a ser suya. Inicie sesión con su nueva contraseña.",
        reset: "Su nueva contraseña está guardada. Inicie sesión con ella para seguir.",
        out: "Ha cerrado la sesión.",
        everywhere: "Ha cerrado la sesión en todas partes.",
    },
    register: Register {
        lede: "Una sola cuenta para afiliación, pedidos y avisos.",
        address_hint: "Allí enviamos un enlace. Al abrirlo elegirá su contraseña.",
        language_hint: "De nuestros correos. Lo que aún no está escrito en él llega en inglés.",
        have: "¿Ya tiene una cuenta?",
        before: "¿Fue miembro antes?",
        record: "Conservamos su ficha. Regístrese con la misma dirección y volverá a ser suya.",
    },
    forgotten: Forgotten {
        title: "Elegir una contraseña nueva",
        lede: "Escriba la dirección de su cuenta; allí enviamos un enlace para elegir otra contraseña.",
        send: "Enviar el enlace",
        came_back: "¿La ha recordado?",
        none_yet: "¿Aún no tiene cuenta?",
    },
    mail: Mail {
        your_address: "Su dirección",
        ours: "Nuestro correo",
        new_password: "Contraseña nueva",
        look: "Mire su correo",
        on_its_way: "Hay uno en camino a la dirección que nos dio.",
        if_known: "Si la dirección tiene una cuenta, hay un correo en camino.",
        next: "Qué hacer ahora",
        follow: |minutes| {
            format!(
                "Abra nuestro último correo y siga su enlace. Sirve una vez, durante {minutes} minutos."
            )
        },
        choose: "Elija su contraseña en la página que se abre.",
        then_sign_in: "Inicie sesión con ella.",
        had_one: "¿Ya tenía una cuenta? El correo lo dice;",
        none: "¿No llega nada en unos minutos?",
        unwanted: "Mire en el correo no deseado.",
        was_it_right: "¿Era correcta la dirección?",
        newest: "solo cuenta el último correo.",
    },
    refusals: Refusals {
        wrong: "la dirección o la contraseña no es correcta, o la dirección aún no está confirmada",
        left: [
            "antes del próximo intento, espere 1 minuto",
            "queda un intento; después hay que esperar 1 minuto",
            "quedan dos intentos; después hay que esperar 1 minuto",
        ],
        wait: |minutes| {
            format!("hubo demasiados intentos; espere {minutes} min y vuelva a intentarlo")
        },
        work: |minutes| {
            format!(
                "desde su red se pidieron muchos correos: espere {minutes} minutos, o deje que su \
                 navegador resuelva el acertijo de esta página; después envíe de nuevo"
            )
        },
        no_address: "escriba una dirección de correo",
        odd_address: "escriba una dirección de correo con @, como nombre@example.org",
        empty: "no puede quedar vacío",
    },
    steps: steps::STEPS,
    said: &refused::SAID,
    forms: Some(&FORMS),
};
