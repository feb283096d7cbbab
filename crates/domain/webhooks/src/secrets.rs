//! Secrets of endpoints as stores keep them, and the port that makes and reads them.

use std::fmt;

use kernel::UserId;

use crate::signature::SigningSecret;

/// A secret as stores keep it: encrypted, as text.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedSecret(String);

impl SealedSecret {
    /// What was sealed.
    pub const fn new(sealed: String) -> Self {
        Self(sealed)
    }

    /// The text that stores keep.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SealedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealedSecret(…)")
    }
}

/// Why a secret cannot be sealed or opened: there is no key, or it is another one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct VaultError(pub String);

/// Makes secrets, and encrypts them for the store. It does no I/O.
pub trait SecretVault: Send + Sync {
    /// A new secret of 32 random bytes.
    fn generate(&self) -> SigningSecret;
    /// Encrypts a secret, bound to its owner.
    fn seal(&self, owner: UserId, secret: &SigningSecret) -> Result<SealedSecret, VaultError>;
    /// Decrypts it.
    fn open(&self, owner: UserId, sealed: &SealedSecret) -> Result<SigningSecret, VaultError>;
}
