//! What holds for every operation alike: methods, preferences, tags, limits, and how refusals help.

use kernel::Role;
use serde_json::{Value, json};

use crate::document::document;
use crate::fixture::{Answer, TestApp};

const TASK: &str = "/api/v1/tasks/1";

/// An application with a task, and the token of its owner.
async fn with_task() -> (TestApp, String) {
    let app = TestApp::new();
    let token = app.token("ada", Role::User).await;
    let made = app.call_as(&token, "POST", "/api/v1/tasks", Some(r#"{"title":"first"}"#)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    (app, token)
}

async fn with_header(
    app: &TestApp,
    token: &str,
    method: &str,
    path: &str,
    header: (&str, &str),
    body: Option<&str>,
) -> Answer {
    let bearer = format!("Bearer {token}");
    app.call(method, path, &[("authorization", &bearer), header], body).await
}

#[actix_web::test]
async fn patch_is_wherever_put_is() {
    let document = document();
    for (path, item) in document["paths"].as_object().unwrap() {
        let has = |method: &str| item.get(method).is_some();
        // tus has its own meaning of PATCH.
        if path.ends_with("/files/uploads/{id}") {
            continue;
        }
        // Without a body there is nothing to patch with.
        if has("put") && item["put"].get("requestBody").is_none() {
            continue;
        }
        assert_eq!(has("put"), has("patch"), "{path}");
        if has("put") {
            for same in ["x-permission", "x-access", "requestBody"] {
                assert_eq!(item["put"][same], item["patch"][same], "{path}: {same}");
            }
        }
    }
    let (app, token) = with_task().await;
    for (method, title) in [("PUT", "second"), ("PATCH", "third")] {
        let body = json!({"title": title}).to_string();
        let changed = app.call_as(&token, method, TASK, Some(&body)).await;
        assert_eq!(changed.json()["data"]["title"], title);
    }
}

#[actix_web::test]
async fn a_dry_run_is_refused_and_does_nothing() {
    let (app, token) = with_task().await;
    for value in
        ["handling=dry-run", "respond-async, Handling=\"dry-run\"", "wait=5;handling=dry-run"]
    {
        for (method, path, body) in [
            ("POST", "/api/v1/tasks", Some(r#"{"title":"new"}"#)),
            ("PATCH", TASK, Some(r#"{"title":"new"}"#)),
            ("DELETE", TASK, None),
        ] {
            let refused = with_header(&app, &token, method, path, ("prefer", value), body).await;
            assert_eq!(refused.status, 400, "{method} {value}: {}", refused.text);
            assert_eq!(refused.json()["code"], "dry_run.not_supported");
        }
        let read = with_header(&app, &token, "GET", TASK, ("prefer", value), None).await;
        assert_eq!((read.status.as_u16(), &read.json()["data"]["title"]), (200, &json!("first")));
    }
    let other =
        with_header(&app, &token, "DELETE", TASK, ("prefer", "handling=strict"), None).await;
    assert_eq!(other.status, 200, "{}", other.text);
}

#[actix_web::test]
async fn a_refused_caller_reads_one_time_to_wait() {
    let app = TestApp::with_quota("2/min");
    let mut refused = None;
    for _ in 0..3 {
        refused = Some(app.call("GET", "/api/v1/products", &[], None).await);
    }
    let refused = refused.unwrap();
    assert_eq!(refused.status, 429);
    let wait = refused.header("retry-after");
    assert!(
        refused.header("ratelimit").ends_with(&format!(";r=0;t={wait}")),
        "{:?}",
        refused.headers
    );
    assert_eq!(refused.header("x-ratelimit-reset"), wait);
}

#[actix_web::test]
async fn each_coding_of_a_resource_has_a_tag_of_its_own() {
    let (app, token) = with_task().await;
    let plain = app.call_as(&token, "GET", TASK, None).await.header("etag").to_owned();
    let mut tags = vec![plain.clone()];
    for coding in ["gzip", "br"] {
        let sent = with_header(&app, &token, "GET", TASK, ("accept-encoding", coding), None).await;
        assert_eq!(sent.header("content-encoding"), coding);
        tags.push(sent.header("etag").to_owned());
    }
    let mut different = tags.clone();
    different.sort();
    different.dedup();
    assert_eq!(different.len(), 3, "{tags:?}");
    for tag in &tags {
        let known = with_header(&app, &token, "GET", TASK, ("if-none-match", tag), None).await;
        assert_eq!((known.status.as_u16(), known.header("etag")), (304, tag.as_str()));
    }
    let stale = tags[1].replace(plain.trim_matches('"'), "99");
    let refused = with_header(&app, &token, "DELETE", TASK, ("if-match", &stale), None).await;
    assert_eq!(refused.status, 412, "{}", refused.text);
    let done = with_header(&app, &token, "DELETE", TASK, ("if-match", &tags[2]), None).await;
    assert_eq!(done.status, 200, "{}", done.text);
}

#[actix_web::test]
async fn a_refused_preflight_is_a_problem_with_an_id() {
    let app = TestApp::new();
    let ask = async |origin: &str| {
        let headers = [("origin", origin), ("access-control-request-method", "POST")];
        app.call("OPTIONS", "/api/v1/tasks", &headers, None).await
    };
    for origin in [
        "https://evil.example",
        "http://localhost.evil.example",
        "http://localhost:80.evil.example",
    ] {
        let refused = ask(origin).await;
        let problem = refused.json();
        assert_eq!((&problem["code"], &problem["status"]), (&json!("cors.refused"), &json!(400)));
        assert_eq!(problem["request_id"], refused.header("x-request-id"));
        assert_eq!(refused.header("content-type"), "application/problem+json");
    }
    for origin in ["https://app.example", "http://localhost:5173", "http://localhost"] {
        let taken = ask(origin).await;
        assert_eq!(taken.header("access-control-allow-origin"), origin, "{}", taken.status);
    }
}

#[actix_web::test]
async fn a_misspelled_name_leads_to_the_right_one() {
    let (app, token) = with_task().await;
    for (method, path, body, meant) in [
        ("GET", "/api/v1/tasks?stauts=pending", None, "`status`"),
        ("GET", "/api/v1/taks", None, "`/api/v1/tasks`"),
        ("GET", "/api/v1/task/1", None, "`/api/v1/tasks/1`"),
        ("GET", "/tasks", None, "`/api/v1/tasks`"),
        ("GET", "/api/v1/tasks/", None, "`/api/v1/tasks`"),
        ("POST", "/api/v1/tasks", Some(r#"{"titel":"x","title":"y"}"#), "`title`"),
    ] {
        let refused = app.call_as(&token, method, path, body).await;
        let detail = refused.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.ends_with(&format!("perhaps you mean {meant}.")), "{path}: {detail}");
    }
    let far = app.call_as(&token, "GET", "/api/v1/tasks?colour=red", None).await;
    assert!(!far.text.contains("perhaps"), "{}", far.text);
}

#[actix_web::test]
async fn a_malformed_condition_is_called_by_its_name() {
    let (app, token) = with_task().await;
    for (method, header, name) in
        [("DELETE", "if-match", "`If-Match`"), ("GET", "if-none-match", "`If-None-Match`")]
    {
        let refused = with_header(&app, &token, method, TASK, (header, "7"), None).await;
        assert_eq!(refused.json()["code"], "etag.malformed");
        assert!(refused.json()["detail"].as_str().unwrap().starts_with(name), "{}", refused.text);
    }
}

#[actix_web::test]
async fn a_head_by_override_has_no_body() {
    let app = TestApp::new();
    let token = app.token("ada", Role::User).await;
    let bearer = format!("Bearer {token}");
    let headers = [
        ("authorization", bearer.as_str()),
        ("tus-resumable", "1.0.0"),
        ("x-http-method-override", "HEAD"),
    ];
    // There is no such upload: the refusal has no body, either.
    let answer = app.call("POST", "/api/v1/files/uploads/1", &headers, None).await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (404, ""));
    let with_body = [headers[0], headers[1]];
    let refused = app.call("GET", "/api/v1/files/uploads/1", &with_body, None).await;
    assert!(!refused.text.is_empty());
}

#[actix_web::test]
async fn a_forbidden_change_names_the_permission_that_would_allow_it() {
    let (app, owner) = with_task().await;
    let other = app.token("bob", Role::User).await;
    let assign =
        app.call_as(&owner, "PUT", "/api/v1/tasks/1/assignee", Some(r#"{"user_id":2}"#)).await;
    assert_eq!(assign.status, 200, "{}", assign.text);
    let refused = app.call_as(&other, "DELETE", TASK, None).await;
    assert_eq!(
        (refused.status.as_u16(), &refused.json()["permission"]),
        (403, &json!("tasks:manage"))
    );
    let form = ("POST", "/api/v1/tasks/1/attachments");
    let attached = app.send_file(&owner, form, "a.txt", "some words").await;
    assert_eq!(attached.status, 201, "{}", attached.text);
    let refused =
        app.call_as(&other, "PATCH", "/api/v1/files/1", Some(r#"{"filename":"b.txt"}"#)).await;
    assert_eq!(
        (refused.status.as_u16(), &refused.json()["permission"]),
        (403, &json!("files:manage"))
    );
}

#[actix_web::test]
async fn the_public_catalogue_may_be_kept_and_is_asked_for_cheaply() {
    let app = TestApp::new();
    let root = app.furnish().await;
    let product = app.call_as(&root, "GET", "/api/v1/admin/products/1", None).await;
    let name = product.json()["data"]["name"].as_str().unwrap().to_owned();
    let search = format!("/api/v1/products/search?q={}", name.split(' ').next().unwrap());
    for path in ["/api/v1/products", "/api/v1/products/1", "/api/v1/categories", &search] {
        let first = app.call("GET", path, &[], None).await;
        assert_eq!(first.status, 200, "{path}: {}", first.text);
        assert!(first.header("cache-control").starts_with("public"), "{path}");
        let tag = first.header("etag").to_owned();
        assert_eq!(tag.starts_with("W/"), !path.ends_with("/1"), "{path}: {tag}");
        let again = app.call("GET", path, &[("if-none-match", &tag)], None).await;
        assert_eq!((again.status.as_u16(), again.header("etag")), (304, tag.as_str()), "{path}");
    }
    let before = app.call("GET", "/api/v1/products", &[], None).await.header("etag").to_owned();
    let rename = Some(r#"{"name":"another name"}"#);
    let renamed = app.call_as(&root, "PATCH", "/api/v1/admin/products/1", rename).await;
    assert_eq!(renamed.status, 200, "{}", renamed.text);
    let after = app.call("GET", "/api/v1/products", &[("if-none-match", &before)], None).await;
    assert_eq!(after.status, 200, "a changed list has another tag");
    let own = app.call_as(&root, "GET", "/api/v1/tasks", None).await;
    assert!(own.header("cache-control").starts_with("private"));
}

#[actix_web::test]
async fn sharing_twice_with_one_key_makes_one_link() {
    let app = TestApp::new();
    let token = app.token("ada", Role::User).await;
    app.send_file(&token, ("POST", "/api/v1/files"), "a.txt", "some words").await;
    let path = "/api/v1/files/1/share";
    let key = ("idempotency-key", "once");
    let body = Some(r#"{"expires_in":60}"#);
    let first = with_header(&app, &token, "POST", path, key, body).await;
    assert_eq!(first.status, 201, "{}", first.text);
    let again = with_header(&app, &token, "POST", path, key, body).await;
    assert_eq!((again.status, again.json()), (first.status, first.json()));
    assert_eq!(
        (first.header("idempotency-replayed"), again.header("idempotency-replayed")),
        ("", "true")
    );
    let other = with_header(&app, &token, "POST", path, key, Some(r#"{"expires_in":61}"#)).await;
    assert_eq!(other.json()["code"], "idempotency.key_reused");
    let links = app.call_as(&token, "GET", "/api/v1/files/1/shares", None).await;
    assert_eq!(links.json()["data"].as_array().map(Vec::len), Some(1));
    let url = first.json()["data"]["url"].as_str().unwrap().replace("http://localhost", "");
    assert_eq!(app.call("GET", &url, &[], None).await.text, "some words");
    // A new link is another one.
    let fresh: Value = app.call_as(&token, "POST", path, body).await.json();
    assert_ne!(fresh["data"]["id"], first.json()["data"]["id"]);
}
