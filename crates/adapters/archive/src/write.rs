//! Writing an archive.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufWriter, Read, Seek as _, SeekFrom, Write as _},
    path::Path,
};

use sha2::{Digest as _, Sha256};

use crate::{ArchiveError, BLOCK, SUMS, is_plain, line};

/// An archive that is being written. Dropped before [`finish`](Self::finish), it is not whole.
pub struct ArchiveWriter {
    tar: tar::Builder<BufWriter<File>>,
    sums: BufWriter<File>,
    made_at: u64,
}

impl ArchiveWriter {
    /// Begins an archive in a new file, readable by its owner only. `sums` is a new file beside it, which
    /// the caller removes; `made_at` is in seconds since 1970.
    pub fn create(archive: &Path, sums: &Path, made_at: u64) -> Result<Self, ArchiveError> {
        let tar = tar::Builder::new(BufWriter::with_capacity(BLOCK, fresh(archive)?));
        Ok(Self { tar, sums: BufWriter::new(fresh(sums)?), made_at })
    }

    /// Adds a member of `size` bytes.
    ///
    /// # Errors
    ///
    /// [`ArchiveError::Changed`] when `content` has more or fewer bytes; the archive is of no use then.
    pub fn add(
        &mut self,
        name: &str,
        size: u64,
        content: &mut dyn Read,
    ) -> Result<(), ArchiveError> {
        if !is_plain(name) || name == SUMS {
            let why = format!("{name:?} is no name of a member");
            return Err(io::Error::new(io::ErrorKind::InvalidInput, why).into());
        }
        let mut summed = Exactly { content, left: size, sum: Sha256::new() };
        self.append(name, size, &mut summed).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => ArchiveError::Changed { name: name.to_owned() },
            _ => error.into(),
        })?;
        let Exactly { content, sum, .. } = summed;
        if content.read(&mut [0])? > 0 {
            return Err(ArchiveError::Changed { name: name.to_owned() });
        }
        self.sums.write_all(line(name, &sum.finalize()).as_bytes())?;
        Ok(())
    }

    /// Adds the sums. Returns the size of the archive when it is on the disk.
    pub fn finish(mut self) -> Result<u64, ArchiveError> {
        self.sums.flush()?;
        let mut sums = self.sums.into_inner().map_err(io::IntoInnerError::into_error)?;
        let size = sums.stream_position()?;
        sums.seek(SeekFrom::Start(0))?;
        let header = header(size, self.made_at);
        append(&mut self.tar, SUMS, header, &mut sums.take(size))?;
        let file = self.tar.into_inner()?.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        Ok(file.metadata()?.len())
    }

    fn append(&mut self, name: &str, size: u64, content: &mut dyn Read) -> io::Result<()> {
        append(&mut self.tar, name, header(size, self.made_at), content)
    }
}

fn header(size: u64, made_at: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_size(size);
    header.set_mode(0o600);
    header.set_mtime(made_at);
    header
}

fn append(
    tar: &mut tar::Builder<BufWriter<File>>,
    name: &str,
    mut header: tar::Header,
    content: &mut dyn Read,
) -> io::Result<()> {
    tar.append_data(&mut header, name, content)
}

/// Makes a file that was not there, for its owner only.
fn fresh(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// The first bytes of a content; too few of them are an error.
struct Exactly<'a> {
    content: &'a mut dyn Read,
    left: u64,
    sum: Sha256,
}

impl Read for Exactly<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let Some(buffer) = buffer.get_mut(..wanted).filter(|buffer| !buffer.is_empty()) else {
            return Ok(0);
        };
        let got = self.content.read(buffer)?;
        if got == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= got as u64;
        self.sum.update(buffer.get(..got).unwrap_or_default());
        Ok(got)
    }
}
