//! Secrets that are stored and read again: AES-256-GCM, bound to their purpose, under a key that is derived from
//! the one that the operator gives (HKDF-SHA-256), as those of second factors are.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf,
};
use kernel::{SealError, SecretSeal};

use crate::factors::{KEY_MIN, WeakEncryptionKey};

/// The form of what is sealed, so that another one can come.
const FORM: u8 = 1;

/// Seals and opens secrets.
pub struct SecretSealer {
    key: LessSafeKey,
}

fn unreadable() -> SealError {
    SealError("a sealed secret cannot be read: was auth.encryption_key changed?".to_owned())
}

impl SecretSealer {
    /// With the operator's key of at least 32 bytes.
    pub fn new(key: &[u8]) -> Result<Self, WeakEncryptionKey> {
        if key.len() < KEY_MIN {
            return Err(WeakEncryptionKey);
        }
        let keys = hkdf::Salt::new(hkdf::HKDF_SHA256, b"alveole.secrets.v1").extract(key);
        let key = keys.expand(&[b"seal"], &AES_256_GCM).map_err(|_| WeakEncryptionKey)?;
        Ok(Self { key: LessSafeKey::new(UnboundKey::from(key)) })
    }
}

impl SecretSeal for SecretSealer {
    fn seal(&self, purpose: &str, secret: &[u8]) -> Result<Vec<u8>, SealError> {
        let failed = |_| SealError("a secret cannot be sealed".to_owned());
        // Random: 2^32 secrets under one key are far away.
        let mut nonce = [0; NONCE_LEN];
        getrandom::fill(&mut nonce)
            .map_err(|_| SealError("the operating system gives no randomness".to_owned()))?;
        let mut text = secret.to_vec();
        let unique = Nonce::assume_unique_for_key(nonce);
        self.key
            .seal_in_place_append_tag(unique, Aad::from(purpose.as_bytes()), &mut text)
            .map_err(failed)?;
        let mut sealed = vec![FORM];
        sealed.extend_from_slice(&nonce);
        sealed.append(&mut text);
        Ok(sealed)
    }

    fn open(&self, purpose: &str, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let Some((&FORM, rest)) = sealed.split_first() else { return Err(unreadable()) };
        let (nonce, text) = rest.split_at_checked(NONCE_LEN).ok_or_else(unreadable)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| unreadable())?;
        let mut text = text.to_vec();
        let opened = self.key.open_in_place(nonce, Aad::from(purpose.as_bytes()), &mut text);
        opened.map(|secret| secret.to_vec()).map_err(|_| unreadable())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &[u8] = b"a key of thirty-two bytes or more";

    #[test]
    fn a_secret_opens_for_its_purpose_and_key_only() {
        let ours = SecretSealer::new(KEY).unwrap();
        let sealed = ours.seal("webhook source stripe", b"whsec_1").unwrap();
        assert_eq!(ours.open("webhook source stripe", &sealed).unwrap(), b"whsec_1");
        assert!(ours.open("webhook source other", &sealed).is_err());
        assert_ne!(sealed, ours.seal("webhook source stripe", b"whsec_1").unwrap());
        let others = SecretSealer::new(b"another key of thirty-two bytes or").unwrap();
        assert!(others.open("webhook source stripe", &sealed).is_err());
        for place in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[place] ^= 1;
            assert!(ours.open("webhook source stripe", &altered).is_err(), "byte {place}");
            assert!(ours.open("webhook source stripe", &sealed[..place]).is_err());
        }
        assert!(SecretSealer::new(&KEY[..31]).is_err());
    }
}
