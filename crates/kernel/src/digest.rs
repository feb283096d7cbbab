//! Keyed digests, for what could be guessed from a plain hash.

/// Digests under a secret of the server. A copy of the database alone does not show what was
/// digested, however few possibilities there are.
///
/// All replicas have the same secret. When it changes, so do all digests: what was kept under the
/// old ones is not found again.
pub trait KeyedDigest: Send + Sync {
    /// The digest of `parts`, in this order and with these bounds. Digests for one purpose say
    /// nothing about those for another.
    fn digest(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32];
}
