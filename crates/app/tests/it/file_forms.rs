//! Forms with a file, whose fields come in any order, and what is changed of a file afterwards.

use kernel::Role;
use serde_json::json;

use crate::fixture::{Answer, TestApp};

const FILE: &str = "/api/v1/files/1";
/// A part with a file.
const WORDS: (&str, &str) = ("file\"; filename=\"a.txt", "some words");

/// Sends a form of these parts, in this order.
async fn send(app: &TestApp, token: &str, parts: &[(&str, &str)]) -> Answer {
    let parts = parts.iter().map(|(name, value)| {
        format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    });
    let form = format!("{}--x--\r\n", parts.collect::<String>());
    let bearer = format!("Bearer {token}");
    let kind = "multipart/form-data; boundary=x";
    let headers = [("authorization", bearer.as_str()), ("content-type", kind)];
    app.call("POST", "/api/v1/files", &headers, Some(&form)).await
}

#[actix_web::test]
async fn fields_come_in_any_order() {
    let app = TestApp::new();
    let token = app.token("ada", Role::User).await;
    let (kind, seen) = (("type", "document"), ("visibility", "public"));
    for parts in
        [[WORDS, kind, seen], [kind, WORDS, seen], [seen, kind, WORDS], [seen, WORDS, kind]]
    {
        let made = send(&app, &token, &parts).await;
        assert_eq!(made.status, 201, "{parts:?}: {}", made.text);
        let file = &made.json()["data"];
        assert_eq!((&file["type"], &file["visibility"]), (&json!("document"), &json!("public")));
    }
}

#[actix_web::test]
async fn a_type_behind_the_file_is_judged_like_one_before_it() {
    let app = TestApp::new();
    let token = app.token("ada", Role::User).await;
    for parts in [[("type", "audio"), WORDS], [WORDS, ("type", "audio")]] {
        let refused = send(&app, &token, &parts).await;
        assert_eq!(refused.json()["code"], "files.type_not_allowed", "{parts:?}");
    }
    for parts in [[("type", "musik"), WORDS], [WORDS, ("type", "musik")]] {
        let refused = send(&app, &token, &parts).await;
        assert_eq!(refused.json()["code"], "files.type_unknown", "{parts:?}");
    }
    let twice = send(&app, &token, &[WORDS, ("type", "document"), ("type", "manual")]).await;
    assert_eq!(twice.json()["code"], "request.duplicate");
    let files = app.call_as(&token, "GET", "/api/v1/files", None).await;
    assert_eq!(files.json()["pagination"]["total"], 0, "nothing was kept");
}

#[actix_web::test]
async fn empty_fields_count_as_absent() {
    let app = TestApp::new();
    let token = app.token("ada", Role::User).await;
    let no_file = ("file\"; filename=\"", "");
    let made =
        send(&app, &token, &[("type", ""), no_file, ("visibility", ""), WORDS, ("type", "manual")])
            .await;
    assert_eq!(made.status, 201, "{}", made.text);
    let file = &made.json()["data"];
    assert_eq!((&file["type"], &file["visibility"]), (&json!("manual"), &json!("private")));
    let refused = send(&app, &token, &[("type", "manual"), no_file]).await;
    assert_eq!(refused.json()["errors"][0]["field"], "/file");
    assert_eq!(refused.json()["code"], "request.missing_field");
    let hollow = send(&app, &token, &[("file\"; filename=\"a.txt", "")]).await;
    assert_eq!(hollow.json()["code"], "files.empty");
    let slip = send(&app, &token, &[("visiblity", "public"), WORDS]).await;
    assert!(slip.text.contains("perhaps you mean `visibility`"), "{}", slip.text);
}

#[actix_web::test]
async fn name_type_and_visibility_of_a_file_can_be_changed() {
    let app = TestApp::new();
    let token = app.token("ada", Role::User).await;
    let made = send(&app, &token, &[WORDS]).await;
    let etag = made.header("etag").to_owned();
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("if-match", etag.as_str())];
    let body = Some(r#"{"filename":"letter.txt","type":"document","visibility":"public"}"#);
    let changed = app.call("PATCH", FILE, &headers, body).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    let file = &changed.json()["data"];
    assert_eq!(file["filename"], "letter.txt");
    assert_eq!(
        (&file["type"], &file["visibility"], &file["version"]),
        (&json!("document"), &json!("public"), &json!(2))
    );
    let stale = app.call("PATCH", FILE, &headers, Some(r#"{"filename":"b.txt"}"#)).await;
    assert_eq!((stale.status.as_u16(), &stale.json()["current"]["version"]), (412, &json!(2)));
    assert_eq!(app.call("GET", &format!("{FILE}/download"), &[], None).await.text, "some words");
    // A no-op changes nothing, and an absent field stays.
    let same = app.call_as(&token, "PUT", FILE, Some(r#"{"type":"document"}"#)).await;
    assert_eq!(
        (&same.json()["data"]["version"], &same.json()["data"]["filename"]),
        (&json!(2), &json!("letter.txt"))
    );
    for (body, field, code) in [
        (r#"{"filename":"letter.pdf"}"#, "/filename", "files.filename_misleads"),
        (r#"{"filename":"../letter.txt"}"#, "/filename", "files.filename_invalid"),
        (r#"{"filename":null}"#, "/filename", "request.null"),
        (r#"{"type":"image"}"#, "/type", "files.type_unfit"),
        (r#"{"type":"film"}"#, "/type", "files.type_unknown"),
        (r#"{"owner_id":2}"#, "/owner_id", "request.unknown_field"),
    ] {
        let refused = app.call_as(&token, "PATCH", FILE, Some(body)).await;
        assert_eq!(refused.status, 400, "{body}: {}", refused.text);
        let fault = &refused.json()["errors"][0];
        assert_eq!((&fault["field"], &fault["code"]), (&json!(field), &json!(code)), "{body}");
    }
    let stranger = app.token("eve", Role::User).await;
    let refused = app.call_as(&stranger, "PATCH", FILE, Some(r#"{"type":"manual"}"#)).await;
    assert_eq!(refused.status, 404, "{}", refused.text);
}

#[actix_web::test]
async fn what_is_attached_does_not_become_public() {
    let app = TestApp::new();
    let token = app.token("ada", Role::User).await;
    app.make_tasks(&token, 1).await;
    app.send_file(&token, ("POST", "/api/v1/tasks/1/attachments"), "a.txt", "some words").await;
    let refused = app.call_as(&token, "PATCH", FILE, Some(r#"{"visibility":"public"}"#)).await;
    assert_eq!(refused.json()["code"], "files.attached_private", "{}", refused.text);
}
