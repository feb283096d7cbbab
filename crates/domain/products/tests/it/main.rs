//! The rules of the use cases, on the memory adapter.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "these are tests: their failures are panics"
)]

mod caching;
mod catalogue;
mod fixture;
mod golden;
mod import;
mod owned;
