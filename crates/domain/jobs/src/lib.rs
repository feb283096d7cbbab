#![doc = include_str!("../README.md")]
//!
//! | module | holds |
//! |---|---|
//! | [`commands`] | what callers can ask for |
//! | [`schedule`] | when jobs are enqueued by themselves |
//! | [`events`] | what this domain tells the others |
//! | [`query`] | filters, orders and statistics |
//! | [`policy`] | who may do what |
//! | [`error`] | what can go wrong |
//! | [`ports`] | what this domain needs of a store |
//! | [`service`] | the use cases |
//! | `kit` | (feature) the conformance kit of the ports |

pub mod commands;
pub mod error;
pub mod events;
#[cfg(feature = "kit")]
pub mod kit;
pub mod policy;
pub mod ports;
pub mod query;
pub mod schedule;
pub mod service;

pub use error::JobsError;
pub use ports::{Calendar, CalendarError, JobStore, JobsTx, ScheduleStore, Ticks};
pub use schedule::Schedule;
pub use service::JobAdmin;
