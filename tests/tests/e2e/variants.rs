//! Pictures in sizes that somebody asks for.

use alveole_tests::{Answer, Backend, Person, Server};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::files::form;

const FILES: &str = "/api/v1/files";

/// A PNG of 120 × 80, one half red, the other blue.
const PICTURE: &str = "iVBORw0KGgoAAAANSUhEUgAAAHgAAABQCAIAAABd+SbeAAAAnklEQVR42u3QAQkAAAgDMEMYx/48ljUUBkuwyvQ7\
     PXmnRIsWLVq0aNGiRYsWLVq0aNGiRYsWLVq0aNGiRYsWLVq0aNGiRYsWLVq0aNGiRYsWLVq0aNGiRYsWLVq0aNGi\
     RYsWLVq0aNGiRYsWLVq0aNGiRYsWLVq0aNGiRYsWLVq0aNGiRYsWLVq0aNGiRYsWLVq0aNGiRYsWLVq06DsWp88G\
     aAlGswwAAAAASUVORK5CYII=";

pub(crate) fn picture() -> Vec<u8> {
    STANDARD.decode(PICTURE).unwrap()
}

/// The link of an answer, without the server.
pub(crate) fn link(answer: &Answer) -> String {
    let link = answer.at("/data/url").as_str().unwrap();
    link[link.find("/api/").unwrap()..].to_owned()
}

fn put(person: &Person, visibility: &str) -> i64 {
    let form = form(&[("visibility", visibility)], "roof.png", "image/png", &picture());
    let request = person.client.request("POST", FILES);
    request.raw("multipart/form-data; boundary=x", &form).send().expect(201).id()
}

fn sign(person: &Person, id: i64, wanted: &Value) -> Answer {
    person.client.post(&format!("{FILES}/{id}/variants"), wanted)
}

/// Pixels across and down of a PNG.
fn pixels(png: &[u8]) -> (u32, u32) {
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"), "no PNG");
    let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

pub(crate) fn a_shared_picture_comes_in_each_edition(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let id = put(&ada, "private");
    let shared = ada.client.post(&format!("{FILES}/{id}/share"), &json!({"expires_in": 600}));
    let shared = link(&shared.expect(201));
    let stranger = server.anonymous();
    for (variant, size) in [("original", (120, 80)), ("thumb", (120, 80)), ("small", (120, 80))] {
        let sent = stranger.get(&format!("{shared}&variant={variant}"));
        assert_eq!(sent.status, 200, "{variant}: {sent}");
        assert!(
            sent.bytes.len() > 8 && pixels(&sent.bytes) == size,
            "{variant}: {:?}",
            pixels(&sent.bytes)
        );
        let own = ada.client.get(&format!("{FILES}/{id}/download?variant={variant}"));
        assert!(own.bytes == sent.bytes, "{variant}");
        assert_eq!(sent.must_have("etag"), own.must_have("etag"), "{variant}");
    }
    let no_link = format!("{FILES}/{id}/shared?variant=thumb");
    stranger.get(&no_link).problem(403, "files.bad_link");
}

pub(crate) fn a_picture_comes_in_the_size_of_its_link(backend: Backend) {
    let mut server = Server::start(backend);
    let ada = server.person("ada");
    let id = put(&ada, "private");
    let kept = ada.client.get(&format!("{FILES}/{id}/download"));
    assert_eq!(pixels(&kept.bytes), (120, 80));
    for (wanted, size) in [
        (json!({"width": 60, "height": 60, "fit": "inside"}), (60, 40)),
        (json!({"width": 60, "height": 60, "fit": "cover", "format": "png"}), (60, 60)),
        (json!({"width": 2048, "height": 2048, "fit": "inside", "format": null}), (120, 80)),
        (json!({"width": 1, "height": 1, "fit": "cover"}), (1, 1)),
    ] {
        let sent = ada.client.get(&link(&sign(&ada, id, &wanted).expect(200)));
        assert_eq!((sent.status, pixels(&sent.bytes)), (200, size), "{wanted}");
        assert_eq!(sent.must_have("content-type"), "image/png");
    }
    let wanted =
        |format: &str| json!({"width": 60, "height": 60, "fit": "inside", "format": format});
    for (format, kind, name, begins) in [
        ("jpeg", "image/jpeg", "roof.jpg", b"\xff\xd8\xff".as_slice()),
        ("webp", "image/webp", "roof.webp", b"RIFF"),
    ] {
        let path = link(&sign(&ada, id, &wanted(format)).expect(200));
        let sent = ada.client.get(&path);
        assert_eq!((sent.status, sent.must_have("content-type")), (200, kind));
        assert!(sent.bytes.starts_with(begins));
        let disposition = sent.must_have("content-disposition");
        assert!(disposition.starts_with(&format!("attachment; filename=\"{name}\"")));
        assert_eq!(sent.must_have("cache-control"), "private, no-cache");
        assert!(sent.must_have("content-security-policy").starts_with("sandbox;"));
        let etag = sent.etag();
        let ask = |header: &str, value: &str| {
            ada.client.request("GET", &path).header(header, value).send()
        };
        let known = ask("if-none-match", &etag);
        assert_eq!((known.status, known.etag(), known.bytes.len()), (304, etag.clone(), 0));
        let part = ask("range", "bytes=0-2");
        assert_eq!((part.status, &part.bytes[..]), (206, &sent.bytes[..3]));
        assert_eq!(part.etag(), etag);
        ask("range", "bytes=999999-").problem(416, "files.range_not_satisfiable");
        ask("if-match", "\"other\"").problem(412, "files.stale");
        let head = ada.client.request("HEAD", &path).send();
        assert_eq!(head.must_have("content-length"), sent.bytes.len().to_string());
        assert!(head.bytes.is_empty());
        assert_eq!(ada.client.get(&path).bytes, sent.bytes);
    }
    // The link survives the server, and the tag tells what is drawn.
    let path = link(&sign(&ada, id, &wanted("webp")).expect(200));
    let first = ada.client.get(&path);
    server.kill9();
    server.restart();
    let ada = server.sign_in(&ada.email, alveole_tests::server::PASSWORD);
    let second = ada.client.get(&path);
    assert_eq!((second.etag(), second.bytes), (first.etag(), first.bytes));
    assert_ne!(first_tag(&ada, id, 59), first_tag(&ada, id, 60));
    // Nothing of it was kept.
    let usage = server.sql("SELECT count(*) FROM blob_variants");
    assert_eq!(usage.trim(), "2");
}

fn first_tag(person: &Person, id: i64, edge: u32) -> String {
    let wanted = json!({"width": edge, "height": edge, "fit": "inside"});
    person.client.get(&link(&sign(person, id, &wanted).expect(200))).etag()
}

pub(crate) fn a_link_to_a_size_opens_nothing(backend: Backend) {
    let server = Server::start(backend);
    let (ada, eve) = (server.person("ada"), server.person("eve"));
    let anybody = server.anonymous();
    let wanted = json!({"width": 30, "height": 30, "fit": "cover"});
    let private = put(&ada, "private");
    let path = link(&sign(&ada, private, &wanted).expect(200));
    assert_eq!(ada.client.get(&path).status, 200);
    anybody.get(&path).problem(401, "auth.not_signed_in");
    eve.client.get(&path).problem(404, "files.not_found");
    sign(&eve, private, &wanted).problem(404, "files.not_found");
    anybody
        .post(&format!("{FILES}/{private}/variants"), &wanted)
        .problem(401, "auth.not_signed_in");
    ada.client.delete(&format!("{FILES}/{private}")).expect(200);
    ada.client.get(&path).problem(404, "files.not_found");

    let public = put(&ada, "public");
    let path = link(&sign(&eve, public, &wanted).expect(200));
    let sent = anybody.get(&path);
    assert_eq!((sent.status, pixels(&sent.bytes)), (200, (30, 30)));
    assert_eq!(sent.must_have("cache-control"), "public, max-age=5, must-revalidate");
    let stale = anybody.request("GET", &path).header("authorization", "Bearer x").send();
    assert_eq!(stale.status, 200);
}

pub(crate) fn sizes_that_nobody_signed_are_not_drawn(backend: Backend) {
    let mut server = Server::start(backend);
    let ada = server.person("ada");
    let (id, other) = (put(&ada, "public"), put(&ada, "public"));
    let wanted = json!({"width": 30, "height": 40, "fit": "inside", "format": "webp"});
    let path = link(&sign(&ada, id, &wanted).expect(200));
    let anybody = server.anonymous();
    assert_eq!(anybody.get(&path).status, 200);
    let cut = path.find("&sig=").unwrap();
    for (from, to) in [
        ("w=30", "w=31"),
        ("h=40", "h=30"),
        ("fit=inside", "fit=cover"),
        ("format=webp", "format=png"),
        ("&format=webp", ""),
        ("w=30&", ""),
        (&path[cut..], ""),
        (&path[cut..], "&sig=00"),
        (&path[cut..], "&sig="),
        (&format!("/{id}/"), &format!("/{other}/")),
    ] {
        let forged = path.replacen(from, to, 1);
        assert_ne!(forged, path);
        anybody.get(&forged).problem(403, "files.bad_link");
    }
    for (from, to, name) in [
        ("w=30", "w=0", "w"),
        ("w=30", "w=2049", "w"),
        ("h=40", "h=x", "h"),
        ("inside", "outside", "fit"),
        ("webp", "gif", "format"),
        ("&sig", "&typo=1&sig", "typo"),
    ] {
        let answer = anybody.get(&path.replacen(from, to, 1));
        assert_eq!((answer.status, answer.faulty_fields()), (400, vec![name]), "{to}");
    }
    let faults = sign(
        &ada,
        id,
        &json!({"width": 0, "height": 2049, "fit": "x", "format": "gif", "typo": 1}),
    );
    assert_eq!(faults.status, 400);
    let fields = ["/width", "/height", "/fit", "/format", "/typo"];
    assert_eq!(faults.faulty_fields(), fields);
    assert_eq!(sign(&ada, id, &json!({})).faulty_fields(), fields[..3]);
    let form = form(&[], "a.txt", "text/plain", b"words are not drawn");
    let request = ada.client.request("POST", FILES);
    let text = request.raw("multipart/form-data; boundary=x", &form).send().expect(201).id();
    sign(&ada, text, &wanted).problem(404, "files.no_variant");

    // What cannot be drawn any more says so.
    server.set(&[("ALVEOLE__IMAGES__MAX_PIXELS", "100")]);
    server.kill9();
    server.restart();
    server.anonymous().get(&path).problem(422, "files.bad_picture");
}
