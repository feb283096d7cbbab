//! Secrets that are stored and read again, such as those that sign webhooks.

/// A sealed secret cannot be made or read. It says nothing about the secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SealError(pub String);

/// Encrypts secrets under the key that the operator gives, so that a copy of the database alone shows none.
///
/// What was sealed for one purpose opens for that purpose only: a secret that is moved to another row opens
/// nothing. All replicas have the same key. When it changes, what was sealed before does not open any more.
pub trait SecretSeal: Send + Sync {
    /// Seals a secret for a purpose, such as `webhook source stripe`.
    ///
    /// # Errors
    ///
    /// When the encryption fails.
    fn seal(&self, purpose: &str, secret: &[u8]) -> Result<Vec<u8>, SealError>;

    /// Opens what was sealed for the same purpose.
    ///
    /// # Errors
    ///
    /// When it was altered, or sealed under another key or for another purpose.
    fn open(&self, purpose: &str, sealed: &[u8]) -> Result<Vec<u8>, SealError>;
}
