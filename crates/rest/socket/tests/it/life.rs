//! How sockets end by themselves, and that nothing of them is left.

use std::time::{Duration, Instant};

use kernel::Standing;
use socket::Limits;

use crate::{
    client::{CLOSE, Client, PING, PONG},
    server::{BRIEF, OTHER, Server, eventually, quick},
};

const fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

#[test]
fn a_silent_client_is_asked_and_then_given_up() {
    let limits = Limits { ping_after: millis(200), dead_after: millis(700), ..quick() };
    let server = Server::with(limits);
    let began = Instant::now();
    let mut answers = Client::open(&server);
    let mut silent = Client::open_as(&server, OTHER);
    for _ in 0..6 {
        answers.expect(PING, b"");
        answers.send(PONG, b"");
    }
    assert!(began.elapsed() >= millis(1200), "one ping each 200 ms: {:?}", began.elapsed());
    while let Some((first, payload)) = silent.next() {
        if first == CLOSE {
            assert_eq!(payload.get(..2), Some(&4408_u16.to_be_bytes()[..]));
        } else {
            assert_eq!(first, PING);
        }
    }
    eventually("the dead socket is left", || server.sockets.count() == 1);
    answers.leave();
    server.expect_nothing_left();
}

#[test]
fn a_caller_who_may_stay_no_longer_is_closed_within_five_seconds() {
    let limits = Limits { tick: millis(200), ..Limits::default() };
    for (standing, code) in [(Standing::Ended, 4401), (Standing::Suspended, 4403)] {
        let server = Server::with(limits);
        let mut client = Client::open(&server);
        client.text("hello");
        client.expect_text("hello");
        *server.standing.lock().unwrap() = standing;
        let began = Instant::now();
        client.expect_close(code);
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
        assert!(!server.sender(0).is_open());
        client.send(CLOSE, b"");
        client.expect_end();
        server.expect_nothing_left();
    }
}

#[test]
fn the_end_of_a_token_is_the_end_of_its_sockets() {
    let server = Server::with(quick());
    let mut brief = Client::open_as(&server, BRIEF);
    let mut other = Client::open_as(&server, OTHER);
    brief.text("hello");
    brief.expect_text("hello");
    let began = Instant::now();
    brief.expect_close(4401);
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    other.text("hello");
    other.expect_text("hello");
}

#[test]
fn a_store_that_does_not_answer_closes_nothing() {
    let server = Server::with(Limits { recheck_every: millis(50), ..quick() });
    let mut client = Client::open(&server);
    *server.standing.lock().unwrap() = Standing::Unknown;
    std::thread::sleep(millis(300));
    client.text("still here");
    client.expect_text("still here");
    *server.standing.lock().unwrap() = Standing::Ended;
    client.expect_closed(4401);
}

#[test]
fn a_drain_closes_sockets_one_after_another() {
    let limits = Limits { max_per_user: 100, ..quick() };
    let server = Server::draining_in(limits, Duration::from_secs(2));
    let clients: Vec<Client> = (0..8).map(|_| Client::open(&server)).collect();
    let began = Instant::now();
    server.draining.send_replace(true);
    let waits = clients.into_iter().map(|client| {
        std::thread::spawn(move || {
            let mut client = client;
            client.expect_close(1001);
            let at = began.elapsed();
            client.send(CLOSE, &1001_u16.to_be_bytes());
            client.expect_end();
            at
        })
    });
    let waits: Vec<_> = waits.collect();
    let mut times: Vec<Duration> = waits.into_iter().map(|wait| wait.join().unwrap()).collect();
    times.sort();
    // Each 200 ms, over 80 % of two seconds.
    assert!(times[0] < millis(500), "{times:?}");
    assert!((millis(1500)..millis(2000)).contains(&times[7]), "{times:?}");
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] < millis(500)), "{times:?}");
    server.expect_nothing_left();
}

#[test]
fn nothing_is_left_whichever_way_a_client_goes() {
    let server = Server::with(Limits { max_per_user: 1000, ..quick() });
    for round in 0..10 {
        let mut clients: Vec<Client> = (0..6).map(|_| Client::open(&server)).collect();
        // In the middle of a frame, in the middle of a message, half-closed, while the session works.
        clients[0].raw(&[0x81]);
        clients[1].send(0x01, b"half a");
        clients[2].end_writing();
        clients[2].expect_end();
        clients[3].text("flood 200 1000");
        clients[4].text("close 1000");
        clients[5].text("hello");
        clients[5].expect_text("hello");
        drop(clients);
        eventually(&format!("sockets are left in round {round}"), || server.sockets.count() == 0);
    }
    server.expect_nothing_left();
}

#[test]
fn a_client_that_goes_while_its_session_works_is_missed_soon() {
    let limits = Limits { ping_after: millis(100), dead_after: millis(400), ..quick() };
    let server = Server::with(limits);
    let mut client = Client::open(&server);
    client.text("wait");
    std::thread::sleep(millis(50));
    drop(client);
    server.expect_nothing_left();
}

#[test]
fn a_session_that_panics_takes_only_its_socket_along() {
    let server = Server::start();
    let mut other = Client::open_as(&server, OTHER);
    let mut client = Client::open(&server);
    client.text("panic");
    client.expect_end();
    eventually("the socket is left", || server.sockets.count() == 1);
    other.text("hello");
    other.expect_text("hello");
    other.leave();
    server.expect_nothing_left();
}
