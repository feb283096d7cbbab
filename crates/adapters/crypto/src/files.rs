//! Names of objects, and signatures of links to files.

use aws_lc_rs::hmac;
use files::{
    link_signer::{LinkSigner, Names},
    outbound::ObjectKey,
};

/// Makes names from the operating system's randomness, and signs with a key of its own that is
/// derived from the server's secret: a signature of a link is good for nothing else.
pub struct HmacLinkSigner {
    key: hmac::Key,
}

impl HmacLinkSigner {
    /// With the server's secret.
    pub fn new(secret: &[u8]) -> Self {
        let root = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let derived = hmac::sign(&root, b"alveole links to files 1");
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()) }
    }
}

impl Names for HmacLinkSigner {
    #[expect(clippy::expect_used, reason = "without randomness nothing here is safe to go on")]
    fn fresh(&self, prefix: &str) -> ObjectKey {
        let mut bytes = [0_u8; 16];
        getrandom::fill(&mut bytes).expect("the operating system gives randomness");
        let number = u128::from_be_bytes(bytes);
        // Two digits as a folder, so that no folder grows large.
        let name = format!("{prefix}/{:02x}/{number:032x}", number >> 120);
        ObjectKey::parse(&name).expect("hexadecimal digits under a name of ours are a name")
    }
}

impl LinkSigner for HmacLinkSigner {
    fn sign(&self, message: &str) -> [u8; 32] {
        let mut signature = [0; 32];
        let tag = hmac::sign(&self.key, message.as_bytes());
        for (byte, signed) in signature.iter_mut().zip(tag.as_ref()) {
            *byte = *signed;
        }
        signature
    }

    fn verify(&self, message: &str, signature: &[u8; 32]) -> bool {
        hmac::verify(&self.key, message.as_bytes(), signature).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_signed_with_this_secret_holds() {
        let (ours, theirs) = (HmacLinkSigner::new(&[1; 32]), HmacLinkSigner::new(&[2; 32]));
        let signature = ours.sign("GET\n/x\n1\n2");
        assert!(ours.verify("GET\n/x\n1\n2", &signature));
        assert!(!ours.verify("GET\n/x\n1\n3", &signature));
        assert!(!theirs.verify("GET\n/x\n1\n2", &signature));
        assert!(!ours.verify("GET\n/x\n1\n2", &[0; 32]));
    }

    #[test]
    fn names_are_never_made_twice() {
        let signer = HmacLinkSigner::new(&[1; 32]);
        let names: std::collections::BTreeSet<_> =
            (0..1000).map(|_| signer.fresh("blobs")).collect();
        assert_eq!(names.len(), 1000);
        assert!(names.iter().all(|name| name.as_str().starts_with("blobs/")));
    }
}
