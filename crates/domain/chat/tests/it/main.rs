//! The use cases on the store in memory.

mod direct;
mod fixture;
mod golden;
mod logs;
mod messages;
mod people;
mod rooms;
mod upkeep;
