//! Live updates.

use std::{collections::BTreeSet, time::Duration};

use alveole_tests::{Backend, Server, sse::Sse};
use serde_json::json;

pub(crate) fn events_arrive_and_resume_without_loss_or_repetition(backend: Backend) {
    let mut server = Server::start(backend);
    let ada = server.person("ada");
    let mut stream = Sse::tasks(server.port(), &ada.access_token, None);
    assert!(
        stream.head.to_ascii_lowercase().contains("content-type: text/event-stream"),
        "{}",
        stream.head
    );
    let id = ada.task("watched");
    let created = stream.next_event();
    assert_eq!(created.name, "task.created.v1");
    assert_eq!(created.data["type"], "task.created.v1", "{created:?}");
    assert_eq!(created.data["data"]["id"], id);
    assert_eq!(created.data["data"]["title"], "watched");
    assert_eq!(created.data["actor_id"], ada.id);

    let path = format!("/api/v1/tasks/{id}");
    ada.client.patch(&path, &json!({"status": "completed"})).expect(200);
    assert_eq!(stream.next_event().name, "task.completed.v1");
    drop(stream);

    // what happens while nobody listens is there on return, once and in order
    let titles: Vec<String> = (0..40).map(|n| format!("missed {n}")).collect();
    for title in &titles {
        ada.task(title);
    }
    let mut resumed = Sse::tasks(server.port(), &ada.access_token, Some(&created.id));
    assert_eq!(resumed.next_event().name, "task.completed.v1");
    let mut last = String::new();
    let mut seen = BTreeSet::new();
    for title in titles.iter().take(20) {
        let event = resumed.next_event();
        assert_eq!(event.data["data"]["title"], *title);
        assert!(seen.insert(event.id.clone()), "{} came twice", event.id);
        last = event.id;
    }
    drop(resumed);
    // even across a restart of the server
    server.restart();
    let mut resumed = Sse::tasks(server.port(), &ada.access_token, Some(&last));
    for title in titles.iter().skip(20) {
        let event = resumed.next_event();
        assert_eq!(event.data["data"]["title"], *title);
        assert!(seen.insert(event.id.clone()), "{} came twice", event.id);
    }
    assert_eq!(resumed.next_within(Duration::from_millis(300)), None);

    // many writers at once: the stream has each event once
    let ids: BTreeSet<i64> = alveole_tests::simultaneously(8, |_| {
        let client = server.client_of(&ada);
        (0..10)
            .map(|_| client.post("/api/v1/tasks", &json!({"title": "crowd"})).expect(201).id())
            .collect::<Vec<_>>()
    })
    .into_iter()
    .flatten()
    .collect();
    let mut streamed = Vec::new();
    while streamed.len() < ids.len() {
        streamed.push(resumed.next_event().data["data"]["id"].as_i64().unwrap());
    }
    assert_eq!(streamed.iter().copied().collect::<BTreeSet<_>>(), ids);
    assert_eq!(resumed.next_within(Duration::from_millis(300)), None);

    let bad = Sse::open(
        server.port(),
        "/api/v1/tasks/events",
        &[
            ("Authorization", &format!("Bearer {}", ada.access_token)),
            ("Last-Event-ID", "nonsense"),
        ],
    );
    assert_eq!(bad.status, 400, "{}", bad.head);
}

pub(crate) fn other_peoples_events_are_not_seen(backend: Backend) {
    let server = Server::start(backend);
    let owner = server.person("owner");
    let helper = server.person("helper");
    let mut watching = Sse::tasks(server.port(), &helper.access_token, None);
    let id = owner.task("private");
    owner
        .client
        .patch(&format!("/api/v1/tasks/{id}"), &json!({"title": "still private"}))
        .expect(200);
    owner
        .client
        .put(&format!("/api/v1/tasks/{id}/assignee"), &json!({"user_id": helper.id}))
        .expect(200);
    // the first thing the helper hears of it is the assignment
    let event = watching.next_event();
    assert_eq!(event.name, "task.assigned.v1", "{event:?}");
    assert_eq!(event.data["data"]["id"], id);
    owner
        .client
        .post(&format!("/api/v1/tasks/{id}/comments"), &json!({"content": "look"}))
        .expect(201);
    assert_eq!(watching.next_event().name, "task.commented.v1");
    assert_eq!(watching.next_within(Duration::from_millis(300)), None);
    // whoever signs out stops hearing
    helper.client.request("POST", "/api/v1/auth/logout").send().expect(200);
    assert!(watching.ends_within(Duration::from_secs(20)), "the stream must end with the session");
}

pub(crate) fn a_ticket_opens_the_stream_once(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let answer = ada.client.request("POST", "/api/v1/auth/ticket").send().expect(200);
    assert_eq!(answer.at("/data/expires_in"), 30);
    let ticket = answer.at("/data/ticket").as_str().unwrap();
    let path = format!("/api/v1/tasks/events?ticket={ticket}");
    let mut stream = Sse::open(server.port(), &path, &[]);
    assert_eq!(stream.status, 200, "{}", stream.head);
    let id = ada.task("by ticket");
    assert_eq!(stream.next_event().data["data"]["id"], id);
    assert_eq!(Sse::open(server.port(), &path, &[]).status, 401, "used");
    let none = Sse::open(server.port(), "/api/v1/tasks/events", &[]);
    assert_eq!(none.status, 401);
    // a ticket is for streams only
    let answer = ada.client.request("POST", "/api/v1/auth/ticket").send().expect(200);
    let ticket = answer.at("/data/ticket").as_str().unwrap();
    let listed = server.anonymous().get(&format!("/api/v1/tasks?ticket={ticket}"));
    assert!(matches!(listed.status, 400 | 401), "{listed}");
    assert!(!server.log().contains(ticket), "tickets are never logged");
}

pub(crate) fn list_then_follow_ends_with_the_state_of_the_server_by_every_way(backend: Backend) {
    let mut server = Server::start(backend);
    let ada = server.person("ada");
    let other = server.person("other");
    let before = ada.task("listed");
    // A list may name a place before its newest row; then that row would be shown again.
    let mut from = String::new();
    let shown = ada.client.get("/api/v1/events?types=task.*&after=0&wait=10").expect(200);
    assert_eq!(subject(shown.at("/data/events/0")), before);
    let head = place(shown.at("/data/cursor").as_str().unwrap());
    while place(&from) < head {
        let list = ada.client.get("/api/v1/tasks").expect(200);
        list.header("x-feed-cursor").unwrap_or_default().clone_into(&mut from);
    }
    let authorization = format!("Bearer {}", ada.access_token);
    let open = |server: &Server, after: &str| {
        let path = format!("/api/v1/events?types=task.*&after={after}");
        Sse::open(server.port(), &path, &[("Authorization", &authorization)])
    };
    // As many as one answer of a long-poll holds, and more; other people's are between them.
    let write = |server: &Server, count: usize| {
        alveole_tests::simultaneously(4, |writer| {
            let client = server.client_of(if writer == 0 { &other } else { &ada });
            for number in 0..count {
                let title = format!("{writer} {number}");
                client.post("/api/v1/tasks", &json!({"title": title})).expect(201);
            }
        });
    };
    let mut stream = open(&server, &from);
    write(&server, 40);
    let mut streamed: Vec<i64> = (0..70).map(|_| subject(&stream.next_event().data)).collect();
    let seen = stream.next_event();
    streamed.push(subject(&seen.data));
    server.restart();
    let mut stream = open(&server, &seen.id);
    write(&server, 50);
    while streamed.len() < 3 * 90 {
        streamed.push(subject(&stream.next_event().data));
    }
    assert_eq!(stream.next_within(Duration::from_millis(300)), None);

    // A server that is started again has another port.
    let client = server.client_of(&ada);
    let (mut polled, mut after, mut answers) = (Vec::new(), from, 0);
    while polled.len() < streamed.len() {
        let path = format!("/api/v1/events?types=task.*&wait=5&after={after}");
        let answer = client.get(&path).expect(200);
        let events = answer.at("/data/events");
        polled.extend(events.as_array().unwrap().iter().map(subject));
        answer.at("/data/cursor").as_str().unwrap().clone_into(&mut after);
        answers += 1;
    }
    assert_eq!(polled, streamed, "in one order, each once");
    assert!(answers > 1);
    let unique: BTreeSet<i64> = polled.iter().copied().collect();
    assert_eq!(unique.len(), polled.len());
    assert!(!unique.contains(&before), "it was in the list");
    let nothing = client.get(&format!("/api/v1/events?wait=0&after={after}")).expect(200);
    assert_eq!(nothing.at("/data/events"), &json!([]));
    let far = client.get("/api/v1/events?after=1.1");
    assert_eq!((far.status, far.at("/code")), (410, &json!("events.epoch_changed")), "{far}");
}

/// The number of a cursor's place.
fn place(cursor: &str) -> Option<i64> {
    cursor.split('.').next_back()?.parse().ok()
}

/// The task that an event is about.
fn subject(event: &serde_json::Value) -> i64 {
    event["data"]["id"].as_i64().unwrap_or_default()
}
