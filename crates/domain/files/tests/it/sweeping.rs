//! What is done besides requests.

use bytes::Bytes;
use files::{
    file::Attached,
    seal::Names as _,
    service::{NewUpload, What},
    world::{ObjectKey, Objects as _},
};
use memory::doubles::Seal;
use pollster::block_on;

use crate::house::{House, code, named, png};

/// Bytes that no row has, as a crash leaves them.
pub(crate) fn orphan(house: &House, name: &str) -> ObjectKey {
    let key = ObjectKey::parse(name).unwrap();
    block_on(async {
        let mut writer = house.disk.kept.begin(&key).await.unwrap();
        writer.write(Bytes::from_static(b"left over")).await.unwrap();
        writer.finish().await.unwrap();
    });
    key
}

#[test]
fn bytes_without_a_row_are_collected_when_their_grace_is_over() {
    let house = House::new();
    let file = house.put(named("a.png"), &png("a picture")).unwrap();
    orphan(&house, "blobs/ff/orphan");
    let apart = orphan(&house, "elsewhere/ff/orphan");
    let collect = || block_on(house.files.collect()).unwrap();
    house.tick(3600);
    assert_eq!(collect(), 0);
    house.tick(1);
    assert_eq!(collect(), 1);
    assert_eq!((collect(), house.objects()), (0, 4));
    assert!(block_on(house.disk.kept.stat(&apart)).unwrap().is_some());
    assert_eq!(code(house.content(&house.ada, file.id)), "ok");
}

#[test]
fn many_orphans_are_collected_page_by_page() {
    let house = House::new();
    for number in 0..1200 {
        orphan(&house, &format!("blobs/00/orphan{number}"));
    }
    house.tick(3601);
    let kept = house.text("a.txt", "words that came meanwhile");
    assert_eq!(block_on(house.files.collect()).unwrap(), 1200);
    assert_eq!(house.bytes(&house.content(&house.ada, kept.id).unwrap()).len(), 25);
}

#[test]
fn content_that_is_gone_or_altered_is_found() {
    let house = House::new();
    for text in ["the first of the words", "the second of the words", "the third of the words"] {
        house.text("a.txt", text);
    }
    let verify = || block_on(house.files.verify(None, 100)).unwrap();
    let whole = verify();
    assert_eq!((whole.checked, whole.findings.len()), (3, 0));
    // The names were made in a row.
    let names = Seal::default();
    let keys: Vec<ObjectKey> = (0..3).map(|_| names.fresh("blobs")).collect();
    let [first, second, _] = keys.as_slice() else { panic!("three") };
    block_on(house.disk.kept.delete(first)).unwrap();
    house.disk.kept.corrupt(second, Bytes::from_static(b"other words"));
    let found = verify().findings;
    assert_eq!(found.len(), 2);
    let whats: Vec<&What> = found.iter().map(|finding| &finding.what).collect();
    assert!(matches!(whats.as_slice(), [What::Missing, What::Altered { size: 11, .. }]));
    let next = block_on(house.files.verify(None, 2)).unwrap().next;
    assert_eq!(block_on(house.files.verify(next, 2)).unwrap().checked, 1);
    assert_eq!(block_on(house.files.verify(whole.next, 2)).unwrap().next, None);
}

#[test]
fn what_was_attached_to_a_purged_task_goes_too() {
    let house = House::new();
    let task = house.db.add_task(house.ada.user, house.bob.user).unwrap();
    let what = NewUpload { attached: Some(Attached::Task(task)), ..named("a.txt") };
    house.put(what, b"attached to a task of the past").unwrap();
    house.text("b.txt", "attached to nothing at all");
    assert_eq!(block_on(house.files.purge()).unwrap(), 0);
    house.db.purge_task(task).unwrap();
    assert_eq!(block_on(house.files.purge()).unwrap(), 1);
    assert_eq!((house.objects(), house.usage()), (1, 26));
}

#[test]
fn whoever_leaves_leaves_no_files() {
    let house = House::new();
    for number in 0..120 {
        house.text("a.txt", &format!("file number {number} of many"));
    }
    let theirs = house.put_as(&house.bob, named("b.txt"), b"file number 7 of many", None);
    block_on(house.files.forget_user(house.ada.user)).unwrap();
    block_on(house.files.forget_user(house.ada.user)).unwrap();
    assert_eq!((house.usage(), house.objects()), (0, 1));
    assert_eq!(code(theirs), "ok");
}
