//! Letters on their way: [`SmtpMailer`] gives them to a mail server, [`FolderMailer`] writes them
//! into a folder, which is the embedded default.
//!
//! Every header is made by lettre's types, never from text, so that nothing in an address or a
//! subject can become a header of its own.

mod folder;
mod message;
#[cfg(feature = "kit")]
pub mod sink;
#[cfg(feature = "smtp")]
mod smtp;

pub use folder::FolderMailer;
pub use message::{Sender, SenderError};
#[cfg(feature = "smtp")]
pub use smtp::{SmtpMailer, SmtpUrlError};

/// The examples of the README, so that they are compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
