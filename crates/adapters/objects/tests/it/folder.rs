//! What is true of the folder alone.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, time::Duration};

use adapter_objects::FolderObjects;
use bytes::Bytes;
use files::outbound::{ObjectError, ObjectKey, Objects as _};
use libtest_mimic::Trial;
use tempfile::TempDir;

use super::trial;

pub(super) fn trials() -> Vec<Trial> {
    vec![
        trial("folder::what_is_being_written_is_in_staged_and_leaves_it", leaves_staged),
        trial("folder::what_a_killed_process_left_is_cleared_by_age", cleared_by_age),
        trial("folder::nobody_else_may_read", private),
        trial("folder::a_folder_that_cannot_be_made_is_said_so", unusable),
        trial("folder::a_folder_is_no_object_and_nothing_is_below_one", folders),
        trial("folder::what_somebody_put_there_is_not_listed", foreign_names),
    ]
}

fn key(name: &str) -> ObjectKey {
    ObjectKey::parse(name).unwrap()
}

fn staged(folder: &Path) -> usize {
    fs::read_dir(folder.join("staged")).unwrap().count()
}

async fn leaves_staged() {
    let folder = TempDir::new().unwrap();
    let objects = FolderObjects::open(folder.path()).unwrap();
    assert_eq!(staged(folder.path()), 0, "the trial of opening is cleared away");
    let writer = objects.begin(&key("a")).await.unwrap();
    let given_up = objects.begin(&key("b")).await.unwrap();
    assert_eq!(staged(folder.path()), 2);
    writer.finish().await.unwrap();
    drop(given_up);
    assert_eq!(staged(folder.path()), 0);
}

async fn cleared_by_age() {
    let folder = TempDir::new().unwrap();
    let objects = FolderObjects::open(folder.path()).unwrap();
    // What `kill -9` leaves: the file, and nobody who would remove it.
    let mut left = objects.begin(&key("a")).await.unwrap();
    left.write(Bytes::from_static(b"half")).await.unwrap();
    std::mem::forget(left);
    assert_eq!(objects.clear_staged(Duration::from_secs(3600)).await.unwrap(), 0);
    assert_eq!(staged(folder.path()), 1);
    assert_eq!(objects.clear_staged(Duration::ZERO).await.unwrap(), 1);
    assert_eq!(staged(folder.path()), 0);
}

async fn private() {
    let folder = TempDir::new().unwrap();
    let objects = FolderObjects::open(folder.path().join("files")).unwrap();
    objects.begin(&key("blobs/ab/cd")).await.unwrap().finish().await.unwrap();
    let mut seen = 0;
    for path in ["files/objects", "files/objects/blobs/ab", "files/objects/blobs/ab/cd"] {
        let mode = fs::metadata(folder.path().join(path)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{path} is {mode:o}");
        seen += 1;
    }
    assert_eq!(seen, 3);
}

async fn unusable() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("file"), "in the way").unwrap();
    let opened = FolderObjects::open(folder.path().join("file"));
    assert!(matches!(opened, Err(ObjectError::Internal(_))));
}

async fn folders() {
    let folder = TempDir::new().unwrap();
    let objects = FolderObjects::open(folder.path()).unwrap();
    objects.begin(&key("a/b")).await.unwrap().finish().await.unwrap();
    for name in ["a", "a/b/c"] {
        assert_eq!(objects.stat(&key(name)).await.unwrap(), None, "{name}");
        let opened = objects.open(&key(name), 0..0).await;
        assert!(matches!(opened, Err(ObjectError::Missing(_))), "{name}");
        objects.delete(&key(name)).await.unwrap();
    }
    assert!(objects.stat(&key("a/b")).await.unwrap().is_some());
}

async fn foreign_names() {
    let folder = TempDir::new().unwrap();
    let objects = FolderObjects::open(folder.path()).unwrap();
    objects.begin(&key("ours")).await.unwrap().finish().await.unwrap();
    fs::write(folder.path().join("objects/.DS_Store"), "not ours").unwrap();
    let listed = objects.list("", None, 10).await.unwrap();
    assert_eq!(listed.len(), 1);
}
