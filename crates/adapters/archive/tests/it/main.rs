//! What was written is read back; whatever was changed since is found.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::{
    fs,
    io::Cursor,
    path::{Path, PathBuf},
};

use adapter_archive::{ArchiveError, ArchiveWriter, Contents, read};
use tempfile::TempDir;

const MEMBERS: [(&str, &[u8]); 4] = [
    ("alveole-backup.json", b"{}"),
    ("files/blobs/0f/empty", b""),
    ("files/blobs/0f/long", &[7; 70_000]),
    ("database.sqlite", b"rows"),
];

fn written(folder: &TempDir) -> PathBuf {
    let path = folder.path().join("archive.tar");
    let mut writer = ArchiveWriter::create(&path, &folder.path().join("sums"), 1).unwrap();
    for (name, content) in MEMBERS {
        writer.add(name, content.len() as u64, &mut Cursor::new(content)).unwrap();
    }
    assert_eq!(writer.finish().unwrap(), fs::metadata(&path).unwrap().len());
    path
}

fn members(path: &Path) -> Result<Vec<(String, Vec<u8>)>, ArchiveError> {
    let mut found = Vec::new();
    read(path, |name, size, content| {
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes)?;
        assert_eq!(bytes.len() as u64, size);
        found.push((name.to_owned(), bytes));
        Ok(())
    })?;
    Ok(found)
}

fn verified(path: &Path) -> Result<Contents, ArchiveError> {
    read(path, |_, _, _| Ok(()))
}

#[test]
fn what_was_written_is_read_back_in_its_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(&folder);
    let wanted = MEMBERS.map(|(name, content)| (name.to_owned(), content.to_vec()));
    assert_eq!(members(&path).unwrap(), wanted);
    assert_eq!(verified(&path).unwrap(), Contents { members: 4, bytes: 70_006 });
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn every_changed_byte_of_a_member_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(&folder);
    let whole = fs::read(&path).unwrap();
    // Names, sizes and sums of the headers, content and the sums; the rest is the padding of the format.
    let mut step = 0;
    for place in (0..whole.len()).step_by(97) {
        let mut changed = whole.clone();
        changed[place] ^= 0x55;
        fs::write(&path, &changed).unwrap();
        match members(&path) {
            Err(ArchiveError::Damaged(_)) => step += 1,
            // Padding: what was written is read nevertheless.
            Ok(found) => assert!(found.iter().zip(MEMBERS).all(|(f, w)| f.1 == w.1), "{place}"),
            Err(other) => panic!("{place}: {other}"),
        }
    }
    assert!(step > 700, "{step}");
}

#[test]
fn an_archive_that_was_cut_anywhere_is_not_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(&folder);
    let whole = fs::read(&path).unwrap();
    for end in (0..whole.len() - 1100).step_by(251) {
        fs::write(&path, &whole[..end]).unwrap();
        assert!(matches!(verified(&path), Err(ArchiveError::Damaged(_))), "{end}");
        assert!(matches!(members(&path), Err(ArchiveError::Damaged(_))), "{end}");
    }
}

#[test]
fn what_was_added_behind_the_end_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(&folder);
    let mut longer = fs::read(&path).unwrap();
    longer.extend_from_slice(b"more");
    fs::write(&path, longer).unwrap();
    assert!(matches!(verified(&path), Err(ArchiveError::Damaged(_))));
    fs::write(&path, b"no archive, but long enough to be taken for one".repeat(50)).unwrap();
    assert!(matches!(verified(&path), Err(ArchiveError::Damaged(_))));
}

#[test]
fn a_content_that_grows_or_shrinks_ends_the_archive() {
    let folder = tempfile::tempdir().unwrap();
    for (attempt, content) in [&b"longer"[..], b"l"].into_iter().enumerate() {
        let archive = folder.path().join(format!("{attempt}.tar"));
        let sums = folder.path().join(format!("{attempt}.sums"));
        let mut writer = ArchiveWriter::create(&archive, &sums, 1).unwrap();
        let changed = writer.add("files/a", 3, &mut Cursor::new(content)).unwrap_err();
        assert_eq!(changed.to_string(), "files/a changed its size while it was copied");
    }
}

#[test]
fn a_name_that_leads_elsewhere_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (archive, sums) = (folder.path().join("a.tar"), folder.path().join("sums"));
    let mut writer = ArchiveWriter::create(&archive, &sums, 1).unwrap();
    for name in ["../a", "/a", "a//b", "", ".a", "a/../b", "a b", "SHA256SUMS"] {
        assert!(writer.add(name, 0, &mut Cursor::new([])).is_err(), "{name}");
    }
    // Made by another program, with a link among the members.
    let mut tar = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_size(0);
    tar.append_link(&mut header, "files/a", "/etc/passwd").unwrap();
    let path = folder.path().join("link.tar");
    fs::write(&path, tar.into_inner().unwrap()).unwrap();
    let refused = verified(&path).unwrap_err().to_string();
    assert_eq!(refused, "the archive is damaged: \"files/a\" is no member of a back-up");
}

#[test]
fn a_receiver_that_fails_ends_the_reading() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(&folder);
    let failed = read(&path, |_, _, _| Err("the disk is full".into())).unwrap_err();
    assert_eq!(failed.to_string(), "the disk is full");
}
