//! What can be asked of the process that holds a data directory: one JSON line each, over
//! `control.sock`. Read in this order: the questions here, their answers, the two ends of the socket.

mod answer;
mod client;
mod server;

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use messaging::Error;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(crate) use answer::answer;
pub(crate) use client::ask;
pub(crate) use server::{listen, serve};

/// A question, or something to be done.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Ask {
    /// What runs, and where everybody stands.
    Status,
    /// Whether nothing is left to do at this moment.
    Quiet,
    /// Answers when nothing was left to do twice in a row.
    Settled,
    /// What time it is for the services, not before `until`.
    Clock { until: Option<DateTime<Utc>> },
    /// Fills a service's copies from the feeds again.
    Replay { service: String },
    /// The messages that took no effect.
    ParkedList,
    /// One of them, and what it says; secrets blanked.
    ParkedShow { what: String },
    /// Applies the messages of its key in order.
    ParkedRetry { what: String },
    /// Gives the first message of its key up.
    ParkedDrop { what: String, reason: String },
    /// Lets the reading of a feed go on after a halt.
    Resume { service: String, feed: String },
    /// Gives a staff role to the account of an address.
    Grant { address: String, role: String },
    /// Makes a new key for sign-ins.
    RotateKeys,
    /// Copies all databases.
    Backup { directory: PathBuf },
    /// Lets timers and effects go on after a restore.
    Release,
    /// Looks for what is wrong.
    Doctor,
    /// Why what a service knows, of all or of one thing, may be old.
    Why { service: String, thing: Option<Uuid> },
    /// Stops a service; for tests, people use the operations' page.
    Stop { service: String },
    /// Starts it again.
    Start { service: String },
}

/// What the other end says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Reply {
    Ok(serde_json::Value),
    Error(Told),
}

/// An error as it comes over the socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Told {
    /// As [`Error::code`].
    pub(crate) code: String,
    /// For whoever works on the machine: with its causes.
    pub(crate) message: String,
}

impl From<Error> for Told {
    fn from(error: Error) -> Self {
        let message = match &error {
            Error::Internal(_) => error.chain(),
            Error::Invalid(fields) => {
                fields.iter().map(|field| field.message.clone()).collect::<Vec<_>>().join("; ")
            }
            _ => error.to_string(),
        };
        Self { code: error.code().to_owned(), message }
    }
}

/// Where the socket of a data directory is.
fn socket(directory: &Path) -> PathBuf {
    directory.join("control.sock")
}
