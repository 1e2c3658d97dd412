//! The provider's signature over a webhook: `scte-sandbox-signature: t=<unix seconds>,v1=<hex>`,
//! HMAC-SHA256 over `<t>.<body>`. Pure.

use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// How far the provider's clock may be from ours.
pub(crate) const TOLERANCE: TimeDelta = TimeDelta::minutes(5);

/// Why a webhook is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("the signature header is missing or malformed")]
    Malformed,
    #[error("the signature is older than five minutes, or from the future")]
    Stale,
    #[error("the signature does not match the body")]
    Wrong,
}

impl Refusal {
    /// The stable code.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Malformed => "signature_malformed",
            Self::Stale => "signature_stale",
            Self::Wrong => "signature_wrong",
        }
    }
}

/// Checks a webhook's signature.
///
/// # Errors
/// [`Refusal`].
pub(crate) fn verify(
    secret: &str,
    header: &str,
    body: &[u8],
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let part = |name: &str| header.split(',').find_map(|part| part.trim().strip_prefix(name));
    let stamp = part("t=").ok_or(Refusal::Malformed)?;
    let seconds: i64 = stamp.parse().map_err(|_| Refusal::Malformed)?;
    let signature = part("v1=").and_then(|hex| hex::decode(hex).ok()).ok_or(Refusal::Malformed)?;
    // `verify_slice` takes the same time wherever the first difference is.
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(|_| Refusal::Wrong)?;
    mac.update(stamp.as_bytes());
    mac.update(b".");
    mac.update(body);
    mac.verify_slice(&signature).map_err(|_| Refusal::Wrong)?;
    // After the signature, so that only the provider learns what our clock says.
    let signed_at = DateTime::from_timestamp(seconds, 0).ok_or(Refusal::Malformed)?;
    if (now - signed_at).abs() > TOLERANCE { Err(Refusal::Stale) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    // printf '1803895200.{}' | openssl dgst -sha256 -hmac secret
    const SIGNED: &str = "8da152c445ed4e04ad2057683ee82a435985e3c0d3af3765f3a50534fb46679f";

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn check(header: &str, body: &[u8], now: i64) -> Result<(), Refusal> {
        verify("secret", header, body, at(now))
    }

    #[test]
    fn a_right_signature_holds_for_five_minutes() {
        let header = format!("t=1803895200,v1={SIGNED}");
        assert_eq!(check(&header, b"{}", 1_803_895_200), Ok(()));
        assert_eq!(check(&header, b"{}", 1_803_895_200 + 300), Ok(()));
        assert_eq!(check(&header, b"{}", 1_803_895_200 + 301), Err(Refusal::Stale));
        assert_eq!(check(&header, b"{}", 1_803_895_200 - 301), Err(Refusal::Stale));
    }

    #[test]
    fn another_body_secret_or_time_is_refused() {
        let header = format!("t=1803895200,v1={SIGNED}");
        assert_eq!(check(&header, b"{ }", 1_803_895_200), Err(Refusal::Wrong));
        let other = verify("secreT", &header, b"{}", at(1_803_895_200));
        assert_eq!(other, Err(Refusal::Wrong));
        let moved = format!("t=1803895300,v1={SIGNED}");
        assert_eq!(check(&moved, b"{}", 1_803_895_300), Err(Refusal::Wrong));
        assert_eq!(check("t=1803895200,v1=", b"{}", 1_803_895_200), Err(Refusal::Wrong));
    }

    #[test]
    fn a_header_of_another_shape_is_malformed() {
        for header in ["", "t=1", "v1=00", "t=x,v1=00", "t=1,v1=zz"] {
            assert_eq!(check(header, b"{}", 1), Err(Refusal::Malformed), "{header}");
        }
    }
}
