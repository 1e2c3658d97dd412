//! What is said of a client when it is registered or changed, and what may be said. Pure.

use url::{Host, Url};

use super::domain::Kind;

/// What a system that signs its users in here may ask for, with what it learns or may do, as people
/// are asked for their consent.
pub(crate) const USER_SCOPES: [(&str, &str); 5] = [
    ("openid", "Who you are: a number that stays the same"),
    ("email", "Your e-mail address"),
    ("profile", "Your name and your language"),
    ("membership", "Whether you are a member, until when, and your chapters"),
    ("offline_access", "To go on knowing this when you are signed out"),
];

/// What a machine may be allowed, with what it means.
pub(crate) const MACHINE_SCOPES: [(&str, &str); 1] =
    [("members:read", "Read who is a member, with their terms")];

/// What a scope means, as people read it.
pub(crate) fn meaning(scope: &str) -> Option<&'static str> {
    let all = USER_SCOPES.iter().chain(&MACHINE_SCOPES);
    all.into_iter().find(|(word, _)| *word == scope).map(|(_, meaning)| *meaning)
}

/// The most addresses of one kind.
const MOST_URIS: usize = 20;
/// The longest address, in bytes.
const LONGEST_URI: usize = 500;

/// What is said of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Registration {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) kind: Kind,
    pub(crate) redirect_uris: Vec<String>,
    pub(crate) sign_out_uris: Vec<String>,
    pub(crate) back_channel: Option<String>,
    pub(crate) scopes: Vec<String>,
    pub(crate) devices: bool,
    pub(crate) strong: bool,
    pub(crate) trusted: bool,
    pub(crate) colour: Option<String>,
}

/// The field that is wrong, and why.
pub(crate) type Wrong = (&'static str, String);

impl Registration {
    /// Everything that is wrong with it; nothing: it may be registered.
    pub(crate) fn wrong(&self) -> Vec<Wrong> {
        let mut wrong = Vec::new();
        let mut note = |field, why: Option<String>| wrong.extend(why.map(|why| (field, why)));
        note("id", wrong_id(&self.id));
        note("name", wrong_name(&self.name));
        note("scopes", self.wrong_scopes());
        note("colour", self.colour.as_deref().and_then(wrong_colour));
        if self.kind == Kind::Machine {
            let browses = !self.redirect_uris.is_empty() || !self.sign_out_uris.is_empty();
            note("redirect_uris", said(browses, "a machine sends no browser anywhere"));
            let serves = self.back_channel.is_some();
            note("back_channel", said(serves, "a machine signs nobody in"));
            note("devices", said(self.devices, "a machine signs nobody in"));
            return wrong;
        }
        let public = self.kind == Kind::Public;
        note("redirect_uris", wrong_uris(&self.redirect_uris, public));
        let nowhere = self.redirect_uris.is_empty() && !self.devices;
        let why = "one address at least, or allow the device code";
        note("redirect_uris", said(nowhere, why));
        note("sign_out_uris", wrong_uris(&self.sign_out_uris, public));
        note("back_channel", self.back_channel.as_deref().and_then(|uri| wrong_uri(uri, false)));
        wrong
    }

    fn wrong_scopes(&self) -> Option<String> {
        let machine = self.kind == Kind::Machine;
        let known: &[(&str, &str)] = if machine { &MACHINE_SCOPES } else { &USER_SCOPES };
        let foreign = |scope: &&String| !known.iter().any(|(word, _)| word == scope);
        if let Some(foreign) = self.scopes.iter().find(foreign) {
            let known: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
            return Some(format!("{foreign} is none of {}", known.join(", ")));
        }
        if self.scopes.is_empty() {
            return Some("choose one at least".to_owned());
        }
        let signs_in = machine || self.scopes.iter().any(|scope| scope == "openid");
        said(!signs_in, "openid is needed to sign anybody in")
    }
}

fn said(wrong: bool, why: &str) -> Option<String> {
    wrong.then(|| why.to_owned())
}

fn wrong_id(id: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
    let fits = (3..=60).contains(&id.len()) && id.chars().all(plain);
    said(!fits, "3 to 60 small letters, digits, hyphens, dots or underscores")
}

fn wrong_name(name: &str) -> Option<String> {
    let fits = (2..=60).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    said(!fits || name.trim() != name, "2 to 60 characters, as people know it")
}

fn wrong_colour(colour: &str) -> Option<String> {
    let digits = colour.strip_prefix('#').unwrap_or_default();
    let fits = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    said(!fits, "a colour is written #0a5cad")
}

fn wrong_uris(uris: &[String], public: bool) -> Option<String> {
    if uris.len() > MOST_URIS {
        return Some(format!("at most {MOST_URIS} addresses"));
    }
    uris.iter().find_map(|uri| wrong_uri(uri, public))
}

/// What our answers say: an address that says it too would be read as another's answer.
const OURS: [&str; 5] = ["code", "state", "iss", "error", "error_description"];

/// Why an address cannot be used. They are compared letter by letter, so what a parser would write
/// in another way is refused; a public client may also name a scheme of its own, with a dot in it.
fn wrong_uri(uri: &str, public: bool) -> Option<String> {
    let why = |why: &str| Some(format!("{uri}: {why}"));
    if uri.len() > LONGEST_URI {
        return Some(format!("an address has at most {LONGEST_URI} characters"));
    }
    let Ok(url) = Url::parse(uri) else {
        return why("write it whole, like https://forum.example/");
    };
    if uri.contains('#') {
        return why("no # in it");
    }
    if uri.contains('*') {
        return why("no * in it: every address is named by itself");
    }
    if url.query_pairs().any(|(name, _)| OURS.contains(&name.as_ref())) {
        return why("no code, state, iss or error in it: those we add");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return why("no user and no password in it");
    }
    let as_written = url.as_str() == uri || url.as_str() == format!("{uri}/");
    match url.scheme() {
        _ if !as_written => why(&format!("write it {url}")),
        "https" => None,
        "http" if is_loopback(&url) => None,
        "http" => why("https is needed; http only on this machine"),
        scheme if public && scheme.contains('.') => None,
        _ if public => why("https, or a scheme of the app's own such as org.example.app:/back"),
        _ => why("https is needed"),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(four)) => four.is_loopback(),
        Some(Host::Ipv6(six)) => six.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forum() -> Registration {
        Registration {
            id: "forum".to_owned(),
            name: "Forum".to_owned(),
            kind: Kind::Confidential,
            redirect_uris: vec!["https://forum.example/back?x=1".to_owned()],
            sign_out_uris: vec!["https://forum.example".to_owned()],
            back_channel: Some("https://forum.example/out".to_owned()),
            scopes: vec!["openid".to_owned(), "email".to_owned()],
            devices: false,
            strong: false,
            trusted: false,
            colour: Some("#0a5cad".to_owned()),
        }
    }

    fn fields(one: &Registration) -> Vec<&'static str> {
        one.wrong().into_iter().map(|(field, _)| field).collect()
    }

    fn back_to(kind: Kind, uri: &str) -> Vec<&'static str> {
        fields(&Registration { kind, redirect_uris: vec![uri.to_owned()], ..forum() })
    }

    #[test]
    fn addresses_are_exact_and_safe() {
        assert!(forum().wrong().is_empty(), "{:?}", forum().wrong());
        for good in ["http://127.0.0.1:3000/back", "http://localhost/x", "http://[::1]:1/x"] {
            assert!(back_to(Kind::Confidential, good).is_empty(), "{good}");
        }
        for bad in [
            "",
            "/back",
            "forum.example/back",
            "http://forum.example/back",
            "http://127.0.0.1.evil.example/",
            "http://localhost.evil.example/",
            "https://forum.example/back#x",
            "https://forum.example/back?iss=https://other.example",
            "https://forum.example/back?x=1&%63ode=stolen",
            "https://*.forum.example/",
            "https://user@forum.example/",
            "https://forum.example/a/../b",
            "HTTPS://forum.example/",
            "https://FORUM.example/",
            "https:\\forum.example",
            "https://forum.example/a b",
            "javascript:alert(1)",
            "data:text/html,x",
            "org.example.app:/back",
        ] {
            assert_eq!(back_to(Kind::Confidential, bad), ["redirect_uris"], "{bad}");
        }
        assert!(back_to(Kind::Public, "org.example.app:/back").is_empty());
        assert_eq!(back_to(Kind::Public, "javascript:alert(1)"), ["redirect_uris"]);
        assert_eq!(back_to(Kind::Public, "myapp:/back"), ["redirect_uris"]);
    }

    #[test]
    fn a_client_needs_somewhere_to_go_and_something_to_ask() {
        let none = Registration { redirect_uris: Vec::new(), ..forum() };
        assert_eq!(fields(&none), ["redirect_uris"]);
        assert!(fields(&Registration { devices: true, ..none }).is_empty());
        assert_eq!(fields(&Registration { scopes: Vec::new(), ..forum() }), ["scopes"]);
        let only_mail = Registration { scopes: vec!["email".to_owned()], ..forum() };
        assert_eq!(fields(&only_mail), ["scopes"]);
        let machines = Registration { scopes: vec!["members:read".to_owned()], ..forum() };
        assert_eq!(fields(&machines), ["scopes"]);
    }

    #[test]
    fn a_machine_has_no_browser() {
        let machine = Registration {
            kind: Kind::Machine,
            redirect_uris: Vec::new(),
            sign_out_uris: Vec::new(),
            back_channel: None,
            scopes: vec!["members:read".to_owned()],
            ..forum()
        };
        assert!(machine.wrong().is_empty(), "{:?}", machine.wrong());
        assert_eq!(fields(&Registration { kind: Kind::Machine, ..forum() }).len(), 3);
        assert_eq!(fields(&Registration { devices: true, ..machine }), ["devices"]);
    }

    #[test]
    fn names_and_colours_are_plain() {
        for id in ["ab", "Forum", "a forum", "forum/x", "førum"] {
            assert_eq!(fields(&Registration { id: id.to_owned(), ..forum() }), ["id"], "{id}");
        }
        for name in ["F", " Forum", "For\num"] {
            let named = Registration { name: name.to_owned(), ..forum() };
            assert_eq!(fields(&named), ["name"], "{name}");
        }
        for colour in ["red", "#12345", "#12345g", "#123456;x"] {
            let coloured = Registration { colour: Some(colour.to_owned()), ..forum() };
            assert_eq!(fields(&coloured), ["colour"], "{colour}");
        }
    }
}
