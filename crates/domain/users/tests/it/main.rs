//! The use cases on the memory adapter, with quick doubles of the hasher and the signer.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "these are tests; their helpers fail by panicking"
)]

mod account_deletion;
mod accounts;
mod address;
mod administering;
mod audit_log;
mod claims;
mod doors;
mod emails;
mod events;
mod external;
mod factors;
mod failures;
mod fixture;
mod inactivity;
#[cfg(feature = "kit")]
mod kit;
mod links;
mod login_throttle;
mod personal_access_tokens;
mod phones;
mod refresh;
mod roles;
mod signin;
