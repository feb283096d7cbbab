//! Bytes of files, in a local folder or in S3 and whatever speaks like it.
//!
//! | module | holds |
//! |---|---|
//! | `local` | [`FolderObjects`]: a folder of this machine |
//! | `s3` | (feature `s3`) [`S3Objects`]: a bucket |
//! | `sink` | (feature `kit`) an S3 server in process, for tests |

mod local;
#[cfg(feature = "s3")]
mod s3;
#[cfg(feature = "kit")]
pub mod sink;

pub use local::FolderObjects;
#[cfg(feature = "s3")]
pub use s3::{BucketError, S3Config, S3ConfigError, S3Objects};
