//! Limits that all replicas count together.

use alveole_tests::{Answer, Cluster, simultaneously};
use serde_json::json;

/// Sends so many requests at once over all replicas and gives how many were not refused by a limit.
pub(crate) fn allowed(count: usize, send: impl Fn(usize) -> Answer + Sync) -> usize {
    let answers = simultaneously(count, send);
    let mut allowed = 0;
    for answer in &answers {
        assert!(answer.status < 500, "{answer}");
        if answer.status == 429 {
            answer.must_have("retry-after");
        } else {
            allowed += 1;
        }
    }
    allowed
}

/// Nobody's requests from this address, through all replicas.
pub(crate) fn allowed_from(cluster: &Cluster, address: &str, path: &str, count: usize) -> usize {
    allowed(count, |number| {
        let client = cluster.replica(number).anonymous();
        let request = if path.contains("/auth/") {
            client.request("POST", path).json(&json!({"refresh_token": "nonsense"}))
        } else {
            client.request("GET", path)
        };
        request.header("x-forwarded-for", address).send()
    })
}

pub(crate) fn quotas_are_exact_over_three_replicas() {
    // the windows are so long that nothing comes back while this runs
    let cluster = Cluster::start(&[
        ("ALVEOLE__RATE_LIMIT__ANON", "25/h"),
        ("ALVEOLE__RATE_LIMIT__USER", "30/h"),
        ("ALVEOLE__RATE_LIMIT__AUTH", "20/h"),
    ]);
    let ada = cluster.person("ada");
    let bob = cluster.person("bob");
    assert_eq!(allowed_from(&cluster, "203.0.113.1", "/api/v1/tasks", 90), 25, "anon");
    assert_eq!(allowed_from(&cluster, "203.0.113.1", "/api/v1/auth/refresh", 90), 20, "auth");
    for person in [&ada, &bob] {
        let me = |number: usize| cluster.as_at(person, number).get("/api/v1/auth/me");
        assert_eq!(allowed(90, me), 30, "user");
    }
    // another address is another count, through the proxy as well
    assert_eq!(allowed_from(&cluster, "203.0.113.2", "/api/v1/tasks", 20), 20, "another address");
    let proxied = |_| cluster.proxy().get("/api/v1/tasks");
    assert_eq!(allowed(90, proxied), 25, "through the proxy");
}
