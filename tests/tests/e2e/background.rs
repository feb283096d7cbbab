//! Background work: consumers of events, schedules, and what another process takes over.

use std::{
    process::{Command, Output, Stdio},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use alveole_tests::{Backend, Person, Server, eventually, server::PASSWORD};
use serde_json::json;

const SOON: Duration = Duration::from_secs(15);

fn run(server: &Server, arguments: &[&str]) -> (bool, String) {
    let Output { status, stdout, stderr } = server.command(arguments).output().unwrap();
    let text = String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr);
    (status.success(), text)
}

/// The lines of `alveole events list` of one consumer.
fn failed(server: &Server, consumer: &str) -> Vec<String> {
    let (well, text) = run(server, &["events", "list", "--consumer", consumer]);
    assert!(well, "{text}");
    let rows = text.lines().filter(|line| line.starts_with(consumer));
    rows.map(str::to_owned).collect()
}

fn count(server: &Server, sql: &str) -> i64 {
    server.sql(sql).trim().parse().unwrap_or_else(|error| panic!("{sql}: {error}"))
}

fn delete_account(person: &Person) {
    let body = json!({"password": PASSWORD});
    person.client.request("DELETE", "/api/v1/users/me").json(&body).send().expect(200);
}

/// Every change of a task fails from now on.
fn break_tasks(server: &Server) {
    server.sql(match server.backend() {
        Backend::Sqlite => {
            "CREATE TRIGGER broken BEFORE UPDATE ON tasks BEGIN SELECT RAISE(ABORT, 'broken'); END"
        }
        Backend::Postgres => {
            "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN RAISE EXCEPTION 'broken'; END $$; \
             CREATE TRIGGER broken BEFORE UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION broken()"
        }
    });
}

fn mend_tasks(server: &Server) {
    server.sql(match server.backend() {
        Backend::Sqlite => "DROP TRIGGER broken",
        Backend::Postgres => "DROP TRIGGER broken ON tasks",
    });
}

pub(crate) fn a_consumer_that_fails_delays_nothing_else_and_is_retried(backend: Backend) {
    let mut server = Server::start(backend);
    let admin = server.admin();
    let product = admin
        .client
        .post("/api/v1/admin/products", &json!({"name": "Lamp", "price": 1}))
        .expect(201);
    let (ada, bob) = (server.person("ada"), server.person("bob"));
    for person in [&ada, &bob] {
        let owned = json!({"product_id": product.id()});
        person.client.post("/api/v1/user-products", &owned).expect(201);
    }
    let task = ada.task("Ada's own");
    break_tasks(&server);
    delete_account(&ada);
    delete_account(&bob);

    // Ada's tasks cannot be deleted, and that is tried again and again.
    let retried = || {
        let rows = failed(&server, "flows.forget_user");
        rows.len() == 1 && rows[0].contains("\tretrying\t") && !rows[0].contains("\tretrying\t1\t")
    };
    assert!(eventually(SOON, retried), "{:?}", run(&server, &["events", "list"]));
    let row = failed(&server, "flows.forget_user").remove(0);
    assert!(row.contains(&format!("user:{}\t", ada.id)), "only Ada's: {row}");
    // Meanwhile the other consumers have handled both accounts.
    let owned = || count(&server, "SELECT count(*) FROM user_products") == 0;
    assert!(eventually(SOON, owned), "what they owned is deleted");
    assert!(eventually(SOON, || server.metric("alveole_consumer_events_retrying") == Some(1.0)));

    // A restart forgets nothing.
    server.restart();
    assert_eq!(failed(&server, "flows.forget_user").len(), 1);
    mend_tasks(&server);
    let (well, text) = run(&server, &["events", "retry", "flows.forget_user"]);
    // Its own next attempt may have come first.
    let is_done = !well && text.contains("no such event");
    assert!(is_done || (well && text.contains("1 due now")), "{text}");
    let admin = server.admin();
    let gone = || admin.client.get(&format!("/api/v1/tasks/{task}")).status == 404;
    assert!(eventually(SOON, gone), "{:?}", run(&server, &["events", "list"]));
    let none = || run(&server, &["events", "list"]) == (true, "No event failed.\n".to_owned());
    assert!(eventually(SOON, none), "{:?}", run(&server, &["events", "list"]));
}

pub(crate) fn an_event_that_cannot_be_read_is_a_dead_letter_until_it_is_retried(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    server.sql(
        "INSERT INTO outbox (name, at, subject, audience, payload) \
         VALUES ('user.deleted.v1', 1700000000000000, 4711, '[]', '{}')",
    );
    let consumers = ["flows.forget_user", "flows.forget_files", "flows.forget_owner"];
    for consumer in consumers {
        let dead = || failed(&server, consumer).iter().any(|row| row.contains("\tdead\t"));
        assert!(eventually(SOON, dead), "{consumer}: {:?}", run(&server, &["events", "list"]));
    }
    assert!(eventually(SOON, || server.metric("alveole_consumer_dead_letters") == Some(3.0)));
    assert!(server.log().contains("an event is a dead letter"));
    // Later events go on.
    let task = ada.task("Ada's own");
    delete_account(&ada);
    let admin = server.admin();
    let gone = || admin.client.get(&format!("/api/v1/tasks/{task}")).status == 404;
    assert!(eventually(SOON, gone));

    // It is kept as long as it is dead, although it is older than events are kept.
    let (well, text) = run(&server, &["schedules", "run", "events.prune"]);
    assert!(well, "{text}");
    let row = failed(&server, "flows.forget_user").remove(0);
    let id = row.split('\t').nth(1).unwrap().to_owned();
    // Retried before the cause is mended, it is dead again.
    run(&server, &["events", "retry", "flows.forget_user", &id]);
    let again = || {
        let rows = failed(&server, "flows.forget_user");
        rows.len() == 1 && rows[0] != row && rows[0].contains("\tdead\t")
    };
    assert!(eventually(SOON, again), "{:?}", run(&server, &["events", "list"]));
    server.sql("UPDATE outbox SET payload = '{\"id\": 4711}' WHERE subject = 4711");
    let (well, text) = run(&server, &["events", "retry", "flows.forget_user", &id]);
    assert!(well && text.contains("1 due now"), "{text}");
    assert!(eventually(SOON, || failed(&server, "flows.forget_user").is_empty()));
    assert_eq!(failed(&server, "flows.forget_owner").len(), 1, "each consumer by itself");
    for arguments in [["flows.forget_user", &id], ["flows.nothing", &id]] {
        let (well, text) = run(&server, &[["events", "retry"], arguments].concat());
        assert!(!well && text.contains("no such event"), "{text}");
    }
}

pub(crate) fn a_schedule_is_listed_and_run_by_command(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let task = ada.task("old");
    ada.client.delete(&format!("/api/v1/tasks/{task}")).expect(200);
    let row = || {
        let (well, text) = run(&server, &["schedules", "list"]);
        assert!(well, "{text}");
        text.lines().filter(|line| line.starts_with("tasks.purge\t")).map(str::to_owned).next()
    };
    let begun = || row().is_some_and(|row| row.contains("*/5 * * * *\tUTC\t20"));
    assert!(eventually(SOON, begun), "{:?}", row());
    assert_eq!(count(&server, "SELECT count(*) FROM tasks"), 1);
    server.sql("UPDATE tasks SET deleted_at = 1 WHERE deleted_at IS NOT NULL");
    let before = row();
    // Its former name works, too.
    let (well, text) = run(&server, &["chores", "run", "tasks.purge"]);
    assert!(well && text.starts_with("tasks.purge\t") && text.contains("\tsucceeded\t"), "{text}");
    assert_eq!(count(&server, "SELECT count(*) FROM tasks"), 0);
    assert_ne!(row(), before);
    let (well, text) = run(&server, &["schedules", "run", "tasks.nothing"]);
    assert!(!well && text.contains("there is no schedule"), "{text}");
}

/// A metric of the chore `tasks.purge` with this label; 0 when it is not exported.
fn sample(replica: &Server, name: &str, label: &str) -> i64 {
    let text = replica.anonymous().get("/metrics").expect(200).text;
    let is_it = |line: &&str| {
        line.starts_with(&format!("{name}{{"))
            && line.contains("\"tasks.purge\"")
            && line.contains(label)
    };
    let value = text.lines().find(is_it).and_then(|line| line.rsplit_once(' '));
    value.and_then(|(_, value)| value.parse::<f64>().ok()).unwrap_or_default() as i64
}

fn now_micros() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros()
}

/// Several processes have one database on PostgreSQL only.
pub(crate) fn of_two_replicas_one_runs_a_tick_and_the_other_takes_over(backend: Backend) {
    if backend == Backend::Sqlite {
        return;
    }
    let mut first = Server::start(backend);
    let lease = [("ALVEOLE__JOBS__LEASE_SECONDS", "2")];
    let mut replicas = vec![
        Server::replica(first.database_url(), &lease),
        Server::replica(first.database_url(), &lease),
    ];
    assert!(first.terminate().success());

    let runs = |replica: &Server| sample(replica, "alveole_chore_runs_total", "\"ok\"");
    let all = |replicas: &[Server]| replicas.iter().map(runs).sum::<i64>();
    for _ in 0..5 {
        let (tick, before) = (now_micros(), all(&replicas));
        first.sql(&format!("UPDATE schedules SET next_at = {tick} WHERE name = 'tasks.purge'"));
        let ran = || all(&replicas) > before;
        assert!(eventually(SOON, ran), "{:?}", run(&replicas[0], &["schedules", "list"]));
        let jobs = format!("SELECT count(*) FROM jobs WHERE tick_at = {tick}");
        assert_eq!(count(&first, &jobs), 1, "each tick enqueues one job");
    }
    let twice = "SELECT count(*) FROM (SELECT tick_at FROM jobs WHERE tick_at IS NOT NULL \
         GROUP BY schedule, tick_at HAVING count(*) > 1) AS twice";
    assert_eq!(count(&first, twice), 0);

    // A chore that waits for a lock is being run when its process is killed.
    let lock = "BEGIN; LOCK TABLE tasks IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(60)";
    let mut blocker = Command::new("psql")
        .args(["--no-psqlrc", "--quiet", "-d", first.database_url(), "-c", lock])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let locked = || {
        let granted = "SELECT count(*) FROM pg_locks WHERE relation = 'tasks'::regclass \
             AND mode = 'AccessExclusiveLock' AND granted";
        count(&first, granted) > 0
    };
    assert!(eventually(SOON, locked));
    let tick = now_micros();
    first.sql(&format!("UPDATE schedules SET next_at = {tick} WHERE name = 'tasks.purge'"));
    let holder = || replicas.iter().position(|one| sample(one, "alveole_chore_running", "") == 1);
    assert!(eventually(SOON, || holder().is_some()));
    let dead = holder().unwrap();
    replicas[dead].kill9();
    blocker.kill().unwrap();
    blocker.wait().unwrap();
    first.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()",
    );
    let heir = &replicas[1 - dead];
    let before = runs(heir);
    let took_over = || runs(heir) > before;
    assert!(eventually(SOON, took_over), "{:?}", run(heir, &["schedules", "list"]));
}
