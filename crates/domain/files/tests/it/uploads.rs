//! Uploads: limits, formats, room, repetition, content that is there already.

use bytes::Bytes;
use files::{
    File, FileError,
    service::{NewUpload, Settings},
    values::FileKind,
};
use kernel::{Outcome, Timestamp};
use pollster::block_on;
use sha2::{Digest as _, Sha256};

use crate::fixture::{Fixture, code, fresh, idempotent, named};

#[test]
fn what_came_in_is_known_by_its_content() {
    let fixture = Fixture::new();
    let file = fixture.text("notes.txt", "some words that are long enough");
    assert_eq!(file.size, 31);
    assert_eq!(
        *file.hash.as_bytes(),
        <[u8; 32]>::from(Sha256::digest(b"some words that are long enough"))
    );
    assert_eq!((file.media.as_str(), file.name.as_str()), ("text/plain", "notes.txt"));
    let content = fixture.content(&fixture.ada, file.id).unwrap();
    assert_eq!(fixture.bytes(&content), b"some words that are long enough");
    assert_eq!(fixture.span(&content, 5..10), b"words");
    assert_eq!((fixture.usage(), fixture.objects()), (31, 1));
}

#[test]
fn a_few_bytes_are_a_file_and_none_are_not() {
    let fixture = Fixture::new();
    assert_eq!(fixture.text("x.txt", "x").size, 1);
    assert_eq!(code(fixture.put(named("x.txt"), b"")), "files.empty");
    assert_eq!(fixture.objects(), 1);
}

#[test]
fn each_type_has_its_limit_before_and_while_bytes_come() {
    let fixture = Fixture::new();
    let of = |kind, at_least| NewUpload { kind, at_least, ..named("a.txt") };
    for (kind, limit) in
        [(FileKind::Attachment, 1000), (FileKind::Document, 2000), (FileKind::Audio, 3000)]
    {
        assert_eq!(code(fixture.begin(&fixture.ada, of(kind, limit + 1))), "files.too_large");
        assert_eq!(code(fixture.begin(&fixture.ada, of(kind, limit))), "ok");
    }
    let text = "x".repeat(1001);
    assert_eq!(code(fixture.put(of(FileKind::Attachment, 0), text.as_bytes())), "files.too_large");
    assert_eq!(code(fixture.put(of(FileKind::Document, 0), text.as_bytes())), "ok");
    assert_eq!(fixture.objects(), 1);
}

#[test]
fn formats_must_fit_type_name_and_claim() {
    let fixture = Fixture::new();
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
        assert_eq!(code(fixture.put(what.clone(), bytes)), expected, "{what:?}");
    }
}

#[test]
fn text_is_kept_under_the_name_and_the_type_it_was_declared_with() {
    let fixture = Fixture::new();
    let send = |name: &str, declared: &str, bytes: &[u8]| {
        let declared = Some(declared.to_owned());
        fixture.put(NewUpload { declared, ..named(name) }, bytes)
    };
    for (name, declared, mime) in [
        ("a.ics", "text/calendar; charset=utf-8", "text/calendar"),
        ("a.tsv", "text/tab-separated-values", "text/tab-separated-values"),
        ("a.vcf", "application/octet-stream", "text/vcard"),
        ("a.sql", "application/sql", "application/sql"),
        ("a.py", "text/x-python", "text/x-python"),
        ("a.md", "text/markdown", "text/markdown"),
        ("a.txt", "text/plain", "text/plain"),
    ] {
        let file = send(name, declared, b"some words\tand more").unwrap();
        assert_eq!((file.name.as_str(), file.mime()), (name, mime));
    }
    for active in ["text/html", "text/javascript", "text/xml"] {
        assert_eq!(code(send("a.txt", active, b"some words")), "files.type_mismatch", "{active}");
    }
    let file = send("a.txt", "text/plain", b"K\xe4se").unwrap();
    assert_eq!(
        fixture.content(&fixture.ada, file.id).unwrap().content_type,
        "text/plain; charset=windows-1252"
    );
    let utf16: Vec<u8> = "\u{feff}a;b".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let file = send("a.csv", "text/csv", &utf16).unwrap();
    assert_eq!(
        fixture.content(&fixture.ada, file.id).unwrap().content_type,
        "text/csv; charset=utf-16"
    );
}

#[test]
fn every_refusal_of_a_format_lists_what_is_kept() {
    let fixture = Fixture::new();
    let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic";
    let film = b"RIFF\0\0\0\0AVI LIST\0\0\0\0hdrl";
    for (name, bytes, expected) in [
        ("a.heic", &heic[..], "files.heic_not_allowed"),
        ("a.avi", film, "files.type_not_allowed"),
        ("a.exe", b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff", "files.type_not_allowed"),
        ("a.html", b"<html><body>", "files.type_not_allowed"),
        ("a.png", b"%PDF-1.7 and so on and so on", "files.type_mismatch"),
    ] {
        let error = fixture.put(named(name), bytes).unwrap_err();
        assert_eq!(kernel::DomainError::code(&error), expected, "{name}");
        let words = error.to_string();
        assert!(words.contains("can be JPEG, PNG, WebP, GIF, PDF"), "{words}");
    }
    let error =
        fixture.put(NewUpload { kind: FileKind::Audio, ..named("a.pdf") }, b"%PDF-1.7 and so");
    let words = error.unwrap_err().to_string();
    assert!(words.ends_with("`audio` can be MP3, FLAC, Ogg, WAV, M4A, WebM audio."), "{words}");
}

#[test]
fn the_same_content_is_kept_once() {
    let fixture = Fixture::new();
    let first = fixture.text("a.txt", "the same words, again and again");
    let second = fixture.text("b.txt", "the same words, again and again");
    assert_eq!((first.blob, fixture.objects(), fixture.usage()), (second.blob, 1, 62));
    fixture.remove(&fixture.ada, first.id).unwrap();
    assert_eq!((fixture.objects(), fixture.usage()), (1, 31));
    let content = fixture.content(&fixture.ada, second.id).unwrap();
    assert_eq!(fixture.bytes(&content), b"the same words, again and again");
    fixture.remove(&fixture.ada, second.id).unwrap();
    assert_eq!((fixture.objects(), fixture.usage()), (0, 0));
}

#[test]
fn usage_is_bounded_for_each_person() {
    let fixture = Fixture::new();
    let put = |text: String| {
        fixture.put(NewUpload { kind: FileKind::Document, ..named("a") }, text.as_bytes())
    };
    for letter in ["a", "b"] {
        put(letter.repeat(2000)).unwrap();
    }
    assert_eq!(code(put("c".repeat(1001))), "files.over_quota");
    assert_eq!((fixture.usage(), fixture.objects()), (4000, 2));
    let announced = NewUpload { at_least: 1001, kind: FileKind::Document, ..named("a") };
    assert_eq!(code(fixture.begin(&fixture.ada, announced)), "files.over_quota");
    put("d".repeat(1000)).unwrap();
    // Others have room of their own.
    let others = fixture.put_as(&fixture.bob, named("a.txt"), &[b'x'; 1000], None);
    assert_eq!(code(others), "ok");
}

#[test]
fn a_repetition_is_answered_with_the_first_file() {
    let fixture = Fixture::new();
    let words = b"words that are sent twice, by mistake";
    let send =
        |bytes: &[u8]| fixture.put_as(&fixture.ada, named("a.txt"), bytes, Some(idempotent("k")));
    let file = fresh(send(words).unwrap()).file;
    assert_eq!(send(words).unwrap(), Outcome::Replayed(file.id.to_string().into_bytes()));
    assert_eq!(code(send(b"other words under the same key......")), "idempotency.key_reused");
    assert_eq!((fixture.objects(), fixture.usage()), (1, 37));
}

#[test]
fn an_upload_that_is_given_up_leaves_nothing() {
    let fixture = Fixture::new();
    let mut upload = fixture.begin(&fixture.ada, named("a.txt")).unwrap();
    block_on(fixture.files.feed(&mut upload, Bytes::from_static(b"half of what was to come")))
        .unwrap();
    drop(upload);
    assert_eq!((fixture.objects(), fixture.usage(), fixture.events().len()), (0, 0, 0));
}

#[test]
fn a_full_disk_is_said_to_be_one() {
    let fixture = Fixture::new();
    *fixture.disk.full.lock().unwrap() = true;
    let refused = fixture.put(named("a.txt"), b"words for which there is no room");
    assert_eq!(code(refused), "files.storage_unavailable");
    assert_eq!(fixture.usage(), 0);
}

#[test]
fn a_row_comes_soon_after_its_bytes_or_not_at_all() {
    let fixture =
        Fixture::with(Settings { orphan_grace: std::time::Duration::ZERO, ..Settings::default() });
    // With no grace at all even the next moment would be too late, and the same one is in time.
    let kept: Result<File, FileError> = fixture.put(named("a.txt"), b"written in no time at all");
    let at: Timestamp = kept.unwrap().uploaded_at;
    assert_eq!(at.to_string(), "2026-11-21T08:00:00Z");
}

#[test]
fn made_here_and_kept() {
    let fixture = Fixture::new();
    let bytes = Bytes::from_static(b"%PDF-1.7 made here");
    let what = NewUpload { kind: FileKind::Invoice, ..named("invoice.pdf") };
    let file = fresh(block_on(fixture.files.keep(&fixture.ada, what, bytes, None)).unwrap()).file;
    assert_eq!((file.media.as_str(), file.size), ("application/pdf", 18));
}
