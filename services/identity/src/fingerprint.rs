//! What is stored in place of a secret or an address: its SHA-256.

use sha2::{Digest as _, Sha256};

/// The SHA-256 of `text` in lower-case hexadecimal.
///
/// Right for long random secrets (codes, cookies), which cannot be guessed from it; passwords
/// go through [`crate::passwords::hashing`] instead.
pub(crate) fn of(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

/// `bytes` in lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing into a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_fingerprint_is_the_standard_one() {
        assert_eq!(
            super::of("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
