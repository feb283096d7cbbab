//! Keyed digests: HMAC-SHA-256 under a key derived from the server's secret.

use aws_lc_rs::hmac;
use kernel::KeyedDigest;

/// Digests with a key that is good for nothing else.
pub struct HmacDigests {
    key: hmac::Key,
}

impl HmacDigests {
    /// With the server's secret.
    pub fn new(secret: &[u8]) -> Self {
        let root = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let derived = hmac::sign(&root, b"alveole keyed digests 1");
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()) }
    }
}

impl KeyedDigest for HmacDigests {
    fn digest(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.key);
        for part in [purpose.as_bytes()].iter().chain(parts) {
            context.update(&part.len().to_be_bytes());
            context.update(part);
        }
        let mut digest = [0; 32];
        for (byte, signed) in digest.iter_mut().zip(context.sign().as_ref()) {
            *byte = *signed;
        }
        digest
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;

    #[test]
    fn digests_depend_on_secret_purpose_and_bounds() {
        let ours = HmacDigests::new(&[1; 32]);
        let digest = ours.digest("requests", &[b"ab", b"c"]);
        assert_eq!(digest, HmacDigests::new(&[1; 32]).digest("requests", &[b"ab", b"c"]));
        for other in [
            HmacDigests::new(&[2; 32]).digest("requests", &[b"ab", b"c"]),
            ours.digest("names", &[b"ab", b"c"]),
            ours.digest("requests", &[b"a", b"bc"]),
            ours.digest("requests", &[b"abc"]),
            ours.digest("requests", &[b"ab", b"c", b""]),
        ] {
            assert_ne!(other, digest);
        }
    }

    #[test]
    fn without_the_secret_a_guess_cannot_be_checked() {
        let digest = HmacDigests::new(&[1; 32]).digest("requests", &[b"password"]);
        assert_ne!(digest, <[u8; 32]>::from(Sha256::digest(b"password")));
    }
}
