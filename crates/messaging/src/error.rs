//! What goes wrong: one error for people, one for messages.

use std::fmt::Display;

/// The result of whatever a person asked for.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a person's request did not succeed; each variant says who must act.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something typed is wrong: whoever typed it mends it.
    #[error("{} of the values given cannot be used", .0.len())]
    Invalid(Vec<FieldError>),
    /// There is no such thing.
    #[error("there is no {what} {id}")]
    NotFound {
        /// The kind of thing.
        what: &'static str,
        /// Its id as asked for.
        id: String,
    },
    /// A rule said no.
    #[error("{message}")]
    Refused {
        /// Stable code, for clients and tests.
        code: &'static str,
        /// The rule in a sentence for people.
        message: String,
    },
    /// Somebody else was faster; a command is run again, a form is shown with what changed.
    #[error("somebody else changed this at the same time")]
    Conflict,
    /// The caller may not.
    #[error("you may not do this")]
    Forbidden,
    /// Nobody is signed in.
    #[error("sign in first")]
    Unauthenticated,
    /// Something is away; later it may work.
    #[error("{what} is not available at the moment")]
    Unavailable {
        /// What is away.
        what: String,
    },
    /// A bug or a broken machine; people see only the correlation id.
    #[error("an internal error")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What is wrong with one field of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The field's name.
    pub field: String,
    /// What is wrong and what to do, in a sentence.
    pub message: String,
}

impl Error {
    /// There is no `what` of this id.
    pub fn not_found(what: &'static str, id: impl Display) -> Self {
        Self::NotFound { what, id: id.to_string() }
    }

    /// A rule said no.
    pub fn refused(code: &'static str, why: impl Display) -> Self {
        Self::Refused { code, message: why.to_string() }
    }

    /// A bug, or a broken machine below us.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(source.into())
    }

    /// One field is wrong.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError { field: field.into(), message: message.into() }])
    }

    /// Something is away.
    pub fn unavailable(what: impl Into<String>) -> Self {
        Self::Unavailable { what: what.into() }
    }

    /// The stable code that clients and tests match.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Invalid(_) => "invalid",
            Self::NotFound { .. } => "not_found",
            Self::Refused { code, .. } => code,
            Self::Conflict => "conflict",
            Self::Forbidden => "forbidden",
            Self::Unauthenticated => "unauthenticated",
            Self::Unavailable { .. } => "unavailable",
            Self::Internal(_) => "internal",
        }
    }

    /// The error with all its causes, for the log.
    #[must_use]
    pub fn chain(&self) -> String {
        use std::error::Error as _;
        let mut text = self.to_string();
        let mut source = self.source();
        while let Some(cause) = source {
            text.push_str(": ");
            text.push_str(&cause.to_string());
            source = cause.source();
        }
        text
    }
}

/// Why a message took no effect. There is no third kind: a fact cannot be refused.
#[derive(Debug, Clone, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Fault {
    /// Something is away or somebody was faster: the same again, later.
    #[error("{0}")]
    Unavailable(String),
    /// A bug: the message is parked and its key with it.
    #[error("{0}")]
    Broken(String),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error {
            Error::Conflict | Error::Unavailable { .. } => Self::Unavailable(error.chain()),
            _ => Self::Broken(error.chain()),
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::Io(_)
            | sqlx::Error::WorkerCrashed => Self::unavailable("the database"),
            sqlx::Error::Database(said) => {
                let code = said.code().unwrap_or_default();
                // SQLite's extended codes hold the plain one in their lowest byte.
                let sqlite = code.parse::<u32>().ok().filter(|_| code.len() < 5).map(|c| c & 0xff);
                match (code.as_ref(), sqlite) {
                    // Two made the same thing at once: run again, the loser sees the winner's row.
                    _ if said.is_unique_violation() => Self::Conflict,
                    // Serialisation failure, deadlock, lock not available; SQLITE_BUSY, _LOCKED.
                    ("40001" | "40P01" | "55P03", _) | (_, Some(5 | 6)) => Self::Conflict,
                    // Shutdown, crash, time-outs, too many connections, no memory, no disk, input
                    // and output, and a database that may only be read, as a standby is until it is
                    // promoted; SQLITE_NOMEM, _READONLY, _IOERR, _FULL, _CANTOPEN.
                    (
                        "57P01" | "57P02" | "57P03" | "57014" | "25P03" | "53100" | "53200"
                        | "53300" | "58030" | "25006",
                        _,
                    )
                    | (_, Some(7 | 8 | 10 | 13 | 14)) => Self::unavailable("the database"),
                    // A zero byte in a text: PostgreSQL keeps none, and nobody types one.
                    ("22021", _) => Self::refused(
                        "text_not_plain",
                        "one of the texts holds a character that cannot be kept; type it anew",
                    ),
                    _ => Self::internal(error),
                }
            }
            _ => Self::internal(error),
        }
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::internal(error)
    }
}
