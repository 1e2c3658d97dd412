//! The rules of clients: what each may ask for and where it may send a browser. Pure.

use chrono::{DateTime, Utc};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use super::registration::Registration;
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
#[expect(clippy::struct_excessive_bools, reason = "each is a column, and a box on the form")]
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
    /// machine may do: `members:read`.
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

/// Why a change of a client is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// It stands in the configuration.
    #[error("this client stands in the configuration and is changed there")]
    FromSettings,
    /// It has no secret.
    #[error("a public client has no secret: whoever uses it could read it")]
    NoSecret,
    /// Closed already, or open.
    #[error("the client is {0} already")]
    AlreadyThere(&'static str),
    /// A closed client is opened before anything else is done with it.
    #[error("the client is closed; open it again first")]
    Closed,
}

impl Refusal {
    /// The stable code of the refusal.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::FromSettings => "client_from_settings",
            Self::NoSecret => "client_without_secret",
            Self::AlreadyThere(_) => "client_unchanged",
            Self::Closed => "client_closed",
        }
    }
}

/// A new client, as it is said.
pub(crate) fn fresh(
    said: &Registration,
    secret_hash: Option<String>,
    entity: Uuid,
    now: DateTime<Utc>,
) -> Client {
    Client {
        id: said.id.clone(),
        entity,
        name: said.name.clone(),
        kind: said.kind,
        secret_hash,
        redirect_uris: said.redirect_uris.clone(),
        sign_out_uris: said.sign_out_uris.clone(),
        back_channel: said.back_channel.clone(),
        scopes: said.scopes.clone(),
        devices: said.devices,
        strong: said.strong,
        trusted: said.trusted,
        colour: said.colour.clone(),
        from_settings: false,
        open: true,
        made_at: now,
        version: 1,
    }
}

/// The client with everything that can be said of it anew; its kind and secret stay.
pub(crate) fn as_said(client: &Client, said: &Registration) -> Client {
    let secret_hash = client.secret_hash.clone();
    Client {
        kind: client.kind,
        from_settings: client.from_settings,
        open: client.open,
        version: client.version,
        ..fresh(said, secret_hash, client.entity, client.made_at)
    }
}

/// Changes what is said of a client; nothing when it is said already.
///
/// # Errors
/// [`Refusal::FromSettings`].
pub(crate) fn change(client: &Client, said: &Registration) -> Result<Option<Client>, Refusal> {
    let client = ours(client)?;
    let changed = as_said(client, said);
    Ok((changed != *client).then_some(changed))
}

/// Whether a machine must ask anew: it has another secret, or may do less, than when it got its
/// tokens. Closing voids them without that: every service knows which clients are closed.
pub(crate) fn voids_tokens(before: &Client, after: &Client) -> bool {
    before.secret_hash != after.secret_hash
        || before.scopes.iter().any(|scope| !after.scopes.contains(scope))
}

/// The names of what differs, for the history.
pub(crate) fn differing(before: &Client, after: &Client) -> Vec<&'static str> {
    let parts = [
        ("name", before.name != after.name),
        ("addresses", before.redirect_uris != after.redirect_uris),
        ("addresses after signing out", before.sign_out_uris != after.sign_out_uris),
        ("address that is told", before.back_channel != after.back_channel),
        ("scopes", before.scopes != after.scopes),
        ("device code", before.devices != after.devices),
        ("two factors", before.strong != after.strong),
        ("consent", before.trusted != after.trusted),
        ("colour", before.colour != after.colour),
    ];
    parts.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}

/// Gives a client another secret.
///
/// # Errors
/// [`Refusal::FromSettings`], [`Refusal::NoSecret`], [`Refusal::Closed`].
pub(crate) fn with_secret(client: &Client, secret_hash: String) -> Result<Client, Refusal> {
    let client = ours(client)?;
    if client.kind == Kind::Public {
        return Err(Refusal::NoSecret);
    }
    if !client.open {
        return Err(Refusal::Closed);
    }
    Ok(Client { secret_hash: Some(secret_hash), ..client.clone() })
}

/// Closes a client.
///
/// # Errors
/// [`Refusal::FromSettings`], [`Refusal::AlreadyThere`].
pub(crate) fn close(client: &Client) -> Result<Client, Refusal> {
    let client = ours(client)?;
    if !client.open {
        return Err(Refusal::AlreadyThere("closed"));
    }
    Ok(Client { open: false, ..client.clone() })
}

/// Opens a closed client again.
///
/// # Errors
/// [`Refusal::FromSettings`], [`Refusal::AlreadyThere`].
pub(crate) fn reopen(client: &Client) -> Result<Client, Refusal> {
    let client = ours(client)?;
    if client.open {
        return Err(Refusal::AlreadyThere("open"));
    }
    Ok(Client { open: true, ..client.clone() })
}

/// A client that is changed on our pages.
fn ours(client: &Client) -> Result<&Client, Refusal> {
    if client.from_settings { Err(Refusal::FromSettings) } else { Ok(client) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registration(name: &str) -> Registration {
        Registration {
            id: "forum".to_owned(),
            name: name.to_owned(),
            kind: Kind::Confidential,
            redirect_uris: vec!["https://forum.example/back".to_owned()],
            sign_out_uris: Vec::new(),
            back_channel: None,
            scopes: vec!["openid".to_owned()],
            devices: false,
            strong: false,
            trusted: false,
            colour: None,
        }
    }

    fn client() -> Client {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let secret = Some(fingerprint::of("the secret"));
        fresh(&registration("Forum"), secret, Uuid::nil(), now)
    }

    #[test]
    fn only_the_own_secret_is_right() {
        assert!(client().has_secret("the secret"));
        assert!(!client().has_secret("another") && !client().has_secret(""));
        let public = Client { secret_hash: None, ..client() };
        assert!(!public.has_secret("") && !public.has_secret("the secret"));
    }

    #[test]
    fn addresses_are_compared_letter_by_letter() {
        assert!(client().redirects_to("https://forum.example/back"));
        for other in [
            "https://forum.example/back/",
            "https://forum.example/back?x",
            "https://forum.example/Back",
            "https://forum.example",
            "",
        ] {
            assert!(!client().redirects_to(other), "{other}");
        }
    }

    #[test]
    fn a_change_keeps_secret_kind_and_name_in_the_protocol() {
        let said = Registration { kind: Kind::Public, ..registration("The forum") };
        let changed = change(&client(), &said).unwrap().unwrap();
        assert_eq!(changed, Client { name: "The forum".to_owned(), ..client() });
        assert_eq!(differing(&client(), &changed), ["name"]);
        assert_eq!(change(&client(), &registration("Forum")), Ok(None));
    }

    #[test]
    fn another_secret_and_less_to_do_void_tokens() {
        let with = |scopes: &[&str]| Client {
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            ..client()
        };
        let (one, two) = (with(&["openid"]), with(&["openid", "email"]));
        assert!(!voids_tokens(&one, &two) && voids_tokens(&two, &one));
        assert!(!voids_tokens(&one, &Client { open: false, ..one.clone() }));
        let renewed = with_secret(&one, fingerprint::of("another")).unwrap();
        assert!(voids_tokens(&one, &renewed));
    }

    #[test]
    fn what_stands_in_the_configuration_is_changed_there() {
        let fixed = Client { from_settings: true, ..client() };
        assert_eq!(change(&fixed, &registration("X")), Err(Refusal::FromSettings));
        assert_eq!(close(&fixed), Err(Refusal::FromSettings));
        assert_eq!(reopen(&fixed), Err(Refusal::FromSettings));
        assert_eq!(with_secret(&fixed, String::new()), Err(Refusal::FromSettings));
    }

    #[test]
    fn closing_and_opening_are_each_done_once() {
        let closed = close(&client()).unwrap();
        assert_eq!(close(&closed), Err(Refusal::AlreadyThere("closed")));
        assert_eq!(with_secret(&closed, String::new()), Err(Refusal::Closed));
        assert_eq!(reopen(&closed), Ok(client()));
        assert_eq!(reopen(&client()), Err(Refusal::AlreadyThere("open")));
        let public = Client { kind: Kind::Public, ..client() };
        assert_eq!(with_secret(&public, String::new()), Err(Refusal::NoSecret));
    }
}
