//! The event feed by `GET /events`: who is shown what, by stream and by long-poll.

use std::{sync::Arc, time::Duration};

use actix_web::body::BoxBody;
use kernel::{CommonTx, Event, FeedState, Role, StoreError, Timestamp, UnitOfWork};
use serde_json::Value;

use crate::{
    fixture::{Answer, TestApp},
    live::next,
};

const EVENTS: &str = "/api/v1/events";

/// The whole feed, whoever may see it.
async fn feed(app: &TestApp) -> Vec<Event> {
    let work: &dyn UnitOfWork<dyn CommonTx> = &*app.db;
    let events: Result<_, StoreError> = work.read(|tx| tx.outbox().after(None, 10_000)).await;
    events.unwrap()
}

async fn state(app: &TestApp) -> FeedState {
    let work: &dyn UnitOfWork<dyn CommonTx> = &*app.db;
    let state: Result<_, StoreError> = work.read(|tx| tx.outbox().feed()).await;
    state.unwrap()
}

/// Publishes the newest event to this process, as the driver of the feed does.
async fn publish_newest(app: &TestApp) {
    let newest = feed(app).await.pop().unwrap();
    app.live_feed.publish(Arc::new(newest));
}

async fn ask(app: &TestApp, token: &str, query: &str) -> Answer {
    app.call_as(token, "GET", &format!("{EVENTS}?{query}"), None).await
}

/// The types of what a caller is shown of the past, and the cursor behind it.
async fn shown(app: &TestApp, token: &str, query: &str) -> (Vec<String>, String) {
    let answer = ask(app, token, &format!("wait=0&{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.text);
    let data = &answer.json()["data"];
    assert_eq!(data["more"], false);
    let events = data["events"].as_array().unwrap().iter();
    let types = events.map(|event| event["type"].as_str().unwrap().to_owned()).collect();
    (types, data["cursor"].as_str().unwrap().to_owned())
}

fn code(answer: &Answer) -> (u16, Value) {
    (answer.status.as_u16(), answer.json()["code"].clone())
}

#[actix_web::test]
async fn f1_everybody_sees_what_concerns_them_of_every_domain_once_and_in_order() {
    let app = TestApp::new();
    let ada = app.token("ada", Role::User).await;
    let bob = app.token("bob", Role::User).await;
    let admin = app.token("carl", Role::Admin).await;
    app.make_tasks(&ada, 1).await;
    let shared = Some(r#"{"title":"for Bob","assignee_id":2}"#);
    assert_eq!(app.call_as(&ada, "POST", "/api/v1/tasks", shared).await.status, 201);
    let sent = app.send_file(&ada, ("POST", "/api/v1/files"), "a.txt", "hello").await;
    assert_eq!(sent.status, 201, "{}", sent.text);
    let (user, task, file) = ("user.created.v1", "task.created.v1", "file.uploaded.v1");
    let (hers, cursor) = shown(&app, &ada, "after=0").await;
    assert_eq!(hers, [user, task, task, file]);
    assert_eq!(shown(&app, &bob, "after=0").await.0, [user, task]);
    assert_eq!(shown(&app, &admin, "after=0").await.0, [user, user, user, task, task, file]);
    // Behind the cursor there is nothing, whoever asks, until something happens.
    for token in [&ada, &bob, &admin] {
        let (types, same) = shown(&app, token, &format!("after={cursor}")).await;
        assert_eq!((types.len(), &same), (0, &cursor));
    }
    app.make_tasks(&bob, 1).await;
    assert_eq!(shown(&app, &bob, &format!("after={cursor}")).await.0, [task]);
    let (types, moved) = shown(&app, &ada, &format!("after={cursor}")).await;
    assert!(types.is_empty() && moved != cursor, "other people's events are passed over");
    // The whole of it by stretches is the whole of it.
    let whole = ask(&app, &admin, "wait=0&after=0").await.json()["data"]["events"].clone();
    let (mut read, mut after) = (Vec::new(), "0".to_owned());
    for _ in 0..whole.as_array().unwrap().len() {
        let stretch = ask(&app, &admin, &format!("wait=0&after={after}")).await.json();
        let first = stretch["data"]["events"][0].clone();
        after = first["id"].to_string();
        read.push(first);
    }
    assert_eq!(Value::Array(read), whole);
}

#[actix_web::test]
async fn f5_who_lists_and_follows_from_there_misses_nothing() {
    let app = TestApp::new();
    let ada = app.token("ada", Role::User).await;
    app.make_tasks(&ada, 2).await;
    app.live_feed.reached(state(&app).await.end());
    let list = app.call_as(&ada, "GET", "/api/v1/tasks", None).await;
    let cursor = list.header("x-feed-cursor").to_owned();
    app.make_tasks(&ada, 1).await;
    assert_eq!(shown(&app, &ada, &format!("after={cursor}")).await.0, ["task.created.v1"]);
    let head = app.call_as(&ada, "GET", "/api/v1/events/head", None).await.json();
    let state = state(&app).await;
    assert_eq!(head["data"]["head"], state.end().to_string());
    assert_eq!(head["data"]["oldest"], state.oldest().to_string());
}

#[actix_web::test]
async fn types_and_subjects_are_chosen() {
    let app = TestApp::new();
    let ada = app.token("ada", Role::User).await;
    app.make_tasks(&ada, 2).await;
    let renamed = app.call_as(&ada, "PUT", "/api/v1/tasks/1", Some(r#"{"title":"new"}"#)).await;
    assert_eq!(renamed.status, 200, "{}", renamed.text);
    let (created, updated) = ("task.created.v1", "task.updated.v1");
    for (query, expected) in [
        ("types=task.*", vec![created, created, updated]),
        ("types=task.updated.v1", vec![updated]),
        ("types=task.updated.*,user.*", vec!["user.created.v1", updated]),
        ("types=file.*", vec![]),
        ("subject=task:1", vec![created, updated]),
        ("subject=task:99", vec![]),
        ("subject=user:1&types=user.*,task.*", vec!["user.created.v1"]),
    ] {
        assert_eq!(shown(&app, &ada, &format!("after=0&{query}")).await.0, expected, "{query}");
    }
    let many = format!("types={}", ["task.*"; 21].join(","));
    for (query, expected) in [
        ("types=taks.*", "events.types_invalid"),
        ("types=*", "events.types_invalid"),
        ("types=", "events.types_invalid"),
        ("types=task", "events.types_invalid"),
        ("types=task.*.v1", "events.types_invalid"),
        ("types=task.*,", "events.types_invalid"),
        (many.as_str(), "events.types_invalid"),
        ("subject=task", "events.subject_invalid"),
        ("subject=task:0", "events.subject_invalid"),
        ("subject=task:+1", "events.subject_invalid"),
        ("subject=task:01", "events.subject_invalid"),
        ("subject=taks:1", "events.subject_invalid"),
        ("after=yesterday", "events.cursor_malformed"),
        ("wait=26", "events.wait_invalid"),
        ("wait=-1", "events.wait_invalid"),
        ("wait=%2B1", "events.wait_invalid"),
        ("limit=5", "request.unknown_parameter"),
    ] {
        let refused = ask(&app, &ada, query).await;
        assert_eq!(code(&refused), (400, expected.into()), "{query}: {}", refused.text);
    }
}

#[actix_web::test]
async fn a_token_follows_what_its_scopes_name() {
    let app = TestApp::new();
    let admin = app.token("carl", Role::Admin).await;
    app.make_tasks(&admin, 1).await;
    let narrow = async |scopes: &str| {
        let body = format!(r#"{{"name":"t","scopes":[{scopes}]}}"#);
        let made = app.call_as(&admin, "POST", "/api/v1/auth/tokens", Some(&body)).await.json();
        made["data"]["token"].as_str().unwrap().to_owned()
    };
    let tasks = narrow(r#""tasks:read""#).await;
    assert_eq!(shown(&app, &tasks, "after=0").await.0, ["task.created.v1"]);
    for query in ["types=user.*", "types=task.*,user.*", "subject=user:1"] {
        let refused = ask(&app, &tasks, &format!("wait=0&{query}")).await;
        assert_eq!(code(&refused), (403, "auth.missing_permission".into()), "{query}");
        assert!(refused.text.contains("users:read"), "{}", refused.text);
    }
    // It sees its owner's events, although the owner manages everybody's.
    let bob = app.token("bob", Role::User).await;
    app.make_tasks(&bob, 1).await;
    assert_eq!(shown(&app, &tasks, "after=0").await.0.len(), 1);
    assert_eq!(shown(&app, &admin, "after=0&types=task.*").await.0.len(), 2);
    let nothing = narrow(r#""audit:read""#).await;
    let refused = ask(&app, &nothing, "wait=0").await;
    assert_eq!(code(&refused), (403, "auth.missing_permission".into()));
    for path in [EVENTS, "/api/v1/events/head"] {
        assert_eq!(app.call("GET", path, &[], None).await.status, 401);
    }
}

#[actix_web::test]
async fn f6_the_past_of_a_task_ends_with_the_sight_of_it() {
    let app = TestApp::new();
    let ada = app.token("ada", Role::User).await;
    let bob = app.token("bob", Role::User).await;
    let shared = Some(r#"{"title":"for Bob","assignee_id":2}"#);
    assert_eq!(app.call_as(&ada, "POST", "/api/v1/tasks", shared).await.status, 201);
    let of_task = "after=0&subject=task:1";
    assert_eq!(shown(&app, &bob, of_task).await.0, ["task.created.v1"]);
    let taken = Some(r#"{"user_id":null}"#);
    assert_eq!(app.call_as(&ada, "PUT", "/api/v1/tasks/1/assignee", taken).await.status, 200);
    assert_eq!(shown(&app, &bob, of_task).await.0, ["task.assigned.v1"]);
    let bearer = format!("Bearer {bob}");
    let headers = [("authorization", bearer.as_str()), ("last-event-id", "0")];
    for path in ["/api/v1/tasks/events", "/api/v1/events?types=task.*"] {
        let mut stream = app.stream(path, &headers).await;
        next(&mut stream).await.unwrap();
        let first = next(&mut stream).await.unwrap();
        assert!(first.contains("event: task.assigned.v1\n"), "{first}");
    }
}

/// Opens the stream as the holder of a token; reads its first block.
async fn open(app: &TestApp, token: &str, query: &str, seen: &str) -> BoxBody {
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("last-event-id", seen)];
    let mut stream = app.stream(&format!("{EVENTS}?{query}"), &headers).await;
    assert!(next(&mut stream).await.unwrap().starts_with(": connected\nid: "));
    stream
}

#[actix_web::test]
async fn a_stream_shows_the_past_and_goes_on() {
    let app = TestApp::new();
    let ada = app.token("ada", Role::User).await;
    let bob = app.token("bob", Role::User).await;
    app.make_tasks(&ada, 1).await;
    let mut hers = open(&app, &ada, "after=0", "").await;
    let mut tasks = open(&app, &ada, "types=task.*&after=99", "0").await;
    for expected in ["user.created.v1", "task.created.v1"] {
        assert!(next(&mut hers).await.unwrap().contains(expected));
    }
    assert!(next(&mut tasks).await.unwrap().contains("task.created.v1"));
    for token in [&bob, &ada] {
        app.make_tasks(token, 1).await;
        publish_newest(&app).await;
    }
    let newest = state(&app).await.end();
    for stream in [&mut hers, &mut tasks] {
        let block = next(stream).await.unwrap();
        assert!(block.starts_with(&format!("id: {newest}\nevent: task.created.v1\n")), "{block}");
    }
}

#[actix_web::test]
async fn a_long_poll_waits_until_something_happens() {
    let app = TestApp::new();
    let ada = app.token("ada", Role::User).await;
    let bob = app.token("bob", Role::User).await;
    let began = std::time::Instant::now();
    let (answer, ()) = futures_util::future::join(ask(&app, &ada, "wait=25"), async {
        actix_web::rt::time::sleep(Duration::from_millis(100)).await;
        for token in [&bob, &ada] {
            app.make_tasks(token, 1).await;
            publish_newest(&app).await;
        }
    })
    .await;
    assert!(began.elapsed() < Duration::from_secs(20), "it did not wait for the end");
    let data = answer.json()["data"].clone();
    assert_eq!(data["events"].as_array().unwrap().len(), 1, "{data}");
    assert_eq!(data["events"][0]["data"]["user_id"], 1);
    assert_eq!(data["cursor"], state(&app).await.end().to_string());
    // Nothing happens: the answer is empty, and the cursor is good for the next one.
    let empty = ask(&app, &ada, "wait=1").await.json()["data"].clone();
    assert_eq!((empty["events"].as_array().unwrap().len(), &empty["cursor"]), (0, &data["cursor"]));
}

#[actix_web::test]
async fn a_long_poll_of_an_ended_session_is_401() {
    let app = TestApp::new();
    let ada = app.token("ada", Role::User).await;
    let (answer, ()) = futures_util::future::join(ask(&app, &ada, "wait=25"), async {
        actix_web::rt::time::sleep(Duration::from_millis(100)).await;
        let out = app.call_as(&ada, "POST", "/api/v1/auth/logout-all", None).await;
        assert_eq!(out.status, 200, "{}", out.text);
    })
    .await;
    assert_eq!(code(&answer), (401, "auth.bad_token".into()));
}

#[actix_web::test]
async fn f3_and_f4_a_cursor_that_leads_over_a_gap_is_gone() {
    let app = TestApp::new();
    let ada = app.token("ada", Role::User).await;
    app.make_tasks(&ada, 4).await;
    let work: &dyn UnitOfWork<dyn CommonTx> = &*app.db;
    let later = Timestamp::parse("2100-01-01T00:00:00Z").unwrap();
    let pruned: Result<u64, StoreError> = work.write(move |tx| tx.outbox().prune(later, 2)).await;
    assert_eq!(pruned.unwrap(), 2);
    let known = state(&app).await;
    for (query, expected) in [
        ("after=0&wait=0".to_owned(), "events.cursor_expired"),
        ("after=0".to_owned(), "events.cursor_expired"),
        (format!("after={}.1&wait=0", known.epoch), "events.cursor_expired"),
        ("after=99".to_owned(), "events.epoch_changed"),
        ("after=1.3&wait=0".to_owned(), "events.epoch_changed"),
    ] {
        let gone = ask(&app, &ada, &query).await;
        assert_eq!(code(&gone), (410, expected.into()), "{query}");
        assert_eq!(gone.json()["head"], known.end().to_string());
    }
    assert_eq!(shown(&app, &ada, &format!("after={}", known.oldest())).await.0.len(), 3);
    // A feed that is replaced while somebody waits ends the waiting.
    let (answer, ()) = futures_util::future::join(ask(&app, &ada, "wait=25"), async {
        actix_web::rt::time::sleep(Duration::from_millis(100)).await;
        let now = Timestamp::parse("2026-11-23T00:00:00Z").unwrap();
        let renewed: Result<_, StoreError> =
            work.write(move |tx| tx.outbox().renew_epoch(known.epoch, now)).await;
        renewed.unwrap();
        app.live_feed.replaced();
    })
    .await;
    assert_eq!(code(&answer), (410, "events.epoch_changed".into()));
}
