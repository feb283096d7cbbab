//! Into a folder: each letter is an `.eml` file, which any mail program opens.

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use async_trait::async_trait;
use kernel::{
    Timestamp,
    email::{Email, EmailId, Mailer, SendError},
};

use crate::Sender;

/// Writes letters into a folder, readable by their owner only: they hold links that are secrets.
#[derive(Debug, Clone)]
pub struct FolderMailer {
    folder: PathBuf,
    sender: Sender,
}

impl FolderMailer {
    /// The folder is made with the first letter.
    pub fn new(folder: impl Into<PathBuf>, sender: Sender) -> Self {
        Self { folder: folder.into(), sender }
    }
}

#[async_trait]
impl Mailer for FolderMailer {
    async fn send(&self, email: &Email, id: EmailId, at: Timestamp) -> Result<(), SendError> {
        let bytes = self.sender.message(email, id, at)?.formatted();
        let (folder, name) = (self.folder.clone(), format!("{}-{id}.eml", at.micros()));
        let written = tokio::task::spawn_blocking(move || write(&folder, &name, &bytes)).await;
        let unavailable = |error: &dyn std::fmt::Display| SendError::Unavailable(error.to_string());
        written.map_err(|error| unavailable(&error))?.map_err(|error| unavailable(&error))
    }
}

/// Writes a file that is there whole or not at all.
fn write(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    let (unfinished, finished) = (folder.join(format!("{name}.part")), folder.join(name));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(unfinished, finished)
}
