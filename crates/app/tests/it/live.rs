//! Streams, and who may go on listening.

use std::{future::poll_fn, pin::Pin, sync::Arc, time::Duration};

use actix_web::body::{BoxBody, MessageBody as _};
use kernel::{CommonTx, Event, FeedState, NewEvent, Role, StoreError, Timestamp, UnitOfWork};

use crate::fixture::TestApp;

/// The next piece of a body; `None` at its end.
pub(crate) async fn next(body: &mut BoxBody) -> Option<String> {
    let piece = poll_fn(|cx| Pin::new(&mut *body).poll_next(cx)).await?;
    Some(String::from_utf8_lossy(&piece.unwrap()).into_owned())
}

/// Everything that a stream still sends, as it comes.
async fn rest(body: &mut BoxBody) -> Vec<String> {
    let mut pieces = Vec::new();
    while let Some(piece) = next(body).await {
        pieces.push(piece);
    }
    pieces
}

#[actix_web::test]
async fn a_stream_that_is_catching_up_ends_within_5_s_of_logout_and_suspension() {
    let app = TestApp::new();
    let admin = app.token("admin", Role::Admin).await;
    let mut streams = Vec::new();
    for name in ["ada", "grace", "edith"] {
        let token = app.token(name, Role::User).await;
        app.make_tasks(&token, 50).await;
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str()), ("last-event-id", "0")];
        let mut body = app.stream("/api/v1/tasks/events", &headers).await;
        let first = next(&mut body).await.unwrap();
        assert!(first.starts_with(": connected\nid: ") && first.ends_with(".0\n\n"), "{first}");
        for _ in 0..3 {
            assert!(next(&mut body).await.unwrap().contains("task.created.v1"));
        }
        streams.push((token, body));
    }
    let [(ada, mut hers), (_, mut graces), (_, mut ediths)]: [_; 3] =
        streams.try_into().unwrap_or_else(|_| unreachable!());
    let out = app.call_as(&ada, "POST", "/api/v1/auth/logout", None).await;
    assert_eq!(out.status, 200, "{}", out.text);
    // accounts are numbered as they were made
    let suspend = Some(r#"{"status": "suspended"}"#);
    let done = app.call_as(&admin, "PUT", "/api/v1/admin/users/3", suspend).await;
    assert_eq!(done.status, 200, "{}", done.text);
    assert_eq!(done.json()["data"]["username"], "grace");
    // As long as a slow reader takes: nothing of the backlog was read meanwhile.
    actix_web::rt::time::sleep(Duration::from_millis(4_500)).await;
    assert_eq!(rest(&mut hers).await, Vec::<String>::new(), "47 events wait, for no one");
    assert_eq!(rest(&mut graces).await, Vec::<String>::new());
    for _ in 0..47 {
        assert!(next(&mut ediths).await.unwrap().contains("task.created.v1"), "she goes on");
    }
}

#[actix_web::test]
async fn a_stream_that_breaks_before_its_first_event_resumes_where_it_began() {
    let app = TestApp::new();
    let token = app.token("ada", Role::User).await;
    app.make_tasks(&token, 3).await;
    let bearer = format!("Bearer {token}");
    let mut body = app.stream("/api/v1/tasks/events", &[("authorization", bearer.as_str())]).await;
    let first = next(&mut body).await.unwrap();
    let id = first.strip_prefix(": connected\nid: ").and_then(|rest| rest.strip_suffix("\n\n"));
    let id = id.unwrap_or_else(|| panic!("no id in {first:?}")).to_owned();
    assert!(!id.ends_with(".0"), "three events are behind it: {id}");
    drop(body);
    app.make_tasks(&token, 1).await;
    let headers = [("authorization", bearer.as_str()), ("last-event-id", id.as_str())];
    let mut body = app.stream("/api/v1/tasks/events", &headers).await;
    assert_eq!(next(&mut body).await.unwrap(), format!(": connected\nid: {id}\n\n"));
    let missed = next(&mut body).await.unwrap();
    assert!(missed.contains("task.created.v1"), "{missed}");
}

/// What the store says of the feed.
async fn feed(app: &TestApp) -> FeedState {
    let work: &dyn UnitOfWork<dyn CommonTx> = &*app.db;
    let state: Result<_, StoreError> = work.read(|tx| tx.outbox().feed()).await;
    state.unwrap()
}

/// Removes the oldest events.
async fn prune(app: &TestApp, limit: u32) {
    let work: &dyn UnitOfWork<dyn CommonTx> = &*app.db;
    let later = Timestamp::parse("2100-01-01T00:00:00Z").unwrap();
    let pruned: Result<u64, StoreError> =
        work.write(move |tx| tx.outbox().prune(later, limit)).await;
    assert_eq!(pruned.unwrap(), u64::from(limit));
}

/// Puts another feed in the place of this one, as a restore does.
async fn replace(app: &TestApp) {
    let (work, from): (&dyn UnitOfWork<dyn CommonTx>, _) = (&*app.db, feed(app).await.epoch);
    let now = Timestamp::parse("2026-11-23T00:00:00Z").unwrap();
    let renewed: Result<_, StoreError> =
        work.write(move |tx| tx.outbox().renew_epoch(from, now)).await;
    renewed.unwrap();
    app.live_feed.replaced();
}

#[actix_web::test]
async fn f3_a_cursor_older_than_what_is_kept_is_refused_with_where_to_go_on() {
    let app = TestApp::new();
    let token = app.token("ada", Role::User).await;
    app.make_tasks(&token, 5).await;
    prune(&app, 3).await;
    let state = feed(&app).await;
    let bearer = format!("Bearer {token}");
    let floor = state.floor.unwrap().get();
    for last in [format!("{}", floor - 1), format!("{}.{}", state.epoch, floor - 1), "0".to_owned()]
    {
        let headers = [("authorization", bearer.as_str()), ("last-event-id", last.as_str())];
        let gone = app.call("GET", "/api/v1/tasks/events", &headers, None).await;
        assert_eq!(
            (gone.status.as_u16(), &gone.json()["code"]),
            (410, &"events.cursor_expired".into()),
            "{last}"
        );
        assert_eq!(gone.json()["oldest"], state.oldest().to_string());
        assert_eq!(gone.json()["head"], state.end().to_string());
    }
    // An integer of today's clients is a cursor between floor and head.
    for last in [floor.to_string(), state.oldest().to_string()] {
        let headers = [("authorization", bearer.as_str()), ("last-event-id", last.as_str())];
        let mut body = app.stream("/api/v1/tasks/events", &headers).await;
        let first = next(&mut body).await.unwrap();
        assert_eq!(first, format!(": connected\nid: {}\n\n", state.oldest()));
        assert!(next(&mut body).await.unwrap().contains("task.created.v1"));
    }
}

#[actix_web::test]
async fn f4_a_cursor_of_another_feed_is_refused_and_an_open_stream_is_reset() {
    let app = TestApp::new();
    let token = app.token("ada", Role::User).await;
    app.make_tasks(&token, 2).await;
    let bearer = format!("Bearer {token}");
    let old = feed(&app).await.end().to_string();
    let headers = [("authorization", bearer.as_str()), ("last-event-id", old.as_str())];
    let mut open = app.stream("/api/v1/tasks/events", &headers).await;
    assert!(next(&mut open).await.unwrap().starts_with(": connected"));
    replace(&app).await;
    let state = feed(&app).await;
    let reset = next(&mut open).await.unwrap();
    let head = state.end().to_string();
    assert!(reset.starts_with(&format!("id: {head}\nevent: reset\ndata: ")), "{reset}");
    assert!(reset.contains("events.epoch_changed"), "{reset}");
    assert_eq!(next(&mut open).await, None, "the stream ends");
    for last in [old, (state.head.unwrap().get() + 1).to_string()] {
        let headers = [("authorization", bearer.as_str()), ("last-event-id", last.as_str())];
        let gone = app.call("GET", "/api/v1/tasks/events", &headers, None).await;
        assert_eq!(
            (gone.status.as_u16(), &gone.json()["code"]),
            (410, &"events.epoch_changed".into()),
            "{last}"
        );
        assert_eq!(gone.json()["head"], head);
    }
    // The `id` of the reset is where a browser goes on.
    let headers = [("authorization", bearer.as_str()), ("last-event-id", head.as_str())];
    let mut again = app.stream("/api/v1/tasks/events", &headers).await;
    assert!(next(&mut again).await.unwrap().starts_with(": connected"));
}

#[actix_web::test]
async fn f8_who_reads_slowly_is_served_on_from_the_database() {
    // More than a process keeps for its listeners.
    const EVENTS: i64 = 2_500;
    let app = TestApp::new();
    let token = app.token("ada", Role::User).await;
    app.make_tasks(&token, 1).await;
    let bearer = format!("Bearer {token}");
    let mut stream = app.stream("/api/v1/tasks/events", &[("authorization", &bearer)]).await;
    assert!(next(&mut stream).await.unwrap().starts_with(": connected"));
    let work: &dyn UnitOfWork<dyn CommonTx> = &*app.db;
    let told: Result<Vec<Event>, StoreError> = work
        .write(move |tx| {
            let last = tx.outbox().after(None, 100)?.pop().unwrap();
            for subject in 0..EVENTS {
                tx.outbox().append(&NewEvent {
                    name: "task.updated.v1",
                    at: last.at,
                    actor: None,
                    subject,
                    audience: last.audience.clone(),
                    payload: serde_json::json!({}),
                    request_id: None,
                })?;
            }
            tx.outbox().after(Some(last.id), 10_000)
        })
        .await;
    let told = told.unwrap();
    assert_eq!(told.len() as i64, EVENTS);
    // Nobody reads meanwhile.
    for event in &told {
        app.live_feed.publish(Arc::new(event.clone()));
    }
    for event in &told {
        let block = next(&mut stream).await.unwrap();
        let id = block.lines().find_map(|line| line.strip_prefix("data: ")).unwrap();
        let id: serde_json::Value = serde_json::from_str(id).unwrap();
        assert_eq!(id["id"], event.id.get(), "{block}");
    }
}

#[actix_web::test]
async fn f5_a_list_names_the_cursor_behind_which_later_changes_follow() {
    let app = TestApp::new();
    let token = app.token("ada", Role::User).await;
    let list = app.call_as(&token, "GET", "/api/v1/tasks", None).await;
    assert!(list.headers.get("x-feed-cursor").is_none(), "nobody drives the feed");
    app.make_tasks(&token, 1).await;
    app.live_feed.reached(feed(&app).await.end());
    let before = app.call_as(&token, "GET", "/api/v1/tasks", None).await;
    let cursor = before.headers.get("x-feed-cursor").unwrap().to_str().unwrap().to_owned();
    assert_eq!(cursor, feed(&app).await.end().to_string());
    app.make_tasks(&token, 1).await;
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("last-event-id", cursor.as_str())];
    let mut body = app.stream("/api/v1/tasks/events", &headers).await;
    assert!(next(&mut body).await.unwrap().starts_with(": connected"));
    assert!(next(&mut body).await.unwrap().contains("task.created.v1"));
    // What everyone sees alike is kept by proxies: no cursor of one moment.
    let public = app.call("GET", "/api/v1/products", &[], None).await;
    assert!(public.headers.get("x-feed-cursor").is_none());
}
