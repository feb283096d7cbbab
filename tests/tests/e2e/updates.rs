//! Changing a task, alone and against others.

use alveole_tests::{Backend, Server, simultaneously};
use serde_json::{Value, json};

pub(crate) fn merge_patch_keeps_sets_and_clears(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let bob = server.person("bob");
    let full = json!({
        "title": "t", "description": "d", "priority": "high", "tags": ["a"],
        "due_date": "2030-01-01T00:00:00Z", "assignee_id": bob.id,
    });
    for method in ["PUT", "PATCH"] {
        let made = ada.new_task(&full);
        let path = format!("/api/v1/tasks/{}", made.id());
        let change = |body: &Value| ada.client.request(method, &path).json(body).send();

        let kept = change(&json!({"title": "new"})).expect(200);
        for field in ["description", "priority", "tags", "due_date", "assignee_id"] {
            assert_eq!(kept.data()[field], made.data()[field], "{method} {field}");
        }
        assert_eq!(kept.at("/data/title"), "new");
        let cleared = change(&json!({
            "description": null, "due_date": null, "assignee_id": null, "tags": null,
        }))
        .expect(200);
        assert_eq!(cleared.at("/data/due_date"), &Value::Null);
        assert_eq!(cleared.at("/data/assignee_id"), &Value::Null);
        assert_eq!(cleared.at("/data/tags"), &json!([]));
        let description = cleared.at("/data/description");
        assert!(description.is_null() || description == "", "{cleared}");
        // what cannot be empty cannot be cleared
        for field in ["title", "status", "priority"] {
            let answer = change(&json!({field: null})).expect(400);
            assert_eq!(answer.faulty_fields(), [format!("/{field}")], "{answer}");
        }
        let faults =
            change(&json!({"title": "", "nonsense": 1, "user_id": 5, "id": 3})).expect(400);
        for field in ["/title", "/nonsense", "/user_id", "/id"] {
            assert!(faults.faulty_fields().contains(&field), "{field}: {faults}");
        }
        // nothing to do is no change
        let before = ada.client.get(&path).expect(200);
        let same = change(&json!({})).expect(200);
        assert_eq!(same.etag(), before.etag());
    }
    // JSON Pointer escapes
    let made = ada.task("t");
    let answer =
        ada.client.patch(&format!("/api/v1/tasks/{made}"), &json!({"a/b~c": 1})).expect(400);
    assert_eq!(answer.faulty_fields(), ["/a~1b~0c"], "{answer}");
    // both media types of a patch are read
    ada.client
        .request("PATCH", &format!("/api/v1/tasks/{made}"))
        .raw("application/merge-patch+json", b"{\"title\":\"by its own name\"}")
        .send()
        .expect(200);
}

pub(crate) fn etags_answer_304_and_412_with_the_current_state(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let id = ada.task("first");
    let path = format!("/api/v1/tasks/{id}");
    let first = ada.client.get(&path).expect(200).etag();
    let ask = |etag: &str| ada.client.request("GET", &path).header("if-none-match", etag).send();
    for etag in [first.clone(), format!("\"other\", W/{first}"), "*".to_owned()] {
        let answer = ask(&etag);
        assert_eq!(answer.status, 304, "{etag}: {answer}");
        assert!(answer.bytes.is_empty(), "a 304 has no body");
        assert_eq!(answer.etag(), first);
    }
    ask("\"other\"").expect(200);

    let write = |method: &str, etag: &str| {
        let request = ada.client.request(method, &path).header("if-match", etag);
        if method == "DELETE" {
            request.send()
        } else {
            request.json(&json!({"title": "second"})).send()
        }
    };
    let second = write("PATCH", &first).expect(200).etag();
    assert_ne!(first, second);
    for method in ["PUT", "PATCH", "DELETE"] {
        let stale = write(method, &first).problem(412, "tasks.stale");
        assert_eq!(stale.at("/current/title"), "second", "{method}: {stale}");
        assert_eq!(stale.at("/current/id"), id, "{method}: {stale}");
        assert_eq!(stale.etag(), second, "the ETag to try again with");
        // a weak tag never matches strongly
        write(method, &format!("W/{second}")).expect(412);
    }
    write("PUT", &format!("\"x\", {second}")).expect(200);
    write("DELETE", "*").expect(200);
    write("DELETE", "*").expect(404);
}

pub(crate) fn of_twenty_writers_with_one_etag_exactly_one_wins(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let path = format!("/api/v1/tasks/{}", ada.task("contended"));
    for round in 0..3 {
        let etag = ada.client.get(&path).expect(200).etag();
        let answers = simultaneously(20, |number| {
            server
                .client_of(&ada)
                .request("PATCH", &path)
                .header("if-match", &etag)
                .json(&json!({"title": format!("round {round} writer {number}")}))
                .send()
        });
        let winners: Vec<_> = answers.iter().filter(|a| a.status == 200).collect();
        assert_eq!(winners.len(), 1, "round {round}");
        for loser in answers.iter().filter(|a| a.status != 200) {
            loser.clone().problem(412, "tasks.stale");
        }
        let now = ada.client.get(&path).expect(200);
        assert_eq!(now.at("/data/title"), winners[0].at("/data/title"));
    }
}
