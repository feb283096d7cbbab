//! Pictures in sizes that somebody asks for.

use std::collections::BTreeSet;

use files::{
    FileError, FileId,
    service::{Edge, NewUpload, Settings, Sketch, Wanted},
    values::Visibility,
    world::{Fit, PictureFormat},
};
use kernel::Actor;
use pollster::block_on;

use crate::house::{House, code, named, png};

const PATH: &str = "/api/v1/files/1/variant";

fn wanted(width: i64, fit: Fit, format: Option<PictureFormat>) -> Wanted {
    Wanted { width: Edge::parse(width).unwrap(), height: Edge::parse(100).unwrap(), fit, format }
}

impl House {
    fn sign(&self, actor: &Actor, id: FileId, wanted: Wanted) -> Result<String, FileError> {
        block_on(self.files.sign_variant(actor, id, wanted, PATH))
    }

    fn sketch(
        &self,
        actor: Option<&Actor>,
        id: FileId,
        link: Option<(Wanted, &str)>,
    ) -> Result<Sketch, FileError> {
        let link = link.map(|(wanted, signature)| (wanted, signature.to_owned()));
        block_on(self.files.sketch(actor, id, PATH, link))
    }
}

#[test]
fn any_size_is_drawn_by_its_signature_and_not_kept() {
    let house = House::new();
    let file = house.put(named("a.png"), &png("the roof")).unwrap();
    let mut tags = BTreeSet::new();
    for (format, name, media) in [
        (None, "a.png", "image/png"),
        (Some(PictureFormat::Jpeg), "a.jpg", "image/jpeg"),
        (Some(PictureFormat::WebP), "a.webp", "image/webp"),
    ] {
        let how = wanted(300, Fit::Cover, format);
        let signature = house.sign(&house.ada, file.id, how).unwrap();
        let sketch = house.sketch(Some(&house.ada), file.id, Some((how, &signature))).unwrap();
        assert_eq!((sketch.name.as_str(), tags.insert(sketch.hash)), (name, true));
        let (hash, content) = (sketch.hash, block_on(house.files.drawn(sketch)).unwrap());
        assert_eq!((content.media.as_str(), content.hash), (media, hash));
        let bytes = house.bytes(&content);
        assert!(String::from_utf8_lossy(&bytes).contains("width: 300, height: 100, fit: Cover"));
        assert_eq!(house.span(&content, 2..5), bytes[2..5]);
        assert!(house.span(&content, 4..4).is_empty());
        let beyond = block_on(house.files.open(&content, 0..content.size + 1));
        assert_eq!(code(beyond), "internal");
        // What is said to be the same is the same; said otherwise it is not.
        let again = house.sketch(Some(&house.ada), file.id, Some((how, &signature))).unwrap();
        assert_eq!(again.hash, hash);
    }
    assert_eq!(house.objects(), 3);
}

#[test]
fn a_style_of_drawing_shows_in_the_tag() {
    let tag = |style: &str| {
        let house = House::with(Settings { style: style.to_owned(), ..Settings::default() });
        let file = house.put(named("a.png"), &png("the roof")).unwrap();
        let how = wanted(10, Fit::Inside, None);
        let signature = house.sign(&house.ada, file.id, how).unwrap();
        house.sketch(Some(&house.ada), file.id, Some((how, &signature))).unwrap().hash
    };
    assert_eq!(tag("fine"), tag("fine"));
    assert_ne!(tag("fine"), tag("coarse"));
}

#[test]
fn a_signature_is_good_for_nothing_else_and_opens_nothing() {
    let house = House::new();
    let file = house.put(named("a.png"), &png("the roof")).unwrap();
    let how = wanted(300, Fit::Inside, None);
    let signature = house.sign(&house.ada, file.id, how).unwrap();
    let ada = Some(&house.ada);
    let as_png = Some(PictureFormat::Png);
    let upper = signature.to_ascii_uppercase();
    for (how, signature) in [
        (wanted(301, Fit::Inside, None), signature.as_str()),
        (wanted(300, Fit::Cover, None), &signature),
        (wanted(300, Fit::Inside, as_png), &signature),
        (how, &upper),
        (how, ""),
    ] {
        assert_eq!(code(house.sketch(ada, file.id, Some((how, signature)))), "files.bad_link");
    }
    assert_eq!(code(house.sketch(ada, file.id, None)), "files.bad_link");
    let elsewhere = "/api/v1/files/2/variant";
    let link = Some((how, signature.clone()));
    let moved = block_on(house.files.sketch(ada, file.id, elsewhere, link));
    assert_eq!(code(moved), "files.bad_link");

    let link = Some((how, signature.as_str()));
    assert_eq!(code(house.sketch(Some(&house.eve), file.id, link)), "files.not_found");
    assert_eq!(code(house.sketch(None, file.id, link)), "auth.not_signed_in");
    assert_eq!(code(house.sign(&house.eve, file.id, how)), "files.not_found");
    let open = NewUpload { visibility: Visibility::Public, ..named("b.png") };
    let open = house.put(open, &png("the roof, for all to see")).unwrap().id;
    let signature = house.sign(&house.eve, open, how).unwrap();
    assert_eq!(code(house.sketch(None, open, Some((how, &signature)))), "ok");
    let text = house.text("a.txt", "words are not drawn here").id;
    assert_eq!(code(house.sign(&house.ada, text, how)), "files.no_variant");
    let signed = house.sketch(ada, text, Some((how, &signature)));
    assert_eq!(code(signed), "files.no_variant");
}

#[test]
fn an_edge_has_bounds() {
    let edges = [(0, None), (1, Some(1)), (2048, Some(2048)), (2049, None), (-1, None)];
    for (raw, expected) in edges {
        assert_eq!(Edge::parse(raw).map(Edge::get), expected);
    }
    assert_eq!(Edge::parse(i64::from(u32::MAX) + 2), None);
}
