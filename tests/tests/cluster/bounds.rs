//! One replica and clients that take long, come in crowds, or stay for ever.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::TcpStream,
    thread,
    time::{Duration, Instant},
};

use alveole_tests::{Client, Cluster, Person, cluster, eventually, simultaneously, sse::Sse};
use serde_json::json;

/// A connection that is written to by hand.
struct Slow {
    stream: TcpStream,
    answer: Vec<u8>,
    over: bool,
}

impl Slow {
    fn open(port: u16, head: &str) -> Self {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        stream.set_nonblocking(true).unwrap();
        Self { stream, answer: Vec::new(), over: false }
    }

    /// The head of a request that makes a task, and that promises so many bytes.
    fn post(port: u16, person: &Person, length: usize) -> Self {
        let token = &person.access_token;
        let head = format!(
            "POST /api/v1/tasks HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        );
        Self::open(port, &head)
    }

    /// Sends a little more; sees whether the server has had enough.
    fn dribble(&mut self, bytes: &[u8]) {
        if self.over {
            return;
        }
        if let Err(error) = self.stream.write_all(bytes) {
            self.over = error.kind() != ErrorKind::WouldBlock;
        }
        self.look();
    }

    fn look(&mut self) {
        let mut buffer = [0; 4096];
        match self.stream.read(&mut buffer) {
            Ok(0) => self.over = true,
            // an answer before the request is complete is a refusal
            Ok(count) => {
                self.answer.extend(&buffer[..count]);
                self.over = true;
            }
            Err(error) => self.over |= error.kind() != ErrorKind::WouldBlock,
        }
    }

    fn status(&self) -> Option<u16> {
        let text = String::from_utf8_lossy(&self.answer);
        text.split_whitespace().nth(1)?.parse().ok()
    }
}

pub(crate) fn sigterm_turns_ready_off_and_lets_slow_requests_finish() {
    const DRAIN: Duration = Duration::from_secs(10);
    let mut cluster = Cluster::of(2, &[("ALVEOLE__SERVER__DRAIN_SECONDS", "10")]);
    let ada = cluster.person("ada");
    let port = cluster.replica(0).port();
    let body = json!({"title": "slowly"}).to_string();
    let (first, second) = body.as_bytes().split_at(5);
    let mut slow = Slow::post(port, &ada, body.len());
    slow.dribble(first);
    // whoever never finishes must not keep the replica
    let stuck = Slow::post(port, &ada, 1000);
    let mut stream = Sse::tasks(port, &ada.access_token, None);
    // an export is under way, too, of more than the kernel holds for a client that does not read
    let description = "x".repeat(9_000);
    for part in 0..8 {
        let operations: Vec<_> = (0..100)
            .map(|n| {
                json!({"op": "create", "data": {
                    "title": format!("row {part}/{n}"), "description": description,
                }})
            })
            .collect();
        let bulk = json!({"operations": operations});
        ada.client.post("/api/v1/tasks/bulk", &bulk).expect(200);
    }
    let export = format!(
        "GET /api/v1/tasks/export?format=csv HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\
         Authorization: Bearer {}\r\n\r\n",
        ada.access_token
    );
    let export = Slow::open(port, &export);
    thread::sleep(Duration::from_millis(300));

    let asked = Instant::now();
    cluster.replica(0).ask_to_stop();
    let client = cluster.replica(0).anonymous();
    let draining = eventually(Duration::from_secs(5), || {
        let ready = client.request("GET", "/ready").try_send();
        ready.is_ok_and(|answer| answer.status == 503 && answer.at("/status") == "draining")
    });
    assert!(draining, "/ready must say that the replica is leaving");
    // what was begun is finished, even after the door was closed
    thread::sleep(Duration::from_secs(2));
    assert!(!slow.over, "the slow request was cut: {:?}", String::from_utf8_lossy(&slow.answer));
    slow.dribble(second);
    assert!(
        eventually(DRAIN, || {
            slow.look();
            slow.over
        }),
        "the slow request is not answered"
    );
    assert_eq!(slow.status(), Some(201), "{}", String::from_utf8_lossy(&slow.answer));
    let mut text = String::new();
    export.stream.set_nonblocking(false).unwrap();
    export.stream.set_read_timeout(Some(DRAIN)).unwrap();
    (&export.stream).read_to_string(&mut text).unwrap();
    assert!(text.ends_with("\r\n0\r\n\r\n"), "the export breaks off after {}", text.len());
    assert_eq!(text.matches("row ").count(), 800, "rows of the export");
    assert!(stream.ends_within(DRAIN) && stream.complete, "the event stream must end properly");
    let status = cluster.replica_mut(0).wait_for_end();
    assert!(status.success(), "{status}");
    let took = asked.elapsed();
    assert!(took < DRAIN + Duration::from_secs(10), "the end took {took:?}");
    drop(stuck);
    // the other one has it all
    let client = cluster.as_at(&ada, 1);
    let found = client.get("/api/v1/tasks?q=slowly").expect(200);
    assert_eq!(found.rows().len(), 1, "{found}");
}

pub(crate) fn dribblers_and_idlers_are_cut_and_hold_nobody_up() {
    const EACH: usize = 100;
    const IDLERS: usize = 2000;
    const HEADER_TIMEOUT: &str = "ALVEOLE__SERVER__HEADER_TIMEOUT_SECONDS";
    let mut settings = vec![("ALVEOLE__SERVER__REQUEST_TIMEOUT_SECONDS", "5")];
    if cluster::knows(HEADER_TIMEOUT, "5") {
        settings.push((HEADER_TIMEOUT, "5"));
    }
    let cluster = Cluster::of(1, &settings);
    let ada = cluster.person("ada");
    let port = cluster.replica(0).port();
    let others = [
        ("GET", "/api/v1/tasks", ada.client.clone()),
        ("GET", "/api/v1/auth/me", ada.client.clone()),
        ("POST", "/api/v1/tasks", ada.client.clone()),
        ("GET", "/ready", Client::new(format!("http://127.0.0.1:{port}"))),
    ];
    let idlers: Vec<TcpStream> = (0..IDLERS)
        .map(|n| {
            TcpStream::connect(("127.0.0.1", port)).unwrap_or_else(|error| {
                panic!("connection {n}: {error} (`ulimit -n` must be above 4096)")
            })
        })
        .collect();
    // five seconds from the settings (ten for headers where there is no setting), and slack
    let patience = Duration::from_secs(30);
    let begun = Instant::now();
    let mut heads: Vec<Slow> = (0..EACH)
        .map(|_| Slow::open(port, "GET /api/v1/tasks HTTP/1.1\r\nHost: a\r\nX-Slow: "))
        .collect();
    let mut bodies: Vec<Slow> = (0..EACH).map(|_| Slow::post(port, &ada, 1000)).collect();
    let left = |all: &[Slow]| all.iter().filter(|one| !one.over).count();
    thread::scope(|scope| {
        let dribbling = scope.spawn(|| {
            while left(&heads) + left(&bodies) > 0 && begun.elapsed() < patience {
                for slow in heads.iter_mut().chain(&mut bodies) {
                    slow.dribble(b" ");
                }
                thread::sleep(Duration::from_millis(500));
            }
        });
        // everybody else is served meanwhile
        let mut rounds = 0;
        while rounds < 10 || !dribbling.is_finished() {
            let (method, path, client) = &others[rounds % others.len()];
            let mut request = client.request(method, path);
            if *method == "POST" {
                request = request.json(&json!({"title": "meanwhile"}));
            }
            let asked = Instant::now();
            let answer = request.send();
            let took = asked.elapsed();
            assert!(matches!(answer.status, 200 | 201), "{answer}");
            assert!(took < Duration::from_secs(5), "{answer} took {took:?}");
            rounds += 1;
            thread::sleep(Duration::from_millis(100));
        }
    });
    let took = begun.elapsed();
    assert_eq!(left(&heads), 0, "of {EACH} that dribble headers are still there after {took:?}");
    assert_eq!(left(&bodies), 0, "of {EACH} that dribble bodies are still there after {took:?}");
    for slow in heads.iter().chain(&bodies) {
        let status = slow.status();
        assert!(
            matches!(status, None | Some(400 | 408 | 503)),
            "not a refusal: {}",
            String::from_utf8_lossy(&slow.answer)
        );
    }
    drop(idlers);
    ada.task("afterwards");
}

pub(crate) fn a_burst_is_shed_with_503_and_nobody_waits_long() {
    let cluster = Cluster::of(1, &[("ALVEOLE__SERVER__MAX_IN_FLIGHT", "4")]);
    let ada = cluster.person("ada");
    for n in 0..20 {
        ada.task(&format!("task {n}"));
    }
    let (mut served, mut shed) = (0, 0);
    // whether one burst is enough depends on the machine
    for _ in 0..10 {
        let answers = simultaneously(80, |_| {
            let client = cluster.as_at(&ada, 0);
            let begun = Instant::now();
            (client.get("/api/v1/tasks?limit=100"), begun.elapsed())
        });
        for (answer, took) in answers {
            assert!(took < Duration::from_secs(10), "{answer} took {took:?}");
            match answer.status {
                200 => served += 1,
                503 => {
                    answer.problem(503, "server.overloaded").must_have("retry-after");
                    shed += 1;
                }
                _ => panic!("{answer}"),
            }
        }
        if served > 0 && shed > 0 {
            break;
        }
    }
    assert!(served > 0 && shed > 0, "{served} served and {shed} shed");
    // it was the moment's trouble
    ada.client.get("/api/v1/tasks").expect(200);
    assert!(
        cluster.replica(0).metric("alveole_http_requests_in_flight").is_none_or(|now| now <= 1.0)
    );
}
