//! Status, headers and errors of `/monitoring`, in process and on memory.
#![expect(clippy::unwrap_used, reason = "failing loudly is what tests are for")]

mod fixture;

use monitoring::values::AlertState;
use serde_json::{Value, json};

use crate::fixture::{Fixture, busy};

const RULES: &str = "/api/v1/monitoring/rules";
const ALERTS: &str = "/api/v1/monitoring/alerts";

#[actix_web::test]
async fn a_rule_is_created_read_changed_and_deleted() {
    let Fixture { app, .. } = Fixture::new();
    let made = app.post(RULES).token("admin").json(&busy()).send().await.expect(201);
    let path = made.header("location").to_owned();
    assert_eq!((path.as_str(), made.header("etag")), ("/api/v1/monitoring/rules/1", "\"1\""));
    assert_eq!(
        (made.at("/data/clear"), made.at("/data/condition"), made.at("/data/severity")),
        (&json!(80.0), &json!("above"), &json!("warning"))
    );
    let read = app.get(&path).token("admin").send().await.expect(200);
    assert_eq!(read.at("/data"), made.at("/data"));
    let body = json!({"repeat_seconds": null, "threshold": 95});
    for (method, threshold) in [("PATCH", 95.0), ("PUT", 95.0)] {
        let changed = app.request(method, &path).token("admin").json(&body).send().await;
        let changed = changed.expect(200);
        assert_eq!(changed.at("/data/threshold"), threshold);
        assert_eq!(changed.at("/data/repeat_seconds"), &Value::Null);
        assert_eq!(changed.header("etag"), "\"2\"", "the second update is a no-op");
    }
    let listed = app.get(RULES).token("admin").send().await.expect(200);
    assert_eq!((listed.at("/data/0/id"), listed.at("/pagination/total")), (&json!(1), &json!(1)));
    app.get(&format!("{RULES}?cursor=x"))
        .token("admin")
        .send()
        .await
        .problem(400, "cursor.invalid");
    app.request("DELETE", &path).token("admin").send().await.expect(200);
    for method in ["GET", "DELETE"] {
        let gone = app.request(method, &path).token("admin").send().await;
        gone.problem(404, "monitoring.rule_not_found");
    }
    for method in ["PUT", "PATCH"] {
        let gone = app.request(method, &path).token("admin").json(&body).send().await;
        gone.problem(404, "monitoring.rule_not_found");
    }
}

#[actix_web::test]
async fn etags_answer_304_and_412_with_the_current_state() {
    let Fixture { app, .. } = Fixture::new();
    app.post(RULES).token("admin").json(&busy()).send().await.expect(201);
    let path = format!("{RULES}/1");
    app.get(&path).token("admin").with("if-none-match", "\"1\"").send().await.expect(304);
    let body = json!({"threshold": 91});
    let change = |method: &str, tag: &str| {
        app.request(method, &path).token("admin").with("if-match", tag).json(&body)
    };
    change("PATCH", "\"1\"").send().await.expect(200);
    for method in ["PATCH", "PUT"] {
        let stale = change(method, "\"1\"").send().await.problem(412, "monitoring.stale");
        assert_eq!(stale.at("/current/version"), 2);
    }
    let delete = app.request("DELETE", &path).token("admin").with("if-match", "\"1\"");
    delete.send().await.problem(412, "monitoring.stale");
}

#[actix_web::test]
async fn an_idempotency_key_creates_one_rule() {
    let Fixture { app, .. } = Fixture::new();
    let post = |name: &str| {
        let body = json!({"name": name, "series": "*", "threshold": 1});
        app.post(RULES).token("admin").with("idempotency-key", "k").json(&body)
    };
    let first = post("one").send().await.expect(201);
    let again = post("one").send().await.expect(201);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.at("/data"), first.at("/data"));
    post("two").send().await.problem(422, "idempotency.key_reused");
}

#[actix_web::test]
async fn all_errors_of_a_request_are_listed() {
    let Fixture { app, .. } = Fixture::new();
    app.post(RULES).token("admin").json(&busy()).send().await.expect(201);
    let body = json!({
        "name": " ", "series": "CPU", "condition": "over", "threshold": "90", "clear": 1,
        "for_seconds": -1, "clear_for_seconds": 604_801, "repeat_seconds": 59,
        "severity": "bad", "enabled": 1, "typo": 1,
    });
    let codes = [
        "monitoring.name_empty",
        "monitoring.series_invalid",
        "monitoring.condition_unknown",
        "request.wrong_type",
        "monitoring.seconds_invalid",
        "monitoring.seconds_invalid",
        "monitoring.seconds_invalid",
        "monitoring.severity_unknown",
        "request.wrong_type",
        "request.unknown_field",
    ];
    let refused = app.post(RULES).token("admin").json(&body).send().await.expect(400);
    assert_eq!(refused.codes(), codes);
    for method in ["PATCH", "PUT"] {
        let path = format!("{RULES}/1");
        let refused = app.request(method, &path).token("admin").json(&body).send().await;
        assert_eq!(refused.expect(400).codes(), codes);
    }
    let long = json!({"name": "x".repeat(101), "series": "*", "threshold": 1});
    let refused = app.post(RULES).token("admin").json(&long).send().await;
    refused.problem(400, "monitoring.name_too_long");
    let beyond = json!({"name": "x", "series": "*", "threshold": 1, "clear": 2});
    let refused = app.post(RULES).token("admin").json(&beyond).send().await.expect(400);
    assert_eq!(refused.codes(), ["monitoring.clear_invalid"]);
    let missing = app.post(RULES).token("admin").json(&json!({})).send().await.expect(400);
    assert_eq!(missing.codes(), ["request.missing_field"; 3]);
    let anomaly = json!({"name": "x", "series": "cpu.*", "condition": "anomaly"});
    app.post(RULES).token("admin").json(&anomaly).send().await.expect(201);
}

#[actix_web::test]
async fn the_hundredth_rule_is_the_last() {
    let Fixture { app, .. } = Fixture::new();
    for _ in 0..100 {
        app.post(RULES).token("admin").json(&busy()).send().await.expect(201);
    }
    let refused = app.post(RULES).token("admin").json(&busy()).send().await;
    refused.problem(409, "monitoring.too_many_rules");
}

#[actix_web::test]
async fn an_alert_is_acknowledged_and_silenced_while_it_is_open() {
    let fixture = Fixture::new();
    let app = &fixture.app;
    fixture.fire().await;
    let listed = app.get(&format!("{ALERTS}?state=firing&severity=warning"));
    let listed = listed.token("admin").send().await.expect(200);
    let alert = listed.at("/data/0");
    assert_eq!(alert["series"], "cpu.total");
    assert_eq!(alert["replica"], "a");
    assert_eq!(alert["cause"]["routes"][0], json!({"name": "GET /tasks", "percent": 81.5}));
    let other = app.get(&format!("{ALERTS}?state=resolved")).token("admin").send().await;
    assert_eq!(other.expect(200).at("/data"), &json!([]));
    for bad in ["state=open", "severity=bad"] {
        app.get(&format!("{ALERTS}?{bad}")).token("admin").send().await.expect(400);
    }
    let (ack, silence) = (format!("{ALERTS}/1/ack"), format!("{ALERTS}/1/silence"));
    let acked = app.post(&ack).token("admin").send().await.expect(200);
    assert_eq!(acked.at("/data/acked_by"), 3);
    let until = json!({"until": "2027-01-01T08:00:00Z"});
    let silenced = app.post(&silence).token("admin").json(&until).send().await.expect(200);
    assert_eq!(silenced.at("/data/silenced_until"), "2027-01-01T08:00:00Z");
    for bad in ["2020-01-01T08:00:00Z", "2999-01-01T08:00:00Z", "tomorrow"] {
        let refused = app.post(&silence).token("admin").json(&json!({"until": bad})).send().await;
        assert_eq!(refused.expect(400).codes(), ["monitoring.until_invalid"]);
    }
    fixture.rest_again().await;
    assert_eq!(fixture.state().await, AlertState::Resolved);
    app.post(&ack).token("admin").send().await.problem(409, "monitoring.alert_resolved");
    let refused = app.post(&silence).token("admin").json(&until).send().await;
    refused.problem(409, "monitoring.alert_resolved");
    let nothing = app.post(&format!("{ALERTS}/9/ack")).token("admin").send().await;
    nothing.problem(404, "monitoring.alert_not_found");
    let nothing = app.post(&format!("{ALERTS}/9/silence")).token("admin").json(&until).send().await;
    nothing.problem(404, "monitoring.alert_not_found");
}

#[actix_web::test]
async fn a_chart_says_its_step_and_its_points() {
    let fixture = Fixture::new();
    fixture.samples(3).await;
    let app = &fixture.app;
    let listed = app.get("/api/v1/monitoring/series").token("admin").send().await.expect(200);
    assert_eq!(listed.at("/data/0"), &json!({"name": "cpu.total", "unit": "percent"}));
    let now = fixture.now_ms();
    let path = format!(
        "/api/v1/monitoring/metrics?series=cpu.*,load.1&from={}&to={}",
        now - 60_000,
        now + 1
    );
    let chart = app.get(&path).token("admin").send().await.expect(200);
    assert_eq!((chart.at("/data/step"), chart.at("/data/missing")), (&json!(5), &json!([])));
    let series = chart.at("/data/series/0");
    assert_eq!(
        (&series["name"], &series["unit"], &series["replica"]),
        (&json!("cpu.total"), &json!("percent"), &json!("a"))
    );
    let points = series["points"].as_array().unwrap();
    assert_eq!(points.len(), 3);
    assert_eq!(points.iter().map(|point| point[2].as_f64()).collect::<Vec<_>>(), [Some(41.25); 3]);
    let wide = app.get(&format!("{path}&step=60")).token("admin").send().await.expect(200);
    assert_eq!(wide.at("/data/step"), 60);
    for (bad, code) in [
        ("from=x", "monitoring.range_invalid"),
        ("from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "monitoring.range_invalid"),
        ("step=0", "monitoring.step_invalid"),
        ("series=CPU", "monitoring.series_invalid"),
        ("series=a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a", "monitoring.series_invalid"),
    ] {
        for operation in ["metrics", "export"] {
            let path = format!("/api/v1/monitoring/{operation}?{bad}");
            let refused = app.get(&path).token("admin").send().await.expect(400);
            assert_eq!(refused.codes(), [code], "{path}");
        }
    }
}

/// M8.
#[actix_web::test]
async fn m8_an_export_that_is_read_again_gives_the_same_numbers() {
    let fixture = Fixture::new();
    fixture.odd_samples().await;
    let now = fixture.now_ms();
    let stretch = format!("from={}&to={}", now - 3_600_000, now + 1);
    let app = &fixture.app;
    let chart = app.get(&format!("/api/v1/monitoring/metrics?{stretch}")).token("admin");
    let chart = chart.send().await.expect(200);
    let json = app.get(&format!("/api/v1/monitoring/export?format=json&{stretch}")).token("admin");
    let json = json.send().await.expect(200);
    assert_eq!(json.at("/data"), chart.at("/data"));
    assert!(json.header("content-disposition").contains("metrics.json"));
    let csv = fixture.text(&format!("/api/v1/monitoring/export?format=csv&{stretch}")).await;
    let mut lines = csv.lines();
    assert_eq!(lines.next(), Some("time,replica,series,min,mean,max"));
    let number = |text: &str| text.parse::<f32>().unwrap().to_bits();
    let read: Vec<_> = lines
        .map(|line| {
            let columns: Vec<&str> = line.split(',').collect();
            let [time, replica, series, min, mean, max] = columns[..] else { unreachable!() };
            let time: i64 = time.parse().unwrap();
            let cell = [number(min), number(mean), number(max)];
            (time, replica.to_owned(), series.to_owned(), cell)
        })
        .collect();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut charted = Vec::new();
    for series in chart.at("/data/series").as_array().unwrap() {
        for point in series["points"].as_array().unwrap() {
            let bits = |place: usize| (point[place].as_f64().unwrap() as f32).to_bits();
            let time = point[0].as_i64().unwrap();
            let cell = [bits(1), bits(2), bits(3)];
            charted.push((time, text(&series["replica"]), text(&series["name"]), cell));
        }
    }
    assert!(charted.len() > 20);
    assert_eq!(read, charted);
    let refused = app.get("/api/v1/monitoring/export?format=xml").token("admin").send().await;
    assert_eq!(refused.expect(400).codes(), ["monitoring.format_unknown"]);
}

#[actix_web::test]
async fn a_token_without_the_scope_is_refused_by_name() {
    let Fixture { app, .. } = Fixture::new();
    app.get(RULES).token("reader").send().await.expect(200);
    let refused = app.post(RULES).token("reader").json(&busy()).send().await;
    let refused = refused.problem(403, "auth.missing_permission");
    assert_eq!(refused.at("/permission"), "monitoring:manage");
}

/// The table is tried again by the journey `authz`, on the real program.
#[actix_web::test]
async fn every_operation_answers_every_role_as_the_table_says() {
    let Fixture { app, .. } = Fixture::new();
    app.post(RULES).token("admin").json(&busy()).send().await.expect(201);
    let callers = ["", "user", "admin", "super_admin"];
    // Each deletion needs a rule of its own.
    let (deletions, others): (Vec<&str>, Vec<&str>) =
        include_str!("../authz.txt").lines().partition(|line| line.starts_with("DELETE"));
    app.authorization(&others.join("\n"), &callers, &format!("{RULES}/1")).await;
    assert_eq!(deletions.len(), 1);
    for (token, status) in [("", 401), ("user", 403), ("admin", 200), ("super_admin", 200)] {
        let made = app.post(RULES).token("admin").json(&busy()).send().await.expect(201);
        let delete = app.request("DELETE", made.header("location"));
        let delete = if token.is_empty() { delete } else { delete.token(token) };
        delete.send().await.expect(status);
    }
}
