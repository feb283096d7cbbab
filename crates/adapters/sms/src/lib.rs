#![doc = include_str!("../README.md")]
//!
//! | module | holds |
//! |---|---|
//! | `folder` | texts as files |
//! | `twilio` | (feature) Twilio's HTTP API |

mod folder;
#[cfg(feature = "twilio")]
mod twilio;

pub use folder::FolderTexts;
#[cfg(feature = "twilio")]
pub use twilio::{Twilio, TwilioError, TwilioSettings};
