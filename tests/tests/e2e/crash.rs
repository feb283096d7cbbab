//! The end of the process, polite and not.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use alveole_tests::{Backend, Server, eventually, sse::Sse};
use serde_json::{Value, json};

pub(crate) fn sigterm_lets_requests_in_flight_finish(backend: Backend) {
    let mut server = Server::start(backend);
    let ada = server.person("ada");
    let _stream = Sse::tasks(server.port(), &ada.access_token, None);
    let asked = AtomicBool::new(false);
    let begun = AtomicUsize::new(0);
    let broken: Vec<String> = thread::scope(|scope| {
        let clients: Vec<_> = (0..4)
            .map(|_| {
                let client = server.client_of(&ada);
                let (asked, begun) = (&asked, &begun);
                scope.spawn(move || {
                    let mut broken = Vec::new();
                    loop {
                        let was_asked = asked.load(Ordering::SeqCst);
                        begun.fetch_add(1, Ordering::SeqCst);
                        let answer = client
                            .request("POST", "/api/v1/tasks")
                            .json(&json!({"title": "in flight"}))
                            .try_send();
                        match answer {
                            Ok(answer) if answer.status == 201 => {}
                            Ok(answer) if was_asked && answer.status == 503 => return broken,
                            Ok(answer) => {
                                broken.push(answer.to_string());
                                return broken;
                            }
                            // begun after the signal: the door may be closed
                            Err(_) if was_asked || asked.load(Ordering::SeqCst) => return broken,
                            Err(error) => {
                                broken.push(error);
                                return broken;
                            }
                        }
                    }
                })
            })
            .collect();
        eventually(Duration::from_secs(10), || begun.load(Ordering::SeqCst) >= 50);
        asked.store(true, Ordering::SeqCst);
        server.ask_to_stop();
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    });
    assert!(broken.is_empty(), "{broken:?}");
    let status = server.wait_for_end();
    assert!(status.success(), "exit status {status}");
}

/// A client that keeps its connection and knows whether a request was answered.
struct Writer {
    port: u16,
    token: String,
    stream: Option<TcpStream>,
}

/// What became of a request.
enum Became {
    /// Its status.
    Answered(u16),
    /// No byte of an answer came.
    Unanswered,
    /// Nobody listens.
    Refused,
}

impl Writer {
    fn post(&mut self, key: &str) -> Became {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => match TcpStream::connect(("127.0.0.1", self.port)) {
                Ok(stream) => stream,
                Err(_) => return Became::Refused,
            },
        };
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let body = format!("{{\"title\": \"{key}\"}}");
        let request = format!(
            "POST /api/v1/tasks HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
             idempotency-key: \"{key}\"\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            self.token,
            body.len()
        );
        if stream.write_all(request.as_bytes()).is_err() {
            return Became::Unanswered;
        }
        let mut reader = BufReader::new(&stream);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            match reader.read_line(&mut head) {
                Ok(0) | Err(_) if head.is_empty() => return Became::Unanswered,
                Ok(0) => panic!("half of an answer: {head}"),
                Ok(_) => {}
                Err(error) => panic!("{error} after {head}"),
            }
        }
        let head = head.to_ascii_lowercase();
        let header = |name: &str| {
            let mut lines = head.lines();
            lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':').map(str::trim))
        };
        let mut body = vec![0; header("content-length").unwrap().parse().unwrap()];
        reader.read_exact(&mut body).unwrap();
        if header("connection") != Some("close") {
            self.stream = Some(stream);
        }
        Became::Answered(head.split(' ').nth(1).unwrap().parse().unwrap())
    }
}

/// Each of eight writers keeps its connection. Whatever the server answered stands; a request that crossed
/// the end of its connection, so that no byte of an answer came, had no effect and can be repeated.
pub(crate) fn writers_on_open_connections_lose_nothing_when_the_server_stops(backend: Backend) {
    let mut server = Server::start(backend);
    let ada = server.person("ada");
    let done = AtomicUsize::new(0);
    let (acknowledged, unanswered) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for n in 0..8 {
            let token = ada.access_token.clone();
            let mut writer = Writer { port: server.port(), token, stream: None };
            let (done, acknowledged, unanswered) = (&done, &acknowledged, &unanswered);
            scope.spawn(move || {
                for m in 0.. {
                    let key = format!("w{n}-{m}");
                    match writer.post(&key) {
                        Became::Answered(201) => {
                            acknowledged.lock().unwrap().push(key);
                            done.fetch_add(1, Ordering::SeqCst);
                        }
                        // A stopping server may say so; then nothing happened.
                        Became::Answered(503) => {}
                        Became::Answered(status) => panic!("{status} for {key}"),
                        // It crossed the end of an idle connection, or of the listener.
                        Became::Unanswered => unanswered.lock().unwrap().push(key),
                        Became::Refused => return,
                    }
                }
            });
        }
        assert!(eventually(Duration::from_secs(30), || done.load(Ordering::SeqCst) >= 200));
        server.ask_to_stop();
    });
    assert!(server.wait_for_end().success());
    server.restart();
    let client = server.client_of(&ada);
    let titles = || -> BTreeMap<String, usize> {
        let mut titles = BTreeMap::new();
        for row in client.every_row("/api/v1/tasks?limit=100") {
            *titles.entry(row["title"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        titles
    };
    let stored = titles();
    for key in acknowledged.lock().unwrap().iter() {
        assert_eq!(stored.get(key), Some(&1), "{key} was acknowledged");
    }
    let unanswered = unanswered.into_inner().unwrap();
    for key in &unanswered {
        assert_eq!(stored.get(key), None, "{key} had no answer and an effect");
        let again = client
            .request("POST", "/api/v1/tasks")
            .header("idempotency-key", &format!("\"{key}\""))
            .json(&json!({"title": key}))
            .send();
        assert_eq!(again.status, 201, "{again}");
    }
    let stored = titles();
    for key in &unanswered {
        assert_eq!(stored.get(key), Some(&1), "{key} was repeated");
    }
    assert!(stored.values().all(|count| *count == 1), "none is there twice");
}

/// Eight writers with keys of their own, killed in the middle of it, three times over.
pub(crate) fn nothing_acknowledged_is_lost_when_the_process_is_killed(backend: Backend) {
    let mut server = Server::start(backend);
    let ada = server.person("ada");
    let acknowledged: Mutex<BTreeMap<String, Value>> = Mutex::new(BTreeMap::new());
    let mut begun = 0;
    for round in 0..3 {
        let stop = AtomicBool::new(false);
        let started = AtomicUsize::new(0);
        thread::scope(|scope| {
            for writer in 0..8 {
                let client = server.client_of(&ada);
                let (stop, started, acknowledged) = (&stop, &started, &acknowledged);
                scope.spawn(move || {
                    for n in 0.. {
                        if stop.load(Ordering::SeqCst) {
                            return;
                        }
                        let key = format!("r{round}-w{writer}-{n}");
                        started.fetch_add(1, Ordering::SeqCst);
                        let answer = client
                            .request("POST", "/api/v1/tasks")
                            .header("idempotency-key", &key)
                            .json(&json!({"title": key}))
                            .try_send();
                        match answer {
                            Ok(answer) if answer.status == 201 => {
                                acknowledged.lock().unwrap().insert(key, answer.json);
                            }
                            Ok(answer) => panic!("{answer}"),
                            Err(_) => return,
                        }
                    }
                });
            }
            let enough = || acknowledged.lock().unwrap().len() >= (round + 1) * 100;
            let in_time = eventually(Duration::from_secs(30), enough);
            server.kill9();
            stop.store(true, Ordering::SeqCst);
            assert!(in_time, "too few writes to kill");
        });
        begun += started.load(Ordering::SeqCst);
        server.restart();
    }

    let client = server.client_of(&ada);
    let acknowledged = acknowledged.into_inner().unwrap();
    let mut stored: BTreeMap<String, Value> = BTreeMap::new();
    for row in client.every_row("/api/v1/tasks?limit=100") {
        let key = row["title"].as_str().unwrap().to_owned();
        assert_eq!(stored.insert(key.clone(), row), None, "{key} twice");
    }
    for (key, answer) in &acknowledged {
        assert_eq!(stored.get(key), answer.get("data"), "{key} was acknowledged");
    }
    assert!(stored.len() <= begun, "{} rows of {begun} requests", stored.len());
    // every key, acknowledged or not, can be sent again: the effect is there once
    for (key, row) in &stored {
        let again = client
            .request("POST", "/api/v1/tasks")
            .header("idempotency-key", key)
            .json(&json!({"title": key}))
            .send()
            .expect(201);
        assert_eq!(again.header("idempotency-replayed"), Some("true"), "{again}");
        assert_eq!(again.data(), row);
        if let Some(first) = acknowledged.get(key) {
            assert_eq!(&again.json, first, "the same answer as before the crash");
        }
    }
    let after = client.get("/api/v1/tasks?limit=1").expect(200);
    assert_eq!(after.at("/pagination/total"), stored.len());
    // and the feed has one event for each row
    let mut feed = Sse::tasks(server.port(), &ada.access_token, Some("0"));
    let mut announced = BTreeMap::new();
    while announced.len() < stored.len() {
        let event = feed.next_event();
        let title = event.data["data"]["title"].as_str().unwrap().to_owned();
        assert_eq!(announced.insert(title, event.id), None, "announced twice");
    }
    assert_eq!(feed.next_within(Duration::from_millis(300)), None);
}
