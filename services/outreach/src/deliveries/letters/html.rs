//! A mail as HTML: tables and inline styles, which every mail program understands; dark where the
//! reader's is; no image and nothing to be fetched.

use askama::Template;

use super::mail::{Block, Mail};

#[derive(Template)]
#[template(path = "deliveries/letter.html")]
struct Html<'a> {
    mail: &'a Mail,
}

/// Writes the mail as HTML.
///
/// # Errors
/// Only when the template is broken.
pub(super) fn html(mail: &Mail) -> Result<String, askama::Error> {
    Html { mail }.render()
}
