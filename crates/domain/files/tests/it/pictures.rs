//! Pictures: drawn anew when they come, with smaller editions.

use files::{
    service::{Edition, NewUpload},
    values::{FileKind, VariantName},
};
use pollster::block_on;

use crate::fixture::{Fixture, code, fresh, named, png};

#[test]
fn a_picture_is_drawn_anew_and_what_was_sent_is_not_kept() {
    let fixture = Fixture::new();
    let sent = png("with a place in its metadata");
    let file = fixture.put(NewUpload { kind: FileKind::Image, ..named("a.png") }, &sent).unwrap();
    assert_eq!((file.media.as_str(), file.pixels), ("image/png", Some((640, 480))));
    let content = fixture.content(&fixture.ada, file.id).unwrap();
    let bytes = fixture.bytes(&content);
    assert_eq!(bytes.len() as u64, file.size);
    assert!(bytes.starts_with(b"Png Rendering { width: 4096, height: 4096, fit: Inside"));
    assert_eq!(fixture.objects(), 3);
    for name in VariantName::ALL {
        let edition = Edition::Variant(*name);
        let small = block_on(fixture.files.content(Some(&fixture.ada), file.id, edition)).unwrap();
        assert_ne!(small.hash, content.hash);
        assert_eq!(fixture.bytes(&small).len() as u64, small.size);
    }
    fixture.remove(&fixture.ada, file.id).unwrap();
    assert_eq!(fixture.objects(), 0);
}

#[test]
fn the_same_picture_twice_is_kept_once() {
    let fixture = Fixture::new();
    let sent = png("the same picture");
    let first = fixture.put(named("a.png"), &sent).unwrap();
    let second = fixture.put(named("b.png"), &sent).unwrap();
    assert_eq!((first.blob, fixture.objects()), (second.blob, 3));
}

#[test]
fn a_name_says_what_the_picture_became() {
    let fixture = Fixture::new();
    let file = fixture.put(named("moving.gif"), b"GIF89a that moves about").unwrap();
    assert_eq!((file.name.as_str(), file.media.as_str()), ("moving.png", "image/png"));
}

#[test]
fn who_sends_a_picture_that_moves_hears_that_it_does_not() {
    let fixture = Fixture::new();
    let webp = b"RIFF....WEBPVP8X\x0a\0\0\0\x02\0\0\0";
    let kept = fixture.put_as(&fixture.ada, named("a.webp"), webp, None).map(fresh).unwrap();
    let codes: Vec<&str> = kept.warnings.iter().map(|warning| warning.code).collect();
    assert_eq!(codes, ["files.animation_not_kept"]);
    let still =
        fixture.put_as(&fixture.ada, named("a.png"), &png("still"), None).map(fresh).unwrap();
    assert_eq!(still.warnings, []);
}

#[test]
fn broken_and_too_large_pictures_are_refused() {
    let fixture = Fixture::new();
    assert_eq!(code(fixture.put(named("a.png"), &png("broken, I fear"))), "files.bad_picture");
    let large = png(&"x".repeat(1500));
    let what = NewUpload { kind: FileKind::Invoice, ..named("a.png") };
    assert_eq!(code(fixture.put(what, &large)), "files.picture_too_large");
    assert_eq!((fixture.objects(), fixture.usage()), (0, 0));
}
