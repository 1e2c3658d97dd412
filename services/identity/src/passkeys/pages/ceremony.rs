//! The button that asks a passkey, and what comes back with its form.

use askama::Template;
use chassis::page::Role;
use chassis::{Fields, Form, Page, Result, assets};
use serde::de::DeserializeOwned;

use crate::accounts::domain::Account;
use crate::passkeys::challenges::{self, Challenge};
use crate::passkeys::commands::{Given, Made};
use crate::passkeys::domain::{LONGEST_NAME, Passkey, Refusal};
use crate::passkeys::party::{Asked, Party};
use crate::tongue::Passkeys;
use webauthn_rs::prelude::{PublicKeyCredential, RegisterPublicKeyCredential};

/// How the button looks and where its form goes.
pub(crate) struct Look {
    pub(crate) action: String,
    pub(crate) label: &'static str,
    /// What else it says, in the language of the page.
    pub(crate) words: &'static Passkeys,
    /// Not the main thing of the page.
    pub(crate) plain: bool,
    /// Offered in the field of the address too, where the browser can.
    pub(crate) offered: bool,
}

/// A form with one button: a script asks the passkey and sends the answer.
#[derive(Template)]
#[template(path = "passkeys/ceremony.html")]
pub(crate) struct Ceremony {
    fields: Fields,
    look: Look,
    /// `get` or `create`.
    kind: &'static str,
    options: String,
    /// What the script says, as JSON.
    says: String,
    script: &'static str,
}

impl askama::filters::HtmlSafe for Ceremony {}

impl Ceremony {
    fn new<R: Role>(
        page: &Page<R>,
        fields: Fields,
        purpose: &str,
        kind: &'static str,
        asked: Asked,
        look: Look,
    ) -> Result<Self> {
        let challenge = challenges::sealed(page.app(), purpose, asked.state)?;
        let fields = fields.with("challenge", challenge).with("credential", "");
        let script = assets::path("passkeys.js");
        let says = serde_json::to_string(&look.words.script)?;
        Ok(Self { fields, look, kind, options: asked.options, says, script })
    }
}

/// Asks for one of these passkeys, or for any of this site; nothing where there can be none.
///
/// `purpose` says what the answer is good for, and whose it must be as far as that is known.
pub(crate) fn ask<R: Role>(
    page: &Page<R>,
    fields: Fields,
    purpose: &str,
    allowed: &[Passkey],
    look: Look,
) -> Result<Option<Ceremony>> {
    let Some(party) = Party::of(page.app().site()) else { return Ok(None) };
    let asked = party.request(allowed)?;
    Ok(Some(Ceremony::new(page, fields, purpose, "get", asked, look)?))
}

/// Asks for a new passkey; nothing where there can be none.
pub(crate) fn make<R: Role>(
    page: &Page<R>,
    fields: Fields,
    purpose: &str,
    (account, has): (&Account, &[Passkey]),
    look: Look,
) -> Result<Option<Ceremony>> {
    let Some(party) = Party::of(page.app().site()) else { return Ok(None) };
    let asked = party.creation(account, has)?;
    Ok(Some(Ceremony::new(page, fields, purpose, "create", asked, look)?))
}

/// What came back.
pub(crate) struct Answered<A> {
    party: Party,
    pub(crate) answer: A,
    challenge: Challenge,
    name: String,
}

/// Reads what came back with the form that was asked for `purpose`.
///
/// # Errors
/// [`Refusal`].
pub(crate) fn answered<R: Role, A: DeserializeOwned>(
    page: &Page<R>,
    form: &Form,
    purpose: &str,
) -> Result<Answered<A>> {
    let party = Party::of(page.app().site()).ok_or(Refusal::NoName)?;
    let answer = form.value("credential").unwrap_or_default();
    if answer.is_empty() {
        return Err(Refusal::NoneGiven.into());
    }
    let challenge = form.value("challenge").unwrap_or_default();
    let challenge = challenges::opened(page.app(), purpose, challenge)?;
    let answer = serde_json::from_str(answer).map_err(|_| Refusal::Wrong)?;
    Ok(Answered { party, answer, challenge, name: String::new() })
}

/// Reads a passkey that was made, with its name.
///
/// # Errors
/// [`Refusal`], and what is wrong with the name.
pub(crate) fn made<R: Role>(
    page: &Page<R>,
    form: &Form,
    purpose: &str,
) -> Result<Answered<RegisterPublicKeyCredential>> {
    let mut read = form.read();
    let name = read.text("name", 1..=LONGEST_NAME);
    read.done()?;
    Ok(Answered { name: name.take(), ..answered(page, form, purpose)? })
}

impl Answered<PublicKeyCredential> {
    pub(crate) fn given(&self) -> Given<'_> {
        Given { party: &self.party, answer: &self.answer, challenge: &self.challenge }
    }
}

impl Answered<RegisterPublicKeyCredential> {
    pub(crate) fn made(&self) -> Made<'_> {
        let Self { party, answer, challenge, name } = self;
        Made { party, answer, challenge, name }
    }
}
