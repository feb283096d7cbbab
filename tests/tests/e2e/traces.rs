//! What an operator sees: traces, log lines that name them, and metrics.

use std::{
    net::TcpListener,
    time::{Duration, Instant},
};

use alveole_tests::{Backend, Server, backend, eventually, server::PASSWORD, simultaneously};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use serde_json::{Value, json};

use crate::collector::{Collector, Span};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

fn traceparent(flags: &str) -> String {
    format!("00-{TRACE}-{CALLER}-{flags}")
}

/// The log line of the request with this id.
fn line(server: &Server, request_id: &str) -> Value {
    let mut found = None;
    eventually(Duration::from_secs(5), || {
        let log = server.log();
        let mut lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        found = lines.find(|line| line["request_id"] == request_id && line["message"] == "request");
        found.is_some()
    });
    found.unwrap_or_else(|| panic!("no line with {request_id}: {}", server.log()))
}

pub(crate) fn a_trace_goes_from_the_caller_to_the_statements_and_to_what_follows(backend: Backend) {
    let collector = Collector::start();
    let server = Server::with(
        backend,
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint()),
            ("OTEL_SERVICE_NAME", "alveole-under-test"),
            ("OTEL_BSP_SCHEDULE_DELAY", "200"),
        ],
    );
    let ada = server.person("ada");
    ada.task("taken along");
    ada.client
        .request("DELETE", "/api/v1/users/me")
        .header("traceparent", &traceparent("01"))
        .header("x-request-id", "leaving")
        .json(&json!({"password": PASSWORD}))
        .send()
        .expect(200);
    let ours = |span: &Span| span.trace == TRACE;

    let request = collector.wait_for(|span| ours(span) && span.kind == SpanKind::Server);
    assert_eq!(
        (request.parent.as_str(), request.name.as_str()),
        (CALLER, "DELETE /api/v1/users/me")
    );
    assert_eq!(request.service, "alveole-under-test");
    for (key, wanted) in [
        ("http.request.method", "DELETE"),
        ("http.route", "/api/v1/users/me"),
        ("http.response.status_code", "200"),
        ("url.path", "/api/v1/users/me"),
        ("client.address", "127.0.0.1"),
        ("request_id", "leaving"),
        ("user.id", &ada.id.to_string()),
    ] {
        assert_eq!(request.get(key), wanted, "{key} of {request:#?}");
    }
    assert!(!request.failed);

    // The account goes with the request, the task with what follows from its event.
    let handled = collector.wait_for(|span| {
        ours(span)
            && span.name == "handle user.deleted.v1"
            && span.get("consumer") == "flows.forget_user"
    });
    assert_eq!((&handled.parent, handled.kind), (&request.id, SpanKind::Consumer));
    assert_eq!(handled.get("request_id"), "leaving");
    // So does a job with what enqueued it.
    let admin = server.admin();
    let enqueue = admin.client.request("POST", "/api/v1/admin/jobs");
    let enqueue = enqueue.header("traceparent", &traceparent("01"));
    enqueue.json(&json!({"kind": "tasks.purge"})).send().expect(201);
    let run = collector.wait_for(|span| ours(span) && span.name == "run tasks.purge");
    let enqueued = |span: &Span| ours(span) && span.name == "POST /api/v1/admin/jobs";
    assert_eq!((&run.parent, run.kind), (&collector.wait_for(enqueued).id, SpanKind::Consumer));

    let system = if backend == Backend::Sqlite { "sqlite" } else { "postgresql" };
    for (cause, statement) in [(&request, "outbox"), (&handled, "tasks")] {
        let unit = collector.wait_for(|span| span.name == "db write" && span.parent == cause.id);
        assert_eq!((unit.trace.as_str(), unit.get("lane")), (TRACE, "write".to_owned()));
        assert!(unit.get("wait_ms").parse::<f64>().unwrap() >= 0.0, "{unit:#?}");
        assert!(unit.get("commit_ms").parse::<f64>().unwrap() > 0.0, "{unit:#?}");
        let sql = collector.wait_for(|span| {
            span.parent == unit.id && span.get("db.query.text").contains(statement)
        });
        assert_eq!((sql.trace.as_str(), sql.kind), (TRACE, SpanKind::Client));
        assert_eq!(sql.get("db.system.name"), system);
        assert!(sql.get("db.query.text").starts_with(&sql.name), "{sql:#?}");
    }
    // Nobody's data is in a trace, and the log is as it was, with the trace in it.
    let told: Vec<String> = collector.spans().iter().flat_map(Span::texts).collect();
    for secret in [ada.email.as_str(), PASSWORD, "taken along"] {
        assert!(!told.iter().any(|text| text.contains(secret)), "{secret:?} in a span");
    }
    assert_eq!(line(&server, "leaving")["trace_id"], TRACE);
    assert!(!server.log().contains("db write"), "spans are not for the log");

    // A failure of ours is one in the trace too; what a client gets wrong is none.
    server.anonymous().request("GET", "/api/v1/tasks/1").header("x-request-id", "no").send();
    let refused = collector.wait_for(|span| span.get("request_id") == "no");
    assert_eq!((refused.name.as_str(), refused.failed), ("GET /api/v1/tasks/{id}", false));
    assert_eq!(
        (refused.parent.as_str(), &line(&server, "no")["trace_id"]),
        ("", &json!(refused.trace))
    );
}

pub(crate) fn redis_has_its_part_in_a_trace(backend: Backend) {
    let Some(redis) = backend::redis_url() else {
        eprintln!("SKIPPED: no Redis at TEST_REDIS_URL or 127.0.0.1:6379");
        return;
    };
    let collector = Collector::start();
    let prefix = format!("alveole-e2e-{}-{backend}", std::process::id());
    let server = Server::with(
        backend,
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint()),
            ("OTEL_BSP_SCHEDULE_DELAY", "200"),
            ("REDIS_URL", &redis),
            ("ALVEOLE__REDIS__PREFIX", &prefix),
        ],
    );
    let ada = server.person("ada");
    let task = ada.task("looked up");
    let path = format!("/api/v1/tasks/{task}");
    ada.client.request("GET", &path).header("traceparent", &traceparent("01")).send().expect(200);
    let ours = |span: &Span| span.trace == TRACE;
    let request = collector.wait_for(|span| ours(span) && span.kind == SpanKind::Server);
    for name in ["redis limiter", "redis cache"] {
        let asked = collector.wait_for(|span| ours(span) && span.name == name);
        assert_eq!((&asked.parent, asked.kind), (&request.id, SpanKind::Client), "{asked:#?}");
        assert_eq!(asked.get("db.system.name"), "redis");
    }
}

pub(crate) fn a_caller_that_takes_no_trace_is_followed(backend: Backend) {
    let collector = Collector::start();
    let mut server =
        Server::with(backend, &[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint())]);
    let ada = server.person("ada");
    ada.client
        .request("POST", "/api/v1/tasks")
        .header("traceparent", &traceparent("00"))
        .header("x-request-id", "untaken")
        .json(&json!({"title": "unseen"}))
        .send()
        .expect(201);
    let taken = ada.client.request("GET", "/api/v1/tasks").header("x-request-id", "taken");
    taken.send().expect(200);
    assert_eq!(line(&server, "untaken")["trace_id"], TRACE);
    // By now the event has been handled or never will be; the end sends what there is.
    std::thread::sleep(Duration::from_millis(600));
    assert!(server.terminate().success());
    let spans = collector.spans();
    assert!(spans.iter().any(|span| span.get("request_id") == "taken"), "the end sends the last");
    let unwanted: Vec<&Span> = spans.iter().filter(|span| span.trace == TRACE).collect();
    assert!(unwanted.is_empty(), "{unwanted:#?}");
    let handled = spans.iter().filter(|span| span.get("request_id") == "untaken").count();
    assert_eq!(handled, 0, "what follows from it is not taken either");
}

pub(crate) fn every_request_has_a_trace_id(backend: Backend) {
    let server = Server::start(backend);
    let ask = |id: &str, parents: &[&str]| {
        let client = server.anonymous();
        let mut request = client.request("GET", "/health").header("x-request-id", id);
        for parent in parents {
            request = request.header("traceparent", parent);
        }
        let answer = request.send().expect(200);
        assert!(answer.header("traceparent").is_none(), "{answer}");
        line(&server, id)["trace_id"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(ask("good", &[&traceparent("01")]), TRACE);
    assert_eq!(ask("unsampled", &[&traceparent("00")]), TRACE);
    let mut ids = vec![ask("none", &[]), ask("again", &[])];
    let upper = traceparent("01").to_uppercase();
    let zero = traceparent("01").replace(TRACE, &"0".repeat(32));
    let newer = traceparent("01").replacen("00-", "01-", 1);
    for (number, bad) in ["", "00", &upper, &zero, &newer].iter().enumerate() {
        ids.push(ask(&format!("bad-{number}"), &[bad]));
    }
    ids.push(ask("two", &[&traceparent("01"), &traceparent("01")]));
    for id in &ids {
        let fine = id.len() == 32 && id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        assert!(fine && id != TRACE, "{id:?} of {ids:?}");
    }
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count, "each is another");
    let keys: Vec<String> =
        line(&server, "good").as_object().unwrap().keys().map(String::to_owned).collect();
    let known = ["duration_ms", "ip", "level", "message", "method", "path", "request_id"];
    assert_eq!(keys, [&known[..], &["status", "timestamp", "trace_id"]].concat());
}

pub(crate) fn a_collector_that_is_away_is_no_matter(backend: Backend) {
    // Nobody answers behind the first, nobody listens behind the second.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for address in [silent.local_addr().unwrap(), closed] {
        let endpoint = format!("http://{address}");
        let mut server = Server::with(
            backend,
            &[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint), ("OTEL_BSP_SCHEDULE_DELAY", "50")],
        );
        let ada = server.person("ada");
        let begun = Instant::now();
        for _ in 0..100 {
            ada.client.get("/api/v1/tasks").expect(200);
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
        let begun = Instant::now();
        assert!(server.terminate().success());
        assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
        let log = server.log();
        let told = log.lines().filter(|line| line.contains("could not be exported")).count();
        assert!(told <= 2, "{told} times in {log}");
        assert!(told > 0 || address != closed, "not told at all: {log}");
    }
}

pub(crate) fn shed_requests_are_counted(backend: Backend) {
    let server = Server::with(backend, &[("ALVEOLE__SERVER__MAX_IN_FLIGHT", "1")]);
    let login = json!({"email": "nobody@example.com", "password": PASSWORD});
    let mut shed = 0;
    let overlapped = eventually(Duration::from_secs(20), || {
        let answers =
            simultaneously(30, |_| server.anonymous().post("/api/v1/auth/login", &login).status);
        shed += answers.iter().filter(|status| **status == 503).count();
        shed > 0
    });
    assert!(overlapped, "thirty at once, one at a time");
    let text = server.anonymous().get("/metrics").expect(200).text;
    assert!(
        text.contains(&format!("\nalveole_http_requests_shed_total {shed}\n")),
        "{shed} in {text}"
    );
}

pub(crate) fn metrics_cover_units_of_work_and_the_process(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    ada.task("measured");
    ada.client.get("/api/v1/tasks").expect(200);
    let text = server.anonymous().get("/metrics").expect(200).text;
    let value = |name: &str| -> f64 {
        let line = text.lines().find_map(|line| line.strip_prefix(&format!("{name} ")));
        line.unwrap_or_else(|| panic!("no {name} in {text}")).parse().unwrap()
    };
    for lane in ["write", "read"] {
        let waited = value(&format!("alveole_db_unit_wait_seconds_count{{lane=\"{lane}\"}}"));
        let run = value(&format!("alveole_db_unit_run_seconds_count{{lane=\"{lane}\"}}"));
        assert!(waited > 0.0 && run > 0.0, "{lane}: {waited} {run}");
    }
    assert!(value("alveole_db_commit_seconds_count") > 0.0);
    assert!(text.contains("alveole_db_commit_seconds_bucket{le=\"0.00005\"}"), "{text}");
    assert!(value("alveole_http_requests_in_flight") >= 1.0);
    assert!(value("alveole_http_requests_shed_total") < 1.0);
    assert!(text.contains("alveole_build_info{version=\""), "{text}");
    let resident = value("alveole_process_resident_memory_bytes");
    assert!(resident > 1e6 && resident < value("alveole_process_memory_limit_bytes"));
    let (open, most) = (value("alveole_process_open_fds"), value("alveole_process_max_fds"));
    assert!(open > 3.0 && open < most, "{open} of {most}");
    assert!(value("alveole_process_threads") > 2.0);
    assert!(value("alveole_process_cpu_seconds_total") >= 0.0);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let age = now.as_secs_f64() - value("alveole_process_start_time_seconds");
    assert!((-2.0..600.0).contains(&age), "{age}");
}

/// `crates/app/src/telemetry/metrics.txt` is what alerts and dashboards are checked against.
pub(crate) fn what_alerts_and_dashboards_rely_on_is_served_and_nothing_is_unlisted(
    backend: Backend,
) {
    let list = alveole_tests::server::workspace().join("crates/app/src/telemetry/metrics.txt");
    let list = std::fs::read_to_string(list).unwrap();
    let rows: Vec<Vec<&str>> = list
        .lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
        .map(|line| line.split('|').map(str::trim).collect())
        .collect();
    let here =
        |place: &str| place == "always" || (place == "postgres" && backend == Backend::Postgres);
    let server = Server::start(backend);
    let person = server.person("ada");
    person.client.post("/api/v1/tasks", &json!({"title": "Counted"})).expect(201);
    let wanted: Vec<String> = rows
        .iter()
        .filter(|row| here(row[3]))
        .map(|row| format!("# TYPE {} {}", row[0], row[1]))
        .collect();
    // Some are set by a timer.
    let deadline = Instant::now() + Duration::from_secs(20);
    let served = loop {
        let served = server.anonymous().get("/metrics").expect(200).text;
        let absent: Vec<&String> =
            wanted.iter().filter(|line| !served.lines().any(|l| l == line.as_str())).collect();
        if absent.is_empty() {
            break served;
        }
        assert!(Instant::now() < deadline, "not served: {absent:?}");
        std::thread::sleep(Duration::from_millis(200));
    };
    for line in served.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let name = line.split(' ').next().unwrap();
        assert!(rows.iter().any(|row| row[0] == name), "metrics.txt does not list {name}");
    }
}
