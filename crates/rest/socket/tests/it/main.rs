//! Sockets as clients see them: bytes over TCP, in both directions.
#![expect(
    clippy::decimal_bitwise_operands,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::format_collect,
    clippy::indexing_slicing,
    clippy::large_stack_arrays,
    clippy::panic,
    clippy::unchecked_time_subtraction,
    clippy::unwrap_used,
    reason = "failing loudly is what tests are for, and their threads may sleep"
)]

mod client;
mod server;

mod bounds;
mod events;
mod handshake;
mod life;
mod protocol;
mod secrets;
