//! Clients that send too much, or read too little.

use std::time::{Duration, Instant};

use socket::{Frame, Limits};

use crate::{
    client::{CLOSE, Client, PING, PONG, TEXT, frame},
    server::{OTHER, Server, eventually, quick},
};

#[test]
fn a_slow_reader_is_closed_and_delays_no_other() {
    let limits = Limits { queue_bytes: 64 << 10, ..quick() };
    let server = Server::with(limits);
    let slow = Client::open(&server);
    let mut quick = Client::open_as(&server, OTHER);
    let (to_slow, to_quick) = (server.sender(0), server.sender(1));
    let frame = Frame::text(&"x".repeat(16 << 10));
    let began = Instant::now();
    while to_slow.send(&frame) {
        assert!(to_quick.send(&frame));
        quick.expect_text(&"x".repeat(16 << 10));
        assert!(to_slow.waiting() <= 4, "the queue is bounded");
    }
    assert!(!to_slow.is_open());
    assert!(began.elapsed() < Duration::from_secs(8));
    // It is gone, though it reads nothing.
    eventually("the slow socket is left", || server.sockets.count() == 1);
    quick.text("still here");
    quick.expect_text("still here");
    quick.leave();
    server.expect_nothing_left();
    drop(slow);
}

#[test]
fn a_frame_that_waits_alone_may_be_larger_than_the_queue() {
    let server = Server::with(Limits { queue_bytes: 1 << 10, ..quick() });
    let mut client = Client::open(&server);
    let long = "x".repeat(64 << 10);
    assert!(server.sender(0).send(&Frame::text(&long)));
    client.expect_text(&long);
    client.leave();
    server.expect_nothing_left();
}

#[test]
fn a_reader_that_wakes_up_learns_why() {
    let limits = Limits { queue_frames: 10, close_wait: Duration::from_secs(5), ..quick() };
    let server = Server::with(limits);
    let mut slow = Client::open(&server);
    // More than one turn of the connection takes: it isn't asked while this runs.
    slow.text("flood 11 10");
    slow.expect_closed(1013);
    server.expect_nothing_left();
}

#[test]
fn a_connection_that_takes_nothing_is_dropped() {
    let limits = Limits {
        queue_bytes: 64 << 20,
        queue_frames: 100_000,
        stalled_after: Duration::from_millis(300),
        ..quick()
    };
    let server = Server::with(limits);
    let stalled = Client::open(&server);
    let sender = server.sender(0);
    let frame = Frame::text(&"x".repeat(1 << 20));
    for _ in 0..40 {
        assert!(sender.send(&frame));
    }
    eventually("the socket is left", || server.sockets.count() == 0);
    server.expect_nothing_left();
    drop(stalled);
}

#[test]
fn a_client_that_closes_and_never_reads_is_dropped() {
    let limits = Limits { queue_bytes: 64 << 20, queue_frames: 100_000, ..quick() };
    let server = Server::with(limits);
    let mut client = Client::open(&server);
    let sender = server.sender(0);
    let frame_of_ours = Frame::text(&"x".repeat(1 << 20));
    for _ in 0..40 {
        assert!(sender.send(&frame_of_ours));
    }
    client.send(CLOSE, b"");
    sender.close(1000, "enough");
    server.expect_nothing_left();
}

#[test]
fn a_client_that_sends_too_many_frames_is_closed() {
    let server = Server::with(Limits { frames_per_second: 20, ..quick() });
    for first in [TEXT, PING, PONG] {
        let mut client = Client::open(&server);
        let frames: Vec<u8> = (0..40).flat_map(|_| frame(first, b"x")).collect();
        client.raw(&frames);
        let answers = std::iter::from_fn(|| client.next().filter(|(first, _)| *first != CLOSE));
        let answered = answers.count();
        assert!(answered <= 25, "{answered}");
        client.send(CLOSE, b"");
        client.expect_end();
    }
    // Fragments are frames, too.
    let mut client = Client::open(&server);
    let mut fragments = frame(0x01, b"x");
    fragments.extend((0..40).flat_map(|_| frame(0x00, b"x")));
    client.raw(&fragments);
    client.expect_closed(1008);
    server.expect_nothing_left();
}

#[test]
fn a_session_that_works_is_sent_nothing_more_meanwhile() {
    let server = Server::start();
    let mut client = Client::open(&server);
    client.text("wait");
    client.text("second");
    std::thread::sleep(Duration::from_millis(100));
    // Sending goes on while the session waits.
    server.sender(0).send(&Frame::text("meanwhile"));
    client.expect_text("meanwhile");
    server.sessions.go_on.notify_one();
    client.expect_text("waited");
    client.expect_text("second");
    client.leave();
    server.expect_nothing_left();
}
