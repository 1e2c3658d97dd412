//! The rules of clients: what each may ask for and where it may send a browser. Pure.

use chrono::{DateTime, Utc};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use crate::fingerprint;

/// What a client is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Runs where its users can look inside: has no secret.
    Public,
    /// Runs on a server and keeps a secret.
    Confidential,
    /// Calls our API for itself, for no user.
    Machine,
}

impl Kind {
    /// All.
    pub(crate) const ALL: [Self; 3] = [Self::Public, Self::Confidential, Self::Machine];

    /// The word it is stored under.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Confidential => "confidential",
            Self::Machine => "machine",
        }
    }

    /// The kind stored under `word`.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A registered client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Client {
    /// Its name in the protocol (`client_id`).
    pub(crate) id: String,
    /// The id that messages and the audit name it by.
    pub(crate) entity: Uuid,
    /// As people are asked for their consent.
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// The fingerprint of its secret; none for a public one.
    pub(crate) secret_hash: Option<String>,
    /// Where a browser may be sent with a code; compared letter by letter.
    pub(crate) redirect_uris: Vec<String>,
    /// Where a browser may be sent after signing out.
    pub(crate) sign_out_uris: Vec<String>,
    /// Where we tell that a sign-in ended.
    pub(crate) back_channel: Option<String>,
    /// What it may ask for: `openid`, `email`, `profile`, `membership`, `offline_access`, or what a
    /// machine may do: `membership:read`.
    pub(crate) scopes: Vec<String>,
    /// Whether it may use the device code.
    pub(crate) devices: bool,
    /// Whether its users need two factors, or a passkey.
    pub(crate) strong: bool,
    /// Ours: nobody is asked for consent.
    pub(crate) trusted: bool,
    /// Colour of its name on our pages: `#0a5cad`.
    pub(crate) colour: Option<String>,
    /// Stands in the configuration, and is changed only there.
    pub(crate) from_settings: bool,
    /// Whether it may be used.
    pub(crate) open: bool,
    pub(crate) made_at: DateTime<Utc>,
    pub(crate) version: i64,
}

impl Client {
    /// Whether a browser may be sent there with a code: letter by letter one of those registered.
    pub(crate) fn redirects_to(&self, uri: &str) -> bool {
        self.redirect_uris.iter().any(|registered| registered == uri)
    }

    /// Whether this is its secret; a public client has none and so none is right.
    pub(crate) fn has_secret(&self, secret: &str) -> bool {
        let told = fingerprint::of(secret);
        self.secret_hash
            .as_deref()
            .is_some_and(|kept| bool::from(kept.as_bytes().ct_eq(told.as_bytes())))
    }
}
