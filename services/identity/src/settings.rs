//! `[identity]` of the configuration.

use serde::Deserialize;

use crate::clients::domain::Kind;
use crate::clients::registration::Registration;

/// The settings. Without any there are no clients but those that staff register.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    /// Systems that sign their users in here, and machines; changed only in the configuration.
    pub(crate) clients: Vec<StaticClient>,
    /// Origins inside a private network that may be told of ended sign-ins, each `http://host:port`;
    /// those of the clients in the configuration may anyway.
    pub(crate) private_origins: Vec<String>,
    /// Mail domains whose addresses may register; empty: all.
    pub(crate) registration_domains: Vec<String>,
    /// The keys that sign sign-ins.
    pub(crate) keys: Keys,
}

/// `[identity.keys]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Keys {
    /// After how many days a key is replaced; 0: only when somebody asks for it.
    pub(crate) rotate_days: u32,
}

impl Default for Keys {
    fn default() -> Self {
        Self { rotate_days: 90 }
    }
}

/// A client that stands in the configuration: `[[identity.clients]]`.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StaticClient {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) secret: Option<String>,
    #[serde(default)]
    pub(crate) redirect_uris: Vec<String>,
    #[serde(default)]
    pub(crate) sign_out_uris: Vec<String>,
    #[serde(default)]
    pub(crate) back_channel: Option<String>,
    #[serde(default)]
    pub(crate) scopes: Vec<String>,
    #[serde(default)]
    pub(crate) devices: bool,
    #[serde(default)]
    pub(crate) strong: bool,
    #[serde(default)]
    pub(crate) trusted: bool,
    #[serde(default)]
    pub(crate) colour: Option<String>,
}

/// The shortest secret that may stand in the configuration, in characters.
const SHORTEST_SECRET: usize = 32;

/// A secret stays out of logs.
impl std::fmt::Debug for StaticClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StaticClient")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl StaticClient {
    /// The registration it stands for, with its secret.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence.
    pub(crate) fn read(&self) -> Result<(Registration, Option<&str>), String> {
        let wrong = |what: &str, why: &str| format!("client {}: {what}: {why}", self.id);
        let kinds = Kind::ALL.map(Kind::as_str).join(", ");
        let kind = Kind::from_word(&self.kind)
            .ok_or_else(|| wrong("kind", &format!("one of {kinds}, not `{}`", self.kind)))?;
        let registration = Registration {
            id: self.id.clone(),
            name: self.name.clone(),
            kind,
            redirect_uris: self.redirect_uris.clone(),
            sign_out_uris: self.sign_out_uris.clone(),
            back_channel: self.back_channel.clone(),
            scopes: self.scopes.clone(),
            devices: self.devices,
            strong: self.strong,
            trusted: self.trusted,
            colour: self.colour.clone(),
        };
        if let Some((field, why)) = registration.wrong().first() {
            return Err(wrong(field, why));
        }
        match (self.secret.as_deref(), kind) {
            (Some(_), Kind::Public) => Err(wrong("secret", "a public client cannot keep one")),
            (None, Kind::Confidential | Kind::Machine) => {
                Err(wrong("secret", "is missing; 32 random characters or more"))
            }
            (Some(secret), _) if secret.chars().count() < SHORTEST_SECRET => {
                Err(wrong("secret", "32 random characters or more"))
            }
            (secret, _) => Ok((registration, secret)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(more: &serde_json::Value) -> StaticClient {
        let mut one = serde_json::json!({
            "id": "forum", "name": "Forum", "kind": "confidential",
            "secret": "a secret of thirty-two characters",
            "redirect_uris": ["https://forum.example/back"], "scopes": ["openid"]
        });
        for (key, value) in more.as_object().unwrap() {
            one[key] = value.clone();
        }
        serde_json::from_value(one).unwrap()
    }

    #[test]
    fn what_is_wrong_with_a_client_names_it_and_the_key() {
        client(&serde_json::json!({})).read().unwrap();
        for (more, why) in [
            (serde_json::json!({ "kind": "secretive" }), "client forum: kind: one of public"),
            (serde_json::json!({ "kind": "public" }), "a public client cannot keep one"),
            (serde_json::json!({ "secret": "short" }), "client forum: secret: 32 random"),
            (serde_json::json!({ "secret": null }), "client forum: secret: is missing"),
            (
                serde_json::json!({ "redirect_uris": ["http://forum.example/back"] }),
                "client forum: redirect_uris",
            ),
        ] {
            let said = client(&more).read().unwrap_err();
            assert!(said.contains(why), "{said}");
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        assert!(!format!("{:?}", client(&serde_json::json!({}))).contains("thirty-two"));
    }
}
