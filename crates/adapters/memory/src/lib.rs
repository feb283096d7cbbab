//! Every port of the house, in process: the reference that the other adapters are compared with,
//! the store of tests and examples, and the embedded cache and rate limiter.
//!
//! | module | holds |
//! |---|---|
//! | [`db`] | [`MemoryDb`], the unit of work |
//! | [`cache`] | [`MemoryCache`] |
//! | [`limiter`] | [`MemoryLimiter`] |
//! | [`objects`] | [`MemoryObjects`] |
//! | `chat` | [`MemoryPresence`], [`MemoryNotifier`] |
//! | [`fakes`] | stand-ins for what the domain of files needs of the world |
//! | `state` | the tables |
//! | `tx` | the transaction: one type, of which each domain sees its own face |
//! | `domains` | the only list of domains: the folder of each, its tables, its face |
//! | `common` | the ports of the kernel |
//! | `page` | pages by number and by cursor, the same for every table |

pub mod cache;
mod common;
pub mod db;
mod domains;
pub mod limiter;
mod page;
mod state;
mod tx;

pub use cache::MemoryCache;
pub use db::MemoryDb;
#[cfg(feature = "chat")]
pub use domains::{MemoryNotifier, MemoryPresence};
#[cfg(feature = "files")]
pub use domains::{MemoryObjects, fakes, objects};
pub use limiter::MemoryLimiter;

/// The examples of the README, so that they are compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
