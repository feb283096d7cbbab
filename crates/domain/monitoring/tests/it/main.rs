//! The rules of the use cases, on the memory adapter.
#![expect(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "these are tests: their failures are panics, and golden files are files"
)]

mod charts;
mod events;
mod fixture;
mod replicas;
mod rules;
mod size;
mod year;
