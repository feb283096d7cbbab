//! The life of a bookmark, and what is left of it.

use alveole_tests::{Backend, Server};
use serde_json::json;

const LIST: &str = "/api/v1/bookmarks";

pub(crate) fn a_bookmark_from_creation_to_deletion(backend: Backend) {
    let server = Server::start(backend);
    let (ada, bob) = (server.person("ada"), server.person("bob"));
    let made =
        ada.client.post(LIST, &json!({"title": "  The first  ", "note": "é 🦀"})).expect(201);
    let path = format!("{LIST}/{}", made.id());
    assert_eq!(made.must_have("location"), path);
    assert_eq!(
        (made.at("/data/title"), made.at("/data/note")),
        (&json!("The first"), &json!("é 🦀"))
    );
    assert_eq!(ada.client.get(&path).expect(200).data(), made.data());

    let changed = ada.client.patch(&path, &json!({"note": null})).expect(200);
    assert_eq!((changed.at("/data/note"), changed.at("/data/version")), (&json!(""), &json!(2)));
    bob.client.get(&path).problem(404, "bookmarks.not_found");
    assert_eq!(bob.client.get(LIST).expect(200).ids(), [0_i64; 0]);

    ada.client.delete(&path).expect(200);
    ada.client.get(&path).problem(404, "bookmarks.not_found");
}

pub(crate) fn of_many_writers_with_one_etag_one_wins(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let path = format!("{LIST}/{}", ada.client.post(LIST, &json!({"title": "t"})).expect(201).id());
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let write = |number: u32| {
            let request = ada.client.request("PATCH", &path).header("if-match", "\"1\"");
            request.json(&json!({"title": number.to_string()})).send().status
        };
        let writers: Vec<_> = (0..12).map(|number| scope.spawn(move || write(number))).collect();
        writers.into_iter().map(|writer| writer.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 409, 412].contains(status)), "{statuses:?}");
}

pub(crate) fn the_export_holds_every_bookmark(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    for number in 0..120 {
        ada.client.post(LIST, &json!({"title": number.to_string()})).expect(201);
    }
    let export = ada.client.get("/api/v1/users/me/export").expect(200);
    assert_eq!(export.at("/bookmarks").as_array().map(Vec::len), Some(120));
}
