//! Our side of the protocol between browsers and passkeys (W3C Web Authentication): what we ask,
//! and whether the answer holds.

use chassis::{Error, Result, Site};
use serde_json::{Value, json};
use url::{Host, Url};
use webauthn_rs::prelude::{
    AuthenticationResult, CreationChallengeResponse, DiscoverableAuthentication, DiscoverableKey,
    Passkey as Public, PasskeyRegistration, PublicKeyCredential, RegisterPublicKeyCredential,
    RequestChallengeResponse, Webauthn, WebauthnBuilder,
};

use super::domain::{Passkey, Refusal};
use crate::accounts::domain::Account;

/// What a browser is asked, and what the answer is checked against.
pub(crate) struct Asked {
    /// For the browser, as JSON.
    pub(crate) options: String,
    /// For us.
    pub(crate) state: Value,
}

/// The site as passkeys know it.
#[derive(Debug)]
pub(crate) struct Party {
    webauthn: Webauthn,
}

impl Party {
    /// The site's own; none when it has no name: passkeys are bound to names, not to numbers.
    ///
    /// On loopback it is `localhost`, the one name there that browsers take for safe.
    pub(crate) fn of(site: &Site) -> Option<Self> {
        let mut origin = Url::parse(&site.origin).ok()?;
        if site.loopback && !matches!(origin.host(), Some(Host::Domain(_))) {
            origin.set_host(Some("localhost")).ok()?;
        }
        let name = origin.domain()?.to_owned();
        let builder = WebauthnBuilder::new(&name, &origin).ok()?;
        Some(Self { webauthn: builder.rp_name(&site.name).build().ok()? })
    }

    /// Asks for a new passkey for this account; those that it has are not made twice.
    pub(crate) fn creation(&self, account: &Account, has: &[Passkey]) -> Result<Asked> {
        let address = account.address.written.as_str();
        let person = account.person_id.0;
        let begun = self.webauthn.start_passkey_registration(person, address, address, None);
        let (options, state): (CreationChallengeResponse, _) = begun.map_err(Error::internal)?;
        let mut options = serde_json::to_value(options)?;
        // Kept on the device, so that nobody need type an address to sign in.
        let selection = &mut options["publicKey"]["authenticatorSelection"];
        selection["residentKey"] = "required".into();
        selection["requireResidentKey"] = true.into();
        options["publicKey"]["excludeCredentials"] = described(has);
        Ok(Asked { options: options.to_string(), state: serde_json::to_value(state)? })
    }

    /// Asks for one of these passkeys, or for any that the device keeps for this site.
    pub(crate) fn request(&self, allowed: &[Passkey]) -> Result<Asked> {
        let begun = self.webauthn.start_discoverable_authentication();
        let (options, state): (RequestChallengeResponse, _) = begun.map_err(Error::internal)?;
        let mut options = serde_json::to_value(options)?;
        options["publicKey"]["allowCredentials"] = described(allowed);
        Ok(Asked { options: options.to_string(), state: serde_json::to_value(state)? })
    }

    /// The passkey that an answer made.
    ///
    /// # Errors
    /// [`Refusal`]; `Internal` when the state is not ours.
    pub(crate) fn created(
        &self,
        answer: &RegisterPublicKeyCredential,
        state: &Value,
    ) -> Result<Public> {
        let state: PasskeyRegistration = serde_json::from_value(state.clone())?;
        let made = self.webauthn.finish_passkey_registration(answer, &state);
        made.map_err(|said| Refusal::of(&said).into())
    }

    /// Checks that an answer is of this passkey, to our question, on our site, unlocked by its
    /// owner, and that the passkey counts on.
    ///
    /// # Errors
    /// [`Refusal`]; `Internal` when the state is not ours.
    pub(crate) fn proved(
        &self,
        answer: &PublicKeyCredential,
        state: &Value,
        passkey: &Passkey,
    ) -> Result<AuthenticationResult> {
        let state: DiscoverableAuthentication = serde_json::from_value(state.clone())?;
        let key = DiscoverableKey::from(&passkey.public);
        let proved = self.webauthn.finish_discoverable_authentication_v2(answer, state, &key);
        proved.map_err(|said| Refusal::of(&said).into())
    }
}

/// Passkeys as browsers are told of them.
fn described(passkeys: &[Passkey]) -> Value {
    let one = |passkey: &Passkey| json!({ "type": "public-key", "id": passkey.public.cred_id() });
    passkeys.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(origin: &str, loopback: bool) -> Site {
        Site {
            origin: origin.to_owned(),
            zone: "UTC".parse().unwrap(),
            mode: chassis::Mode::Production,
            https: origin.starts_with("https"),
            name: "SCTE".to_owned(),
            loopback,
        }
    }

    fn origins(site: &Site) -> Option<Vec<String>> {
        let party = Party::of(site)?;
        Some(party.webauthn.get_allowed_origins().iter().map(ToString::to_string).collect())
    }

    #[test]
    fn passkeys_are_bound_to_the_name_of_the_site() {
        let ours = origins(&site("https://scte.example", false));
        assert_eq!(ours, Some(vec!["https://scte.example/".to_owned()]));
        let loopback = origins(&site("http://127.0.0.1:8300", true));
        assert_eq!(loopback, Some(vec!["http://localhost:8300/".to_owned()]));
        assert_eq!(origins(&site("http://192.0.2.7:8300", false)), None);
    }
}
