//! The use cases on the store in memory.
#![expect(clippy::unwrap_used, clippy::panic, reason = "what the tests are made of fails them")]

mod direct;
mod fixture;
mod follow;
mod golden;
mod logs;
mod messages;
mod people;
mod rooms;
mod upkeep;
