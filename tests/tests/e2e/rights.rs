//! Whose task it is.

use alveole_tests::{Backend, Server};
use serde_json::json;

pub(crate) fn assignees_see_the_task_and_change_only_its_status(backend: Backend) {
    let server = Server::start(backend);
    let owner = server.person("owner");
    let helper = server.person("helper");
    let id = owner.task("shared");
    let path = format!("/api/v1/tasks/{id}");
    helper.client.get(&path).expect(404);
    let assign = |body: &serde_json::Value| owner.client.put(&format!("{path}/assignee"), body);
    let assigned = assign(&json!({"user_id": helper.id})).expect(200);
    assert_eq!(assigned.at("/data/assignee_id"), helper.id);
    helper.client.get(&path).expect(200);
    assert_eq!(helper.client.get("/api/v1/tasks").expect(200).ids(), [id]);

    helper.client.patch(&path, &json!({"status": "in_progress"})).expect(200);
    for body in [
        json!({"title": "mine now"}),
        json!({"status": "completed", "priority": "low"}),
        json!({"assignee_id": null}),
    ] {
        helper.client.patch(&path, &body).problem(403, "tasks.forbidden");
    }
    helper.client.delete(&path).problem(403, "tasks.forbidden");
    helper
        .client
        .put(&format!("{path}/assignee"), &json!({"user_id": null}))
        .problem(403, "tasks.forbidden");
    // refused means unchanged
    let now = owner.client.get(&path).expect(200);
    assert_eq!(now.at("/data/title"), "shared");
    assert_eq!(now.at("/data/status"), "in_progress");

    assert_eq!(assign(&json!({"user_id": 987_654})).expect(400).faulty_fields(), ["/user_id"]);
    assign(&json!({})).expect(400);
    assign(&json!({"user_id": null})).expect(200);
    helper.client.get(&path).expect(404);
}

pub(crate) fn strangers_see_nothing_and_administrators_everything(backend: Backend) {
    let server = Server::start(backend);
    let owner = server.person("owner");
    let stranger = server.person("stranger");
    let admin = server.person_with_role("admin");
    let id = owner.task("private");
    let path = format!("/api/v1/tasks/{id}");
    // not there and not yours look alike
    let mut theirs = stranger.client.get(&path).expect(404).json;
    let mut missing = stranger.client.get("/api/v1/tasks/987654").expect(404).json;
    for body in [&mut theirs, &mut missing] {
        for field in ["request_id", "instance", "detail", "error"] {
            body.as_object_mut().unwrap().remove(field);
        }
    }
    assert_eq!(theirs, missing);
    // naming the owner widens nothing
    let narrowed = stranger.client.get(&format!("/api/v1/tasks?user_id={}", owner.id)).expect(200);
    assert_eq!(narrowed.ids(), [0_i64; 0]);

    assert_eq!(admin.client.get("/api/v1/tasks").expect(200).ids(), [id]);
    admin.client.patch(&path, &json!({"priority": "high"})).expect(200);
    admin.client.delete(&path).expect(200);
    admin.client.request("POST", &format!("{path}/restore")).send().expect(200);
}
