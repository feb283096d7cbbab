//! Secrets of webhook endpoints, sealed as every secret that is read again.
//!
//! A secret is bound to its owner: moved to another account it opens nothing.

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use kernel::{SecretSeal as _, UserId};
use webhooks::{
    secrets::{SealedSecret, SecretVault, VaultError},
    signature::SigningSecret,
};

use crate::{
    factors::{WeakEncryptionKey, random},
    sealing::SecretSealer,
};

/// Makes and keeps secrets of endpoints.
pub struct EndpointVault(SecretSealer);

fn purpose(owner: UserId) -> String {
    format!("webhook endpoint of {owner}")
}

fn unreadable() -> VaultError {
    let why = "a secret of an endpoint cannot be read: was auth.encryption_key changed?";
    VaultError(why.to_owned())
}

impl EndpointVault {
    /// With the operator's key of at least 32 bytes.
    pub fn new(key: &[u8]) -> Result<Self, WeakEncryptionKey> {
        SecretSealer::new(key).map(Self)
    }
}

impl SecretVault for EndpointVault {
    fn generate(&self) -> SigningSecret {
        SigningSecret::from_bytes(random())
    }

    fn seal(&self, owner: UserId, secret: &SigningSecret) -> Result<SealedSecret, VaultError> {
        let sealed = self.0.seal(&purpose(owner), secret.expose().as_bytes());
        let sealed = sealed.map_err(|error| VaultError(error.to_string()))?;
        Ok(SealedSecret::new(STANDARD_NO_PAD.encode(sealed)))
    }

    fn open(&self, owner: UserId, sealed: &SealedSecret) -> Result<SigningSecret, VaultError> {
        let sealed = STANDARD_NO_PAD.decode(sealed.expose()).map_err(|_| unreadable())?;
        let secret = self.0.open(&purpose(owner), &sealed).map_err(|_| unreadable())?;
        let text = std::str::from_utf8(&secret).map_err(|_| unreadable())?;
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
