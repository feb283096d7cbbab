//! A core is burnt: the alert names what did it, people hear of it, and it resolves by itself.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use alveole_tests::{Backend, ChatSocket, Client, Server, eventually};
use serde_json::{Value, json};

const RULES: &str = "/api/v1/monitoring/rules";
const ALERTS: &str = "/api/v1/monitoring/alerts";
const SOCKET: &str = "/api/v1/monitoring/ws";
const SOON: Duration = Duration::from_secs(30);
/// A sample every second.
const FAST: [(&str, &str); 1] = [("ALVEOLE__MONITORING__INTERVAL_SECONDS", "1")];

fn start(backend: Backend) -> Server {
    Server::with(backend, &FAST)
}

/// What a series did in the last minutes; nothing while it is not known.
fn points(client: &Client, series: &str) -> Vec<Value> {
    let chart = client.get(&format!("/api/v1/monitoring/metrics?series={series}")).expect(200);
    let all = chart.at("/data/series").as_array().unwrap();
    all.iter().flat_map(|one| one["points"].as_array().unwrap().clone()).collect()
}

/// The alerts of one rule, the newest first.
fn alerts(client: &Client, rule: i64) -> Vec<Value> {
    let mut rows = client.every_row(&format!("{ALERTS}?limit=100"));
    rows.retain(|row| row["rule_id"] == rule);
    rows
}

/// Takes the rules away that come with the program: a busy machine would break them.
fn without_rules(client: &Client) {
    assert!(eventually(SOON, || !client.get(RULES).expect(200).rows().is_empty()));
    for row in client.every_row(&format!("{RULES}?limit=100")) {
        client.delete(&format!("{RULES}/{}", row["id"])).expect(200);
    }
}

pub(crate) fn a_burnt_core_raises_an_alert_that_names_its_cause_and_resolves(backend: Backend) {
    let server = start(backend);
    let admin = server.admin();
    let client = &admin.client;
    without_rules(client);
    let rule = json!({
        "name": "Process busy", "series": "process.cpu", "threshold": 15, "clear": 10,
        "for_seconds": 2, "clear_for_seconds": 2, "severity": "critical",
    });
    let rule = client.post(RULES, &rule).expect(201).id();
    let burning = AtomicBool::new(true);
    let fired = thread::scope(|scope| {
        for number in 0..2 {
            let (burning, anonymous) = (&burning, server.anonymous());
            scope.spawn(move || {
                while burning.load(Ordering::Relaxed) {
                    // Whoever signs in makes the server hash a password.
                    let who = json!({"email": format!("x{number}@example.com"), "password": "x"});
                    anonymous.post("/api/v1/auth/login", &who);
                    anonymous.get("/api/v1/products/search?q=lamp");
                }
            });
        }
        let is_firing = || alerts(client, rule).iter().any(|row| row["state"] == "firing");
        let fired = eventually(SOON, is_firing);
        let caused = eventually(SOON, || {
            let alerts = alerts(client, rule);
            alerts.iter().any(|row| !row["cause"]["processes"].as_array().unwrap().is_empty())
        });
        burning.store(false, Ordering::Relaxed);
        fired && caused
    });
    let alert = alerts(client, rule).into_iter().next().unwrap_or_default();
    assert!(fired, "{alert}: {}", server.log());
    let cause = alert["cause"].to_string();
    assert!(cause.contains("/auth/login") || cause.contains("/products/search"), "{cause}");
    // Other programs of this machine may be busier.
    let named = alert["cause"]["processes"].as_array().unwrap().len();
    assert!(cause.contains("alveole") || named == 3, "the process is named: {cause}");
    let resolved = || alerts(client, rule)[0]["state"] == "resolved";
    assert!(eventually(SOON, resolved), "{:?}: {}", alerts(client, rule), server.log());
    assert_eq!(alerts(client, rule)[0]["resolution"], "cleared");

    // Administrators hear of both, once.
    let texts = || -> Vec<String> {
        let inbox = client.get("/api/v1/notifications?kind=monitoring.alert").expect(200);
        inbox.rows().iter().map(|row| row["text"].as_str().unwrap().to_owned()).collect()
    };
    assert!(eventually(SOON, || texts().len() >= 2), "{:?}: {}", texts(), server.log());
    let texts = texts();
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert!(texts[0].contains("\"Process busy\" is resolved"), "{texts:?}");
    assert!(texts[1].contains("\"Process busy\" fires: process.cpu"), "{texts:?}");
}

pub(crate) fn series_agree_with_the_metrics_and_gaps_are_no_zeros(backend: Backend) {
    let server = start(backend);
    let admin = server.admin();
    let client = &admin.client;
    let named = || {
        let listed = client.get("/api/v1/monitoring/series").expect(200);
        let names = listed.rows().iter().map(|row| row["name"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    assert!(eventually(SOON, || named().iter().any(|name| name == "cpu.total")), "{:?}", named());
    assert!(named().len() >= 55, "{:?}", named());
    let values = |series: &str| -> Vec<f64> {
        points(client, series).iter().map(|point| point[2].as_f64().unwrap()).collect()
    };
    let mut memory = Vec::new();
    assert!(eventually(SOON, || {
        memory = values("process.memory");
        memory.len() >= 3
    }));
    // What is charted is what /metrics says.
    let resident = server.metric("alveole_process_resident_memory_bytes").unwrap();
    let charted = *memory.last().unwrap();
    assert!((charted / resident - 1.0).abs() < 0.25, "{charted} {resident}");
    let accounts = server.metric("alveole_users");
    if let (Some(accounts), Some(charted)) = (accounts, values("accounts.total").last()) {
        assert!((accounts - charted).abs() <= 2.0, "{accounts} {charted}");
    }
    for _ in 0..40 {
        client.get("/api/v1/tasks").expect(200);
    }
    assert!(eventually(SOON, || values("http.requests").iter().any(|rate| *rate > 5.0)));
    assert!(eventually(SOON, || values("http.p95").iter().any(|time| *time > 0.0)));
    let memory = values("memory.used_percent");
    assert!(memory.iter().all(|percent| *percent > 0.0 && *percent <= 100.0), "{memory:?}");
    // The export is the chart.
    let csv =
        || client.get("/api/v1/monitoring/export?format=csv&series=cpu.total").expect(200).text;
    assert!(eventually(SOON, || csv().lines().count() > 3), "{}", csv());
    assert!(csv().starts_with("time,replica,series,min,mean,max\r\n"), "{}", csv());
}

pub(crate) fn the_socket_shows_samples_and_alerts(backend: Backend) {
    let server = start(backend);
    let (admin, ada) = (server.admin(), server.person("ada"));
    without_rules(&admin.client);
    let open = |token: &str| {
        let authorization = format!("Bearer {token}");
        ChatSocket::try_open(server.port(), SOCKET, &[("Authorization", authorization.as_str())])
    };
    assert_eq!(open(&ada.access_token).err().map(|(status, _)| status), Some(403));
    assert_eq!(open("nobody").err().map(|(status, _)| status), Some(401));
    let nobody = ChatSocket::try_open(server.port(), SOCKET, &[]);
    assert_eq!(nobody.err().map(|(status, _)| status), Some(401));
    let mut socket = open(&admin.access_token).unwrap();
    socket.send(&json!({"type": "ping", "id": "p"}));
    assert_eq!(socket.next_of("pong")["id"], "p");
    for bad in [json!({"type": "x"}), json!({"type": "subscribe", "series": ["CPU"]})] {
        socket.send(&bad);
        assert_eq!(socket.next_of("error")["data"]["status"], 400);
    }
    socket.send(
        &json!({"type": "subscribe", "series": ["cpu.*", "memory.used"], "since": 0, "id": "s"}),
    );
    let subscribed = socket.next_of("subscribed");
    assert_eq!(
        (&subscribed["id"], &subscribed["data"]["interval_ms"]),
        (&json!("s"), &json!(1000))
    );
    let mut last = 0;
    for _ in 0..4 {
        let sample = socket.next_of("sample");
        let (at, values) = (sample["data"]["at"].as_i64().unwrap(), &sample["data"]["v"]);
        assert!(at > last, "{sample}");
        last = at;
        assert!(values["memory.used"].as_f64().is_some_and(|bytes| bytes > 0.0), "{sample}");
        assert!(values["load.1"].is_null(), "it was not asked for: {sample}");
    }
    let rule = json!({"name": "Always", "series": "memory.used", "threshold": 1});
    let rule = admin.client.post(RULES, &rule).expect(201).id();
    let alert = socket.next_of("alert");
    assert_eq!(alert["data"]["event"], "fired");
    assert_eq!(alert["data"]["alert"]["rule_id"], rule);
    let id = &alert["data"]["alert"]["id"];
    admin.client.post(&format!("{ALERTS}/{id}/ack"), &json!({})).expect(200);
    assert_eq!(socket.next_of("alert")["data"]["event"], "acknowledged");
    admin.client.delete(&format!("{RULES}/{rule}")).expect(200);
    assert_eq!(socket.next_of("alert")["data"]["alert"]["resolution"], "rule_changed");
}

/// Twenty who watch cost little; half a core here, because the machine of the tests is shared and the build is slow.
pub(crate) fn twenty_viewers_are_cheap(backend: Backend) {
    let mut settings = FAST.to_vec();
    settings.push(("ALVEOLE__CHAT__SOCKETS_PER_USER", "30"));
    let server = Server::with(backend, &settings);
    let admin = server.admin();
    let processor = || server.metric("alveole_process_cpu_seconds_total").unwrap();
    let measure = || {
        let (before, since) = (processor(), Instant::now());
        thread::sleep(Duration::from_secs(5));
        (processor() - before) / since.elapsed().as_secs_f64()
    };
    thread::sleep(Duration::from_secs(3));
    let alone = measure();
    let authorization = format!("Bearer {}", admin.access_token);
    let headers = [("Authorization", authorization.as_str())];
    let mut sockets: Vec<ChatSocket> =
        (0..20).map(|_| ChatSocket::try_open(server.port(), SOCKET, &headers).unwrap()).collect();
    for socket in &mut sockets {
        socket.send(&json!({"type": "subscribe", "series": ["*"]}));
        socket.next_of("subscribed");
    }
    let watched = measure();
    assert!(watched - alone < 0.5, "{alone} → {watched}");
    for socket in &mut sockets {
        socket.next_of("sample");
    }
}

pub(crate) fn minutes_survive_a_restart(backend: Backend) {
    let mut server = start(backend);
    let admin = server.admin();
    // A minute has to end.
    let stored = || server.sql("SELECT count(*) FROM monitoring_samples WHERE step = 0");
    let count = |text: String| text.trim().parse::<i64>().unwrap_or(0);
    assert!(eventually(Duration::from_secs(90), || count(stored()) >= 1), "{}", server.log());
    let chart = "/api/v1/monitoring/metrics?series=cpu.total&step=60";
    let before = admin.client.get(chart).expect(200);
    server.restart();
    let client = server.client_of(&admin);
    assert!(count(server.sql("SELECT count(*) FROM monitoring_samples WHERE step = 2")) >= 1);
    let rules = client.get(RULES).expect(200);
    assert_eq!(rules.at("/pagination/total"), 7, "the rules of the program came once");
    assert_eq!(before.at("/data/step"), 60);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64;
    let day = 86_400_000;
    let path = format!("/api/v1/monitoring/metrics?series=cpu.total&from={}&to={now}", now - day);
    let chart = client.get(&path).expect(200);
    let points = chart.at("/data/series/0/points").as_array().unwrap().clone();
    assert!(!points.is_empty(), "{chart}");
}
