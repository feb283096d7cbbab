//! The use cases on the memory adapter, with quick doubles of the hasher and the signer.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "these are tests; their helpers fail by panicking"
)]

mod accounts;
mod address;
mod claims;
mod doors;
mod emails;
mod events;
mod external;
mod factors;
mod failures;
mod governing;
mod grants;
#[cfg(feature = "kit")]
mod kit;
mod leaving;
mod links;
mod refresh;
mod roles;
mod signin;
mod trail;
mod tries;
mod world;
