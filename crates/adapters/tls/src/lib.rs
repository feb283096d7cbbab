//! TLS to PostgreSQL for a libpq without it: [`TlsBridge`]. README.md says why.

mod address;
mod bridge;
mod verify;

pub use address::TlsUrlError;
pub use bridge::{TlsBridge, TlsError};
