//! Files that only their owner reads, written so that a power cut leaves the old or the new.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _},
    path::Path,
};

use super::FolderError;

const STICKY: u32 = 0o1000;
const ROOT: u32 = 0;

fn at(path: &Path) -> impl FnOnce(io::Error) -> FolderError {
    let path = path.to_owned();
    move |source| FolderError::Io { path, source }
}

pub(super) fn read(path: &Path) -> Result<String, FolderError> {
    fs::read_to_string(path).map_err(at(path))
}

/// Whether nobody else can read it: `Err` is the mode. What an orchestrator mounts belongs to root
/// and is readable by the one group that the process is in.
pub(super) fn closed_to_readers(path: &Path) -> io::Result<Result<(), u32>> {
    let found = fs::metadata(path)?;
    let mode = found.mode() & 0o7777;
    let open = if found.uid() == ROOT { 0o037 } else { 0o077 };
    Ok(if mode & open == 0 { Ok(()) } else { Err(mode) })
}

/// Whether nobody else can change it: `Err` is the mode. In a sticky folder nobody can replace what
/// is not theirs.
pub(super) fn closed_to_writers(path: &Path) -> io::Result<Result<(), u32>> {
    let found = fs::metadata(path)?;
    let mode = found.mode() & 0o7777;
    let sticky = found.is_dir() && mode & STICKY != 0;
    Ok(if mode & 0o022 == 0 || sticky { Ok(()) } else { Err(mode) })
}

pub(super) fn make_folder(path: &Path) -> Result<(), FolderError> {
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(at(path))
}

/// Waits for its turn; the turn ends with the value.
pub(super) fn lock(path: &Path) -> Result<File, FolderError> {
    let open = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path);
    let file = open.map_err(at(path))?;
    file.lock().map_err(at(path))?;
    Ok(file)
}

/// Writes a file that is not there yet.
pub(super) fn create(path: &Path, text: &str) -> Result<(), FolderError> {
    let make = || -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        sync_folder(path)
    };
    make().map_err(at(path))
}

/// Puts a whole file in the place of another.
pub(super) fn replace(path: &Path, text: &str) -> Result<(), FolderError> {
    let draft = path.with_extension("new");
    // Left behind by somebody who was ended in the middle.
    remove(&draft)?;
    create(&draft, text)?;
    let put = || -> io::Result<()> {
        fs::rename(&draft, path)?;
        sync_folder(path)
    };
    put().map_err(at(path))
}

pub(super) fn remove(path: &Path) -> Result<(), FolderError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at(path)(error)),
        _ => Ok(()),
    }
}

/// A name must survive a power cut as the content does.
fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}
