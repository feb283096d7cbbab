#![doc = include_str!("../README.md")]

pub mod answer;
pub mod close;
pub mod codes;
pub mod events;
pub mod schema;

mod connection;
mod frame;
mod module;
mod open;
mod reader;
mod sender;
mod session;
mod sockets;
mod ticker;

pub use frame::Frame;
pub use module::{description, module};
pub use open::open;
pub use sender::Sender;
pub use session::Session;
pub use sockets::{Limits, Sockets};
