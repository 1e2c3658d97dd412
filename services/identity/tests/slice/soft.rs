//! A passkey in software: what a phone and its browser do, with the levers that tests pull.

use chassis::testing::Answered;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{DerSignature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// Somebody is there.
const PRESENT: u8 = 0x01;
/// And showed finger, face or PIN.
const UNLOCKED: u8 = 0x04;
/// A new key comes along.
const KEY: u8 = 0x40;

/// A device with one passkey.
#[derive(Clone)]
pub(crate) struct Device {
    key: SigningKey,
    id: Vec<u8>,
    user: Value,
    counter: u32,
    /// The site that the browser is on.
    pub(crate) origin: &'static str,
    /// Whether it asks for finger, face or PIN.
    pub(crate) unlocked: bool,
}

impl Device {
    /// The `n`th device there is.
    pub(crate) fn new(n: u8) -> Self {
        Self {
            key: SigningKey::from_slice(&[n; 32]).unwrap(),
            id: vec![n; 16],
            user: Value::Null,
            counter: 0,
            origin: "http://scte.test",
            unlocked: true,
        }
    }

    /// Says from now on that its passkey is of the other one's owner.
    pub(crate) fn poses_as(&mut self, other: &Self) {
        self.user = other.user.clone();
    }

    /// Makes a passkey as the page asks; gives what the browser sends.
    pub(crate) fn create(&mut self, options: &Value) -> String {
        let wanted = &options["publicKey"];
        assert_eq!(wanted["authenticatorSelection"]["residentKey"], "required", "{wanted}");
        assert_eq!(wanted["authenticatorSelection"]["userVerification"], "required", "{wanted}");
        self.user = wanted["user"]["id"].clone();
        let mut data = self.head(wanted["rp"]["id"].as_str().unwrap(), KEY);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend(&self.id);
        data.extend(self.public_key());
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59".to_vec();
        object.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        object.extend(data);
        let told = self.told("webauthn.create", &wanted["challenge"]);
        self.sent(
            &json!({ "clientDataJSON": base64url(&told), "attestationObject": base64url(&object) }),
        )
    }

    /// Answers as the page asks; gives what the browser sends.
    pub(crate) fn get(&mut self, options: &Value) -> String {
        let wanted = &options["publicKey"];
        self.counter += 1;
        let data = self.head(wanted["rpId"].as_str().unwrap(), 0);
        let told = self.told("webauthn.get", &wanted["challenge"]);
        let signed = [data.as_slice(), &Sha256::digest(&told)].concat();
        let signature: DerSignature = self.key.sign(&signed);
        self.sent(&json!({
            "clientDataJSON": base64url(&told),
            "authenticatorData": base64url(&data),
            "signature": base64url(signature.as_bytes()),
            "userHandle": self.user,
        }))
    }

    fn sent(&self, response: &Value) -> String {
        let id = base64url(&self.id);
        json!({ "id": id, "rawId": id, "type": "public-key", "response": response }).to_string()
    }

    fn told(&self, kind: &str, challenge: &Value) -> Vec<u8> {
        let told = json!({ "type": kind, "challenge": challenge, "origin": self.origin });
        told.to_string().into_bytes()
    }

    fn head(&self, site: &str, more: u8) -> Vec<u8> {
        let unlocked = if self.unlocked { UNLOCKED } else { 0 };
        let mut data = Sha256::digest(site).to_vec();
        data.push(PRESENT | unlocked | more);
        data.extend(self.counter.to_be_bytes());
        data
    }

    /// The public key as COSE writes one of P-256.
    fn public_key(&self) -> Vec<u8> {
        let point = self.key.verifying_key().to_encoded_point(false);
        let (x, y) = (point.x().unwrap(), point.y().unwrap());
        let parts: [&[u8]; 4] =
            [b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20", x, b"\x22\x58\x20", y];
        parts.concat()
    }
}

/// What a page asks of passkeys with the form that goes to `action`.
pub(crate) fn asked(page: &Answered, action: &str) -> Value {
    let start = page.text().find(&format!("action=\"{action}\""));
    let form =
        &page.text()[start.unwrap_or_else(|| panic!("no form for {action}: {}", page.text()))..];
    let (_, rest) = form.split_once("data-options=\"").unwrap();
    let (options, _) = rest.split_once('"').unwrap();
    serde_json::from_str(&options.replace("&#34;", "\"").replace("&quot;", "\"")).unwrap()
}

fn base64url(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let all = three.iter().fold(0_u32, |all, byte| all << 8 | u32::from(*byte));
        let all = all << (8 * (3 - three.len()));
        for at in 0..=three.len() {
            text.push(char::from(LETTERS[(all >> (18 - 6 * at) & 63) as usize]));
        }
    }
    text
}
