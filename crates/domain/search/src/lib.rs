#![doc = include_str!("../README.md")]
//!
//! | module | holds |
//! |---|---|
//! | [`values`] | kinds of documents, who may see one |
//! | [`document`] | what is indexed, and the entries of the index that it has |
//! | [`pattern`] | what the index is asked |
//! | [`typos`] | words that somebody may have meant |
//! | [`rank`] | which document answers better |
//! | [`snippet`] | the part of a text that is shown |
//! | [`policy`] | who may find what |
//! | [`ports`] | what this domain needs of a store and of other domains |
//! | [`service`] | how documents are found and indexed |
//! | `kit` | (feature) the conformance kit of the ports |

pub mod document;
#[cfg(feature = "kit")]
pub mod kit;
pub mod pattern;
pub mod policy;
pub mod ports;
pub mod rank;
pub mod service;
pub mod snippet;
pub mod typos;
pub mod values;

pub use document::Document;
pub use pattern::Ask;
pub use ports::{IndexStore, SearchTx, Sources};
pub use service::{Answer, Hit, Question};
pub use typos::Dictionary;
pub use values::{DocKey, Kind, Label};

/// The README's example is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
