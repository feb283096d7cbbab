//! The rules of the use cases, on the memory adapter.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "these are tests: their failures are panics"
)]

mod downloads;
mod golden;
mod house;
mod pictures;
mod resuming;
mod rights;
mod scanning;
mod sharing;
mod sweeping;
mod uploads;
mod variants;
