//! Many operations in one transaction.

use alveole_tests::{Backend, Server};
use serde_json::{Value, json};

pub(crate) fn all_operations_or_none(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let bob = server.person("bob");
    let bulk = |operations: Value| {
        ada.client.post("/api/v1/tasks/bulk", &json!({"operations": operations}))
    };
    let ids = || ada.client.get("/api/v1/tasks?sort=id").expect(200).ids();
    let first = ada.task("first");
    let second = ada.task("second");
    let foreign = bob.task("Bob's");

    let done = bulk(json!([
        {"op": "create", "data": {"title": "third"}},
        {"op": "update", "id": first, "version": 1, "data": {"status": "completed"}},
        {"op": "delete", "id": second},
    ]))
    .expect(200);
    let results = done.at("/data/results");
    assert_eq!(results[0]["op"], "create", "{done}");
    assert_eq!(results[0]["task"]["title"], "third");
    assert_eq!(results[1]["op"], "update");
    assert_eq!(results[1]["id"], first);
    assert_eq!(results[1]["task"]["status"], "completed");
    assert_eq!(results[2]["op"], "delete");
    assert_eq!(results[2]["id"], second);
    assert_eq!(results[2].get("task"), None, "{done}");
    let third = results[0]["id"].as_i64().unwrap();
    assert_eq!(ids(), [first, third]);

    let create = json!({"op": "create", "data": {"title": "never"}});
    for (bad, status, pointer) in [
        (json!({"op": "create", "data": {"title": ""}}), 400, "/operations/1/data/title"),
        (
            json!({"op": "create", "data": {"title": "x", "colour": 1}}),
            400,
            "/operations/1/data/colour",
        ),
        (json!({"op": "update", "id": 987_654, "data": {"title": "x"}}), 404, "/operations/1"),
        (json!({"op": "update", "id": foreign, "data": {"title": "x"}}), 404, "/operations/1"),
        (
            json!({"op": "update", "id": first, "version": 1, "data": {"title": "x"}}),
            412,
            "/operations/1",
        ),
        (json!({"op": "delete", "id": foreign}), 404, "/operations/1"),
        (json!({"op": "upsert", "id": first}), 400, "/operations/1/op"),
        (json!({"op": "delete"}), 400, "/operations/1/id"),
        (json!({"op": "delete", "id": first, "data": {}}), 400, "/operations/1/data"),
        (json!("create"), 400, "/operations/1"),
        (
            json!({"op": "create", "data": {"title": "x", "assignee_id": 987_654}}),
            400,
            "/operations/1/data/assignee_id",
        ),
    ] {
        let answer = bulk(json!([create, bad, create])).expect(status);
        assert!(
            answer.faulty_fields().iter().any(|field| field.starts_with(pointer)),
            "{bad} must point to {pointer}: {answer}"
        );
        assert_eq!(ids(), [first, third], "{bad} must change nothing");
    }
    for body in [json!({}), json!({"operations": []}), json!({"operations": "all"})] {
        ada.client.post("/api/v1/tasks/bulk", &body).expect(400);
    }
    let many = |count: usize| Value::Array(vec![create.clone(); count]);
    bulk(many(501)).expect(400);
    let made = bulk(many(500)).expect(200);
    assert_eq!(made.at("/data/results").as_array().unwrap().len(), 500);
    // one row twice in one request: each sees what the one before it did
    bulk(json!([
        {"op": "update", "id": third, "version": 1, "data": {"title": "a"}},
        {"op": "update", "id": third, "version": 2, "data": {"title": "b"}},
        {"op": "delete", "id": third, "version": 3},
    ]))
    .expect(200);
}
