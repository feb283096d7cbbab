//! What holds for every route: the envelope, problems, headers, limits.

use kernel::Role;

use crate::fixture::TestApp;

#[actix_web::test]
async fn a_problem_says_everything_that_the_contract_asks_for() {
    let app = TestApp::new();
    let token = app.token("ada", Role::User).await;
    let body = r#"{"title": "", "priority": "purple", "typo": 1}"#;
    let answer = app.call_as(&token, "POST", "/api/v1/tasks", Some(body)).await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let problem = answer.json();
    assert_eq!(problem["type"], "/problems/request.invalid");
    assert_eq!(problem["status"], 400);
    assert_eq!(problem["success"], false);
    assert_eq!(problem["retryable"], false);
    assert_eq!(problem["instance"], "/api/v1/tasks");
    assert_eq!(problem["error"], problem["detail"]);
    assert_eq!(problem["request_id"], answer.header("x-request-id"));
    let faults: Vec<(&str, &str)> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| (fault["field"].as_str().unwrap(), fault["code"].as_str().unwrap()))
        .collect();
    assert_eq!(
        faults,
        [
            ("/title", "tasks.title_empty"),
            ("/priority", "tasks.priority_unknown"),
            ("/typo", "request.unknown_field"),
        ]
    );
    let page = app.call("GET", "/problems/request.invalid", &[], None).await;
    assert_eq!(page.status, 200);
}

#[actix_web::test]
async fn a_single_error_lends_the_problem_its_code() {
    let app = TestApp::new();
    let token = app.token("ada", Role::User).await;
    let answer = app.call_as(&token, "GET", "/api/v1/tasks?priority=purple", None).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.json()["code"]),
        (400, &"tasks.priority_unknown".into())
    );
    let answer = app.call_as(&token, "GET", "/api/v1/tasks?prioritee=high", None).await;
    assert_eq!(answer.json()["code"], "request.unknown_parameter");
}

#[actix_web::test]
async fn every_answer_has_our_headers() {
    let app = TestApp::new();
    for (method, path) in
        [("GET", "/health"), ("GET", "/nothing"), ("POST", "/health"), ("GET", "/api/v1/tasks")]
    {
        let answer = app.call(method, path, &[("x-request-id", "abc-1")], None).await;
        assert_eq!(answer.header("x-request-id"), "abc-1", "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert!(answer.header("content-security-policy").contains("default-src 'none'"), "{path}");
    }
    let odd = app.call("GET", "/health", &[("x-request-id", "a b\"<")], None).await;
    assert_eq!(odd.header("x-request-id").len(), 32, "an odd id is replaced");
}

#[actix_web::test]
async fn quotas_are_shown_and_kept() {
    let app = TestApp::with_quota("3/min");
    for left in ["2", "1", "0"] {
        let answer = app.call("GET", "/api/v1/tasks", &[], None).await;
        assert_eq!(answer.status, 401);
        assert_eq!(answer.header("x-ratelimit-remaining"), left);
        assert_eq!(answer.header("ratelimit-policy"), "\"anon\";q=3;w=60");
    }
    let answer = app.call("GET", "/api/v1/tasks", &[], None).await;
    assert_eq!(answer.status, 429);
    assert!(answer.header("retry-after").parse::<u64>().unwrap() >= 1);
    assert_eq!(answer.json()["code"], "rate_limit.exceeded");
    assert_eq!(
        app.call("GET", "/health", &[], None).await.status,
        200,
        "operations are not limited"
    );
}

#[actix_web::test]
async fn bodies_are_json_and_bounded() {
    let app = TestApp::new();
    let token = app.token("ada", Role::User).await;
    let bearer = format!("Bearer {token}");
    let post = async |kind: &str, body: &str| {
        let headers = [("authorization", bearer.as_str()), ("content-type", kind)];
        app.call("POST", "/api/v1/tasks", &headers, Some(body)).await.status.as_u16()
    };
    assert_eq!(post("application/json", r#"{"title": "x"}"#).await, 201);
    assert_eq!(post("application/json; charset=utf-8", r#"{"title": "x"}"#).await, 201);
    assert_eq!(post("text/plain", r#"{"title": "x"}"#).await, 415);
    assert_eq!(post("application/json; charset=latin1", r#"{"title": "x"}"#).await, 415);
    assert_eq!(post("application/merge-patch+json", r#"{"title": "x"}"#).await, 415);
    assert_eq!(post("application/json", "{").await, 400);
    assert_eq!(post("application/json", "").await, 400);
    let large = format!(r#"{{"title": "x", "description": "{}"}}"#, "y".repeat(70_000));
    assert_eq!(post("application/json", &large).await, 413);
}

#[actix_web::test]
async fn cross_origin_calls_are_answered_by_configuration_only() {
    let app = TestApp::new();
    let preflight = async |origin: &str| {
        let headers = [("origin", origin), ("access-control-request-method", "POST")];
        app.call("OPTIONS", "/api/v1/tasks", &headers, None).await
    };
    let known = preflight("https://app.example").await;
    assert_eq!(known.header("access-control-allow-origin"), "https://app.example");
    let unknown = preflight("https://evil.example").await;
    assert_eq!(unknown.header("access-control-allow-origin"), "");
}

#[actix_web::test]
async fn a_head_request_is_a_get_without_its_body() {
    let app = TestApp::new();
    let get = app.call("GET", "/health", &[], None).await;
    let head = app.call("HEAD", "/health", &[], None).await;
    assert_eq!(get.status, head.status);
    assert_eq!(get.header("content-type"), head.header("content-type"));
}
