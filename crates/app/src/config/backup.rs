//! `backup.*`: where back-ups are kept, and how many.

use std::path::{Path, PathBuf};

use super::{Bucket, reader::Reader, size};

/// `backup.*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupConfig {
    /// The folder of back-ups.
    pub dir: PathBuf,
    /// How many are kept there, and in the bucket.
    pub keep: usize,
    /// A bucket that gets each of them, too; its server and its keys are those of `storage`.
    pub bucket: Option<Bucket>,
}

pub(super) fn backup(reader: &mut Reader, data_dir: &Path, bucket: Option<Bucket>) -> BackupConfig {
    let dir = reader.text("backup.dir", &data_dir.join("backups").to_string_lossy());
    let keep = size(reader.number("backup.keep", 7, 1, 10_000));
    BackupConfig { dir: PathBuf::from(dir), keep, bucket }
}
