//! Rate limits, on servers with low ones.

use alveole_tests::{Answer, Backend, Server, server::PASSWORD};
use serde_json::json;

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
