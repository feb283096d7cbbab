//! Pictures: drawn anew when they come, with smaller editions.

use files::{
    service::{Edition, NewUpload},
    values::{FileKind, VariantName},
};
use pollster::block_on;

use crate::house::{House, code, named, png};

#[test]
fn a_picture_is_drawn_anew_and_what_was_sent_is_not_kept() {
    let house = House::new();
    let sent = png("with a place in its metadata");
    let file = house.put(NewUpload { kind: FileKind::Image, ..named("a.png") }, &sent).unwrap();
    assert_eq!((file.media.as_str(), file.pixels), ("image/png", Some((640, 480))));
    let content = house.content(&house.ada, file.id).unwrap();
    let bytes = house.bytes(&content);
    assert_eq!(bytes.len() as u64, file.size);
    assert!(bytes.starts_with(b"Png Rendering { width: 4096, height: 4096, fit: Inside"));
    assert_eq!(house.objects(), 3);
    for name in VariantName::ALL {
        let edition = Edition::Variant(*name);
        let small = block_on(house.files.content(Some(&house.ada), file.id, edition)).unwrap();
        assert_ne!(small.hash, content.hash);
        assert_eq!(house.bytes(&small).len() as u64, small.size);
    }
    house.remove(&house.ada, file.id).unwrap();
    assert_eq!(house.objects(), 0);
}

#[test]
fn the_same_picture_twice_is_kept_once() {
    let house = House::new();
    let sent = png("the same picture");
    let first = house.put(named("a.png"), &sent).unwrap();
    let second = house.put(named("b.png"), &sent).unwrap();
    assert_eq!((first.blob, house.objects()), (second.blob, 3));
}

#[test]
fn a_name_says_what_the_picture_became() {
    let house = House::new();
    let file = house.put(named("moving.gif"), b"GIF89a that moves about").unwrap();
    assert_eq!((file.name.as_str(), file.media.as_str()), ("moving.png", "image/png"));
}

#[test]
fn broken_and_too_large_pictures_are_refused() {
    let house = House::new();
    assert_eq!(code(house.put(named("a.png"), &png("broken, I fear"))), "files.bad_picture");
    let large = png(&"x".repeat(1500));
    let what = NewUpload { kind: FileKind::Invoice, ..named("a.png") };
    assert_eq!(code(house.put(what, &large)), "files.picture_too_large");
    assert_eq!((house.objects(), house.usage()), (0, 0));
}
