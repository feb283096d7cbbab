//! The contract of every answer.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use alveole_tests::{Backend, Server, server::workspace};
use serde_json::{Value, json};

pub(crate) fn unknown_routes_methods_and_ids(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    for path in ["/nowhere", "/api/v1/nowhere", "/api/v2/tasks", "/api/v1/tasks/1/2/3"] {
        ada.client.get(path).expect(404);
        server.anonymous().get(path).expect(404);
    }
    for (method, path, allowed) in [
        ("DELETE", "/api/v1/tasks", ["GET", "POST"]),
        ("POST", "/api/v1/tasks/1", ["PATCH", "DELETE"]),
        ("GET", "/api/v1/auth/login", ["POST", "POST"]),
        ("PATCH", "/api/v1/tasks/bulk", ["POST", "POST"]),
        ("POST", "/health", ["GET", "GET"]),
    ] {
        let answer = ada.client.request(method, path).send().expect(405);
        let allow = answer.must_have("allow");
        for verb in allowed {
            assert!(
                allow.split(',').any(|name| name.trim() == verb),
                "{method} {path}: Allow: {allow}"
            );
        }
    }
    for id in ["0", "-1", "x", "1.5", "9223372036854775808", "%00", "1%20", "+1"] {
        let answer = ada.client.get(&format!("/api/v1/tasks/{id}"));
        assert_eq!(answer.status, 400, "{id}: {answer}");
        answer.expect(400);
    }
    ada.client.get("/api/v1/tasks/9223372036854775807").expect(404);
    // a path of words is no id
    ada.client.get("/api/v1/users/nobody").expect(400);
    ada.client.get("/api/v1/auth/me?colour=red").expect(400);
}

pub(crate) fn bodies_that_cannot_be_read(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let send = |content_type: &str, body: &[u8]| {
        ada.client.request("POST", "/api/v1/tasks").raw(content_type, body).send()
    };
    for body in [
        "",
        "{",
        "{\"title\": }",
        "[1,2",
        "\"",
        "{\"title\":\"a\"} trailing",
        "{'title':'a'}",
        "{\"title\":\"a\",\"title\":\"b\"}",
        "nul",
        "{\"title\":\"\\ud800\"}",
    ] {
        let answer = send("application/json", body.as_bytes());
        assert_eq!(answer.status, 400, "{body}: {answer}");
        answer.expect(400);
    }
    send("application/json", b"{\"title\":\"\xff\xfe\"}").expect(400);
    // deep nesting is refused, not followed
    let deep = format!("{{\"title\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    send("application/json", deep.as_bytes()).expect(400);
    for kind in ["text/plain", "application/xml", "multipart/form-data", ""] {
        let answer = send(kind, b"{\"title\":\"a\"}");
        assert_eq!(answer.status, 415, "{kind:?}: {answer}");
        answer.expect(415);
    }
    send("application/json; charset=utf-8", b"{\"title\":\"a\"}").expect(201);
    let huge = format!("{{\"title\":\"{}\"}}", "x".repeat(20 * 1024 * 1024));
    // the server may hang up while the body is still on its way
    let sent = ada
        .client
        .request("POST", "/api/v1/tasks")
        .raw("application/json", huge.as_bytes())
        .try_send();
    if let Ok(answer) = sent {
        answer.expect(413);
    }
    let large = format!("{{\"title\":\"{}\"}}", "x".repeat(3 * 1024 * 1024));
    if let Ok(answer) = ada
        .client
        .request("POST", "/api/v1/tasks")
        .raw("application/json", large.as_bytes())
        .try_send()
    {
        assert!(matches!(answer.status, 400 | 413), "{answer}");
    }
}

pub(crate) fn problems_have_pages(backend: Backend) {
    let server = Server::start(backend);
    let anonymous = server.anonymous();
    let ada = server.person("ada");
    for answer in [
        anonymous.get("/api/v1/tasks").expect(401),
        anonymous.get("/nowhere").expect(404),
        ada.client.delete("/api/v1/tasks").expect(405),
        ada.client.post("/api/v1/tasks", &json!({})).expect(400),
        ada.client.get("/api/v1/tasks/1").expect(404),
        ada.client.get("/api/v1/admin/audit").expect(403),
    ] {
        let page = anonymous.get(answer.at("/type").as_str().unwrap());
        assert_eq!(page.status, 200, "{page}");
        assert!(page.text.contains(answer.at("/code").as_str().unwrap()), "{page}");
    }
    anonymous.get("/problems/no.such_code").expect(404);
    // which permission was missing is said
    let refused = ada.client.get("/api/v1/admin/audit").expect(403);
    assert!(refused.text.contains("audit:read"), "{refused}");
}

pub(crate) fn headers_ids_and_compression(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    for n in 0..30 {
        ada.task(&format!("a title that repeats itself {n}"));
    }
    let answers = [
        ada.client.get("/api/v1/tasks").expect(200),
        ada.client.get("/nowhere").expect(404),
        server.anonymous().get("/api/v1/tasks").expect(401),
        server.anonymous().get("/health").expect(200),
    ];
    for answer in &answers {
        assert_eq!(answer.must_have("x-content-type-options"), "nosniff");
        assert_eq!(answer.must_have("x-frame-options"), "DENY");
        answer.must_have("referrer-policy");
        answer.must_have("content-security-policy");
        answer.must_have("x-request-id");
    }
    assert_ne!(answers[0].header("x-request-id"), answers[1].header("x-request-id"));
    let with_id = |id: &str| {
        ada.client.request("GET", "/api/v1/auth/me").header("x-request-id", id).send().expect(200)
    };
    assert_eq!(with_id("journey-42_a.b").header("x-request-id"), Some("journey-42_a.b"));
    for insane in ["x".repeat(500), "a b".to_owned(), "<script>".to_owned()] {
        let answer = with_id(&insane);
        assert_ne!(answer.header("x-request-id"), Some(insane.as_str()));
    }
    assert!(server.log().contains("journey-42_a.b"), "the request id is in the log");

    let plain = ada.client.get("/api/v1/tasks?limit=30").expect(200);
    for coding in ["gzip", "br"] {
        let packed = ada
            .client
            .request("GET", "/api/v1/tasks?limit=30")
            .header("accept-encoding", coding)
            .send();
        assert_eq!(packed.status, 200);
        assert_eq!(packed.must_have("content-encoding"), coding);
        assert!(packed.bytes.len() < plain.bytes.len() / 2);
        assert!(packed.must_have("vary").to_ascii_lowercase().contains("accept-encoding"));
    }
    assert_eq!(plain.header("content-encoding"), None);
    let kind = plain.must_have("content-type");
    assert!(kind.starts_with("application/json"), "{kind}");
    // answers that depend on the caller are not for shared caches
    let cache = plain.header("cache-control").unwrap_or_default();
    assert!(
        cache.contains("private") || cache.contains("no-store") || cache.contains("no-cache"),
        "Cache-Control: {cache:?}"
    );
}

pub(crate) fn head_is_wherever_get_is(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let id = ada.task("head");
    for path in [
        "/health".to_owned(),
        "/ready".to_owned(),
        "/openapi.json".to_owned(),
        "/api/v1/tasks".to_owned(),
        format!("/api/v1/tasks/{id}"),
        "/api/v1/users/me".to_owned(),
        "/api/v1/tasks/987654".to_owned(),
    ] {
        let get = ada.client.get(&path);
        let head = ada.client.request("HEAD", &path).send();
        assert_eq!(head.status, get.status, "{path}");
        assert!(head.bytes.is_empty(), "{path}: a HEAD has no body");
        assert_eq!(head.header("content-type"), get.header("content-type"), "{path}");
        assert_eq!(head.header("etag"), get.header("etag"), "{path}");
    }
}

pub(crate) fn cors_is_strictly_from_configuration(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let preflight = |origin: &str| {
        server
            .anonymous()
            .request("OPTIONS", "/api/v1/tasks")
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header(
                "access-control-request-headers",
                "authorization,content-type,idempotency-key,if-match,last-event-id",
            )
            .send()
    };
    let allowed = preflight("https://console.example.com");
    assert!(matches!(allowed.status, 200 | 204), "{allowed}");
    assert_eq!(allowed.must_have("access-control-allow-origin"), "https://console.example.com");
    assert!(allowed.must_have("access-control-allow-methods").contains("POST"));
    let headers = allowed.must_have("access-control-allow-headers").to_ascii_lowercase();
    for name in ["authorization", "content-type", "idempotency-key", "if-match", "last-event-id"] {
        assert!(headers.contains(name), "{headers}");
    }
    for stranger in ["https://evil.example.com", "https://console.example.com.evil.com", "null"] {
        let refused = preflight(stranger);
        assert_eq!(refused.header("access-control-allow-origin"), None, "{stranger}");
        refused.problem(400, "cors.refused");
    }
    // A server in development is called by pages of this machine, whatever their port.
    let page = preflight("http://localhost:5173");
    assert_eq!(page.must_have("access-control-allow-origin"), "http://localhost:5173");
    // even a refusal can be read by the page that asked
    let answer = ada
        .client
        .request("GET", "/api/v1/tasks/987654")
        .header("origin", "https://console.example.com")
        .send()
        .expect(404);
    answer.must_have("access-control-allow-origin");
    let exposed = answer.must_have("access-control-expose-headers").to_ascii_lowercase();
    for name in ["etag", "location", "x-request-id", "link", "retry-after"] {
        assert!(exposed.contains(name), "{exposed}");
    }
}

/// What the framework refuses before there is a request looks like every other refusal.
pub(crate) fn requests_that_cannot_be_read_get_a_problem(backend: Backend) {
    let server = Server::start(backend);
    let long = "a".repeat(70_000);
    let wide = format!("x: {}\r\n", "b".repeat(4000)).repeat(40);
    for (sent, status, code) in [
        ("nonsense\r\n\r\n".to_owned(), 400, "request.unreadable"),
        (format!("GET /{long} HTTP/1.1\r\nhost: x\r\n\r\n"), 400, "request.unreadable"),
        (format!("GET / HTTP/1.1\r\n{wide}\r\n"), 431, "request.head_too_large"),
        (
            "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: x\r\n\r\n".to_owned(),
            400,
            "request.unreadable",
        ),
    ] {
        let mut stream = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        // The server may have answered and closed before all of it was written.
        let _ = stream.write_all(sent.as_bytes());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{code}: {answer}");
        assert!(head.contains("content-type: application/problem+json"), "{answer}");
        let problem: Value = serde_json::from_str(body).unwrap();
        assert_eq!((&problem["code"], &problem["status"]), (&json!(code), &json!(status)));
        let id = problem["request_id"].as_str().unwrap();
        assert!(head.contains(&format!("x-request-id: {id}")), "{answer}");
    }
}

pub(crate) fn operational_endpoints_need_no_sign_in(backend: Backend) {
    let server = Server::start(backend);
    let anonymous = server.anonymous();
    anonymous.get("/health").expect(200);
    anonymous.get("/ready").expect(200);
    server.person("ada").client.get("/api/v1/tasks").expect(200);
    let metrics = anonymous.get("/metrics").expect(200);
    assert!(
        metrics.text.lines().any(|line| line.contains("/api/v1/tasks") && !line.starts_with('#')),
        "{metrics}"
    );
    let document = anonymous.get("/openapi.json").expect(200);
    assert!(document.at("/openapi").as_str().is_some_and(|v| v.starts_with("3.1")));
    let tag = document.must_have("etag").to_owned();
    let again = anonymous.request("GET", "/openapi.json").header("if-none-match", &tag).send();
    assert_eq!((again.status, again.text.as_str()), (304, ""), "{again}");
    assert_eq!(again.must_have("etag"), tag);
    let other = anonymous.request("GET", "/openapi.json").header("if-none-match", "\"other\"");
    other.send().expect(200);
    let docs = anonymous.get("/docs/");
    assert_eq!(docs.status, 200, "{docs}");
    assert!(docs.text.contains("swagger"), "{docs}");
    assert!(!docs.text.contains("//cdn") && !docs.text.contains("unpkg"), "nothing from elsewhere");
    let root = anonymous.get("/");
    assert!(matches!(root.status, 301 | 302 | 303 | 307 | 308), "{root}");
    let is_built = workspace().join("crates/console/web/dist/index.html").is_file();
    assert_eq!(root.must_have("location"), if is_built { "/console/" } else { "/docs/" });
    let console = anonymous.get("/console/").expect(200);
    assert_eq!(console.text.contains("The console isn't built"), !is_built, "{console}");
    assert_eq!(anonymous.get("/console/tasks/7").expect(200).text, console.text, "a screen");
    anonymous.get("/console/nothing.js").expect(404);
    // every line of the log is JSON, with no secret in it
    let log = server.log();
    assert!(!log.is_empty());
    for line in log.lines() {
        let entry: Value = serde_json::from_str(line)
            .unwrap_or_else(|error| panic!("{error}: not a JSON line: {line}"));
        assert!(entry["level"].is_string() && entry["timestamp"].is_string(), "{line}");
    }
    assert!(!log.contains(alveole_tests::server::PASSWORD));
}
