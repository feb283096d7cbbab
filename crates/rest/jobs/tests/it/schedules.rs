//! `/admin/schedules`.

use serde_json::{Value, json};

use crate::{Fixture, LIST, fixture};

const SCHEDULES: &str = "/api/v1/admin/schedules";
pub(crate) const PURGE: &str = "/api/v1/admin/schedules/tasks.purge";

impl Fixture {
    async fn change(&self, method: &str, tag: &str, body: Value) -> rest::testing::Answer {
        let request = self.app.request(method, PURGE).token("admin").with("if-match", tag);
        request.json(&body).send().await
    }
}

#[actix_web::test]
async fn a_schedule_is_listed_read_changed_and_paused() {
    let fixture = fixture();
    let listed = fixture.get(SCHEDULES).await.expect(200);
    assert_eq!(listed.at("/data").as_array().unwrap().len(), 1);
    let read = fixture.get(PURGE).await.expect(200);
    assert_eq!(read.at("/data"), listed.at("/data/0"));
    let next = read.at("/data/next_at").as_str().unwrap().to_owned();
    let expected = json!({
        "name": "tasks.purge", "kind": "tasks.purge", "args": {}, "cron": "*/5 * * * *", "zone": "UTC",
        "enabled": true, "missed": "last", "overlap": "skip", "next_at": next, "last_at": null,
        "missed_count": 0, "version": 1
    });
    assert_eq!(read.at("/data"), &expected);
    let known = fixture.app.get(PURGE).token("admin").with("if-none-match", read.header("etag"));
    known.send().await.expect(304);
    let body = json!({
        "cron": " 30 2 * * * ", "zone": "Europe/Paris", "missed": "all", "overlap": "queue"
    });
    let changed = fixture.change("PUT", read.header("etag"), body).await.expect(200);
    for (field, value) in [
        ("cron", json!("30 2 * * *")),
        ("zone", json!("Europe/Paris")),
        ("missed", json!("all")),
        ("overlap", json!("queue")),
        ("enabled", json!(true)),
        ("version", json!(2)),
    ] {
        assert_eq!(changed.at(&format!("/data/{field}")), &value);
    }
    assert!(changed.at("/data/next_at").as_str().unwrap().ends_with(":30:00Z"), "{changed:?}");
    let stale = fixture.change("PATCH", "\"1\"", json!({"enabled": false})).await;
    assert_eq!(stale.problem(412, "jobs.stale").at("/current/version"), 2);
    let paused = fixture.change("PATCH", changed.header("etag"), json!({"enabled": false})).await;
    let paused = paused.expect(200);
    assert_eq!(
        (paused.at("/data/enabled"), paused.at("/data/next_at")),
        (&json!(false), &Value::Null)
    );
    let same = fixture.change("PATCH", "*", json!({})).await.expect(200);
    assert_eq!(
        (same.at("/data"), same.header("etag")),
        (paused.at("/data"), paused.header("etag"))
    );
}

#[actix_web::test]
async fn patterns_zones_and_words_are_checked() {
    let fixture = fixture();
    for (body, codes) in [
        (json!({"cron": "* * * * * *"}), vec!["jobs.cron_invalid"]),
        (json!({"cron": "61 * * * *"}), vec!["jobs.cron_invalid"]),
        (json!({"cron": "0 0 30 2 *"}), vec!["jobs.cron_invalid"]),
        (json!({"cron": "x".repeat(201)}), vec!["jobs.cron_invalid"]),
        (json!({"zone": "Europe/Atlantis"}), vec!["jobs.zone_unknown"]),
        (json!({"zone": " "}), vec!["jobs.zone_unknown"]),
        (
            json!({"missed": "some", "overlap": "maybe", "enabled": 1, "name": "x"}),
            vec![
                "request.wrong_type",
                "jobs.missed_unknown",
                "jobs.overlap_unknown",
                "request.unknown_field",
            ],
        ),
    ] {
        assert_eq!(
            fixture.change("PUT", "*", body.clone()).await.expect(400).codes(),
            codes,
            "{body}"
        );
    }
    let refused = fixture.get(&format!("{PURGE}/preview?cron=%40reboot")).await;
    let refused = refused.expect(400);
    assert_eq!(refused.codes(), ["jobs.cron_invalid"]);
    assert_eq!(refused.at("/errors/0/field"), "cron", "a parameter has no pointer");
    let refused = fixture.get(&format!("{PURGE}/preview?zone=Mars&count=101")).await;
    assert_eq!(refused.expect(400).codes(), ["jobs.count_invalid"]);
    assert_eq!(fixture.get(PURGE).await.at("/data/version"), 1, "nothing was changed");
}

#[actix_web::test]
async fn the_next_ticks_are_shown_in_utc_and_in_the_zone() {
    let fixture = fixture();
    let shown = fixture.get(&format!("{PURGE}/preview")).await.expect(200);
    assert_eq!(shown.at("/data/ticks").as_array().unwrap().len(), 10);
    assert_eq!(shown.at("/data/ticks/0/at"), fixture.get(PURGE).await.at("/data/next_at"));
    let query = "cron=0+12+*+1+*&zone=Asia/Kathmandu&count=2";
    let shown = fixture.get(&format!("{PURGE}/preview?{query}")).await.expect(200);
    assert_eq!(shown.at("/data/zone"), "Asia/Kathmandu");
    let (at, local) = (shown.at("/data/ticks/0/at"), shown.at("/data/ticks/0/local"));
    assert!(at.as_str().unwrap().ends_with("T06:15:00Z"), "{at}");
    assert!(local.as_str().unwrap().ends_with("T12:00:00+05:45"), "{local}");
    assert_eq!(shown.at("/data/ticks/2"), &Value::Null);
}

#[actix_web::test]
async fn a_schedule_runs_by_hand_also_while_it_is_paused() {
    let fixture = fixture();
    fixture.change("PATCH", "*", json!({"enabled": false})).await.expect(200);
    let path = format!("{PURGE}/run");
    let run = || fixture.post(&path, json!({}));
    let job = run().await.expect(202);
    assert_eq!(job.at("/data/job/schedule"), "tasks.purge");
    assert_eq!(
        (job.at("/data/job/tick_at"), job.at("/data/job/state")),
        (&Value::Null, &json!("queued"))
    );
    let again = run().await.expect(202);
    assert_eq!(again.at("/data/job/id"), job.at("/data/job/id"), "it has not ended");
    let listed = fixture.get(&format!("{LIST}?schedule=tasks.purge")).await.expect(200);
    assert_eq!(listed.at("/pagination/total"), 1);
    fixture.change("PATCH", "*", json!({"overlap": "allow"})).await.expect(200);
    assert_ne!(run().await.expect(202).at("/data/job/id"), job.at("/data/job/id"));
}

#[actix_web::test]
async fn a_schedule_that_is_not_there_is_not_found() {
    let fixture = fixture();
    let none = format!("{SCHEDULES}/none");
    for (method, path) in
        [("GET", none.clone()), ("GET", format!("{none}/preview")), ("POST", format!("{none}/run"))]
    {
        let asked = fixture.app.request(method, &path).token("admin").send().await;
        asked.problem(404, "jobs.schedule_not_found");
    }
    for method in ["PUT", "PATCH"] {
        let request = fixture.app.request(method, &none).token("admin");
        let asked = request.json(&json!({"enabled": true})).send().await;
        asked.problem(404, "jobs.schedule_not_found");
    }
}
