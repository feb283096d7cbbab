//! The use cases on the memory adapter, with quick doubles of the hasher and the signer.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "these are tests; their helpers fail by panicking"
)]

mod accounts;
mod events;
mod external;
mod failures;
mod governing;
#[cfg(feature = "kit")]
mod kit;
mod refresh;
mod signin;
mod trail;
mod world;
