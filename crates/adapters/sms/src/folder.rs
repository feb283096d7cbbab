//! Into a folder: each text is a `.txt` file with the number, an empty line and the words.

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use kernel::{Clock, PhoneNumber, TextOutcome, TextSender};

/// Writes texts into a folder, readable by their owner only: they hold codes.
pub struct FolderTexts {
    folder: PathBuf,
    clock: Arc<dyn Clock>,
    written: AtomicU64,
}

impl FolderTexts {
    /// The folder is made with the first text. Names of files follow the clock.
    pub fn new(folder: impl Into<PathBuf>, clock: Arc<dyn Clock>) -> Self {
        Self { folder: folder.into(), clock, written: AtomicU64::new(0) }
    }
}

#[async_trait]
impl TextSender for FolderTexts {
    async fn send(&self, to: &PhoneNumber, text: &str) -> TextOutcome {
        let number = self.written.fetch_add(1, Ordering::Relaxed);
        // Other processes may write into it, too.
        let (micros, process) = (self.clock.now().micros(), std::process::id());
        let name = format!("{micros}-{process}-{number}.txt");
        let (folder, content) = (self.folder.clone(), format!("To: {}\n\n{text}\n", to.as_str()));
        let written = tokio::task::spawn_blocking(move || write(&folder, &name, &content)).await;
        let later = |reason: String| TextOutcome::Later { reason, after: None };
        match written {
            Ok(Ok(())) => TextOutcome::Sent,
            Ok(Err(error)) => later(format!("the folder of texts: {error}")),
            Err(error) => later(error.to_string()),
        }
    }
}

/// Writes a file that is there whole or not at all.
fn write(folder: &Path, name: &str, content: &str) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    let (unfinished, finished) = (folder.join(format!("{name}.part")), folder.join(name));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&unfinished)?;
    file.write_all(content.as_bytes())?;
    file.sync_all()?;
    fs::rename(unfinished, finished)
}
