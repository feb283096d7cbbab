//! Rules over replicas: whoever evaluates may die.

use std::{thread, time::Duration};

use alveole_tests::{Client, Cluster, eventually};
use serde_json::{Value, json};

const RULES: &str = "/api/v1/monitoring/rules";
const ALERTS: &str = "/api/v1/monitoring/alerts";
const NOTICES: &str = "/api/v1/notifications?kind=monitoring.alert&limit=100";
/// The lease of whoever evaluates has to end first.
const SOON: Duration = Duration::from_secs(60);

fn alerts_of(client: &Client, rule: i64) -> Vec<Value> {
    let mut rows = client.every_row(&format!("{ALERTS}?limit=100"));
    rows.retain(|row| row["rule_id"] == rule);
    rows
}

fn notices_of(client: &Client, name: &str) -> usize {
    let says = |row: &Value| row["text"].as_str().is_some_and(|text| text.contains(name));
    client.get(NOTICES).expect(200).rows().iter().filter(|row| says(row)).count()
}

/// Each replica is killed once while a rule is broken and has not fired yet; one of them is the one that evaluates.
pub(crate) fn a_rule_fires_once_when_whoever_evaluates_dies() {
    let mut cluster = Cluster::start(&[("ALVEOLE__MONITORING__INTERVAL_SECONDS", "1")]);
    for killed in 0..3 {
        let rest: Vec<usize> = (0..3).filter(|number| *number != killed).collect();
        let admin = cluster.replica(rest[0]).admin();
        let client = &admin.client;
        let name = format!("Few dead jobs {killed}");
        // A number that all replicas see alike, so that there is one alert.
        let rule = json!({
            "name": name, "series": "jobs.dead", "condition": "below", "threshold": 1000,
            "clear": 2000, "for_seconds": 4, "clear_for_seconds": 2, "severity": "warning",
        });
        let rule = client.post(RULES, &rule).expect(201).id();
        thread::sleep(Duration::from_secs(2));
        cluster.kill9(killed);
        let admin = cluster.replica(rest[1]).admin();
        let client = &admin.client;
        let fired = || alerts_of(client, rule).iter().any(|row| row["state"] == "firing");
        assert!(eventually(SOON, fired), "without {killed}: {:?}", alerts_of(client, rule));
        assert!(eventually(SOON, || notices_of(client, &name) > 0), "without {killed}");
        cluster.restart(killed);
        // Who was killed may have had it in hand.
        thread::sleep(Duration::from_secs(5));
        assert_eq!(alerts_of(client, rule).len(), 1, "{:?}", alerts_of(client, rule));
        assert_eq!(notices_of(client, &name), 1, "one notice without {killed}");
        client.delete(&format!("{RULES}/{rule}")).expect(200);
    }
}
