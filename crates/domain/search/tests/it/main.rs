//! The domain on the store in memory.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot be set up has failed")]

mod quality;
mod typos;
