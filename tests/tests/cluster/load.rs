//! Writers that keep a ledger of what was acknowledged to them, and the audit of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use alveole_tests::{Answer, Client, Cluster, Person, eventually, sse::Sse};
use serde_json::{Value, json};

/// Tasks in a bulk operation.
const BULK: usize = 4;

/// What a client does when it gets no answer, or none from a replica.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Faults {
    /// Replicas leave politely: the proxy hides it, but for a POST whose connection broke. A
    /// client sends that again with its key, three times at most.
    Polite,
    /// Replicas are killed or lose what they depend on: everything is sent again for a minute,
    /// except that now and then a client gives up, as clients do.
    Rough,
}

/// Load of one person through the proxy.
pub(crate) struct Load {
    person: Person,
    client: Client,
    port: u16,
    faults: Faults,
    /// True when writers have to stop.
    stop: AtomicBool,
    /// True when they have stopped.
    written: AtomicBool,
    acknowledged: AtomicUsize,
    ledger: Mutex<Ledger>,
}

/// What the server owes.
#[derive(Default)]
struct Ledger {
    /// Title and id of each task.
    tasks: BTreeMap<String, i64>,
    /// The last description that each task was given.
    descriptions: BTreeMap<i64, String>,
    /// The titles of bulk operations whose answer nobody waited for.
    given_up: Vec<Vec<String>>,
    /// The titles of new tasks, as they were announced.
    heard: Vec<String>,
    retries: usize,
    failures: Vec<String>,
}

impl Load {
    pub(crate) fn new(cluster: &Cluster, person: &Person, faults: Faults) -> Self {
        Self {
            person: person.clone(),
            client: cluster.proxy().with_token(&person.access_token),
            port: cluster.proxy_port(),
            faults,
            stop: AtomicBool::new(false),
            written: AtomicBool::new(false),
            acknowledged: AtomicUsize::new(0),
            ledger: Mutex::default(),
        }
    }

    /// Runs eight writers and somebody who follows their events while `faults` happen; then they
    /// stop.
    pub(crate) fn during(&self, faults: impl FnOnce(&Self)) {
        // on panic, too, or the threads would never end
        struct Raise<'a>(&'a AtomicBool);
        impl Drop for Raise<'_> {
            fn drop(&mut self) {
                self.0.store(true, Ordering::SeqCst);
            }
        }
        thread::scope(|scope| {
            scope.spawn(|| self.follow());
            let _written = Raise(&self.written);
            thread::scope(|scope| {
                for writer in 0..8 {
                    scope.spawn(move || self.write(writer));
                }
                let _stop = Raise(&self.stop);
                faults(self);
            });
        });
    }

    /// Follows the events through the proxy, and goes on behind the last one when a stream breaks.
    fn follow(&self) {
        const PATH: &str = "/api/v1/tasks/events";
        let authorization = format!("Bearer {}", self.person.access_token);
        let mut last = 0_u64;
        loop {
            let over = self.written.load(Ordering::SeqCst);
            let cursor = last.to_string();
            let headers = [("Authorization", &*authorization), ("Last-Event-ID", &*cursor)];
            let mut stream = Sse::open(self.port, PATH, &headers);
            let mut heard = 0;
            while stream.status == 200
                && let Some(event) = stream.next_within(Duration::from_secs(1))
            {
                heard += 1;
                let id = event.place();
                let mut ledger = self.ledger.lock().unwrap();
                if id <= last {
                    ledger.failures.push(format!("event {id} came after {last}"));
                }
                last = id;
                if event.name == "task.created.v1" {
                    ledger.heard.push(event.data["data"]["title"].as_str().unwrap().to_owned());
                }
            }
            match stream.status {
                200 if over && heard == 0 => return,
                200 => {}
                502..=504 if self.faults == Faults::Rough && !over => {
                    thread::sleep(Duration::from_millis(100));
                }
                _ => {
                    let why = format!("the event stream: {}", stream.head);
                    self.ledger.lock().unwrap().failures.push(why);
                    return;
                }
            }
        }
    }

    /// Waits until so many more requests were acknowledged.
    #[track_caller]
    pub(crate) fn progress(&self, count: usize) {
        let enough = self.acknowledged.load(Ordering::SeqCst) + count;
        let went_on = eventually(Duration::from_secs(40), || {
            self.acknowledged.load(Ordering::SeqCst) >= enough
        });
        assert!(went_on, "the load does not go on: {:?}", self.ledger.lock().unwrap().failures);
    }

    fn write(&self, writer: usize) {
        for n in 0.. {
            if self.stop.load(Ordering::SeqCst) || n == 2000 {
                return;
            }
            let key = format!("w{writer}-{n}");
            if n % 5 == 4 {
                self.bulk(&key, n % 10 == 9 && self.faults == Faults::Rough);
            } else {
                self.single(&key);
            }
        }
    }

    /// A task is made, read and changed.
    fn single(&self, key: &str) {
        let body = json!({"title": key});
        let Some(made) = self.send("POST", "/api/v1/tasks", Some((key, &body)), false) else {
            return;
        };
        let id = made.id();
        self.ledger.lock().unwrap().tasks.insert(key.to_owned(), id);
        let path = format!("/api/v1/tasks/{id}");
        if let Some(read) = self.send("GET", &path, None, false)
            && read.at("/data/title") != key
        {
            self.ledger.lock().unwrap().failures.push(format!("not {key}: {read}"));
        }
        let description = format!("described by {key}");
        let body = json!({"description": description});
        if self.send("PUT", &path, Some((key, &body)), false).is_some() {
            self.ledger.lock().unwrap().descriptions.insert(id, description);
        }
    }

    /// Several tasks are made in one request.
    fn bulk(&self, key: &str, hasty: bool) {
        let titles: Vec<String> = (0..BULK).map(|part| format!("{key}/{part}")).collect();
        let operations: Vec<Value> =
            titles.iter().map(|title| json!({"op": "create", "data": {"title": title}})).collect();
        let body = json!({"operations": operations});
        let answer = self.send("POST", "/api/v1/tasks/bulk", Some((key, &body)), hasty);
        let mut ledger = self.ledger.lock().unwrap();
        match answer {
            Some(answer) => {
                let results = answer.at("/data/results").as_array().cloned().unwrap_or_default();
                let ids = results.iter().filter_map(|result| result["id"].as_i64());
                ledger.tasks.extend(titles.into_iter().zip(ids));
            }
            None => ledger.given_up.push(titles),
        }
    }

    /// One request, sent again as far as the faults allow; `None` when that did not help, which is
    /// a failure unless the client is hasty.
    fn send(
        &self,
        method: &str,
        path: &str,
        body: Option<(&str, &Value)>,
        hasty: bool,
    ) -> Option<Answer> {
        let begun = Instant::now();
        for attempt in 0.. {
            let mut request = self.client.request(method, path);
            if let Some((key, body)) = body {
                request = request.json(body);
                if method == "POST" {
                    request = request.header("idempotency-key", key);
                }
            }
            let (why, broken, busy) = match request.try_send() {
                Ok(answer) if (200..300).contains(&answer.status) => {
                    self.acknowledged.fetch_add(1, Ordering::SeqCst);
                    return Some(answer);
                }
                // 502 and 504 are nginx' words for a connection that broke
                Ok(answer) => {
                    let broken = matches!(answer.status, 502 | 504);
                    // 409: the first try is still running
                    let busy = matches!(answer.status, 503 | 409);
                    (answer.to_string(), broken, busy)
                }
                Err(error) => (format!("{method} {path}: {error}"), true, false),
            };
            if hasty && (broken || busy) {
                return None;
            }
            let again = match self.faults {
                Faults::Polite => method == "POST" && broken && attempt < 3,
                Faults::Rough => (broken || busy) && begun.elapsed() < Duration::from_secs(60),
            };
            let mut ledger = self.ledger.lock().unwrap();
            if !again {
                ledger.failures.push(format!("{why} (attempt {})", attempt + 1));
                return None;
            }
            ledger.retries += 1;
            drop(ledger);
            thread::sleep(Duration::from_millis(50));
        }
        None
    }

    /// Compares what was acknowledged with what is stored and with what was announced.
    pub(crate) fn audit(self, cluster: &Cluster) {
        let client = cluster.as_at(&self.person, 0);
        let ledger = self.ledger.into_inner().unwrap();
        eprintln!(
            "{} requests acknowledged, {} tasks, {} retries",
            self.acknowledged.into_inner(),
            ledger.tasks.len(),
            ledger.retries
        );
        assert!(
            ledger.failures.is_empty(),
            "{} requests failed: {:#?}",
            ledger.failures.len(),
            ledger.failures.iter().take(5).collect::<Vec<_>>()
        );
        let mut stored: BTreeMap<String, Value> = BTreeMap::new();
        for row in client.every_row("/api/v1/tasks?limit=100") {
            let title = row["title"].as_str().unwrap().to_owned();
            assert_eq!(stored.insert(title.clone(), row), None, "{title} twice");
        }
        for (title, id) in &ledger.tasks {
            let row = stored.get(title).unwrap_or_else(|| panic!("{title} is lost"));
            assert_eq!(row["id"], *id, "{title}");
            if let Some(description) = ledger.descriptions.get(id) {
                assert_eq!(row["description"], *description, "{title}");
            }
        }
        let mut allowed: BTreeSet<&String> = ledger.tasks.keys().collect();
        for titles in &ledger.given_up {
            let there = titles.iter().filter(|title| stored.contains_key(*title)).count();
            assert!(there == 0 || there == BULK, "{there} of {titles:?}: all or none");
            allowed.extend(titles);
        }
        let strange: Vec<&String> =
            stored.keys().filter(|title| !allowed.contains(title)).collect();
        assert!(strange.is_empty(), "nobody asked for {strange:?}");
        // whoever followed heard of each row that came into being, once
        let mut heard = BTreeSet::new();
        for title in &ledger.heard {
            assert!(heard.insert(title), "{title} was announced twice");
        }
        assert!(
            stored.keys().eq(heard.iter().copied()),
            "stored and announced differ: {:?}",
            stored.keys().collect::<BTreeSet<_>>().symmetric_difference(&heard).collect::<Vec<_>>()
        );
        // and who comes later reads the same in the feed
        let mut feed = Sse::tasks(cluster.replica(1).port(), &self.person.access_token, Some("0"));
        let mut titles = Vec::new();
        while titles.len() < ledger.heard.len() {
            let event = feed.next_event();
            if event.name == "task.created.v1" {
                titles.push(event.data["data"]["title"].as_str().unwrap().to_owned());
            }
        }
        assert!(titles == ledger.heard, "the feed has another order than what was announced");
    }
}
