//! Rate limits, on servers with low ones.

use alveole_tests::{Answer, Backend, Server, server::PASSWORD};
use serde_json::{Value, json};

fn number(answer: &Answer, header: &str) -> u64 {
    let value = answer.must_have(header);
    value.parse().unwrap_or_else(|_| panic!("`{header}: {value}` is no number"))
}

pub(crate) fn answers_carry_the_limit_and_429_says_when(backend: Backend) {
    let server = Server::with(
        backend,
        &[("ALVEOLE__RATE_LIMIT__ANON", "30/min"), ("ALVEOLE__RATE_LIMIT__USER", "5/min")],
    );
    let ada = server.person("ada");
    let bob = server.person("bob");
    let first = ada.client.get("/api/v1/auth/me").expect(200);
    assert_eq!(number(&first, "x-ratelimit-limit"), 5);
    assert_eq!(number(&first, "x-ratelimit-remaining"), 4);
    number(&first, "x-ratelimit-reset");
    let policy = first.must_have("ratelimit-policy");
    assert!(policy.contains("\"user\"") && policy.contains("q=5"), "{policy}");
    let limit = first.must_have("ratelimit");
    assert!(limit.contains("\"user\"") && limit.contains("r=4"), "{limit}");
    for left in (0..4).rev() {
        let answer = ada.client.get("/api/v1/auth/me").expect(200);
        assert_eq!(number(&answer, "x-ratelimit-remaining"), left);
    }
    let refused = ada.client.get("/api/v1/auth/me").expect(429);
    let wait = number(&refused, "retry-after");
    assert!((1..=12).contains(&wait), "Retry-After: {wait}");
    assert_eq!(refused.at("/retryable"), true);
    assert_eq!(number(&refused, "x-ratelimit-remaining"), 0);
    refused.must_have("x-content-type-options");
    // one person's limit is not another's
    bob.client.get("/api/v1/auth/me").expect(200);
    // whoever is nobody is counted by address; what operators need is not counted
    let statuses: Vec<u16> =
        (0..40).map(|_| server.anonymous().get("/api/v1/tasks").status).collect();
    assert!(statuses.contains(&401) && statuses.contains(&429), "{statuses:?}");
    server.anonymous().get("/health").expect(200);
    // an address in a header is believed from trusted proxies only
    let forged = server
        .anonymous()
        .request("GET", "/api/v1/tasks")
        .header("x-forwarded-for", "203.0.113.9")
        .send();
    forged.expect(429);
}

pub(crate) fn strangers_cannot_lock_an_account_out(backend: Backend) {
    let server = Server::with(
        backend,
        &[
            ("ALVEOLE__RATE_LIMIT__AUTH", "10/min"),
            ("ALVEOLE__SERVER__TRUSTED_PROXIES", "127.0.0.1"),
        ],
    );
    let ada = server.person("ada");
    let attempt = |from: &str, password: &str| {
        server
            .anonymous()
            .request("POST", "/api/v1/auth/login")
            .header("x-forwarded-for", from)
            .json(&json!({"email": ada.email, "password": password}))
            .send()
    };
    let guesses: Vec<u16> =
        (0..14).map(|_| attempt("203.0.113.66", "a guess at it").status).collect();
    assert!(guesses.contains(&401) && guesses.contains(&429), "{guesses:?}");
    attempt("203.0.113.66", PASSWORD).expect(429);
    // from her own address she gets in
    attempt("198.51.100.7", PASSWORD).expect(200);
    // the first address of the header is whatever the client wrote: it helps nobody
    attempt("198.51.100.8, 203.0.113.66", PASSWORD).expect(429);
}

/// Against the true server, whose parser the in-process tests go around.
pub(crate) fn however_a_path_is_spelled_the_route_counts(backend: Backend) {
    let server = Server::with(backend, &[("ALVEOLE__RATE_LIMIT__AUTH", "4/min")]);
    let anonymous = server.anonymous();
    let body = json!({"username": "nobody", "password": "wrong and long enough"});
    let spellings = [
        "/api/v1/auth/login",
        "/%61pi/v1/auth/login",
        "/api/v1/auth/%6Cogin",
        "/api/v1/%61uth/l%6fgin?",
        "/%61%70%69/v1/auth/login",
    ];
    let answers = spellings.map(|path| anonymous.post(path, &body));
    assert_eq!(answers.each_ref().map(|answer| answer.status), [401, 401, 401, 401, 429]);
    for answer in answers {
        assert!(answer.must_have("ratelimit-policy").starts_with("\"auth\""), "{answer}");
    }
    for path in [
        "//api/v1/auth/login",
        "/./api/v1/auth/login",
        "/api/v1/x/../auth/login",
        "/api/v1/auth%2Flogin",
        "/api/v1/auth/%256Cogin",
        "/api/v1/auth/login/",
        "/API/v1/auth/login",
    ] {
        let answer = anonymous.post(path, &body);
        assert!(matches!(answer.status, 404 | 405), "{path}: {answer}");
    }
}

pub(crate) fn strangers_cannot_use_up_what_an_account_allows_its_owner(backend: Backend) {
    let server = Server::with(
        backend,
        &[
            ("ALVEOLE__RATE_LIMIT__ACCOUNT", "10/h"),
            ("ALVEOLE__SERVER__TRUSTED_PROXIES", "127.0.0.1"),
        ],
    );
    let attempt = |from: &str, device: &str, body: &Value| {
        server
            .anonymous()
            .request("POST", "/api/v1/auth/login")
            .header("x-forwarded-for", from)
            .header("user-agent", device)
            .json(body)
            .send()
    };
    let (ada, bob) = (server.person("ada"), server.person("bob"));
    let by_email = |password: &str| json!({"email": ada.email, "password": password});
    let by_name = |password: &str| json!({"username": ada.username, "password": password});
    let home = "2001:db8:1:2::1";
    attempt(home, "browser/1", &by_email(PASSWORD)).expect(200);

    // What is malformed is not judged, and uses nothing up.
    for stranger in 0..30 {
        let from = format!("203.0.113.{stranger}");
        attempt(&from, "stranger/1", &json!({"email": ada.email})).expect(400);
    }
    // Strangers, each from a network of their own, by address and by name: one allowance.
    let mut judged = 0;
    for stranger in 0..30 {
        let from = format!("203.0.113.{stranger}");
        let body = if stranger % 2 == 0 { by_email("a guess") } else { by_name("a guess") };
        let answer = attempt(&from, "stranger/1", &body);
        if answer.status == 401 {
            judged += 1;
        } else {
            let refused = answer.problem(429, "rate_limit.exceeded");
            assert!((1..=3600).contains(&number(&refused, "retry-after")), "{refused}");
        }
    }
    // The two sign-ins above came from strangers, too.
    assert!((8..=10).contains(&judged), "{judged}");
    for body in [by_email(PASSWORD), by_name(PASSWORD)] {
        attempt("198.51.100.9", "stranger/1", &body).problem(429, "rate_limit.exceeded");
    }
    // The owner gets in from her network, with whatever device, and with her device from anywhere.
    attempt("2001:db8:1:2:ffff::9", "another/1", &by_name(PASSWORD)).expect(200);
    attempt("198.51.100.7", "browser/2", &by_email(PASSWORD)).expect(200);
    // Other accounts notice nothing.
    let body = json!({"email": bob.email, "password": PASSWORD});
    attempt("203.0.113.1", "stranger/1", &body).expect(200);
}
