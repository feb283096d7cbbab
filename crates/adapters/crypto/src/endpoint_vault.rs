//! Secrets of webhook endpoints, encrypted under the key that the operator gives.
//!
//! The key is derived from it (HKDF-SHA-256) for this purpose alone, so that no secret of one kind opens as one
//! of another. A secret is bound to its owner: moved to another account it opens nothing.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hkdf,
};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use kernel::UserId;
use webhooks::{
    secrets::{SealedSecret, SecretVault, VaultError},
    signature::SigningSecret,
};

use crate::factors::{KEY_MIN, WeakEncryptionKey, random};

/// The form of what is sealed, so that another one can come.
const FORM: u8 = 1;

/// Makes and keeps secrets of endpoints.
pub struct EndpointVault(LessSafeKey);

fn bound_to(owner: UserId) -> Aad<Vec<u8>> {
    Aad::from(format!("webhook endpoint of {owner}").into_bytes())
}

fn unreadable() -> VaultError {
    let why = "a secret of an endpoint cannot be read: was auth.encryption_key changed?";
    VaultError(why.to_owned())
}

impl EndpointVault {
    /// With the operator's key of at least 32 bytes.
    pub fn new(key: &[u8]) -> Result<Self, WeakEncryptionKey> {
        if key.len() < KEY_MIN {
            return Err(WeakEncryptionKey);
        }
        let keys = hkdf::Salt::new(hkdf::HKDF_SHA256, b"alveole.webhooks.v1").extract(key);
        let seal = keys.expand(&[b"endpoints"], &AES_256_GCM).map_err(|_| WeakEncryptionKey)?;
        Ok(Self(LessSafeKey::new(UnboundKey::from(seal))))
    }
}

impl SecretVault for EndpointVault {
    fn generate(&self) -> SigningSecret {
        SigningSecret::from_bytes(random())
    }

    fn seal(&self, owner: UserId, secret: &SigningSecret) -> Result<SealedSecret, VaultError> {
        // Random: 2^32 secrets under one key are far away.
        let nonce: [u8; NONCE_LEN] = random();
        let mut text = secret.expose().into_bytes();
        let unique = Nonce::assume_unique_for_key(nonce);
        self.0
            .seal_in_place_append_tag(unique, bound_to(owner), &mut text)
            .map_err(|_| VaultError("a secret cannot be sealed".to_owned()))?;
        let mut sealed = vec![FORM];
        sealed.extend_from_slice(&nonce);
        sealed.append(&mut text);
        Ok(SealedSecret::new(STANDARD_NO_PAD.encode(sealed)))
    }

    fn open(&self, owner: UserId, sealed: &SealedSecret) -> Result<SigningSecret, VaultError> {
        let bytes = STANDARD_NO_PAD.decode(sealed.expose()).map_err(|_| unreadable())?;
        let Some((&FORM, rest)) = bytes.split_first() else { return Err(unreadable()) };
        let (nonce, text) = rest.split_at_checked(NONCE_LEN).ok_or_else(unreadable)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| unreadable())?;
        let mut text = text.to_vec();
        let text =
            self.0.open_in_place(nonce, bound_to(owner), &mut text).map_err(|_| unreadable())?;
        let text = std::str::from_utf8(text).map_err(|_| unreadable())?;
        SigningSecret::parse(text).map_err(|_| unreadable())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_for_its_owner_and_key_only() {
        let ours = EndpointVault::new(b"a key of thirty-two bytes or more").unwrap();
        let user = |id| UserId::parse(id).unwrap();
        let secret = ours.generate();
        let sealed = ours.seal(user(1), &secret).unwrap();
        assert_eq!(ours.open(user(1), &sealed), Ok(secret.clone()));
        assert!(ours.open(user(2), &sealed).is_err(), "it is bound to its owner");
        let others = EndpointVault::new(b"another key of thirty-two bytes or").unwrap();
        assert!(others.open(user(1), &sealed).is_err());
        assert!(!sealed.expose().contains(&secret.expose()));
        assert_ne!(ours.seal(user(1), &secret).unwrap(), sealed);
        for length in 0..sealed.expose().len() {
            let short = SealedSecret::new(sealed.expose()[..length].to_owned());
            assert!(ours.open(user(1), &short).is_err());
        }
        assert_ne!(ours.generate(), secret);
        assert!(EndpointVault::new(b"short").is_err());
    }
}
