//! What happens before a socket is open.

use std::time::Duration;

use socket::Limits;

use crate::{
    client::{ACCEPT, Client, KEY},
    server::{OTHER, Server, TOKEN, quick},
};

const PATH: &str = "/api/v1/socket";

fn bearer() -> String {
    format!("Authorization: Bearer {TOKEN}")
}

#[test]
fn a_handshake_is_answered_as_the_rfc_shows() {
    let server = Server::start();
    let mut client = Client::connect(&server);
    let answer = client.upgrade(PATH, &[&bearer()]);
    assert_eq!(answer.status, 101, "{answer:?}");
    assert_eq!(answer.header("sec-websocket-accept"), Some(ACCEPT));
    assert!(answer.header("upgrade").unwrap().eq_ignore_ascii_case("websocket"));
    assert!(answer.header("connection").unwrap().eq_ignore_ascii_case("upgrade"));
    for absent in
        ["sec-websocket-protocol", "sec-websocket-extensions", "content-encoding", "content-length"]
    {
        assert_eq!(answer.header(absent), None, "{absent}");
    }
    assert!(answer.header("x-request-id").is_some());
    client.text("hello");
    client.expect_text("hello");
    client.leave();
    server.expect_nothing_left();
}

#[test]
fn frames_behind_the_handshake_are_not_lost() {
    let server = Server::start();
    let mut client = Client::connect(&server);
    let mut bytes = format!(
        "GET {PATH} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n{}\r\n\r\n",
        bearer()
    )
    .into_bytes();
    bytes.extend(crate::client::frame(crate::client::TEXT, b"early"));
    client.raw(&bytes);
    assert_eq!(client.answer().status, 101);
    client.expect_text("early");
    client.leave();
}

#[test]
fn what_is_no_handshake_is_an_ordinary_problem() {
    let server = Server::start();
    let bearer = bearer();
    let key = format!("Sec-WebSocket-Key: {KEY}");
    let (upgrade, connection, version) =
        ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13");
    let (required, malformed) = ("socket.upgrade_required", "socket.handshake_malformed");
    for (lines, status, code) in [
        (vec![], 426, required),
        (vec![connection, version, &key], 426, required),
        (vec![upgrade, version, &key], 426, required),
        (vec!["Upgrade: h2c", connection, version, &key], 426, required),
        (vec![upgrade, connection, &key], 426, required),
        (vec![upgrade, connection, "Sec-WebSocket-Version: 8", &key], 426, required),
        (vec![upgrade, connection, version], 400, malformed),
        (vec![upgrade, connection, version, "Sec-WebSocket-Key: c2hvcnQ="], 400, malformed),
        (vec![upgrade, connection, version, "Sec-WebSocket-Key: none"], 400, malformed),
        (vec![upgrade, connection, version, &key, &key], 400, malformed),
    ] {
        let mut with_caller = lines.clone();
        with_caller.push(&bearer);
        let answer = Client::connect(&server).request("GET", PATH, &with_caller);
        answer.problem(status, code);
        if status == 426 {
            assert_eq!(answer.header("sec-websocket-version"), Some("13"), "RFC 6455 §4.4");
            assert_eq!(answer.header("upgrade"), Some("websocket"), "RFC 9110 §15.5.22");
        }
    }
    let answer = Client::connect(&server).request(
        "POST",
        PATH,
        &[upgrade, connection, version, &key, &bearer],
    );
    answer.problem(405, "route.method_not_allowed");
    server.expect_nothing_left();
}

#[test]
fn http_1_0_is_refused() {
    let server = Server::start();
    let mut client = Client::connect(&server);
    let head = format!(
        "GET {PATH} HTTP/1.0\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n{}\r\n\r\n",
        bearer()
    );
    client.raw(head.as_bytes());
    client.answer().problem(400, "socket.handshake_malformed");
}

#[test]
fn a_caller_comes_by_four_ways() {
    let server = Server::start();
    let protocol = format!("Sec-WebSocket-Protocol: bearer, {TOKEN}");
    for (path, line) in [
        (PATH.to_owned(), bearer()),
        (PATH.to_owned(), protocol.clone()),
        (format!("{PATH}?ticket=ticket-{TOKEN}"), "X-Nothing: 1".to_owned()),
        (format!("{PATH}?token={TOKEN}"), "X-Nothing: 1".to_owned()),
    ] {
        let mut client = Client::connect(&server);
        let answer = client.upgrade(&path, &[&line]);
        assert_eq!(answer.status, 101, "{answer:?}");
        let chosen = (line == protocol).then_some("bearer");
        assert_eq!(answer.header("sec-websocket-protocol"), chosen, "Chromium asks for it");
        client.text("hello");
        client.expect_text("hello");
        client.leave();
    }
    server.expect_nothing_left();
}

#[test]
fn a_caller_without_credentials_that_hold_is_refused() {
    let server = Server::start();
    for (path, line, code) in [
        ("", "X-Nothing: 1", "auth.not_signed_in"),
        ("", "Authorization: Bearer wrong", "auth.bad_token"),
        ("", "Sec-WebSocket-Protocol: bearer, wrong", "auth.bad_token"),
        ("", "Sec-WebSocket-Protocol: bearer", "auth.not_signed_in"),
        ("?ticket=wrong", "X-Nothing: 1", "auth.bad_token"),
        ("?token=wrong", "X-Nothing: 1", "auth.bad_token"),
        // A ticket is no token, and no second way mends the first.
        ("?token=ticket-tok", "X-Nothing: 1", "auth.bad_token"),
        (&format!("?token={TOKEN}"), "Authorization: Bearer wrong", "auth.bad_token"),
    ] {
        let answer = Client::connect(&server).upgrade(&format!("{PATH}{path}"), &[line]);
        answer.problem(401, code);
        assert!(answer.header("www-authenticate").is_some());
    }
    let answer = Client::connect(&server).upgrade(&format!("{PATH}?token={TOKEN}&x=1"), &[]);
    assert_eq!(answer.status, 400, "{answer:?}");
    server.expect_nothing_left();
}

#[test]
fn foreign_pages_are_refused() {
    let server = Server::start();
    let bearer = bearer();
    let own = format!("Origin: http://{}", server.address);
    for origin in ["Origin: https://app.example.org", "Origin: http://localhost:5173", &own] {
        let mut client = Client::connect(&server);
        assert_eq!(client.upgrade(PATH, &[&bearer, origin]).status, 101, "{origin}");
        client.leave();
    }
    for origin in ["Origin: https://evil.example", "Origin: null", "Origin: http://localhost.evil"]
    {
        let answer = Client::connect(&server).upgrade(PATH, &[&bearer, origin]);
        answer.problem(403, "socket.origin_refused");
    }
    server.expect_nothing_left();
}

#[test]
fn a_process_has_a_bound() {
    let server = Server::with(Limits { max_sockets: 2, ..quick() });
    let first = Client::open(&server);
    let second = Client::open_as(&server, OTHER);
    let answer = Client::connect(&server).upgrade(PATH, &[&bearer()]);
    answer.problem(503, "socket.full");
    assert!(answer.header("retry-after").is_some());
    first.leave();
    crate::server::eventually("a socket is left", || server.sockets.count() == 1);
    Client::open(&server).leave();
    second.leave();
    server.expect_nothing_left();
}

#[test]
fn a_user_has_a_bound() {
    let server = Server::with(Limits { max_per_user: 2, ..quick() });
    let (first, second) = (Client::open(&server), Client::open(&server));
    let mut third = Client::open(&server);
    third.text("is this read?");
    third.expect_closed(4429);
    Client::open_as(&server, OTHER).leave();
    first.leave();
    second.leave();
    server.expect_nothing_left();
    Client::open(&server).leave();
}

#[test]
fn a_server_that_stops_opens_none() {
    let server = Server::draining_in(quick(), Duration::ZERO);
    server.draining.send_replace(true);
    let answer = Client::connect(&server).upgrade(PATH, &[&bearer()]);
    answer.problem(503, "socket.draining");
}
