//! The rules of the use cases, on the memory adapter.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "these are tests: their failures are panics"
)]

mod documents;
mod downloads;
mod fixture;
mod golden;
mod pictures;
mod pruning;
mod resuming;
mod rights;
mod scanning;
mod sharing;
mod uploads;
mod variants;
