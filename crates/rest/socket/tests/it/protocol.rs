//! The rules of RFC 6455 once a socket is open. What the reader refuses is in its own tests; here is that
//! each way to fail closes the connection.

use std::time::{Duration, Instant};

use crate::{
    client::{BINARY, CLOSE, Client, PING, PONG, TEXT, frame, header},
    server::{Server, TOKEN},
};

#[test]
fn messages_are_answered_in_order() {
    let server = Server::start();
    let mut client = Client::open(&server);
    let texts: Vec<String> = (0..200).map(|n| format!("{n} {}", "é".repeat(n * 3))).collect();
    let bytes: Vec<u8> = texts.iter().flat_map(|text| frame(TEXT, text.as_bytes())).collect();
    for part in bytes.chunks(777) {
        client.raw(part);
    }
    for text in &texts {
        client.expect_text(text);
    }
    client.leave();
    server.expect_nothing_left();
}

#[test]
fn fragments_are_one_message_with_pings_between_them() {
    let server = Server::start();
    let mut client = Client::open(&server);
    client.send(0x01, "h\u{e9}".as_bytes().get(..2).unwrap());
    client.send(PING, b"still there?");
    client.expect(PONG, b"still there?");
    client.send(0x00, &[0xa9]);
    client.send(0x80, b"llo");
    client.expect_text("h\u{e9}llo");
    client.leave();
}

#[test]
fn every_ping_is_answered() {
    let server = Server::start();
    let mut client = Client::open(&server);
    let pings: Vec<u8> = (0..20_u8).flat_map(|n| frame(PING, &[b'a' + n; 125])).collect();
    client.raw(&pings);
    for n in 0..20_u8 {
        client.expect(PONG, &[b'a' + n; 125]);
    }
    client.send(PONG, b"unasked");
    client.text("after");
    client.expect_text("after");
    client.leave();
}

#[test]
fn what_breaks_the_protocol_closes() {
    let server = Server::start();
    for (bytes, code) in [
        (frame(0xc1, b"reserved bit"), 1002),
        (frame(0x83, b"reserved opcode"), 1002),
        (vec![0x81, 0x05, b'h', b'e', b'l', b'l', b'o'], 1002),
        (frame(0x09, b"half a ping"), 1002),
        (frame(0x80, b"continues nothing"), 1002),
        (frame(TEXT, b"\xff"), 1007),
        (frame(BINARY, b"binary"), 1003),
    ] {
        let mut client = Client::open(&server);
        client.raw(&bytes);
        client.expect_closed(code);
    }
    server.expect_nothing_left();
}

#[test]
fn a_faulty_close_frame_is_the_last_frame() {
    let server = Server::start();
    for (payload, code) in [(&b"\x03"[..], 1002), (b"\x03\xee", 1002), (b"\x03\xe8\xff", 1007)] {
        let mut client = Client::open(&server);
        client.send(CLOSE, payload);
        client.expect_close(code);
        let began = Instant::now();
        client.expect_end();
        assert!(began.elapsed() < Duration::from_millis(300), "{:?}", began.elapsed());
    }
    server.expect_nothing_left();
}

#[test]
fn a_message_that_is_too_large_is_refused_by_its_header() {
    let server = Server::start();
    let mut client = Client::open(&server);
    let largest = "x".repeat(32 << 10);
    client.text(&largest);
    client.expect_text(&largest);
    // Not a byte of its payload is sent.
    client.raw(&header(TEXT, (32 << 10) + 1));
    client.expect_close(1009);

    let mut client = Client::open(&server);
    client.send(0x01, &[b'x'; 20_000]);
    client.raw(&header(0x80, 12_769));
    client.expect_close(1009);

    // A client that sends all of it anyway still gets the close frame, and its own is understood.
    let mut client = Client::open(&server);
    client.send(TEXT, &vec![b'x'; 1 << 20]);
    client.expect_closed(1009);
}

#[test]
fn a_close_is_echoed_and_nothing_behind_it_is_read() {
    let server = Server::start();
    for payload in [&b""[..], b"\x03\xe8", b"\x0f\xa0done"] {
        let mut client = Client::open(&server);
        let mut bytes = frame(CLOSE, payload);
        bytes.extend(frame(TEXT, b"behind"));
        client.raw(&bytes);
        client.expect(CLOSE, payload.get(..2).unwrap_or_default());
        client.expect_end();
    }
    server.expect_nothing_left();
}

#[test]
fn a_close_by_the_server_ends_when_it_is_answered() {
    let server = Server::start();
    let mut client = Client::open(&server);
    client.text("close 4000");
    assert_eq!(client.expect_close(4000), "as asked");
    // What was on its way is skipped.
    client.text("too late");
    let began = Instant::now();
    client.send(CLOSE, &4000_u16.to_be_bytes());
    client.expect_end();
    assert!(began.elapsed() < Duration::from_millis(300), "{:?}", began.elapsed());
    server.expect_nothing_left();
}

#[test]
fn a_close_that_is_not_answered_ends_anyway() {
    let server = Server::start();
    let mut client = Client::open(&server);
    client.text("close 1000");
    client.expect_close(1000);
    let began = Instant::now();
    client.expect_end();
    assert!(began.elapsed() > Duration::from_millis(300), "{:?}", began.elapsed());
    server.expect_nothing_left();
}

#[test]
fn binary_messages_are_taken_where_the_session_says_so() {
    let server = Server::start();
    let mut client = Client::connect(&server);
    let answer = client.upgrade(&format!("/api/v1/binary?token={TOKEN}"), &[]);
    assert_eq!(answer.status, 101);
    client.expect_text("[\"begun\"]");
    client.send(BINARY, &[0, 1, 2, 255]);
    client.expect(BINARY, &[0, 1, 2, 255]);
    client.leave();
}
