//! Access tokens: signed as sign-ins are, for another audience, so that neither passes for the other.

use chrono::{DateTime, Utc};
use contracts::PersonId;
use messaging::Result;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::signin::{self, Signer};

/// What access tokens say they are for.
const AUDIENCE: &str = "scte.token";

/// Who holds a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// A person, who made it for a program of theirs.
    Person(PersonId),
    /// A registered machine.
    Client {
        /// The id that messages name it by.
        entity: Uuid,
        /// Its name in the protocol.
        client_id: String,
    },
}

/// What a program shows to be let in, as identity signed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessToken {
    /// Its id, by which it is revoked.
    pub id: Uuid,
    /// Who holds it.
    pub holder: Holder,
    /// What it may do: `membership:read`.
    pub scopes: Vec<String>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// Whether it lives for minutes and stands in no list: then nobody is told that it was used.
    pub brief: bool,
}

/// The token on the wire, in the registered claim names.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    aud: String,
    jti: Uuid,
    sub: Uuid,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    scope: String,
    exp: i64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    brief: bool,
}

impl AccessToken {
    fn claims(&self) -> Claims {
        let (sub, client_id) = match &self.holder {
            Holder::Person(PersonId(person)) => (*person, None),
            Holder::Client { entity, client_id } => (*entity, Some(client_id.clone())),
        };
        Claims {
            aud: AUDIENCE.to_owned(),
            jti: self.id,
            sub,
            client_id,
            scope: self.scopes.join(" "),
            exp: self.expires_at.timestamp(),
            brief: self.brief,
        }
    }

    fn from_claims(claims: Claims) -> Option<Self> {
        let holder = match claims.client_id {
            None => Holder::Person(PersonId(claims.sub)),
            Some(client_id) => Holder::Client { entity: claims.sub, client_id },
        };
        Some(Self {
            id: claims.jti,
            holder,
            scopes: claims.scope.split_whitespace().map(str::to_owned).collect(),
            expires_at: DateTime::from_timestamp(claims.exp, 0)?,
            brief: claims.brief,
        })
    }

    /// Whether it may do this.
    #[must_use]
    pub fn may(&self, scope: &str) -> bool {
        self.scopes.iter().any(|has| has == scope)
    }
}

impl Signer {
    /// Signs an access token; the text is shown to its holder once.
    ///
    /// # Errors
    /// [`messaging::Error::Internal`] when the key cannot sign.
    pub fn sign_access(&self, token: &AccessToken) -> Result<String> {
        self.sign_claims(&token.claims())
    }
}

/// The key and the token that a text claims to be; nothing is believed yet.
pub(super) fn claimed(text: &str) -> Option<(Uuid, AccessToken)> {
    let (kid, claims) = signin::claims_of::<Claims>(text)?;
    let token = (claims.aud == AUDIENCE).then(|| AccessToken::from_claims(claims))??;
    Some((kid, token))
}

/// Whether the text is an access token signed by the key whose public half this is.
pub(super) fn is_signed(text: &str, public_key: &str) -> bool {
    signin::is_signed_for(text, public_key, AUDIENCE)
}

#[cfg(test)]
mod tests {
    use contracts::SignInId;

    use super::*;
    use crate::signin::{How, Token};

    fn at() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    fn signer() -> Signer {
        Signer::new(Uuid::from_u128(9), [5; 32]).unwrap()
    }

    fn token(holder: Holder) -> AccessToken {
        let scopes = vec!["account:read".to_owned(), "membership:read".to_owned()];
        AccessToken { id: Uuid::from_u128(4), holder, scopes, expires_at: at(), brief: false }
    }

    #[test]
    fn a_token_says_what_was_signed() {
        let machine = Holder::Client { entity: Uuid::from_u128(7), client_id: "crm".to_owned() };
        for holder in [Holder::Person(PersonId(Uuid::from_u128(1))), machine] {
            for brief in [false, true] {
                let token = AccessToken { brief, ..token(holder.clone()) };
                let text = signer().sign_access(&token).unwrap();
                assert_eq!(claimed(&text), Some((Uuid::from_u128(9), token)));
                assert!(is_signed(&text, signer().public_key()));
                let another = Signer::new(Uuid::from_u128(9), [6; 32]).unwrap();
                assert!(!is_signed(&text, another.public_key()));
            }
        }
    }

    #[test]
    fn a_sign_in_is_no_access_token_and_the_other_way_round() {
        let person = PersonId(Uuid::from_u128(1));
        let signin = SignInId(Uuid::from_u128(2));
        let session = Token::new(person, signin, 0, at(), &How::new("password"), at());
        let session = signer().sign(&session).unwrap();
        let access = signer().sign_access(&token(Holder::Person(person))).unwrap();

        assert_eq!(claimed(&session), None);
        assert!(!is_signed(&session, signer().public_key()));
        assert_eq!(signin::claimed(&access), None);
        assert!(!signin::is_signed(&access, signer().public_key()));
    }
}
