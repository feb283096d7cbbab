//! The rules of the use cases, on the memory adapter.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "these are tests: their failures are panics"
)]

mod bulk;
mod caching;
mod comments;
mod fixture;
mod golden;
mod idempotency;
mod lists;
mod lives;
mod reminders;
mod rights;
mod updates;
