//! Password hashing, access tokens, their keys, second factors, and secrets.
//!
//! | module | holds |
//! |---|---|
//! | [`passwords`] | bcrypt in a small bounded pool of its own |
//! | [`digests`] | keyed digests of what could be guessed |
//! | [`tokens`] | JWT with everything pinned, opaque secrets and their digests |
//! | [`keys`] | Ed25519 keys and the ring of those in use |
//! | `endpoint_vault` | (feature `webhooks`) secrets of webhook endpoints |
//! | [`factors`] | second factors: secrets sealed, codes checked |
//! | [`files`] | names of objects, signatures of links to files |
//! | [`picture`] | a text as a QR code in a PNG |
//! | [`sealing`] | secrets that are stored and read again |
//! | [`folder`] | the ring as files, and the steps of a rotation |

mod common;
pub mod digests;
#[cfg(feature = "webhooks")]
pub mod endpoint_vault;
pub mod factors;
#[cfg(feature = "files")]
pub mod files;
pub mod folder;
pub mod keys;
pub mod passwords;
pub mod picture;
pub mod sealing;
pub mod tokens;

pub use digests::HmacDigests;
#[cfg(feature = "webhooks")]
pub use endpoint_vault::EndpointVault;
pub use factors::TotpFactors;
#[cfg(feature = "files")]
pub use files::HmacLinkSigner;
pub use folder::{FolderError, Force, KeyFolder, KeyRecord};
pub use keys::{KeyError, KeyRing, KeyState, TokenKey};
pub use passwords::BcryptPasswords;
pub use sealing::SecretSealer;
pub use tokens::JwtTokens;
