//! Status, headers and errors of `/bookmarks`, in process and on memory.
#![expect(clippy::unwrap_used, reason = "failing loudly is what tests are for")]

use std::sync::Arc;

use bookmarks::Bookmarks;
use kernel::{Actor, Permission, Role, SystemClock};
use memory::MemoryDb;
use rest::{
    defaults::FixedTokens,
    testing::{Answer, TestApp},
};
use serde_json::json;

const LIST: &str = "/api/v1/bookmarks";
const FIRST: &str = "/api/v1/bookmarks/1";

/// People `ada`, `user`, `admin` and `super_admin` by these tokens, and `reader`: Ada, reading only.
fn app() -> TestApp {
    let db = MemoryDb::new();
    let ada = Actor::new(db.add_person("ada").unwrap(), Role::User);
    let permissions = [Permission::BookmarksRead].into_iter().collect();
    let mut tokens = FixedTokens::default()
        .with("reader", Actor { permissions, ..ada.clone() })
        .with("ada", ada);
    for role in [Role::User, Role::Admin, Role::SuperAdmin] {
        let name = role.as_str();
        tokens = tokens.with(name, Actor::new(db.add_person(name).unwrap(), role));
    }
    let bookmarks = Arc::new(Bookmarks::new(db, Arc::new(SystemClock)));
    TestApp::new(tokens, vec![rest_bookmarks::module(bookmarks)])
}

async fn create(app: &TestApp) -> Answer {
    let body = json!({"title": " The first ", "note": "In more words."});
    app.post(LIST).token("ada").json(&body).send().await.expect(201)
}

#[actix_web::test]
async fn a_bookmark_is_created_read_changed_and_deleted() {
    let app = app();
    let made = create(&app).await;
    assert_eq!((made.header("location"), made.header("etag")), (FIRST, "\"1\""));
    assert_eq!(made.at("/data/title"), "The first");
    let read = app.get(FIRST).token("ada").send().await.expect(200);
    assert_eq!((read.at("/data"), read.header("etag")), (made.at("/data"), "\"1\""));
    let body = json!({"note": null});
    for (method, title) in [("PATCH", "The first"), ("PUT", "The first")] {
        let changed = app.request(method, FIRST).token("ada").json(&body).send().await.expect(200);
        assert_eq!(
            (changed.at("/data/title"), changed.at("/data/note")),
            (&json!(title), &json!(""))
        );
        assert_eq!(changed.header("etag"), "\"2\"", "the second update is a no-op");
    }
    let listed = app.get(LIST).token("ada").send().await.expect(200);
    assert_eq!((listed.at("/data/0/id"), listed.at("/pagination/total")), (&json!(1), &json!(1)));
    app.request("DELETE", FIRST).token("ada").send().await.expect(200);
    app.get(FIRST).token("ada").send().await.problem(404, "bookmarks.not_found");
    let listed = app.get(LIST).token("ada").send().await.expect(200);
    assert_eq!(listed.at("/data"), &json!([]));
}

#[actix_web::test]
async fn etags_answer_304_and_412_with_the_current_state() {
    let app = app();
    create(&app).await;
    app.get(FIRST).token("ada").with("if-none-match", "\"1\"").send().await.expect(304);
    let body = json!({"title": "The second"});
    let patch = |tag| app.request("PATCH", FIRST).token("ada").with("if-match", tag).json(&body);
    patch("\"1\"").send().await.expect(200);
    let stale = patch("\"1\"").send().await.problem(412, "bookmarks.stale");
    assert_eq!(stale.at("/current/version"), 2);
    let delete = app.request("DELETE", FIRST).token("ada").with("if-match", "\"1\"");
    delete.send().await.problem(412, "bookmarks.stale");
}

#[actix_web::test]
async fn an_idempotency_key_creates_one_bookmark() {
    let app = app();
    let post = |title| {
        let body = json!({"title": title});
        app.post(LIST).token("ada").with("idempotency-key", "k").json(&body)
    };
    let first = post("one").send().await.expect(201);
    let again = post("one").send().await.expect(201);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.at("/data"), first.at("/data"));
    post("two").send().await.problem(422, "idempotency.key_reused");
}

#[actix_web::test]
async fn all_errors_of_a_request_are_listed() {
    let app = app();
    create(&app).await;
    let long = "x".repeat(10_001);
    let body = json!({"title": " ", "note": long, "typo": 1});
    let codes = ["bookmarks.title_empty", "bookmarks.note_too_long", "request.unknown_field"];
    let refused = app.post(LIST).token("ada").json(&body).send().await.expect(400);
    assert_eq!(refused.codes(), codes);
    let refused = app.request("PATCH", FIRST).token("ada").json(&body).send().await.expect(400);
    assert_eq!(refused.codes(), codes);
    let body = json!({"title": "x".repeat(201)});
    app.post(LIST).token("ada").json(&body).send().await.problem(400, "bookmarks.title_too_long");
    let missing = app.post(LIST).token("ada").json(&json!({})).send().await;
    missing.problem(400, "request.missing_field");
    let null = app.request("PATCH", FIRST).token("ada").json(&json!({"title": null})).send().await;
    null.problem(400, "request.null");
    app.get(&format!("{LIST}?colour=red")).token("ada").send().await.expect(400);
}

#[actix_web::test]
async fn pages_follow_one_another_by_cursor() {
    let app = app();
    for _ in 0..3 {
        create(&app).await;
    }
    let first = app.get(&format!("{LIST}?limit=2&cursor=")).token("ada").send().await.expect(200);
    assert_eq!((first.at("/data/0/id"), first.at("/data/1/id")), (&json!(3), &json!(2)));
    let next = first.at("/pagination/next_cursor").as_str().unwrap();
    let second =
        app.get(&format!("{LIST}?limit=2&cursor={next}")).token("ada").send().await.expect(200);
    assert_eq!((second.at("/data/0/id"), second.at("/data/1")), (&json!(1), &json!(null)));
    assert_eq!(second.at("/pagination/next_cursor"), &json!(null));
    app.get(&format!("{LIST}?cursor=x")).token("ada").send().await.problem(400, "cursor.invalid");
}

#[actix_web::test]
async fn a_token_without_the_scope_is_refused_by_name() {
    let app = app();
    create(&app).await;
    app.get(FIRST).token("reader").send().await.expect(200);
    let body = json!({"title": "x"});
    let refused = app.request("PATCH", FIRST).token("reader").json(&body).send().await;
    let refused = refused.problem(403, "auth.missing_permission");
    assert_eq!(refused.at("/permission"), "bookmarks:write");
}

/// The table is tried again by the journey `authz`, on the real program.
#[actix_web::test]
async fn every_operation_answers_every_role_as_the_table_says() {
    let app = app();
    create(&app).await;
    let callers = ["", "user", "admin", "super_admin"];
    app.authorization(include_str!("../authz.txt"), &callers, FIRST).await;
}
