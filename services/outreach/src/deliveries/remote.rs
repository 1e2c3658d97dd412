//! The mail server: takes a delivery, refuses it for good, or is asked again later.

use std::time::{Duration, SystemTime};

use chassis::{Actor, Call, Command, Effect, Fault, Outcome, Result, Settled, Site, Tx};
use contracts::DeliveryId;
use lettre::Message;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::extension::ClientId;
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
    let handed = match connection.send(mail.envelope(), &mail.formatted()).await {
        Ok(_) => Handed::Taken,
        // The second: the server cannot carry such an address or text at all.
        Err(error) if error.is_permanent() || error.is_client() => Handed::Refused,
        Err(error) if error.is_transient() => Handed::Away(said(&error)),
        Err(error) => Handed::Lost(said(&error)),
    };
    // The mail is where it is; how the server says goodbye changes nothing.
    drop(connection.quit().await);
    handed
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
