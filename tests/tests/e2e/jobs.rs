//! Jobs: enqueued over HTTP, run by the server or a worker, whichever process dies on the way.

use std::{
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use alveole_tests::{Answer, Backend, Client, Server, eventually};
use serde_json::{Value, json};

const JOBS: &str = "/api/v1/admin/jobs";
const SOON: Duration = Duration::from_secs(15);

fn enqueue(client: &Client, body: &Value) -> i64 {
    let made = client.post(JOBS, body).expect(201);
    made.at("/data/job/id").as_i64().unwrap()
}

fn purge(client: &Client) -> i64 {
    enqueue(client, &json!({"kind": "tasks.purge"}))
}

fn job(client: &Client, id: i64) -> Answer {
    client.get(&format!("{JOBS}/{id}")).expect(200)
}

fn is_in(client: &Client, id: i64, state: &str) -> bool {
    job(client, id).at("/data/job/state") == state
}

/// A worker on the data of a server; it is killed when it is dropped.
struct Worker(Child);

impl Worker {
    fn start(server: &Server) -> Self {
        let mut command = server.command(&["worker"]);
        command.env("ALVEOLE__JOBS__WORKERS", "5").stdout(Stdio::null()).stderr(Stdio::null());
        Self(command.spawn().unwrap())
    }

    fn signal(&self, name: &str) {
        let pid = self.0.id().to_string();
        let sent = std::process::Command::new("kill").args(["-s", name, &pid]).status().unwrap();
        assert!(sent.success());
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) fn a_job_is_run_by_hand_and_leaves_a_line(backend: Backend) {
    let server = Server::with(backend, &[("ALVEOLE__TASKS__PURGE_AFTER_SECONDS", "1")]);
    let (admin, ada) = (server.admin(), server.person("ada"));
    let task = ada.task("soon gone");
    ada.client.delete(&format!("/api/v1/tasks/{task}")).expect(200);
    std::thread::sleep(Duration::from_millis(1500));
    let began = Instant::now();
    let id = purge(&admin.client);
    assert!(eventually(SOON, || is_in(&admin.client, id, "succeeded")), "{}", server.log());
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    let done = job(&admin.client, id);
    assert_eq!(done.at("/data/runs/0/outcome"), "succeeded");
    assert!(done.at("/data/runs/0/duration_ms").is_u64(), "{done}");
    assert_eq!(server.sql("SELECT count(*) FROM tasks").trim(), "0");
    let stats = admin.client.get(&format!("{JOBS}/stats")).expect(200);
    assert_eq!(stats.at("/data/0/queue"), "maintenance");
    let later = json!({"kind": "tasks.purge", "run_at": "2099-01-01T00:00:00Z"});
    let later = enqueue(&admin.client, &later);
    admin.client.post(&format!("{JOBS}/{later}/cancel"), &json!({})).expect(200);
    assert!(is_in(&admin.client, later, "cancelled"));
}

pub(crate) fn a_worker_runs_what_a_server_without_workers_enqueues(backend: Backend) {
    let server = Server::with(backend, &[("ALVEOLE__JOBS__WORKERS", "0")]);
    let client = server.admin().client;
    let id = purge(&client);
    std::thread::sleep(Duration::from_millis(1500));
    assert!(is_in(&client, id, "queued"), "{}", job(&client, id));
    let worker = Worker::start(&server);
    assert!(eventually(SOON, || is_in(&client, id, "succeeded")), "{}", job(&client, id));
    // A paused queue stands still.
    let queue = "/api/v1/admin/queues/maintenance";
    client.patch(queue, &json!({"paused": true})).expect(200);
    let id = purge(&client);
    std::thread::sleep(Duration::from_millis(1500));
    assert!(is_in(&client, id, "queued"), "{}", job(&client, id));
    client.patch(queue, &json!({"paused": false})).expect(200);
    assert!(eventually(SOON, || is_in(&client, id, "succeeded")), "{}", job(&client, id));
    drop(worker);
}

/// How often a process dies: `ALVEOLE_KILLS`, 5 unless it is set.
fn kills() -> u64 {
    let kills = std::env::var("ALVEOLE_KILLS").ok().and_then(|text| text.parse().ok());
    kills.unwrap_or(5)
}

/// Again and again the server dies in the middle of twenty jobs, and a worker beside it sleeps past its lease.
pub(crate) fn processes_that_are_killed_lose_no_job(backend: Backend) {
    let settings = [("ALVEOLE__JOBS__LEASE_SECONDS", "1"), ("ALVEOLE__JOBS__MAX_ATTEMPTS", "100")];
    let mut server = Server::with(backend, &settings);
    let mut client = server.admin().client;
    let kinds = client.get(&format!("{JOBS}/kinds")).expect(200);
    let kinds: Vec<String> =
        kinds.rows().iter().map(|kind| kind["kind"].as_str().unwrap().to_owned()).collect();
    assert!(kinds.len() > 2, "{kinds:?}");
    let worker = Worker::start(&server);
    let mut ids = Vec::new();
    for round in 0..kills() {
        for number in 0..20 {
            ids.push(enqueue(&client, &json!({"kind": kinds[number % kinds.len()]})));
        }
        std::thread::sleep(Duration::from_millis(round * 15 % 100));
        worker.signal("STOP");
        server.kill9();
        server.restart();
        client = server.admin().client;
        // Past its lease, what it held is done by the server; its own end of it counts for nothing.
        std::thread::sleep(Duration::from_millis(1_100));
        worker.signal("CONT");
    }
    // Whoever held a job when it died has lost it for at most the lease and a second.
    let ended = |id: &i64| is_in(&client, *id, "succeeded");
    let most = Duration::from_secs(30) + Duration::from_secs(kills());
    assert!(eventually(most, || ids.iter().all(ended)), "{}", server.log());
    drop(worker);
    for id in ids {
        let found = job(&client, id);
        let runs = found.at("/data/runs").as_array().unwrap().clone();
        let (last, lost) = runs.split_first().unwrap();
        assert_eq!(last["outcome"], "succeeded");
        assert!(lost.iter().all(|run| run["outcome"] == "lost"), "{found}");
        assert_eq!(found.at("/data/job/attempt"), runs.len() as u64);
    }
}

pub(crate) fn a_schedule_is_previewed_changed_run_and_paused(backend: Backend) {
    const SCHEDULES: &str = "/api/v1/admin/schedules";
    let server = Server::start(backend);
    let client = server.admin().client;
    let path = format!("{SCHEDULES}/tasks.purge");
    assert!(eventually(SOON, || client.get(&path).status == 200), "{}", server.log());
    let listed = client.get(SCHEDULES).expect(200);
    let names: Vec<&str> =
        listed.rows().iter().map(|schedule| schedule["name"].as_str().unwrap()).collect();
    for name in ["emails.prune", "events.prune", "jobs.prune", "tasks.purge", "users.purge_closed"]
    {
        assert!(names.contains(&name), "{names:?}");
    }
    // What it would be, in the zone and in UTC, before it is.
    let wish = "cron=30+2+29+3+*&zone=Europe/Paris&count=2";
    let shown = client.get(&format!("{path}/preview?{wish}")).expect(200);
    let at = shown.at("/data/ticks/0/at").as_str().unwrap().to_owned();
    assert!(at.ends_with("-03-29T00:30:00Z") || at.ends_with("-03-29T01:00:00Z"), "{shown}");
    client.get(&format!("{path}/preview?cron=x")).problem(400, "jobs.cron_invalid");
    let body = json!({"cron": "30 2 29 3 *", "zone": "Europe/Paris", "missed": "skip"});
    let changed = client.put(&path, &body).expect(200);
    assert_eq!(changed.at("/data/next_at").as_str(), Some(at.as_str()));
    // Run now, without a tick.
    let run = client.post(&format!("{path}/run"), &json!({})).expect(202);
    let id = run.at("/data/job/id").as_i64().unwrap();
    assert!(eventually(SOON, || is_in(&client, id, "succeeded")), "{}", server.log());
    let done = job(&client, id);
    assert_eq!(done.at("/data/job/schedule"), "tasks.purge");
    assert_eq!(done.at("/data/job/tick_at"), &Value::Null);
    // A tick enqueues one job; a paused schedule has none.
    let tick = "UPDATE schedules SET next_at = 1763856000000000 WHERE name = 'tasks.purge'";
    client.patch(&path, &json!({"cron": "0 0 * * *", "zone": "UTC", "missed": "last"})).expect(200);
    server.sql(tick);
    let of = format!("{JOBS}?schedule=tasks.purge");
    assert!(eventually(SOON, || client.get(&of).rows().len() == 2), "{}", server.log());
    let missed = client.get(&path).expect(200);
    assert!(missed.at("/data/missed_count").as_i64() > Some(100), "{missed}");
    let paused = client.patch(&path, &json!({"enabled": false})).expect(200);
    assert_eq!(paused.at("/data/next_at"), &Value::Null);
    std::thread::sleep(Duration::from_millis(2500));
    assert_eq!(client.get(&of).rows().len(), 2);
    let metrics = server.anonymous().get("/metrics").expect(200).text;
    let ticked = "alveole_schedule_ticks_total{schedule=\"tasks.purge\",outcome=\"enqueued\"} 1";
    assert!(metrics.contains(ticked), "{metrics}");
}

pub(crate) fn a_schedule_fills_the_caches(backend: Backend) {
    let server = Server::start(backend);
    let (admin, ada) = (server.admin(), server.person("ada"));
    // The start was before there was anything.
    let task = ada.task("Paint");
    let asked = |outcome: &str| {
        let name = format!("alveole_cache_requests_total{{cache=\"tasks\",outcome=\"{outcome}\"}}");
        server.metric(&name).unwrap_or_default()
    };
    let before = asked("miss");
    let path = "/api/v1/admin/schedules/cache.warm_up";
    let schedule = || admin.client.get(path);
    assert!(eventually(SOON, || schedule().status == 200), "{}", server.log());
    assert_eq!(schedule().data()["enabled"], false, "at first");
    admin.client.post(&format!("{path}/run"), &json!({})).expect(202);
    assert!(eventually(SOON, || asked("miss") > before), "{}", server.log());
    let (hits, misses) = (asked("hit"), asked("miss"));
    ada.client.get(&format!("/api/v1/tasks/{task}")).expect(200);
    assert_eq!((asked("hit") - hits, asked("miss") - misses), (1.0, 0.0), "it is in the cache");
}
