//! Receivers that are slow, endless, elsewhere or not who they say they are.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests say what is wrong by panicking"
)]

mod dns;
mod hostile;
mod receiver;
