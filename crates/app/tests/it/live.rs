//! Streams, and who may go on listening.

use std::{future::poll_fn, pin::Pin, time::Duration};

use actix_web::body::{BoxBody, MessageBody as _};
use kernel::Role;

use crate::fixture::TestApp;

/// The next piece of a body; `None` at its end.
async fn next(body: &mut BoxBody) -> Option<String> {
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
        assert_eq!(next(&mut body).await.unwrap(), ": connected\nid: 0\n\n");
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
    assert_ne!(id, "0", "three events are behind it");
    drop(body);
    app.make_tasks(&token, 1).await;
    let headers = [("authorization", bearer.as_str()), ("last-event-id", id.as_str())];
    let mut body = app.stream("/api/v1/tasks/events", &headers).await;
    assert_eq!(next(&mut body).await.unwrap(), format!(": connected\nid: {id}\n\n"));
    let missed = next(&mut body).await.unwrap();
    assert!(missed.contains("task.created.v1"), "{missed}");
}
