#![doc = include_str!("../README.md")]
//!
//! | module | holds |
//! |---|---|
//! | [`bookmark`] | the bookmark and how it changes |
//! | [`values`] | what it is made of, each with `parse` |
//! | [`commands`] | what callers can ask for |
//! | [`query`] | the order of lists |
//! | [`record`] | the stored form |
//! | [`events`] | what other domains and clients hear |
//! | [`policy`] | who may do what |
//! | [`error`] | what can go wrong |
//! | [`ports`] | what this domain needs of a store |
//! | [`service`] | the use cases |
//! | `kit` | (feature) the conformance kit of the ports |

pub mod bookmark;
pub mod commands;
pub mod error;
pub mod events;
#[cfg(feature = "kit")]
pub mod kit;
pub mod policy;
pub mod ports;
pub mod query;
pub mod record;
pub mod service;
pub mod values;

pub use bookmark::Bookmark;
pub use error::BookmarkError;
pub use ports::{BookmarkStore, BookmarksTx};
pub use service::Bookmarks;
pub use values::BookmarkId;
