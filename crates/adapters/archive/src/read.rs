//! Reading an archive, and finding out whether it is whole.

use std::{
    fs::File,
    io::{self, BufReader, Read},
    path::Path,
};

use sha2::{Digest as _, Sha256};

use crate::{ArchiveError, BLOCK, SUMS, damaged, is_plain, line};

/// What an archive has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contents {
    /// Members, the sums not counted.
    pub members: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Why a receiver did not take a member.
type Refused = Box<dyn std::error::Error + Send + Sync>;

/// Reads an archive to its end and compares every member with its sum. `each` is given the members in
/// their order, with their sizes, and need not read them. That a member is damaged is known only after
/// `each` had it: so read an archive once with an `each` that changes nothing before one that does.
///
/// # Errors
///
/// [`ArchiveError::Damaged`] for a file that is no archive of ours, or not as it was written.
pub fn read(
    archive: &Path,
    mut each: impl FnMut(&str, u64, &mut dyn Read) -> Result<(), Refused>,
) -> Result<Contents, ArchiveError> {
    let mut file = BufReader::with_capacity(BLOCK, File::open(archive)?);
    let mut tar = tar::Archive::new(&mut file);
    let (mut contents, mut lines) = (Contents { members: 0, bytes: 0 }, Sha256::new());
    let mut sums: Option<Vec<u8>> = None;
    for entry in tar.entries().map_err(broken)? {
        let mut entry = entry.map_err(broken)?;
        let name = String::from_utf8(entry.path_bytes().into_owned())
            .map_err(|_| damaged("the name of a member is no text"))?;
        if sums.is_some() {
            return Err(damaged(format!("{name} comes after the sums")));
        }
        if !entry.header().entry_type().is_file() || !is_plain(&name) {
            return Err(damaged(format!("{name:?} is no member of a back-up")));
        }
        let size = entry.size();
        if name == SUMS {
            sums = Some(sum_of(&mut entry, size, &name)?);
            continue;
        }
        let mut summed = Summed { content: &mut entry, left: size, sum: Sha256::new() };
        each(&name, size, &mut summed).map_err(|error| refused(error, &name))?;
        // What the receiver left.
        io::copy(&mut summed, &mut io::sink()).map_err(|error| cut(error, &name))?;
        lines.update(line(&name, &summed.sum.finalize()).as_bytes());
        contents.members += 1;
        contents.bytes += size;
    }
    let Some(sums) = sums else { return Err(damaged("it ends before its sums")) };
    if lines.finalize().as_slice() != sums {
        return Err(damaged("the members are not those that were summed"));
    }
    rest_is_empty(&mut file)?;
    Ok(contents)
}

/// After the last member there are zeros only.
fn rest_is_empty(file: &mut dyn Read) -> Result<(), ArchiveError> {
    let mut block = [0_u8; 4096];
    loop {
        let got = file.read(&mut block)?;
        if got == 0 {
            return Ok(());
        }
        if block.get(..got).unwrap_or_default().iter().any(|byte| *byte != 0) {
            return Err(damaged("something follows its end"));
        }
    }
}

/// The hash of the sums.
fn sum_of(content: &mut dyn Read, size: u64, name: &str) -> Result<Vec<u8>, ArchiveError> {
    let mut summed = Summed { content, left: size, sum: Sha256::new() };
    io::copy(&mut summed, &mut io::sink()).map_err(|error| cut(error, name))?;
    Ok(summed.sum.finalize().to_vec())
}

/// What the format cannot be read as. A disk that fails is no damage of the archive.
fn broken(error: io::Error) -> ArchiveError {
    match error.kind() {
        io::ErrorKind::Other | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
            damaged(error.to_string())
        }
        _ => error.into(),
    }
}

fn cut(error: io::Error, name: &str) -> ArchiveError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => damaged(format!("it ends within {name}")),
        _ => broken(error),
    }
}

/// A receiver that met the end of a damaged archive says so in its own words.
fn refused(error: Refused, name: &str) -> ArchiveError {
    let is_cut = error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::UnexpectedEof);
    if is_cut { damaged(format!("it ends within {name}")) } else { ArchiveError::Receiver(error) }
}

/// A member that is summed while it is read.
struct Summed<'a> {
    content: &'a mut dyn Read,
    left: u64,
    sum: Sha256,
}

impl Read for Summed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.content.read(buffer)?;
        if got == 0 && self.left > 0 && !buffer.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left = self.left.saturating_sub(got as u64);
        self.sum.update(buffer.get(..got).unwrap_or_default());
        Ok(got)
    }
}
