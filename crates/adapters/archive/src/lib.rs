//! Back-ups as one tar file. Its last member, `SHA256SUMS`, names every member before it with its sum, in
//! the format of `sha256sum`. Everything streams, and everything blocks: call it off the threads that serve
//! requests.
#![deny(missing_docs)]

mod read;
mod write;

use std::{fmt::Write as _, io};

pub use crate::{
    read::{Contents, read},
    write::ArchiveWriter,
};

/// The name of the last member.
pub const SUMS: &str = "SHA256SUMS";

/// What is copied at once.
const BLOCK: usize = 1 << 17;

/// Why an archive could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The file could not be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// What was to be a member has more or fewer bytes than its size says.
    #[error("{name} changed its size while it was copied")]
    Changed {
        /// The member.
        name: String,
    },
    /// The archive is not as it was written.
    #[error("the archive is damaged: {0}")]
    Damaged(String),
    /// The receiver of a member failed.
    #[error("{0}")]
    Receiver(Box<dyn std::error::Error + Send + Sync>),
}

fn damaged(why: impl Into<String>) -> ArchiveError {
    ArchiveError::Damaged(why.into())
}

/// A line of `SHA256SUMS`.
fn line(name: &str, sum: &[u8]) -> String {
    let mut line = String::with_capacity(68 + name.len());
    for byte in sum {
        // Writing to a string does not fail.
        let _ = write!(line, "{byte:02x}");
    }
    line.push_str("  ");
    line.push_str(name);
    line.push('\n');
    line
}

/// True for a path that stays in the folder it is unpacked into: its segments have ASCII letters, digits, `.`, `_` and
/// `-`, and none begins with a dot.
fn is_plain(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    let sane = |part: &str| !part.is_empty() && !part.starts_with('.') && part.bytes().all(plain);
    name.len() <= 250 && name.split('/').all(sane)
}
