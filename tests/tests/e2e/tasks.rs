//! The life of a task.

use alveole_tests::{Backend, Server};
use serde_json::{Value, json};

pub(crate) fn a_task_from_birth_to_restoration(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let made = ada.new_task(&json!({
        "title": "  Write the notes  ", "description": "All seven", "priority": "high",
        "due_date": "2030-02-01T12:00:00+02:00", "tags": ["notes", "engine", "notes"],
    }));
    let id = made.id();
    let path = format!("/api/v1/tasks/{id}");
    assert!(made.must_have("location").ends_with(&path), "{made}");
    for (field, value) in [
        ("title", json!("Write the notes")),
        ("description", json!("All seven")),
        ("status", json!("pending")),
        ("priority", json!("high")),
        ("due_date", json!("2030-02-01T10:00:00Z")),
        ("user_id", json!(ada.id)),
        ("assignee_id", Value::Null),
        ("tags", json!(["notes", "engine"])),
        ("completed_at", Value::Null),
    ] {
        assert_eq!(made.data()[field], value, "{field}: {made}");
    }
    let read = ada.client.get(&path).expect(200);
    assert_eq!(read.data(), made.data());

    let done = ada.client.patch(&path, &json!({"status": "completed"})).expect(200);
    assert!(done.at("/data/completed_at").is_string(), "{done}");
    let again = ada.client.patch(&path, &json!({"status": "in_progress"})).expect(200);
    assert!(again.at("/data/completed_at").is_null(), "{again}");

    let deleted = ada.client.delete(&path).expect(200);
    assert!(deleted.at("/message").is_string(), "{deleted}");
    ada.client.get(&path).problem(404, "tasks.not_found");
    ada.client.delete(&path).expect(404);
    ada.client.patch(&path, &json!({"title": "x"})).expect(404);
    ada.client.get(&format!("{path}/comments")).expect(404);
    assert_eq!(ada.client.get("/api/v1/tasks").expect(200).ids(), [0_i64; 0]);
    let restored = ada.client.request("POST", &format!("{path}/restore")).send().expect(200);
    assert_eq!(restored.at("/data/title"), "Write the notes");
    ada.client.get(&path).expect(200);
    ada.client.request("POST", &format!("{path}/restore")).send().problem(409, "tasks.not_deleted");
}

pub(crate) fn all_errors_are_listed_together(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let answer = ada
        .client
        .post(
            "/api/v1/tasks",
            &json!({
                "title": "   ", "description": "x".repeat(10_001), "status": "done",
                "priority": "urgent", "due_date": "tomorrow", "assignee_id": 0,
                "tags": vec!["a"; 3].into_iter().chain([""]).collect::<Vec<_>>(),
                "colour": "red",
            }),
        )
        .expect(400);
    let mut fields = answer.faulty_fields();
    fields.sort_unstable();
    for field in [
        "/assignee_id",
        "/colour",
        "/description",
        "/due_date",
        "/priority",
        "/status",
        "/tags/3",
        "/title",
    ] {
        assert!(fields.contains(&field), "{field} is missing: {answer}");
    }
    for fault in answer.at("/errors").as_array().unwrap() {
        for part in ["field", "code", "message"] {
            assert!(fault[part].is_string(), "{fault}");
        }
    }
    let missing = ada.client.post("/api/v1/tasks", &json!({})).expect(400);
    assert_eq!(missing.faulty_fields(), ["/title"], "{missing}");
    let nobody = ada
        .client
        .post("/api/v1/tasks", &json!({"title": "x", "assignee_id": 987_654}))
        .expect(400);
    assert_eq!(nobody.faulty_fields(), ["/assignee_id"], "{nobody}");
    let many: Vec<String> = (0..21).map(|n| format!("tag{n}")).collect();
    ada.client.post("/api/v1/tasks", &json!({"title": "x", "tags": many})).expect(400);
    for body in [json!([]), json!("x"), json!(null), json!({"title": 5})] {
        ada.client.post("/api/v1/tasks", &body).expect(400);
    }
}

pub(crate) fn texts_survive_byte_for_byte(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let longest = "é".repeat(200);
    for title in [
        "Ünïcödé — “quotes” 'single' \"double\"",
        "'; DROP TABLE tasks; --",
        "100% _under_ \\ back",
        "🦀👩‍👩‍👧 עברית العربية",
        "e\u{301} stays decomposed",
        longest.as_str(),
    ] {
        let made = ada.new_task(&json!({"title": title, "description": format!("{title}\n\t.")}));
        let read = ada.client.get(&format!("/api/v1/tasks/{}", made.id())).expect(200);
        assert_eq!(read.at("/data/title"), title);
        assert_eq!(read.at("/data/description"), &json!(format!("{title}\n\t.")));
    }
    for title in ["a\0b".to_owned(), "é".repeat(201)] {
        let answer = ada.client.post("/api/v1/tasks", &json!({"title": title})).expect(400);
        assert_eq!(answer.faulty_fields(), ["/title"], "{answer}");
    }
}

pub(crate) fn statistics_count_what_lists_show(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let bob = server.person("bob");
    for (status, priority, due) in [
        ("pending", "low", json!("2020-01-01T00:00:00Z")),
        ("pending", "high", json!("2099-01-01T00:00:00Z")),
        ("in_progress", "medium", Value::Null),
        ("completed", "high", json!("2020-01-01T00:00:00Z")),
    ] {
        ada.new_task(&json!({
            "title": "t", "status": status, "priority": priority, "due_date": due,
        }));
    }
    bob.task("not Ada's");
    let gone = ada.task("gone");
    ada.client.delete(&format!("/api/v1/tasks/{gone}")).expect(200);

    let made_on =
        ada.client.get("/api/v1/tasks").expect(200).rows()[0]["created_at"].as_str().unwrap()[..10]
            .to_owned();
    let stats =
        ada.client.get(&format!("/api/v1/tasks/stats?from={made_on}&to={made_on}")).expect(200);
    for (pointer, value) in [
        ("/data/total", json!(4)),
        ("/data/by_status/pending", json!(2)),
        ("/data/by_status/in_progress", json!(1)),
        ("/data/by_status/completed", json!(1)),
        ("/data/by_priority/low", json!(1)),
        ("/data/by_priority/medium", json!(1)),
        ("/data/by_priority/high", json!(2)),
        ("/data/overdue", json!(1)),
        ("/data/completion_rate", json!(0.25)),
        ("/data/days/0/date", json!(made_on)),
    ] {
        assert_eq!(stats.at(pointer), &value, "{pointer}: {stats}");
    }
    assert_eq!(
        ada.client.get("/api/v1/tasks?overdue=true").expect(200).at("/pagination/total"),
        stats.at("/data/overdue")
    );
    for query in [
        "from=2026-02-01&to=2026-01-01",
        "from=2020-01-01&to=2026-01-01",
        "from=yesterday",
        "colour=red",
    ] {
        ada.client.get(&format!("/api/v1/tasks/stats?{query}")).expect(400);
    }
}
