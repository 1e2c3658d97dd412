//! `[outreach]` of the configuration file.

use std::net::IpAddr;

use lettre::message::Mailbox;
use serde::Deserialize;

/// How mails leave.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    /// The mail server as `host:port`; none keeps every mail in the mailbox page instead.
    pub(crate) smtp: Option<Server>,
    /// The sender of every mail: `Name <address>`; its domain ends every `Message-ID`.
    pub(crate) from: Sender,
    /// How long the mail server may take to answer, in seconds.
    pub(crate) smtp_timeout_s: u64,
    /// Holds every mail back, for as long as it is on.
    pub(crate) hold_all: bool,
}

impl Default for Settings {
    fn default() -> Self {
        let address = lettre::Address::new("no-reply", "localhost");
        let from = address.map(|address| Mailbox::new(Some("SCTE".to_owned()), address));
        Self { smtp: None, from: Sender(from.ok()), smtp_timeout_s: 20, hold_all: false }
    }
}

/// A mail server on this machine: without TLS nothing with a one-time code in it may leave.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Server {
    /// Its name or address.
    pub(crate) host: String,
    /// Its port.
    pub(crate) port: u16,
}

impl TryFrom<String> for Server {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("a mail server is written host:port, not `{text}`");
        let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
        let port = port.parse().map_err(|_| wrong())?;
        if host.is_empty() {
            return Err(wrong());
        }
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if !is_here(host) {
            return Err(format!(
                "the mail server `{text}` is another machine, and mail does not leave this one without TLS, \
                 which comes later: name a relay on this machine, such as 127.0.0.1:25"
            ));
        }
        Ok(Self { host: host.to_owned(), port })
    }
}

/// Whether a host is this machine.
fn is_here(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Who mails are from.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Sender(Option<Mailbox>);

impl TryFrom<String> for Sender {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = |_| format!("a sender is written `Name <address>`, not `{text}`");
        text.parse().map_err(wrong).map(|mailbox| Self(Some(mailbox)))
    }
}

impl Sender {
    /// The sender as a mail names it.
    pub(crate) fn mailbox(&self) -> Option<Mailbox> {
        self.0.clone()
    }

    /// The domain of the sender.
    pub(crate) fn host(&self) -> &str {
        self.0.as_ref().map_or("localhost", |mailbox| mailbox.email.domain())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_a_message_id_is_the_domain_of_the_sender() {
        let from = |from: &str| Sender::try_from(from.to_owned());
        assert_eq!(from("SCTE <mail@scte.example>").unwrap().host(), "scte.example");
        assert_eq!(from("mail@scte.example").unwrap().host(), "scte.example");
        assert!(from("nobody").is_err());
        assert_eq!(Settings::default().from.host(), "localhost");
    }

    #[test]
    fn a_mail_server_is_a_host_and_a_port() {
        let server = |text: &str| Server::try_from(text.to_owned());
        for (text, host) in
            [("localhost:25", "localhost"), ("127.0.0.2:25", "127.0.0.2"), ("[::1]:25", "::1")]
        {
            assert_eq!(server(text), Ok(Server { host: host.to_owned(), port: 25 }));
        }
        for wrong in ["mail.example", ":25", "mail.example:x", "mail.example:70000"] {
            assert!(server(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn mail_does_not_leave_this_machine_without_tls() {
        for away in ["mail.example:25", "192.0.2.1:25", "localhost.example:25", "[2001:db8::1]:25"]
        {
            let told = Server::try_from(away.to_owned()).unwrap_err();
            assert!(told.contains("without TLS, which comes later"), "{told}");
        }
    }
}
