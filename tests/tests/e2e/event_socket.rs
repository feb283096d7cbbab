//! One socket for everything that one may follow, by a published WebSocket library.

use std::time::Duration;

use alveole_tests::{Backend, ChatSocket, Person, Server, eventually};
use serde_json::{Value, json};

const PATH: &str = "/api/v1/ws";
const SOON: Duration = Duration::from_secs(20);

fn socket(server: &Server, token: &str) -> ChatSocket {
    let authorization = format!("Bearer {token}");
    ChatSocket::try_open(server.port(), PATH, &[("Authorization", &authorization)])
        .unwrap_or_else(|refusal| panic!("{refusal:?}"))
}

/// Follows topics; gives the data of the answer.
fn subscribe(socket: &mut ChatSocket, topics: &[&str], after: Option<&Value>) -> Value {
    let mut frame = json!({"type": "subscribe", "topics": topics, "id": "s"});
    if let Some(after) = after {
        frame["after"] = after.clone();
    }
    socket.send(&frame);
    let answer = socket.frame();
    assert_eq!((&answer["type"], &answer["id"]), (&json!("subscribed"), &json!("s")), "{answer}");
    answer["data"].clone()
}

fn task(person: &Person, title: &str) -> i64 {
    person.client.post("/api/v1/tasks", &json!({"title": title})).expect(201).id()
}

/// The next frame, which is an event.
fn event(socket: &mut ChatSocket) -> Value {
    let frame = socket.frame();
    assert_eq!(frame["type"], "event", "{frame}");
    frame
}

/// Asserts that nothing came so far.
fn nothing(socket: &mut ChatSocket) {
    std::thread::sleep(std::time::Duration::from_millis(700));
    socket.send(&json!({"type": "ping", "id": "p"}));
    let frame = socket.frame();
    assert_eq!((&frame["type"], &frame["id"]), (&json!("pong"), &json!("p")), "{frame}");
}

pub(crate) fn what_one_may_see_arrives_and_a_cut_loses_nothing(backend: Backend) {
    let server = Server::start(backend);
    let (ada, bob) = (server.person("ada"), server.person("bob"));
    let shown = |after: &Value| {
        let path = format!("/api/v1/events?types=task.*&wait=0&after={}", after.as_str().unwrap());
        ada.client.get(&path).expect(200).at("/data/events").as_array().unwrap().clone()
    };
    task(&ada, "before");
    // An event gets its place a moment after its commit.
    let head = || ada.client.get("/api/v1/events?types=task.*&wait=0&after=0").expect(200);
    assert!(eventually(SOON, || head().at("/data/events").as_array().unwrap().len() == 1));
    let mut hers = socket(&server, &ada.access_token);
    let subscribed = subscribe(&mut hers, &["task"], None);
    assert_eq!(subscribed["topics"], json!(["task"]));
    // No task of another person arrives.
    task(&bob, "his own");
    task(&ada, "first");
    let first = event(&mut hers);
    assert_eq!(first["data"]["data"]["title"], "first", "{first}");
    assert_eq!(vec![first["data"].clone()], shown(&subscribed["cursor"]), "as by HTTP");
    hers.cut();

    for number in 0..300 {
        task(&ada, &format!("missed {number}"));
    }
    task(&bob, "his own, too");
    let mut hers = socket(&server, &ada.access_token);
    subscribe(&mut hers, &["task"], Some(&first["cursor"]));
    let mut last = Value::Null;
    for number in 0..300 {
        let missed = event(&mut hers);
        assert_eq!(missed["data"]["data"]["title"], format!("missed {number}"), "{missed}");
        last = missed["cursor"].clone();
    }
    nothing(&mut hers);
    task(&ada, "and on");
    let next = event(&mut hers);
    assert_eq!(next["data"]["data"]["title"], "and on", "{next}");
    assert_eq!(vec![next["data"].clone()], shown(&last));
    // C11
    assert!(!server.log().contains(&ada.access_token), "a token is in the log");
}

pub(crate) fn topics_are_added_and_taken_away(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let (one, two) = (task(&ada, "one"), task(&ada, "two"));
    let change = |id: i64, title: &str| {
        let path = format!("/api/v1/tasks/{id}");
        ada.client.patch(&path, &json!({"title": title})).expect(200);
    };
    let mut hers = socket(&server, &ada.access_token);
    let named = format!("task:{one}");
    subscribe(&mut hers, &[&named], None);
    change(two, "not followed");
    change(one, "followed");
    assert_eq!(event(&mut hers)["data"]["data"]["title"], "followed");
    // A topic that is added begins where the socket is: what happened before it does not come.
    let both = subscribe(&mut hers, &["task.updated.v1", &named], None);
    assert_eq!(both["topics"], json!([named, "task.updated.v1"]));
    nothing(&mut hers);
    // What two topics name comes once.
    change(one, "named twice");
    assert_eq!(event(&mut hers)["data"]["data"]["title"], "named twice");
    change(two, "now followed");
    assert_eq!(event(&mut hers)["data"]["data"]["title"], "now followed");
    hers.send(&json!({"type": "unsubscribe", "topics": ["task.updated.v1"], "id": "u"}));
    let left = hers.next_of("unsubscribed");
    assert_eq!(left["data"]["topics"], json!([named]), "{left}");
    change(two, "no more");
    nothing(&mut hers);
    hers.send(&json!({"type": "unsubscribe", "topics": [named]}));
    assert_eq!(hers.next_of("unsubscribed")["data"], json!({"topics": [], "cursor": null}));
    change(one, "nobody listens");
    nothing(&mut hers);
}

pub(crate) fn what_cannot_be_proven_is_a_reset_and_nothing_else(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let head = ada.client.get("/api/v1/events/head").expect(200);
    let mut hers = socket(&server, &ada.access_token);
    // Another feed, and a place that this one has not reached.
    let epoch = head.at("/data/head").as_str().unwrap().split_once('.').unwrap().0.to_owned();
    for after in ["1.1".to_owned(), format!("{epoch}.999999")] {
        hers.send(&json!({"type": "subscribe", "topics": ["task"], "after": after, "id": "s"}));
        let reset = hers.frame();
        assert_eq!((&reset["type"], &reset["id"]), (&json!("reset"), &json!("s")), "{reset}");
        let head = ada.client.get("/api/v1/events/head").expect(200);
        assert_eq!(reset["data"]["head"], *head.at("/data/head"), "{reset}");
        assert_eq!(reset["data"]["oldest"], *head.at("/data/oldest"), "{reset}");
        task(&ada, "unseen");
        nothing(&mut hers);
    }
    // From there it goes on.
    let oldest = head.at("/data/oldest").clone();
    subscribe(&mut hers, &["task"], Some(&oldest));
    for _ in 0..2 {
        assert_eq!(event(&mut hers)["data"]["data"]["title"], "unseen");
    }
}

pub(crate) fn what_one_may_not_follow_is_named_and_closes_nothing(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let body = json!({"name": "tasks only", "scopes": ["tasks:read"]});
    let token = ada.client.post("/api/v1/auth/tokens", &body).expect(201);
    let mut hers = socket(&server, token.at("/data/token").as_str().unwrap());
    let mut refused = |frame: &Value| {
        hers.send(frame);
        let error = hers.frame();
        assert_eq!(error["type"], "error", "{error}");
        let data = &error["data"];
        let fault = data["errors"][0]["code"].as_str().or_else(|| data["code"].as_str());
        (data["status"].as_i64().unwrap(), fault.unwrap().to_owned())
    };
    let topics = |topics: &[&str]| json!({"type": "subscribe", "topics": topics});
    assert_eq!(refused(&topics(&["room"])).0, 403);
    assert_eq!(refused(&topics(&["task", "room:7"])).0, 403);
    for (frame, code) in [
        (topics(&["weather"]), "events.types_invalid"),
        (topics(&["weather.*"]), "events.types_invalid"),
        (topics(&["task:x"]), "events.subject_invalid"),
        (topics(&["task.*,room.*"]), "events.types_invalid"),
        (topics(&[]), "socket.topics_count"),
        (json!({"type": "subscribe", "topics": ["task"], "after": "x"}), "events.cursor_malformed"),
        (json!({"type": "ping", "id": ""}), "socket.id_invalid"),
        (json!({"type": "dance"}), "socket.type_unknown"),
        (json!(["ping"]), "socket.frame_malformed"),
    ] {
        let (status, found) = refused(&frame);
        assert_eq!((status, found.as_str()), (400, code), "{frame}");
    }
    let many: Vec<String> = (1..=100).map(|id| format!("task:{id}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    subscribe(&mut hers, &many, None);
    hers.send(&json!({"type": "subscribe", "topics": ["task:101"]}));
    let error = hers.next_of("error");
    assert_eq!(error["data"]["code"], "socket.too_many_topics", "{error}");
    let id = task(&ada, "still followed");
    assert_eq!(event(&mut hers)["data"]["data"]["id"], id);
}
