//! The mail server: takes a delivery, refuses it for good, or is asked again later.

use std::time::{Duration, SystemTime};

use chassis::{Actor, Call, Command, Effect, Fault, Outcome, Result, Settled, Site, Tx};
use contracts::DeliveryId;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::{Category, Code, Detail, Severity};
use lettre::{Address, Message};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::commands::{NoteFailed, NoteProblem, NoteSent};
use super::domain::{Delivery, Notice, State, Weight};
use super::tables;
use crate::settings::{Server, Settings};

/// Which delivery is meant. The mail itself stays in its row, so that a code in it is kept once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Outgoing {
    /// The delivery.
    pub(crate) delivery: DeliveryId,
}

/// Hands a delivery to the mail server, always under the same `Message-ID`.
///
/// A mail server cannot be asked whether it has a mail already: when the answer got lost the mail
/// goes out again, and the log says `repeated`.
pub(crate) struct SendMail;

impl Effect for SendMail {
    const NAME: &'static str = "deliveries.send_mail";

    type Payload = Outgoing;

    async fn execute(&self, call: &Call<Outgoing>) -> Outcome {
        match attempt(call).await {
            Ok(outcome) => outcome,
            Err(error) => Outcome::Later(error.chain()),
        }
    }

    async fn settle(&self, tx: &Tx, _: Uuid, sent: &Outgoing, how: &Settled) -> Result<(), Fault> {
        let delivery = sent.delivery;
        match how {
            Settled::Ok(answer) => {
                let is = |word: &str| {
                    answer.get(word).and_then(serde_json::Value::as_bool).unwrap_or(false)
                };
                let (repeated, mailbox) = (is("repeated"), is("mailbox"));
                Ok(NoteSent { delivery, repeated, mailbox }.run(tx).await?)
            }
            Settled::Failed(code) => {
                Ok(NoteFailed { delivery, code: code.clone() }.run(tx).await?)
            }
        }
    }
}

async fn attempt(call: &Call<Outgoing>) -> Result<Outcome> {
    let id = call.payload.delivery;
    let settings = call.db.extension::<Settings>()?;
    if settings.hold_all {
        return Ok(Outcome::Later("all mail is held by [outreach] hold_all".to_owned()));
    }
    let delivery = call.db.read(async |tx| tables::load(tx, id).await).await?;
    let Some(delivery) = delivery.filter(|one| one.state == State::Queued) else {
        return Ok(Outcome::Failed("expired".to_owned()));
    };
    let Some(server) = &settings.smtp else {
        return Ok(Outcome::Ok(json!({ "mailbox": true })));
    };
    let site = call.db.extension::<Site>()?;
    let Some(mail) = mail(&delivery, settings.from.mailbox(), &site.origin) else {
        return Ok(Outcome::Failed("no_address".to_owned()));
    };
    let timeout = Duration::from_secs(settings.smtp_timeout_s);
    let handed = tokio::time::timeout(timeout, hand_over(server, timeout, mail)).await;
    let handed =
        handed.unwrap_or_else(|_| Handed::Lost("the mail server does not answer".to_owned()));
    if let Handed::Away(problem) | Handed::Lost(problem) = &handed {
        let note = NoteProblem { delivery: id, problem: problem.clone() };
        call.db.execute(&Actor::job(SendMail::NAME, delivery.correlation), &note).await?;
    }
    Ok(match handed {
        Handed::Taken => Outcome::Ok(json!({ "repeated": call.repeated })),
        Handed::Refused => Outcome::Failed("refused".to_owned()),
        Handed::Away(problem) => Outcome::Later(problem),
        Handed::Lost(problem) => Outcome::Unknown(problem),
    })
}

/// How a mail server took a mail.
enum Handed {
    /// It has it.
    Taken,
    /// It never will.
    Refused,
    /// It does not have it; it may take it later.
    Away(String),
    /// The connection broke while it was being handed over: it may have it.
    Lost(String),
}

async fn hand_over(server: &Server, timeout: Duration, mail: Message) -> Handed {
    let (place, name) = ((server.host.as_str(), server.port), ClientId::default());
    let opened = AsyncSmtpConnection::connect_tokio1(place, Some(timeout), &name, None, None).await;
    let mut connection = match opened {
        Ok(connection) => connection,
        Err(error) => return Handed::Away(said(&error)),
    };
    let handed = speak(&mut connection, &mail).await.unwrap_or_else(|handed| handed);
    // The mail is where it is; how the server says goodbye changes nothing.
    drop(connection.quit().await);
    handed
}

/// Speaks with the server step by step: only what it says of the recipient or of the mail itself is
/// about the mail; all else is about the two machines, and can be mended.
async fn speak(connection: &mut AsyncSmtpConnection, mail: &Message) -> Result<Handed, Handed> {
    let (envelope, text) = (mail.envelope(), mail.formatted());
    let from = Mail::new(envelope.from().cloned(), options(connection, envelope.to(), &text)?);
    connection.command(from).await.map_err(|error| Handed::Away(said(&error)))?;
    for to in envelope.to() {
        connection.command(Rcpt::new(to.clone(), Vec::new())).await.map_err(|e| answered(&e))?;
    }
    connection.command(Data).await.map_err(|error| answered(&error))?;
    match connection.message(&text).await {
        Ok(_) => Ok(Handed::Taken),
        Err(error) if error.status().is_some() => Err(answered(&error)),
        // It may have the mail although it never said so.
        Err(error) => Err(Handed::Lost(said(&error))),
    }
}

/// What the server has to be able to carry for this mail; one that cannot never will.
fn options(
    connection: &AsyncSmtpConnection,
    to: &[Address],
    text: &[u8],
) -> Result<Vec<MailParameter>, Handed> {
    let needed = [
        (
            !to.iter().all(|to| to.to_string().is_ascii()),
            Extension::SmtpUtfEight,
            MailParameter::SmtpUtfEight,
        ),
        (
            !text.is_ascii(),
            Extension::EightBitMime,
            MailParameter::Body(MailBodyParameter::EightBitMime),
        ),
    ];
    let mut options = Vec::new();
    for (_, extension, option) in needed.into_iter().filter(|(needed, _, _)| *needed) {
        if !connection.server_info().supports_feature(extension) {
            return Err(Handed::Refused);
        }
        options.push(option);
    }
    Ok(options)
}

/// What an answer about the recipient or the mail means.
fn answered(error: &smtp::Error) -> Handed {
    if error.status().is_some_and(is_final) { Handed::Refused } else { Handed::Away(said(error)) }
}

/// Whether an answer is a refusal for good. Not 503 (out of order) and 53x (sign in or encrypt first):
/// those are said of how we came, whatever the mail.
fn is_final(code: Code) -> bool {
    let of_how_we_came = code.category == Category::Unspecified3
        || (code.category == Category::Syntax && code.detail == Detail::Three);
    code.severity == Severity::PermanentNegativeCompletion && !of_how_we_came
}

/// What the mail server said, with what lies beneath it.
fn said(error: &smtp::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

/// The mail of a delivery; none when it cannot be addressed.
fn mail(delivery: &Delivery, from: Option<Mailbox>, origin: &str) -> Option<Message> {
    let letter = delivery.letter.as_ref()?;
    let to = delivery.address.as_ref()?.parse().ok()?;
    let builder = Message::builder()
        .from(from?)
        .to(Mailbox::new(None, to))
        .subject(&letter.subject)
        .date(SystemTime::from(delivery.made_at))
        .message_id(Some(delivery.message_id.clone()))
        .header(AutoSubmitted);
    let builder = if critical(&delivery.notice) {
        builder
    } else {
        builder.header(ListUnsubscribe(format!("<{origin}/notifications>")))
    };
    let body = MultiPart::alternative_plain_html(letter.text.clone()?, letter.html.clone()?);
    builder.multipart(body).ok()
}

/// Whether a notice may not be switched off; one of a later version counts as such.
fn critical(code: &str) -> bool {
    Notice::from_code(code).is_none_or(|notice| notice.weight() == Weight::Critical)
}

/// `Auto-Submitted: auto-generated` (RFC 3834): nobody's holiday notice answers it.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// `List-Unsubscribe` (RFC 2369): where such mails are switched off.
#[derive(Clone)]
struct ListUnsubscribe(String);

impl Header for ListUnsubscribe {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("List-Unsubscribe")
    }

    fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self(text.to_owned()))
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), self.0.clone())
    }
}
