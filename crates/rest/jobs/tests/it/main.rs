//! Status, headers and errors of `/admin/jobs` and `/admin/queues`, in process and on memory.
#![expect(clippy::unwrap_used, reason = "failing loudly is what tests are for")]

mod schedules;

use std::{sync::Arc, time::Duration};

use adapter_cron::CronCalendar;
use jobs::{JobAdmin, JobsTx, service::JobPolicy};
use kernel::{
    Actor, Clock as _, JobKind, Recurrence, Role, Scheduler as _, StoreError, SystemClock,
    UnitOfWork,
    claim::Claimed as _,
    job::{ClaimKind, JobClaim, JobDone, JobState, Manual, PriorityOrder, RunEnd},
};
use memory::MemoryDb;
use pollster::block_on;
use rest::{
    defaults::FixedTokens,
    testing::{Answer, TestApp},
};
use serde_json::json;

const LIST: &str = "/api/v1/admin/jobs";
const FIRST: &str = "/api/v1/admin/jobs/1";
const QUEUE: &str = "/api/v1/admin/queues/default";

struct Fixture {
    app: TestApp,
    work: Arc<dyn UnitOfWork<dyn JobsTx>>,
}

/// People `user`, `admin` and `super_admin` by these tokens.
fn fixture() -> Fixture {
    let db = MemoryDb::new();
    let mut tokens = FixedTokens::default();
    for role in [Role::User, Role::Admin, Role::SuperAdmin] {
        let name = role.as_str();
        tokens = tokens.with(name, Actor::new(db.add_person(name).unwrap(), role));
    }
    let work: Arc<dyn UnitOfWork<dyn JobsTx>> = db;
    let policy = JobPolicy { keep: Duration::from_secs(60), max_attempts: 3 };
    let (clock, calendar) = (Arc::new(SystemClock), Arc::new(CronCalendar));
    let jobs = Arc::new(JobAdmin::new(Arc::clone(&work), clock, calendar, policy));
    let kind = JobKind::new("tasks.purge", |_| async { Ok(JobDone::Done) });
    let schedule = Some(Recurrence::utc("*/5 * * * *"));
    let manual = Some(Manual::without_args("Purges."));
    jobs.add_kinds([JobKind { manual, schedule, ..kind }]);
    block_on(jobs.register()).unwrap();
    Fixture { app: TestApp::new(tokens, vec![rest_jobs::module(jobs)]), work }
}

impl Fixture {
    async fn enqueue(&self) -> Answer {
        self.post(LIST, json!({"kind": "tasks.purge"})).await.expect(201)
    }

    async fn post(&self, path: &str, body: serde_json::Value) -> Answer {
        self.app.post(path).token("admin").json(&body).send().await
    }

    async fn get(&self, path: &str) -> Answer {
        self.app.get(path).token("admin").send().await
    }

    /// Claims what is due, and ends it if it is told how.
    fn run(&self, end: Option<RunEnd>) {
        let ran: Result<(), StoreError> = block_on(self.work.write(move |tx| {
            let now = SystemClock.now();
            let kinds = [ClaimKind { name: "tasks.purge", limit: None }];
            let (until, order) = (now.plus(Duration::from_secs(30)), PriorityOrder::HighestFirst);
            let claim =
                JobClaim { queue: "default", kinds: &kinds, worker: "w", until, limit: 9, order };
            for job in tx.jobs().claim_jobs(&claim, now)? {
                if let Some(end) = &end {
                    tx.jobs().finish(job.claim(), end, now)?;
                }
            }
            Ok(())
        }));
        ran.unwrap();
    }
}

fn dead() -> Option<RunEnd> {
    Some(RunEnd::Discarded { error: "planned".to_owned() })
}

#[actix_web::test]
async fn a_job_is_enqueued_read_and_listed() {
    let fixture = fixture();
    let body = json!({
        "kind": "tasks.purge", "args": {}, "priority": "high", "run_at": "2099-01-01T00:00:00Z",
        "unique_key": " k "
    });
    let made = fixture.post(LIST, body.clone()).await.expect(201);
    assert_eq!(made.header("location"), FIRST);
    let job = made.at("/data/job");
    assert_eq!((&job["state"], &job["priority"]), (&json!("queued"), &json!("high")));
    assert_eq!((&job["due_at"], &job["unique_key"]), (&json!("2099-01-01T00:00:00Z"), &json!("k")));
    let taken = fixture.post(LIST, body).await.problem(409, "jobs.duplicate");
    assert_eq!(taken.at("/detail"), "Job 1 has this key and has not ended.");
    let read = fixture.get(FIRST).await.expect(200);
    assert_eq!((read.at("/data"), read.header("etag")), (made.at("/data"), made.header("etag")));
    let known = fixture.app.get(FIRST).token("admin").with("if-none-match", read.header("etag"));
    known.send().await.expect(304);
    fixture.enqueue().await;
    for (query, count) in [
        ("", 2),
        ("?state=queued", 2),
        ("?state=dead", 0),
        ("?kind=tasks.purge&queue=default", 2),
        ("?kind=other", 0),
        ("?lane=a", 0),
        ("?schedule=tasks.purge", 0),
        ("?batch_id=1", 0),
        ("?due_before=2098-01-01T00:00:00Z", 1),
    ] {
        let listed = fixture.get(&format!("{LIST}{query}")).await.expect(200);
        assert_eq!(listed.at("/pagination/total"), count, "{query}");
    }
    let sorted = fixture.get(&format!("{LIST}?sort=-due_at&cursor=&limit=1")).await.expect(200);
    assert_eq!(sorted.at("/data/0/id"), 1);
    fixture.get(&format!("{LIST}/99")).await.problem(404, "jobs.not_found");
}

#[actix_web::test]
async fn faults_of_a_request_are_listed() {
    let fixture = fixture();
    for (body, codes) in [
        (json!({"kind": "none"}), vec!["jobs.kind_unknown"]),
        (json!({"kind": "tasks.purge", "args": {"a": 1}}), vec!["jobs.args_invalid"]),
        (
            json!({"priority": "great", "run_at": "soon", "unique_key": "", "args": 1, "x": 1}),
            vec![
                "request.missing_field",
                "request.wrong_type",
                "jobs.run_at_invalid",
                "jobs.priority_unknown",
                "jobs.unique_key_empty",
                "request.unknown_field",
            ],
        ),
        (
            json!({"kind": "tasks.purge", "unique_key": "x".repeat(201)}),
            vec!["jobs.unique_key_too_long"],
        ),
    ] {
        assert_eq!(fixture.post(LIST, body).await.expect(400).codes(), codes);
    }
    let retry = format!("{LIST}/retry");
    let refused = fixture.post(&retry, json!({"state": "queued", "limit": 1001})).await.expect(400);
    assert_eq!(refused.codes(), ["jobs.state_unknown", "jobs.limit_invalid"]);
    let put = |body| fixture.app.request("PUT", QUEUE).token("admin").json(&body).send();
    let refused = put(json!({"paused": 1, "concurrency": 0})).await.expect(400);
    assert_eq!(refused.codes(), ["request.wrong_type", "jobs.concurrency_invalid"]);
    let refused = fixture.get(&format!("{LIST}?state=new&batch_id=x&due_before=y")).await;
    assert_eq!(
        refused.expect(400).codes(),
        ["jobs.state_unknown", "id.invalid", "jobs.run_at_invalid"]
    );
}

#[actix_web::test]
async fn an_idempotency_key_enqueues_one_job() {
    let fixture = fixture();
    let post = |body| {
        fixture.app.post(LIST).token("admin").with("idempotency-key", "k").json(&body).send()
    };
    let first = post(json!({"kind": "tasks.purge"})).await.expect(201);
    let again = post(json!({"kind": "tasks.purge"})).await.expect(201);
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.at("/data"), first.at("/data"));
    let other = post(json!({"kind": "tasks.purge", "args": {}})).await;
    other.problem(422, "idempotency.key_reused");
}

#[actix_web::test]
async fn dead_jobs_are_retried() {
    let fixture = fixture();
    fixture.enqueue().await;
    let retry = format!("{FIRST}/retry");
    let early = fixture.app.post(&retry).token("admin").send().await.problem(409, "jobs.state");
    assert_eq!(early.at("/detail"), "The job is queued.");
    fixture.run(dead());
    let read = fixture.get(FIRST).await.expect(200);
    assert_eq!(read.at("/data/runs/0/outcome"), "failed");
    assert_eq!(read.at("/data/runs/0/error"), "planned");
    let retried = fixture.app.post(&retry).token("admin").send().await.expect(200);
    assert_eq!(retried.at("/data/job/state"), "queued");
    fixture.run(dead());
    let all = format!("{LIST}/retry");
    for (kind, count) in [("other", 0), ("tasks.purge", 1), ("tasks.purge", 0)] {
        let body = json!({"state": "dead", "kind": kind, "limit": 10});
        assert_eq!(fixture.post(&all, body).await.expect(200).at("/data/count"), count);
    }
    let missing = fixture.app.post(&format!("{LIST}/99/retry")).token("admin").send().await;
    missing.problem(404, "jobs.not_found");
}

#[actix_web::test]
async fn a_running_job_is_cancelled_by_its_worker() {
    let fixture = fixture();
    let cancel = |id: u32| fixture.app.post(&format!("{LIST}/{id}/cancel")).token("admin").send();
    fixture.enqueue().await;
    assert_eq!(cancel(1).await.expect(200).at("/data/job/state"), "cancelled");
    cancel(1).await.problem(409, "jobs.state");
    fixture.enqueue().await;
    fixture.run(None);
    let asked = cancel(2).await.expect(202);
    assert_eq!(asked.at("/data/job/state"), "running");
    assert!(asked.at("/data/job/cancel_at").is_string());
    cancel(99).await.problem(404, "jobs.not_found");
}

#[actix_web::test]
async fn a_queue_is_paused_and_limited() {
    let fixture = fixture();
    let read = fixture.get(QUEUE).await.expect(200);
    let unchanged = json!({"name": "default", "paused": false, "concurrency": null, "version": 1});
    assert_eq!((read.at("/data"), read.header("etag")), (&unchanged, "\"1\""));
    let change = |method, tag, body| {
        fixture.app.request(method, QUEUE).token("admin").with("if-match", tag).json(&body).send()
    };
    let paused = change("PUT", "\"1\"", json!({"paused": true})).await.expect(200);
    assert_eq!((paused.at("/data/paused"), paused.header("etag")), (&json!(true), "\"2\""));
    let stale = change("PATCH", "\"1\"", json!({"concurrency": 2})).await;
    assert_eq!(stale.problem(412, "jobs.stale").at("/current/version"), 2);
    fixture.enqueue().await;
    fixture.run(dead());
    assert_eq!(fixture.get(FIRST).await.at("/data/job/state"), "queued");
    let limited = change("PATCH", "*", json!({"paused": false, "concurrency": 2})).await;
    assert_eq!(limited.expect(200).at("/data/concurrency"), 2);
    let freed = change("PATCH", "*", json!({"concurrency": null})).await;
    assert_eq!(freed.expect(200).at("/data/concurrency"), &json!(null));
    fixture.run(dead());
    assert_eq!(fixture.get(FIRST).await.at("/data/job/state"), JobState::Dead.as_str());
    fixture.get("/api/v1/admin/queues/none").await.problem(404, "jobs.queue_not_found");
}

#[actix_web::test]
async fn kinds_and_figures_are_listed() {
    let fixture = fixture();
    let kinds = fixture.get(&format!("{LIST}/kinds")).await.expect(200);
    assert_eq!(kinds.at("/data/0/kind"), "tasks.purge");
    assert_eq!(kinds.at("/data/0/args_schema/additionalProperties"), false);
    for _ in 0..3 {
        fixture.enqueue().await;
        fixture.run(Some(RunEnd::Succeeded));
    }
    fixture.enqueue().await;
    let stats = fixture.get(&format!("{LIST}/stats")).await.expect(200);
    assert_eq!((stats.at("/data/0/queued"), stats.at("/data/0/dead")), (&json!(1), &json!(0)));
    assert!(stats.at("/data/0/p99_ms").is_number());
    assert_eq!(stats.at("/data/0/per_minute"), 0.6);
}

/// The table is tried again by the journey `authz`, on the real program.
#[actix_web::test]
async fn every_operation_answers_every_role_as_the_table_says() {
    for line in include_str!("../authz.txt").lines().filter(|line| !line.starts_with('#')) {
        let resource = match line {
            line if line.contains("/queues/") => QUEUE,
            line if line.contains("/schedules/") => schedules::PURGE,
            _ => FIRST,
        };
        let (fields, body) = line.split_at(line.find(" {").unwrap_or(line.len()));
        let words: Vec<&str> = fields.split_whitespace().collect();
        // Each caller meets a new job.
        for (token, status) in ["", "user", "admin", "super_admin"].iter().zip(&words[2..]) {
            let fixture = fixture();
            fixture.enqueue().await;
            let line = format!("{} {} {status}{body}", words[0], words[1]);
            fixture.app.authorization(&line, &[token], resource).await;
        }
    }
}
