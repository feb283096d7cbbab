//! Sockets as clients see them: bytes over TCP, in both directions.

mod client;
mod server;

mod bounds;
mod handshake;
mod life;
mod protocol;
mod secrets;
