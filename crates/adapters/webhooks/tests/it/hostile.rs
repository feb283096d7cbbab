use std::{
    io::Write as _,
    net::TcpListener,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use adapter_webhooks::HttpSender;
use alveole_tests::tls::{Authority, Begins, in_front_of};
use kernel::cidr::AddressRules;
use webhooks::{
    address::UrlRules,
    outbound::{KEPT_ANSWER_BYTES, Outcome, Request, SendFault, Sender as _},
};

use crate::{
    dns::Names,
    receiver::{Receiver, say},
};

const SOON: Duration = Duration::from_millis(700);

fn local() -> UrlRules {
    let addresses = AddressRules { allow: vec!["127.0.0.1".parse().unwrap()] };
    UrlRules { addresses, https_only: false }
}

fn request(url: String) -> Request {
    Request {
        url,
        headers: vec![("webhook-id", "evt_1".to_owned())],
        body: Arc::from(*b"{\"a\": 1.0}"),
        timeout: SOON,
    }
}

async fn sent(receiver: &Receiver) -> Outcome {
    HttpSender::new(local()).unwrap().send(request(receiver.url())).await
}

fn fault(fault: SendFault) -> (Option<u16>, Option<SendFault>) {
    (None, Some(fault))
}

fn end(outcome: &Outcome) -> (Option<u16>, Option<SendFault>) {
    (outcome.status, outcome.fault)
}

#[tokio::test]
async fn a_request_is_sent_as_it_is() {
    static SEEN: Mutex<Vec<(String, Vec<u8>)>> = Mutex::new(Vec::new());
    let receiver = Receiver::start(|stream, head, body| {
        SEEN.lock().unwrap().push((head.to_owned(), body.to_vec()));
        say(stream, "204 No Content", "");
    });
    let outcome = sent(&receiver).await;
    assert_eq!(end(&outcome), (Some(204), None));
    assert_eq!(outcome.answer, "");
    let seen = SEEN.lock().unwrap();
    let (head, body) = &seen[0];
    assert!(head.starts_with("POST /hook HTTP/1.1\r\n"), "{head}");
    for line in ["content-type: application/json", "webhook-id: evt_1", "user-agent: alveole"] {
        assert!(head.contains(&format!("{line}\r\n")), "{head}");
    }
    assert_eq!(body, b"{\"a\": 1.0}");
}

#[tokio::test]
async fn w4_a_redirect_is_not_followed() {
    let receiver = Receiver::start(|stream, head, _| {
        assert!(head.starts_with("POST /hook"));
        let elsewhere = "302 Found\r\nlocation: /elsewhere";
        say(stream, elsewhere, "");
    });
    assert_eq!(end(&sent(&receiver).await), (Some(302), None));
    assert_eq!(receiver.taken(), 1);
}

#[tokio::test]
async fn w4_what_a_receiver_says_of_later_is_read() {
    for (head, expected) in [
        ("429 Too Many Requests\r\nretry-after: 120", Some(Duration::from_secs(120))),
        ("503 Service Unavailable\r\nretry-after: Sun, 06 Nov 1994 08:49:37 GMT", None),
        ("503 Service Unavailable\r\nretry-after: soon", None),
        ("503 Service Unavailable\r\nretry-after: -5", None),
        ("410 Gone", None),
    ] {
        static HEAD: Mutex<&str> = Mutex::new("");
        *HEAD.lock().unwrap() = head;
        let receiver = Receiver::start(|stream, _, _| say(stream, *HEAD.lock().unwrap(), "later"));
        let outcome = sent(&receiver).await;
        assert_eq!(outcome.retry_after, expected, "{head}");
        assert_eq!(outcome.status.map(|status| status.to_string()).as_deref(), head.get(..3));
        assert_eq!(outcome.answer, "later");
    }
    let receiver = Receiver::start(|stream, _, _| {
        say(stream, "503 Service Unavailable\r\nretry-after: Fri, 01 Jan 2100 00:00:00 GMT", "");
    });
    assert!(sent(&receiver).await.retry_after > Some(Duration::from_secs(365 * 24 * 3600)));
}

#[tokio::test]
async fn a_silent_receiver_is_not_waited_for() {
    let receiver = Receiver::start(|_, _, _| thread::sleep(Duration::from_secs(20)));
    let began = Instant::now();
    let outcome = sent(&receiver).await;
    assert_eq!(end(&outcome), fault(SendFault::Timeout));
    assert!(outcome.duration >= SOON);
    assert!(began.elapsed() < Duration::from_secs(15));
}

#[tokio::test]
async fn a_receiver_that_drips_is_not_waited_for() {
    // Of its head: no answer.
    let receiver = Receiver::start(|stream, _, _| {
        for byte in b"HTTP/1.1 200 OK\r\n".iter().cycle() {
            if stream.write_all(&[*byte]).is_err() {
                return;
            }
            thread::sleep(Duration::from_millis(100));
        }
    });
    assert_eq!(end(&sent(&receiver).await), fault(SendFault::Timeout));
    // Of its body: the status counts.
    let receiver = Receiver::start(|stream, _, _| {
        drop(stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n"));
        while stream.write_all(b"x").is_ok() {
            thread::sleep(Duration::from_millis(100));
        }
    });
    let outcome = sent(&receiver).await;
    assert_eq!(end(&outcome), (Some(200), None));
    assert!(outcome.answer.starts_with('x'));
}

#[tokio::test]
async fn w11_an_endless_answer_is_cut() {
    let receiver = Receiver::start(|stream, _, _| {
        drop(stream.write_all(b"HTTP/1.1 500 Oh\r\nconnection: close\r\n\r\n"));
        while stream.write_all(&[b'y'; 1024]).is_ok() {}
    });
    let outcome = sent(&receiver).await;
    assert_eq!(end(&outcome), (Some(500), None));
    assert_eq!(outcome.answer, "y".repeat(KEPT_ANSWER_BYTES));
    assert!(outcome.duration < SOON, "it was read for {:?}", outcome.duration);
}

#[tokio::test]
async fn w11_an_answer_that_is_no_text_can_be_kept() {
    let receiver = Receiver::start(|stream, _, _| {
        drop(stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n\0\xff"));
        drop(stream.write_all(&[0xff; 8000]));
    });
    let answer = sent(&receiver).await.answer;
    assert!(answer.starts_with("\u{fffd}\u{fffd}"));
    assert!(answer.len() <= KEPT_ANSWER_BYTES && !answer.contains('\0'));
}

#[tokio::test]
async fn what_is_no_answer_has_a_fault() {
    let silent = Receiver::start(|_, _, _| {});
    assert_eq!(end(&sent(&silent).await), fault(SendFault::Broken));
    let other = Receiver::start(|stream, _, _| drop(stream.write_all(b"220 mail\r\n")));
    assert_eq!(end(&sent(&other).await), fault(SendFault::Broken));
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let sender = HttpSender::new(local()).unwrap();
    let outcome = sender.send(request(format!("http://{closed}/"))).await;
    assert_eq!(end(&outcome), fault(SendFault::Connect));
    let nowhere = Names::start(&[&[]]);
    let sender = HttpSender::resolving(local(), nowhere.lookup()).unwrap();
    let outcome = sender.send(request("http://nowhere.example/".to_owned())).await;
    assert_eq!(end(&outcome), fault(SendFault::Resolve));
}

#[tokio::test]
async fn w9_addresses_that_are_not_public_are_not_called() {
    let receiver = Receiver::start(|stream, _, _| say(stream, "200 OK", ""));
    let sender = HttpSender::new(UrlRules::default()).unwrap();
    for host in "127.0.0.1 localhost 127.1 2130706433 0x7f.1 [::1] [::ffff:127.0.0.1]".split(' ') {
        let outcome = sender.send(request(format!("http://{host}:{}/", receiver.port))).await;
        assert_eq!(end(&outcome), fault(SendFault::Forbidden), "{host}");
    }
    assert_eq!(receiver.taken(), 0);
}

#[tokio::test]
async fn w9_a_name_is_judged_by_the_address_that_is_used() {
    let receiver = Receiver::start(|stream, _, _| say(stream, "200 OK", ""));
    let url = format!("http://hook.example.com:{}/", receiver.port);
    // The first question gives an address that may be called, each one after it another.
    let names = Names::start(&[&[[127, 0, 0, 1]], &[[127, 0, 0, 2]]]);
    let sender = HttpSender::resolving(local(), names.lookup()).unwrap();
    assert_eq!(end(&sender.send(request(url.clone())).await), (Some(200), None));
    // To check a name and to resolve it again for the connection would be two questions.
    assert_eq!(names.asked(), 1);
    assert_eq!(end(&sender.send(request(url.clone())).await), fault(SendFault::Forbidden));
    assert_eq!((names.asked(), receiver.taken()), (2, 1));
    // One of several is enough to refuse.
    let names = Names::start(&[&[[127, 0, 0, 1], [10, 0, 0, 1]]]);
    let sender = HttpSender::resolving(local(), names.lookup()).unwrap();
    assert_eq!(end(&sender.send(request(url)).await), fault(SendFault::Forbidden));
    assert_eq!(receiver.taken(), 1);
}

#[tokio::test]
async fn a_certificate_that_is_not_valid_is_refused() {
    let receiver = Receiver::start(|stream, _, _| say(stream, "200 OK", ""));
    let behind = format!("127.0.0.1:{}", receiver.port).parse().unwrap();
    let port = in_front_of(behind, &Authority::new().issue("localhost"), Begins::Tls, "");
    let sender = HttpSender::new(local()).unwrap();
    let mut request = request(format!("https://127.0.0.1:{port}/"));
    request.timeout = Duration::from_secs(10);
    assert_eq!(end(&sender.send(request.clone()).await), fault(SendFault::Tls));
    request.url = format!("https://127.0.0.1:{}/", receiver.port);
    let plain = sender.send(request.clone()).await;
    assert_eq!(plain.status, None);
    assert!(matches!(plain.fault, Some(SendFault::Tls | SendFault::Connect)), "{plain:?}");
    // In production there is no plain HTTP, whatever the rules of addresses allow.
    let strict = HttpSender::new(UrlRules { https_only: true, ..local() }).unwrap();
    request.url = receiver.url();
    assert_eq!(strict.send(request).await.status, None);
}
