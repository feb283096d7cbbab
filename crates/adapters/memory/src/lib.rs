//! Every port of the house, in process: the reference that the other adapters are compared with,
//! the store of tests and examples, and the embedded cache and rate limiter.
//!
//! | module | holds |
//! |---|---|
//! | [`db`] | [`MemoryDb`], the unit of work |
//! | [`cache`] | [`MemoryCache`] |
//! | [`limiter`] | [`MemoryLimiter`] |
//! | [`objects`] | [`MemoryObjects`] |
//! | [`fakes`] | stand-ins for what the room of files needs of the world |
//! | `state` | the tables |
//! | `tx` | the transaction: one type, of which each room sees its own face |
//! | `domains` | the faces |
//! | `page` | pages by number and by cursor, the same for every table |
//! | `tasks`, `comments`, `files`, `uploads`, `users`, `sessions`, `identities`, `email_counts`, `audit`, `products`, `owned` | one file for each store port |
//! | `people` | accounts for tests of other rooms |
//! | `outbox`, `inbox`, `retries`, `chores`, `idempotency_records` | the ports of the kernel |

mod audit;
pub mod cache;
mod chores;
mod comments;
pub mod db;
mod domains;
mod email_counts;
mod emails;
mod factors;
pub mod fakes;
mod files;
mod idempotency;
mod identities;
mod inbox;
mod leases;
pub mod limiter;
mod login_throttle;
pub mod objects;
mod one_time_tokens;
mod outbox;
mod owned;
mod page;
mod people;
mod personal_access_tokens;
#[cfg(test)]
mod planted;
mod products;
mod retries;
mod roles;
mod sessions;
mod state;
mod tasks;
mod tx;
mod uploads;
mod users;

pub use cache::MemoryCache;
pub use db::MemoryDb;
pub use limiter::MemoryLimiter;
pub use objects::MemoryObjects;

/// The examples of the README, so that they are compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
