//! Work outside requests.

use bytes::Bytes;
use files::{
    file::Attached,
    link_signer::Names as _,
    outbound::{ObjectKey, Objects as _},
    service::{NewUpload, What},
};
use memory::fakes::FakeLinkSigner;
use pollster::block_on;

use crate::fixture::{Fixture, code, named, png};

/// Bytes that no row has, as a crash leaves them.
pub(crate) fn orphan(fixture: &Fixture, name: &str) -> ObjectKey {
    let key = ObjectKey::parse(name).unwrap();
    block_on(async {
        let mut writer = fixture.disk.kept.begin(&key).await.unwrap();
        writer.write(Bytes::from_static(b"left over")).await.unwrap();
        writer.finish().await.unwrap();
    });
    key
}

#[test]
fn bytes_without_a_row_are_collected_when_their_grace_is_over() {
    let fixture = Fixture::new();
    let file = fixture.put(named("a.png"), &png("a picture")).unwrap();
    orphan(&fixture, "blobs/ff/orphan");
    let apart = orphan(&fixture, "elsewhere/ff/orphan");
    let collect = || block_on(fixture.files.collect()).unwrap();
    fixture.tick(3600);
    assert_eq!(collect(), 0);
    fixture.tick(1);
    assert_eq!(collect(), 1);
    assert_eq!((collect(), fixture.objects()), (0, 4));
    assert!(block_on(fixture.disk.kept.stat(&apart)).unwrap().is_some());
    assert_eq!(code(fixture.content(&fixture.ada, file.id)), "ok");
}

#[test]
fn many_orphans_are_collected_page_by_page() {
    let fixture = Fixture::new();
    for number in 0..1200 {
        orphan(&fixture, &format!("blobs/00/orphan{number}"));
    }
    fixture.tick(3601);
    let kept = fixture.text("a.txt", "words that came meanwhile");
    assert_eq!(block_on(fixture.files.collect()).unwrap(), 1200);
    assert_eq!(fixture.bytes(&fixture.content(&fixture.ada, kept.id).unwrap()).len(), 25);
}

#[test]
fn content_that_is_gone_or_altered_is_found() {
    let fixture = Fixture::new();
    for text in ["the first of the words", "the second of the words", "the third of the words"] {
        fixture.text("a.txt", text);
    }
    let verify = || block_on(fixture.files.verify(None, 100)).unwrap();
    let whole = verify();
    assert_eq!((whole.checked, whole.findings.len()), (3, 0));
    // The names were made in a row.
    let names = FakeLinkSigner::default();
    let keys: Vec<ObjectKey> = (0..3).map(|_| names.fresh("blobs")).collect();
    let [first, second, _] = keys.as_slice() else { panic!("three") };
    block_on(fixture.disk.kept.delete(first)).unwrap();
    fixture.disk.kept.corrupt(second, Bytes::from_static(b"other words"));
    let found = verify().findings;
    assert_eq!(found.len(), 2);
    let whats: Vec<&What> = found.iter().map(|finding| &finding.what).collect();
    assert!(matches!(whats.as_slice(), [What::Missing, What::Altered { size: 11, .. }]));
    let next = block_on(fixture.files.verify(None, 2)).unwrap().next;
    assert_eq!(block_on(fixture.files.verify(next, 2)).unwrap().checked, 1);
    assert_eq!(block_on(fixture.files.verify(whole.next, 2)).unwrap().next, None);
}

#[test]
fn what_was_attached_to_a_purged_task_goes_too() {
    let fixture = Fixture::new();
    let task = fixture.db.add_task(fixture.ada.user, fixture.bob.user).unwrap();
    let what = NewUpload { attached: Some(Attached::Task(task)), ..named("a.txt") };
    fixture.put(what, b"attached to a task of the past").unwrap();
    fixture.text("b.txt", "attached to nothing at all");
    assert_eq!(block_on(fixture.files.purge()).unwrap(), 0);
    fixture.db.purge_task(task).unwrap();
    assert_eq!(block_on(fixture.files.purge()).unwrap(), 1);
    assert_eq!((fixture.objects(), fixture.usage()), (1, 26));
}

#[test]
fn whoever_leaves_leaves_no_files() {
    let fixture = Fixture::new();
    for number in 0..120 {
        fixture.text("a.txt", &format!("file number {number} of many"));
    }
    let theirs = fixture.put_as(&fixture.bob, named("b.txt"), b"file number 7 of many", None);
    block_on(fixture.files.forget_user(fixture.ada.user)).unwrap();
    block_on(fixture.files.forget_user(fixture.ada.user)).unwrap();
    assert_eq!((fixture.usage(), fixture.objects()), (0, 1));
    assert_eq!(code(theirs), "ok");
}
