//! What the steps before a sign-in say in Spanish.

use chrono::{Datelike as _, NaiveDate};

use super::super::steps::{
    App, Changing, Codes, Confirm, Demo, Enrol, Invited, Link, NewPassword, Passkeys, Proof,
    Puzzle, Script, Second, Steps, Terms, Undo,
};

const MONTHS: [&str; 12] = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
];

/// `2 de marzo de 2027`.
fn written(day: NaiveDate) -> String {
    let month = MONTHS.iter().zip(1..).find(|(_, number)| *number == day.month());
    let month = month.map_or("", |(name, _)| *name);
    format!("{} de {month} de {}", day.day(), day.year())
}

pub(super) const STEPS: Steps = Steps {
    go_on: "Continuar",
    code: "Código",
    second: Second {
        title: "Un paso más",
        lede: "Su contraseña es correcta. Ahora demuestre que es usted.",
        section: "Segundo factor",
        hint: "Los 6 dígitos que muestra su aplicación, o uno de sus códigos de recuperación.",
        recovery: "Código de recuperación",
        recovery_hint: "Si no tiene a mano la llave de acceso: uno de los códigos que guardó para ese día.",
        passkey: "Usar una llave de acceso",
        neither: "¿No tiene ninguno de los dos?",
        neither_help: "Si perdió el teléfono y no le queda ningún código de recuperación, escríbanos. Comprobamos quién es y después quitamos el segundo factor.",
        not_you: "¿No ha sido usted?",
        known: "Alguien conoce su contraseña.",
        set_new: "Elija otra",
    },
    app: App {
        open: "Abra una aplicación de autenticación en su teléfono. ¿No tiene ninguna? Sirve cualquiera que conozca los códigos de un solo uso (TOTP); quizá su gestor de contraseñas.",
        scan: "Escanee con ella esta imagen.",
        picture: "Imagen que escanea una aplicación de autenticación",
        cannot: "La aplicación no puede escanearla",
        secret: "Escriba este secreto en la aplicación:",
        on_phone: "O, en el mismo teléfono:",
        open_it: "abra la aplicación",
        type_code: "Escriba el código que muestra ahora.",
        digits: "6 dígitos.",
        set_up: "Configurar la aplicación",
    },
    enrol: Enrol {
        title: "Configurar un segundo factor",
        lede: "Una función suya en el equipo exige dos factores. Es un minuto, una sola vez.",
        with_app: "Con una aplicación",
        or_passkey: "O con una llave de acceso",
        what: "Una llave de acceso está en su teléfono, ordenador o llave de seguridad, y se abre con el dedo, la cara o un PIN. Desde entonces basta con ella para entrar.",
        no_name: "Se llega a este sitio por un número, y las llaves de acceso solo funcionan donde el sitio tiene nombre.",
    },
    passkeys: Passkeys {
        name: "Nombre de la llave de acceso",
        name_hint: "Para reconocerla: portátil, teléfono, llavero.",
        add: "Añadir una llave de acceso",
        no_script: "Las llaves de acceso necesitan JavaScript.",
        script: Script {
            denied: "No se ha hecho nada: no se entregó la llave de acceso. Inténtelo de nuevo cuando quiera.",
            there: "Este dispositivo ya tiene una llave de acceso para su cuenta.",
            place: "Las llaves de acceso no funcionan en esta dirección del sitio.",
            failed: "El navegador no ha podido hacerlo. Pruebe con otro navegador o dispositivo.",
            unknown: "Este navegador no conoce las llaves de acceso, o la conexión con este sitio no es segura.",
            elsewhere: "Aquí las llaves de acceso funcionan si abre el sitio como",
        },
    },
    codes: Codes {
        title: "Sus códigos de recuperación",
        lede: "Se muestran ahora y nunca más.",
        section: "Códigos de recuperación",
        kept: "Los he guardado",
        what_for: "Para qué sirven",
        lost: "¿Ha perdido el teléfono o la aplicación? Escriba uno de estos donde pedimos un código. Cada uno sirve una vez.",
        print: "Imprima esta página o guarde los códigos en su gestor de contraseñas: no en el dispositivo que puede perderse.",
    },
    password: NewPassword {
        title: "Elegir una contraseña nueva",
        asked: "Nuestro equipo se lo pide. Después seguirá a donde iba.",
        reset: "Se cierran todas las sesiones de la cuenta; después inicie sesión con la nueva.",
        section: "Su contraseña nueva",
        hint: "10 caracteres o más. Una frase va bien. Se puede pegar.",
        set_and_sign_in: "Guardar la contraseña e iniciar sesión",
        set: "Guardar la contraseña",
        rules: "Qué necesita una contraseña",
        length: |least, most| format!("{least} caracteres o más, como máximo {most}"),
        guessed: "nada que se adivine pronto: ni contraseñas muy usadas, ni teclas seguidas, ni su nombre o su dirección",
        past: |count| format!("ninguna de las últimas {count}"),
        free: "No se piden dígitos ni signos. Cuatro o cinco palabras que nadie adivinaría son seguras y fáciles de recordar. Se puede pegar desde un gestor de contraseñas.",
    },
    confirm: Confirm {
        title: "Confirmar su dirección",
        lede: "Un paso más y podrá iniciar sesión.",
        section: "Su contraseña",
        choose: "Elija una contraseña",
        act: "Confirmar la dirección",
        passkey: "Usar mejor una llave de acceso",
        with_it: "Con ello acepta",
        and: "y",
        unasked: "¿No lo ha pedido usted?",
        do_nothing: "No haga nada: sin este paso no hay cuenta.",
    },
    link: Link {
        title: "Este enlace no funciona",
        lede: "Su cuenta está bien. Así puede seguir.",
        used: "Si lo usó usted, inicie sesión. Si no sabe la contraseña, elija otra.",
        another: |minutes| {
            format!("Un enlace nuevo va a la misma dirección y sirve durante {minutes} minutos.")
        },
        send: "Enviar uno nuevo",
        newer: "Quizá llegó después un correo más nuevo. Si no, escriba de nuevo su dirección y use el enlace del último correo.",
    },
    proof: Proof {
        title: "¿Sigue siendo esta su dirección?",
        thanks: "Gracias, la dirección está confirmada.",
        asked: "Nuestro equipo quiere asegurarse de que todavía lee su correo. En nuestro último mensaje hay un enlace: ábralo, diga que sí en la página que aparece y vuelva aquí.",
        no_mail: "¿No hay correo?",
        another: "Mire en el correo no deseado o pida otro; solo cuenta el último. Aquí tiene diez minutos; después, inicie sesión de nuevo.",
        send: "Enviar otro correo",
        lost: "¿Ya no tiene este buzón?",
        write: "Escríbanos: cambiamos la dirección juntos.",
    },
    changing: Changing {
        title: "¿Usar esta dirección?",
        until_now: "Hasta ahora",
        from_now: "Desde ahora",
        means: |hours| {
            format!(
                "Iniciará sesión con la dirección nueva, y allí irá todo lo que escribamos. A la \
                 antigua le llega un aviso; durante {hours} horas se puede deshacer el cambio desde \
                 ella."
            )
        },
        proof: "Nos han pedido comprobar que todavía lee lo que llega allí. Nada cambia.",
        yes: "Sí, usarla",
        unasked: "¿No lo ha pedido usted? Cierre la página: nada cambia.",
        refused: "No se ha cambiado nada con él.",
        look: "Inicie sesión para ver qué dirección tiene ahora su cuenta y pedir de nuevo el cambio. Si no puede entrar, elija otra contraseña.",
        account: "Su cuenta",
        changed: "Su dirección está confirmada",
        from_now_on: "Desde ahora inicia sesión con ella, y allí van nuestros correos.",
        stays: "Quien tenía la sesión iniciada sigue con ella. ¿Estaba iniciando sesión? Vuelva a aquella página y continúe.",
    },
    undo: Undo {
        title: "Recuperar su dirección",
        again: "vuelve a ser la dirección de su cuenta.",
        section: "Una contraseña nueva",
        act: "Recuperarla",
        what: "Qué ocurre",
        gone: "La dirección nueva deja de pertenecer a su cuenta.",
        ends: "Se cierran todas las sesiones, estén donde estén.",
        old: "La contraseña antigua deja de servir: quizá la sepa otra persona.",
    },
    invited: Invited {
        title: "Tiene una invitación",
        invites: "le invita a:",
        section: "Aceptar la invitación",
        first: "Elija una contraseña para su cuenta y la invitación queda aceptada.",
        accept: "Aceptar",
        here: "Ha iniciado sesión como",
        whose: "La invitación es para la cuenta",
        sign_in: "Iniciar sesión para aceptar",
        of_its_own: |address| format!("Si sigue, {address} será una cuenta aparte."),
        other: "Cierre aquí la sesión, abra de nuevo el enlace de nuestro correo e inicie sesión con la otra cuenta.",
        sign_out: "Cerrar aquí la sesión",
        unknown: "¿No sabe de qué se trata?",
        do_nothing: "No haga nada: si no acepta, nada cambia.",
        another: |hours| {
            format!(
                "La invitación sigue en pie. Un enlace nuevo va a la misma dirección y sirve \
                 durante {hours} horas."
            )
        },
        was_you: "Si fue usted, inicie sesión y continúe.",
        newer: "Quizá llegó después un correo más nuevo: use el enlace del último.",
        to_home: "A la página de inicio",
        sent: "Un enlace nuevo va de camino a la dirección invitada.",
        once: |hours| {
            format!("Sirve una vez, durante {hours} horas. Solo cuenta el último correo.")
        },
        no_mail: "¿No llega nada en unos minutos? Mire en el correo no deseado.",
    },
    terms: Terms {
        crumb: "Condiciones nuevas",
        title: "Antes de seguir",
        lede: "Lea lo que vale entre usted y nosotros, y acéptelo. Después seguirá a donde iba.",
        of_use: "Condiciones de uso",
        privacy: "Aviso de privacidad",
        from: |day| format!("desde el {}", written(day)),
        agreed: "He leído y acepto lo que está escrito aquí",
        accept: "Aceptar e iniciar sesión",
        otherwise: "¿No lo acepta? Entonces nada cambia y no se inicia la sesión. Escríbanos si quiere que cerremos su cuenta o borremos sus datos.",
    },
    demo: Demo {
        title: "Probar la demostración",
        sample: "muestra",
        password: "Aquí todos tienen la contraseña",
        caption: "Quién puede iniciar sesión",
        address: "Dirección",
        who: "Quién",
        people: [
            "gestión y operación",
            "finanzas",
            "páginas y menú",
            "miembros y capítulos",
            "un miembro",
            "no es miembro",
        ],
        this_is: "Esto es una demostración.",
        no_mail: "Ningún correo sale de este ordenador: el suyo está en el",
        mailbox: "buzón",
    },
    puzzle: Puzzle {
        many: "Desde su red se han pedido muchos correos.",
        solves: "Su navegador resuelve un acertijo antes de enviar el próximo; tarda unos segundos y no le pide nada a usted.",
        no_script: |minutes| {
            format!(
                "Aquí no funcionan los scripts: espere {minutes} minutos y envíe el formulario."
            )
        },
        moment: "Un momento: el acertijo está casi resuelto, después se envía el formulario.",
        solved: "El acertijo está resuelto.",
        domains: |domains| format!("Solo se pueden registrar direcciones de {domains}."),
        elsewhere: "¿Conocemos la suya de otra parte?",
        by_mail: "Elija una contraseña por correo",
    },
};
