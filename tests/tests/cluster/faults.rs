//! What the replicas depend on goes away and comes back.

use std::{
    thread,
    time::{Duration, Instant},
};

use alveole_tests::{Answer, Client, Cluster, Person, Server, eventually, sse::Sse};
use serde_json::json;

use crate::{
    limits::{allowed, allowed_from},
    load::{Faults, Load},
};

/// What a refusal because of a dependency may take at most.
const BOUND: Duration = Duration::from_secs(10);
/// How soon everything must work again.
const BACK: Duration = Duration::from_secs(15);

/// Gives the answer, which must come in time.
#[track_caller]
fn in_time(what: &str, send: impl FnOnce() -> Answer) -> Answer {
    let begun = Instant::now();
    let answer = send();
    let took = begun.elapsed();
    assert!(took < BOUND, "{what} took {took:?}: {answer}");
    answer
}

/// A refusal that tells a client what to do.
#[track_caller]
fn refused(answer: Answer) {
    answer.clone().expect(503).must_have("retry-after");
    assert_eq!(answer.at("/retryable"), true, "{answer}");
}

/// Reads and writes are refused, and the operational endpoints say why.
fn check_without_database(server: &Server, client: &Client) {
    thread::scope(|scope| {
        scope.spawn(|| refused(in_time("a list", || client.get("/api/v1/tasks"))));
        scope.spawn(|| refused(in_time("a search", || client.get("/api/v1/tasks?q=word"))));
        scope.spawn(|| {
            let body = json!({"title": "lost"});
            refused(in_time("a write", || client.post("/api/v1/tasks", &body)));
        });
        scope.spawn(|| {
            let body = json!({"email": "nobody@example.com", "password": "a guess at it"});
            let anonymous = server.anonymous();
            refused(in_time("a sign-in", || anonymous.post("/api/v1/auth/login", &body)));
        });
        scope.spawn(|| {
            in_time("/health", || server.anonymous().get("/health")).expect(200);
        });
        scope.spawn(|| {
            let ready = || in_time("/ready", || server.anonymous().get("/ready"));
            let names_the_database = |ready: &Answer| {
                let state = |name: &str| {
                    let mut all = ready.at("/dependencies").as_array().into_iter().flatten();
                    all.find(|one| one["name"] == name).map(|one| one["state"].clone())
                };
                state("database") == Some(json!("down")) && state("cache") != Some(json!("down"))
            };
            // Redis is given half a second; a machine that is busy enough may take longer once.
            let mut last = ready();
            assert_eq!(last.status, 503, "{last}");
            let named = eventually(BOUND, || {
                last = ready();
                last.status == 503 && names_the_database(&last)
            });
            assert!(named, "{last}");
        });
    });
}

/// Everything works on every replica: ready, written, read, announced.
#[track_caller]
fn works_again(cluster: &Cluster, person: &Person) {
    let begun = Instant::now();
    let up = |server: &Server| {
        let write = server.client_of(person);
        let write = write.request("POST", "/api/v1/tasks").json(&json!({"title": "again"}));
        let ready = server.anonymous().request("GET", "/ready").try_send();
        ready.is_ok_and(|answer| answer.status == 200)
            && write.try_send().is_ok_and(|answer| answer.status == 201)
    };
    for (number, server) in cluster.replicas().iter().enumerate() {
        let left = BACK.saturating_sub(begun.elapsed());
        assert!(eventually(left, || up(server)), "replica {number} is not back within {BACK:?}");
    }
    for (number, server) in cluster.replicas().iter().enumerate() {
        // Each lane of each replica may still be on its way.
        let bearer = format!("Bearer {}", person.access_token);
        let open = || {
            let headers = [("Authorization", &*bearer)];
            Sse::open(server.port(), "/api/v1/tasks/events", &headers)
        };
        let mut stream = open();
        let opened = eventually(BACK, || {
            if stream.status == 503 {
                stream = open();
            }
            stream.status == 200
        });
        assert!(opened, "replica {number} streams nothing: {}", stream.head);
        let next = cluster.as_at(person, number + 1);
        let post = || next.post("/api/v1/tasks", &json!({"title": "announced"}));
        let mut made = post();
        eventually(BACK, || {
            if made.status == 503 {
                made = post();
            }
            made.status == 201
        });
        let id = made.expect(201).id();
        // what was written during the fault and announced now may come first
        let told = eventually(BACK, || {
            stream.next_within(BACK).is_some_and(|event| event.data["data"]["id"] == id)
        });
        assert!(told, "replica {number} does not tell of task {id}");
    }
}

/// Checks every replica at once, and again when all that was cached of a session is too old.
fn check_all_without_database(cluster: &Cluster, person: &Person) {
    for pause in [0, 6] {
        thread::sleep(Duration::from_secs(pause));
        thread::scope(|scope| {
            for server in cluster.replicas() {
                let client = server.client_of(person);
                scope.spawn(move || check_without_database(server, &client));
            }
        });
    }
}

pub(crate) fn without_postgres_answers_are_503_until_it_is_back() {
    let mut cluster = Cluster::start(&[]);
    let ada = cluster.person("ada");
    let bob = cluster.person("bob");
    let load = Load::new(&cluster, &bob, Faults::Rough);
    load.during(|load| {
        for _ in 0..2 {
            load.progress(60);
            cluster.postgres.stop();
            check_all_without_database(&cluster, &ada);
            cluster.postgres.go();
            works_again(&cluster, &ada);
        }
        load.progress(60);
    });
    // whether a commit that got no answer was one is for the key to say
    load.audit(&cluster);
}

pub(crate) fn a_hung_postgres_is_answered_503_in_time() {
    let cluster = Cluster::start(&[("ALVEOLE__SERVER__REQUEST_TIMEOUT_SECONDS", "5")]);
    let ada = cluster.person("ada");
    let bob = cluster.person("bob");
    let load = Load::new(&cluster, &bob, Faults::Rough);
    load.during(|load| {
        load.progress(60);
        cluster.postgres.hang();
        check_all_without_database(&cluster, &ada);
        cluster.postgres.wake();
        works_again(&cluster, &ada);
        load.progress(60);
    });
    // what was refused and done after all was done once
    load.audit(&cluster);
}

pub(crate) fn without_redis_nothing_fails_and_limits_still_limit() {
    const QUOTA: usize = 30;
    let mut cluster = Cluster::start(&[("ALVEOLE__RATE_LIMIT__ANON", "30/h")]);
    let ada = cluster.person("ada");
    let exact = |cluster: &Cluster, address: &str| {
        assert_eq!(allowed_from(cluster, address, "/api/v1/tasks", 90), QUOTA, "from {address}");
    };
    let all_say = |cluster: &Cluster, up: f64| {
        let says = || {
            cluster.replicas().iter().map(|one| one.metric("alveole_redis_up")).collect::<Vec<_>>()
        };
        assert!(
            eventually(BACK, || says().iter().all(|value| *value == Some(up))),
            "alveole_redis_up must be {up} everywhere: {:?}",
            says()
        );
    };
    let fallbacks = |cluster: &Cluster| -> f64 {
        let each = cluster.replicas().iter();
        each.map(|one| one.metric("alveole_limiter_fallback_total").unwrap_or_default()).sum()
    };
    exact(&cluster, "203.0.113.1");
    all_say(&cluster, 1.0);
    // polite: the load must not notice
    let load = Load::new(&cluster, &ada, Faults::Polite);
    load.during(|load| {
        load.progress(60);
        let before = fallbacks(&cluster);
        cluster.redis.stop();
        load.progress(60);
        all_say(&cluster, 0.0);
        let counted = allowed(180, |number| {
            let request = cluster.replica(number).anonymous();
            let request = request.request("GET", "/api/v1/tasks");
            request.header("x-forwarded-for", "203.0.113.2").send()
        });
        assert!(
            (QUOTA..=3 * QUOTA).contains(&counted),
            "each replica allows its quota at most: {counted} of 180"
        );
        assert!(fallbacks(&cluster) > before, "alveole_limiter_fallback_total must grow");
        cluster.redis.go();
        all_say(&cluster, 1.0);
        load.progress(60);
        exact(&cluster, "203.0.113.3");
    });
    load.audit(&cluster);
}
