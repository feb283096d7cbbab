//! Uploads: limits, formats, room, repetition, content that is there already.

use bytes::Bytes;
use files::{
    File, FileError,
    service::{NewUpload, Settings},
    values::FileKind,
};
use kernel::{Settled, Timestamp};
use pollster::block_on;
use sha2::{Digest as _, Sha256};

use crate::house::{House, code, fresh, named, once};

#[test]
fn what_came_in_is_known_by_its_content() {
    let house = House::new();
    let file = house.text("notes.txt", "some words that are long enough");
    assert_eq!(file.size, 31);
    assert_eq!(
        *file.hash.as_bytes(),
        <[u8; 32]>::from(Sha256::digest(b"some words that are long enough"))
    );
    assert_eq!((file.media.as_str(), file.name.as_str()), ("text/plain", "notes.txt"));
    let content = house.content(&house.ada, file.id).unwrap();
    assert_eq!(house.bytes(&content), b"some words that are long enough");
    assert_eq!(house.span(&content, 5..10), b"words");
    assert_eq!((house.usage(), house.objects()), (31, 1));
}

#[test]
fn a_few_bytes_are_a_file_and_none_are_not() {
    let house = House::new();
    assert_eq!(house.text("x.txt", "x").size, 1);
    assert_eq!(code(house.put(named("x.txt"), b"")), "files.empty");
    assert_eq!(house.objects(), 1);
}

#[test]
fn each_type_has_its_limit_before_and_while_bytes_come() {
    let house = House::new();
    let of = |kind, at_least| NewUpload { kind, at_least, ..named("a.txt") };
    for (kind, limit) in
        [(FileKind::Attachment, 1000), (FileKind::Document, 2000), (FileKind::Audio, 3000)]
    {
        assert_eq!(code(house.begin(&house.ada, of(kind, limit + 1))), "files.too_large");
        assert_eq!(code(house.begin(&house.ada, of(kind, limit))), "ok");
    }
    let text = "x".repeat(1001);
    assert_eq!(code(house.put(of(FileKind::Attachment, 0), text.as_bytes())), "files.too_large");
    assert_eq!(code(house.put(of(FileKind::Document, 0), text.as_bytes())), "ok");
    assert_eq!(house.objects(), 1);
}

#[test]
fn formats_must_fit_type_name_and_claim() {
    let house = House::new();
    let pdf = b"%PDF-1.7 and so on and so on";
    let declared = |name: &str, declared: &str| NewUpload {
        declared: Some(declared.to_owned()),
        ..named(name)
    };
    let of = |kind| NewUpload { kind, ..named("a.pdf") };
    for (what, bytes, expected) in [
        (named("a.pdf"), &pdf[..], "ok"),
        (named("a"), pdf, "ok"),
        (named("a.jpg"), pdf, "files.type_mismatch"),
        (named("a.html"), pdf, "files.type_mismatch"),
        (declared("a.pdf", "image/png"), pdf, "files.type_mismatch"),
        (declared("a.pdf", "application/octet-stream"), pdf, "ok"),
        (of(FileKind::Audio), pdf, "files.type_not_allowed"),
        (of(FileKind::Avatar), pdf, "files.type_not_allowed"),
        (of(FileKind::Invoice), pdf, "ok"),
        (named("a.txt"), b"<html><script>alert(1)</script>", "files.type_not_allowed"),
        (named("a.svg"), b"<svg onload=alert(1)>", "files.type_not_allowed"),
        (named("a.exe"), b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff", "files.type_not_allowed"),
        (named("a.exe"), b"just text, it says, but the name", "files.type_mismatch"),
    ] {
        assert_eq!(code(house.put(what.clone(), bytes)), expected, "{what:?}");
    }
}

#[test]
fn the_same_content_is_kept_once() {
    let house = House::new();
    let first = house.text("a.txt", "the same words, again and again");
    let second = house.text("b.txt", "the same words, again and again");
    assert_eq!((first.blob, house.objects(), house.usage()), (second.blob, 1, 62));
    house.remove(&house.ada, first.id).unwrap();
    assert_eq!((house.objects(), house.usage()), (1, 31));
    let content = house.content(&house.ada, second.id).unwrap();
    assert_eq!(house.bytes(&content), b"the same words, again and again");
    house.remove(&house.ada, second.id).unwrap();
    assert_eq!((house.objects(), house.usage()), (0, 0));
}

#[test]
fn room_is_bounded_for_each_person() {
    let house = House::new();
    let put = |text: String| {
        house.put(NewUpload { kind: FileKind::Document, ..named("a") }, text.as_bytes())
    };
    for letter in ["a", "b"] {
        put(letter.repeat(2000)).unwrap();
    }
    assert_eq!(code(put("c".repeat(1001))), "files.over_quota");
    assert_eq!((house.usage(), house.objects()), (4000, 2));
    let announced = NewUpload { at_least: 1001, kind: FileKind::Document, ..named("a") };
    assert_eq!(code(house.begin(&house.ada, announced)), "files.over_quota");
    put("d".repeat(1000)).unwrap();
    // Others have room of their own.
    let others = house.put_as(&house.bob, named("a.txt"), &[b'x'; 1000], None);
    assert_eq!(code(others), "ok");
}

#[test]
fn a_repetition_is_answered_with_the_first_file() {
    let house = House::new();
    let words = b"words that are sent twice, by mistake";
    let send = |bytes: &[u8]| house.put_as(&house.ada, named("a.txt"), bytes, Some(once("k")));
    let file = fresh(send(words).unwrap());
    assert_eq!(send(words).unwrap(), Settled::Replay(file.id.to_string().into_bytes()));
    assert_eq!(code(send(b"other words under the same key......")), "idempotency.key_reused");
    assert_eq!((house.objects(), house.usage()), (1, 37));
}

#[test]
fn an_upload_that_is_given_up_leaves_nothing() {
    let house = House::new();
    let mut upload = house.begin(&house.ada, named("a.txt")).unwrap();
    block_on(house.files.feed(&mut upload, Bytes::from_static(b"half of what was to come")))
        .unwrap();
    drop(upload);
    assert_eq!((house.objects(), house.usage(), house.events().len()), (0, 0, 0));
}

#[test]
fn a_full_disk_is_said_to_be_one() {
    let house = House::new();
    *house.disk.full.lock().unwrap() = true;
    let refused = house.put(named("a.txt"), b"words for which there is no room");
    assert_eq!(code(refused), "files.storage_unavailable");
    assert_eq!(house.usage(), 0);
}

#[test]
fn a_row_comes_soon_after_its_bytes_or_not_at_all() {
    let house =
        House::with(Settings { orphan_grace: std::time::Duration::ZERO, ..Settings::default() });
    // With no grace at all even the next moment would be too late, and the same one is in time.
    let kept: Result<File, FileError> = house.put(named("a.txt"), b"written in no time at all");
    let at: Timestamp = kept.unwrap().uploaded_at;
    assert_eq!(at.to_string(), "2026-11-21T08:00:00Z");
}

#[test]
fn made_here_and_kept() {
    let house = House::new();
    let bytes = Bytes::from_static(b"%PDF-1.7 made here");
    let what = NewUpload { kind: FileKind::Invoice, ..named("invoice.pdf") };
    let file = fresh(block_on(house.files.keep(&house.ada, what, bytes, None)).unwrap());
    assert_eq!((file.media.as_str(), file.size), ("application/pdf", 18));
}
