//! What this room needs of cryptography: names that nobody guesses and that are never made twice,
//! and signatures that nobody else can make.

use crate::outbound::ObjectKey;

/// Makes names of objects.
pub trait Names: Send + Sync {
    /// A name under this prefix that was never made before: 128 random bits.
    fn fresh(&self, prefix: &str) -> ObjectKey;
}

/// Signs what leads to a file without signing in.
pub trait LinkSigner: Send + Sync {
    /// The signature of a message.
    fn sign(&self, message: &str) -> [u8; 32];
    /// True when `signature` is the message's; the time it takes tells nothing.
    fn verify(&self, message: &str, signature: &[u8; 32]) -> bool;
}
