//! Password hashing, access tokens and secrets.
//!
//! | module | holds |
//! |---|---|
//! | [`passwords`] | bcrypt in a small bounded pool of its own |
//! | [`tokens`] | JWT with everything pinned, opaque secrets and their digests |

pub mod passwords;
pub mod tokens;

pub use passwords::BcryptPasswords;
pub use tokens::JwtTokens;
