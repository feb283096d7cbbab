//! The socket of events, where the feed is slow, breaks, or is long.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};
use socket::Limits;

use crate::{
    client::{Client, TEXT},
    server::{Server, quick},
};

fn frame(client: &mut Client) -> Value {
    let (first, payload) = client.next().expect("a frame");
    assert_eq!(first, TEXT, "{:?}", String::from_utf8_lossy(&payload));
    serde_json::from_slice(&payload).unwrap()
}

fn subscribe(client: &mut Client, after: &str) -> Value {
    client.text(&json!({"type": "subscribe", "topics": ["task"], "after": after}).to_string());
    frame(client)
}

#[test]
fn a_long_past_comes_whole_through_a_short_queue() {
    const COUNT: i64 = 3000;
    let server = Server::with(Limits { queue_frames: 64, queue_bytes: 64 << 10, ..quick() });
    server.feed.grow(COUNT);
    let mut client = Client::follow(&server);
    assert_eq!(subscribe(&mut client, "0")["type"], "subscribed");
    for id in 1..=COUNT {
        let event = frame(&mut client);
        assert_eq!((&event["type"], &event["data"]["id"]), (&json!("event"), &json!(id)));
        assert_eq!(event["cursor"].as_str().unwrap().rsplit('.').next(), Some(&*id.to_string()));
    }
    client.leave();
    server.expect_nothing_left();
}

#[test]
fn a_feed_that_breaks_closes_its_sockets_for_them_to_come_back() {
    let server = Server::start();
    server.feed.grow(1);
    let mut client = Client::follow(&server);
    assert_eq!(subscribe(&mut client, "0")["type"], "subscribed");
    assert_eq!(frame(&mut client)["type"], "event");
    server.feed.fails.store(true, Ordering::SeqCst);
    client.text(&json!({"type": "subscribe", "topics": ["task:1"]}).to_string());
    client.expect_closed(1011);
    server.expect_nothing_left();
}

#[test]
fn a_client_that_is_gone_leaves_nothing_that_follows() {
    let server = Server::start();
    server.feed.grow(10_000);
    let mut client = Client::follow(&server);
    assert_eq!(subscribe(&mut client, "0")["type"], "subscribed");
    drop(client);
    server.expect_nothing_left();
}

#[test]
fn a_topic_that_may_not_be_followed_changes_nothing() {
    let server = Server::start();
    server.feed.grow(1);
    let mut client = Client::follow(&server);
    client.text(r#"{"type": "subscribe", "topics": ["weather"], "id": "w"}"#);
    let error = frame(&mut client);
    assert_eq!((&error["type"], &error["id"]), (&json!("error"), &json!("w")), "{error}");
    assert_eq!(error["data"]["code"], "events.types_invalid", "{error}");
    // A feed that is another one.
    let reset = subscribe(&mut client, "8.1");
    assert_eq!(reset["type"], "reset", "{reset}");
    assert_eq!(reset["data"]["head"], "7.1", "{reset}");
    assert_eq!(subscribe(&mut client, "7.0")["data"]["topics"], json!(["task"]));
    assert_eq!(frame(&mut client)["data"]["id"], 1);
    client.leave();
}
