//! Pictures in sizes that somebody asks for.

use std::collections::BTreeSet;

use files::{
    FileError, FileId,
    outbound::{Fit, PictureFormat},
    service::{Derivative, Edge, NewUpload, Settings, Wanted},
    values::Visibility,
};
use kernel::Actor;
use pollster::block_on;

use crate::fixture::{Fixture, code, named, png};

const PATH: &str = "/api/v1/files/1/variant";

fn wanted(width: i64, fit: Fit, format: Option<PictureFormat>) -> Wanted {
    Wanted { width: Edge::parse(width).unwrap(), height: Edge::parse(100).unwrap(), fit, format }
}

impl Fixture {
    fn sign(&self, actor: &Actor, id: FileId, wanted: Wanted) -> Result<String, FileError> {
        block_on(self.files.sign_variant(actor, id, wanted, PATH))
    }

    fn derivative(
        &self,
        actor: Option<&Actor>,
        id: FileId,
        link: Option<(Wanted, &str)>,
    ) -> Result<Derivative, FileError> {
        let link = link.map(|(wanted, signature)| (wanted, signature.to_owned()));
        block_on(self.files.derivative(actor, id, PATH, link))
    }
}

#[test]
fn any_size_is_drawn_by_its_signature_and_not_kept() {
    let fixture = Fixture::new();
    let file = fixture.put(named("a.png"), &png("the roof")).unwrap();
    let mut tags = BTreeSet::new();
    for (format, name, media) in [
        (None, "a.png", "image/png"),
        (Some(PictureFormat::Jpeg), "a.jpg", "image/jpeg"),
        (Some(PictureFormat::WebP), "a.webp", "image/webp"),
    ] {
        let how = wanted(300, Fit::Cover, format);
        let signature = fixture.sign(&fixture.ada, file.id, how).unwrap();
        let derivative =
            fixture.derivative(Some(&fixture.ada), file.id, Some((how, &signature))).unwrap();
        assert_eq!((derivative.name.as_str(), tags.insert(derivative.hash)), (name, true));
        let (hash, content) = (derivative.hash, block_on(fixture.files.drawn(derivative)).unwrap());
        assert_eq!((content.media.as_str(), content.hash), (media, hash));
        let bytes = fixture.bytes(&content);
        assert!(String::from_utf8_lossy(&bytes).contains("width: 300, height: 100, fit: Cover"));
        assert_eq!(fixture.span(&content, 2..5), bytes[2..5]);
        assert!(fixture.span(&content, 4..4).is_empty());
        let beyond = block_on(fixture.files.open(&content, 0..content.size + 1));
        assert_eq!(code(beyond), "internal");
        // What is said to be the same is the same; said otherwise it is not.
        let again =
            fixture.derivative(Some(&fixture.ada), file.id, Some((how, &signature))).unwrap();
        assert_eq!(again.hash, hash);
    }
    assert_eq!(fixture.objects(), 3);
}

#[test]
fn a_style_of_drawing_shows_in_the_tag() {
    let tag = |style: &str| {
        let fixture = Fixture::with(Settings { style: style.to_owned(), ..Settings::default() });
        let file = fixture.put(named("a.png"), &png("the roof")).unwrap();
        let how = wanted(10, Fit::Inside, None);
        let signature = fixture.sign(&fixture.ada, file.id, how).unwrap();
        fixture.derivative(Some(&fixture.ada), file.id, Some((how, &signature))).unwrap().hash
    };
    assert_eq!(tag("fine"), tag("fine"));
    assert_ne!(tag("fine"), tag("coarse"));
}

#[test]
fn a_signature_is_good_for_nothing_else_and_opens_nothing() {
    let fixture = Fixture::new();
    let file = fixture.put(named("a.png"), &png("the roof")).unwrap();
    let how = wanted(300, Fit::Inside, None);
    let signature = fixture.sign(&fixture.ada, file.id, how).unwrap();
    let ada = Some(&fixture.ada);
    let as_png = Some(PictureFormat::Png);
    let upper = signature.to_ascii_uppercase();
    for (how, signature) in [
        (wanted(301, Fit::Inside, None), signature.as_str()),
        (wanted(300, Fit::Cover, None), &signature),
        (wanted(300, Fit::Inside, as_png), &signature),
        (how, &upper),
        (how, ""),
    ] {
        assert_eq!(
            code(fixture.derivative(ada, file.id, Some((how, signature)))),
            "files.bad_link"
        );
    }
    assert_eq!(code(fixture.derivative(ada, file.id, None)), "files.bad_link");
    let elsewhere = "/api/v1/files/2/variant";
    let link = Some((how, signature.clone()));
    let moved = block_on(fixture.files.derivative(ada, file.id, elsewhere, link));
    assert_eq!(code(moved), "files.bad_link");

    let link = Some((how, signature.as_str()));
    assert_eq!(code(fixture.derivative(Some(&fixture.eve), file.id, link)), "files.not_found");
    assert_eq!(code(fixture.derivative(None, file.id, link)), "auth.not_signed_in");
    assert_eq!(code(fixture.sign(&fixture.eve, file.id, how)), "files.not_found");
    let open = NewUpload { visibility: Visibility::Public, ..named("b.png") };
    let open = fixture.put(open, &png("the roof, for all to see")).unwrap().id;
    let signature = fixture.sign(&fixture.eve, open, how).unwrap();
    assert_eq!(code(fixture.derivative(None, open, Some((how, &signature)))), "ok");
    let text = fixture.text("a.txt", "words are not drawn here").id;
    assert_eq!(code(fixture.sign(&fixture.ada, text, how)), "files.no_variant");
    let signed = fixture.derivative(ada, text, Some((how, &signature)));
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
