//! Several servers are one: cases that leave all of them running, on one cluster.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use alveole_tests::{
    Answer, Client, Cluster, Person, eventually, server::PASSWORD, simultaneously, sse::Sse,
};
use serde_json::json;

const ME: &str = "/api/v1/auth/me";
/// SPEC 2.1 says five seconds; the last question has to be asked and answered, too.
const FELT: Duration = Duration::from_secs(6);

static SHARED: Mutex<Option<Arc<Cluster>>> = Mutex::new(None);

fn shared() -> MutexGuard<'static, Option<Arc<Cluster>>> {
    SHARED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The cluster of these cases.
fn cluster() -> Arc<Cluster> {
    Arc::clone(shared().get_or_insert_with(|| Arc::new(Cluster::start(&[]))))
}

/// Stops the cluster of these cases.
pub(crate) fn end() {
    shared().take();
}

pub(crate) fn three_that_start_simultaneously_on_an_empty_database_migrate_it_once() {
    let cluster = cluster();
    let migrated: Vec<bool> = cluster
        .replicas()
        .iter()
        .map(|replica| replica.log().contains("applied migrations"))
        .collect();
    assert_eq!(migrated.iter().filter(|did| **did).count(), 1, "who migrated: {migrated:?}");
    let status = cluster.replica(0).command(&["migrate", "status"]).output().unwrap();
    let text = String::from_utf8_lossy(&status.stdout);
    assert!(status.status.success() && !text.contains("pending"), "{text}");
    for replica in cluster.replicas() {
        replica.anonymous().get("/ready").expect(200);
        replica.admin();
    }
    let admins = cluster.replica(0).admin().client.get("/api/v1/admin/users?role=super_admin");
    assert_eq!(admins.expect(200).rows().len(), 1, "one first super_admin");
}

pub(crate) fn sixty_posts_with_one_key_over_all_replicas_have_one_effect() {
    let cluster = cluster();
    let ada = cluster.person("ada");
    let body = json!({"title": "once"});
    let post = |number: usize| {
        let client = cluster.as_at(&ada, number);
        client.request("POST", "/api/v1/tasks").header("idempotency-key", "one").json(&body).send()
    };
    let answers = simultaneously(60, post);
    let replayed = |answer: &Answer| answer.header("idempotency-replayed") == Some("true");
    let first = answers.iter().find(|answer| answer.status == 201).unwrap();
    for answer in &answers {
        match answer.status {
            201 => assert_eq!(answer.json, first.json),
            409 => {
                answer.clone().expect(409);
            }
            _ => panic!("{answer}"),
        }
    }
    let fresh = answers.iter().filter(|answer| answer.status == 201 && !replayed(answer)).count();
    assert_eq!(fresh, 1, "exactly one request takes effect");
    for number in 0..3 {
        let again = post(number).expect(201);
        assert!(replayed(&again), "{again}");
        assert_eq!(again.json, first.json);
        let tasks = cluster.as_at(&ada, number).get("/api/v1/tasks").expect(200);
        assert_eq!(tasks.ids(), [first.id()], "replica {number}");
    }
}

fn refresh(client: &Client, token: &str) -> Answer {
    client.post("/api/v1/auth/refresh", &json!({"refresh_token": token}))
}

pub(crate) fn fifty_uses_of_one_refresh_token_leave_at_most_one_live_branch() {
    let cluster = cluster();
    let ada = cluster.person("ada");
    let answers = simultaneously(50, |number| {
        let anonymous = cluster.replica(number).anonymous();
        refresh(&anonymous, &ada.refresh_token)
    });
    for answer in &answers {
        assert!(matches!(answer.status, 200 | 401), "{answer}");
    }
    let pairs: Vec<Person> = answers
        .iter()
        .filter(|answer| answer.status == 200)
        .map(|answer| Person::from_answer(&cluster.proxy(), answer))
        .collect();
    assert!(!pairs.is_empty(), "somebody must win");
    let live_on = |number: usize| {
        let alive = |pair: &&Person| cluster.as_at(pair, number).get(ME).status == 200;
        pairs.iter().filter(alive).count()
    };
    for number in 0..3 {
        assert!(
            eventually(FELT, || live_on(number) <= 1),
            "replica {number}: {} of {} access tokens live",
            live_on(number),
            pairs.len()
        );
    }
    // the used tokens among them end the session; so at most one refresh can still work
    let lives = |(number, pair): &(usize, &Person)| {
        refresh(&cluster.replica(*number).anonymous(), &pair.refresh_token).status == 200
    };
    let refreshed = pairs.iter().enumerate().filter(lives).count();
    assert!(refreshed <= 1, "{refreshed} refresh tokens live");
}

/// Asks every replica as this person until all give this status.
#[track_caller]
fn felt_everywhere(cluster: &Cluster, person: &Person, path: &str, status: u16, what: &str) {
    let statuses =
        || (0..3).map(|n| cluster.as_at(person, n).get(path).status).collect::<Vec<u16>>();
    assert!(
        eventually(FELT, || statuses().iter().all(|found| *found == status)),
        "{what} must be felt everywhere as {status} within five seconds, not {:?}",
        statuses()
    );
}

pub(crate) fn suspension_role_and_sign_out_are_felt_everywhere_within_five_seconds() {
    const ADMINS_ONLY: &str = "/api/v1/admin/users";
    let cluster = cluster();
    let admin = cluster.replica(0).admin();
    let set = |person: &Person, change: serde_json::Value| {
        admin.client.put(&format!("/api/v1/admin/users/{}", person.id), &change).expect(200);
    };
    let ada = cluster.person("ada");
    // every replica has read her state when it changes
    felt_everywhere(&cluster, &ada, ADMINS_ONLY, 403, "an ordinary role");
    set(&ada, json!({"role": "admin"}));
    felt_everywhere(&cluster, &ada, ADMINS_ONLY, 200, "a higher role");
    set(&ada, json!({"role": "user"}));
    felt_everywhere(&cluster, &ada, ADMINS_ONLY, 403, "a lower role");

    let laptop = cluster.replica(1).sign_in(&ada.email, PASSWORD);
    felt_everywhere(&cluster, &laptop, ME, 200, "a session");
    cluster.as_at(&laptop, 1).request("POST", "/api/v1/auth/logout").send().expect(200);
    felt_everywhere(&cluster, &laptop, ME, 401, "a sign-out");
    felt_everywhere(&cluster, &ada, ME, 200, "another session");

    set(&ada, json!({"status": "suspended"}));
    let refused = || (0..3).map(|n| cluster.as_at(&ada, n).get(ME).status).collect::<Vec<_>>();
    assert!(
        eventually(FELT, || refused().iter().all(|status| matches!(status, 401 | 403))),
        "a suspension must be felt everywhere within five seconds, not {:?}",
        refused()
    );
    for replica in cluster.replicas() {
        let login = json!({"email": ada.email, "password": PASSWORD});
        replica.anonymous().post("/api/v1/auth/login", &login).expect(403);
    }
}

/// Two people's worth of writes through the replicas with these numbers; gives the tasks' ids.
fn write(cluster: &Cluster, person: &Person, replicas: &[usize], each: usize) -> BTreeSet<i64> {
    let ids = simultaneously(replicas.len(), |writer| {
        let client = cluster.as_at(person, replicas[writer]);
        (0..each)
            .map(|n| {
                let title = format!("{writer}/{n}");
                client.post("/api/v1/tasks", &json!({"title": title})).expect(201).id()
            })
            .collect::<Vec<_>>()
    });
    ids.into_iter().flatten().collect()
}

/// What a stream must be, however often it was cut: rising ids, and each task once.
#[derive(Default)]
struct Heard {
    last: u64,
    tasks: BTreeSet<i64>,
}

impl Heard {
    /// Takes events until there were so many tasks in all, or `most` in this go.
    fn listen(&mut self, stream: &mut Sse, until: usize, most: usize) {
        for _ in 0..most {
            if self.tasks.len() >= until {
                return;
            }
            let event = stream.next_event();
            let id = event.place();
            assert!(id > self.last, "event {id} came after {}", self.last);
            self.last = id;
            let task = event.data["data"]["id"].as_i64().unwrap();
            assert!(self.tasks.insert(task), "task {task} was announced twice");
        }
    }
}

pub(crate) fn events_of_all_replicas_arrive_in_order_and_resume_anywhere() {
    const EACH: usize = 100;
    let cluster = cluster();
    let ada = cluster.person("ada");
    let mut heard = Heard::default();
    // one stream on B, writers on A and C
    let mut stream = Sse::tasks(cluster.replica(1).port(), &ada.access_token, None);
    let mut written = write(&cluster, &ada, &[0, 2], 20);
    heard.listen(&mut stream, written.len(), usize::MAX);
    assert_eq!(heard.tasks, written);
    assert_eq!(stream.next_within(Duration::from_millis(500)), None);
    drop(stream);
    // and many short ones, each on another replica, while the writes go on
    let total = written.len() + 2 * EACH;
    let more = std::thread::scope(|scope| {
        let writers = scope.spawn(|| write(&cluster, &ada, &[0, 2], EACH));
        for number in 0.. {
            if heard.tasks.len() >= total {
                break;
            }
            let last = heard.last.to_string();
            let port = cluster.replica(number).port();
            let mut stream = Sse::tasks(port, &ada.access_token, Some(&last));
            heard.listen(&mut stream, total, 1 + number % 12);
        }
        writers.join().unwrap()
    });
    written.extend(more);
    assert_eq!(heard.tasks, written, "none lost, none twice");
    let last = heard.last.to_string();
    let mut rest = Sse::tasks(cluster.replica(0).port(), &ada.access_token, Some(&last));
    assert_eq!(rest.next_within(Duration::from_millis(500)), None);
}

pub(crate) fn background_work_goes_on_whichever_replica_is_killed() {
    let mut cluster = Cluster::start(&[]);
    let purge = |cluster: &Cluster, number: usize| {
        let output = cluster.replica(number).command(&["schedules", "run", "tasks.purge"]).output();
        let output = output.unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    for killed in 0..3 {
        let rest: Vec<usize> = (0..3).filter(|number| *number != killed).collect();
        let leaver = cluster.person(&format!("leaver{killed}"));
        let task = leaver.task("left behind");
        cluster.kill9(killed);
        let body = json!({"password": PASSWORD});
        let client = cluster.as_at(&leaver, rest[0]);
        client.request("DELETE", "/api/v1/users/me").json(&body).send().expect(200);
        // the consumers' leases are over after 10 s, those of jobs after 30 s
        let admin = cluster.replica(rest[1]).admin();
        let gone = || admin.client.get(&format!("/api/v1/tasks/{task}")).status == 404;
        assert!(eventually(Duration::from_secs(30), gone), "consumers go on without {killed}");
        purge(&cluster, rest[1]);
        cluster.restart(killed);
    }
}

pub(crate) fn two_hundred_stock_movements_over_all_replicas_add_up() {
    let cluster = cluster();
    let keeper = cluster.replica(0).admin();
    let product = json!({"name": "busy", "stock": 40, "price": 1});
    let id = keeper.client.post("/api/v1/admin/products", &product).expect(201).id();
    let stock = format!("/api/v1/admin/products/{id}/stock");
    let answers = simultaneously(200, |number| {
        // More go than there may be at some moment: a refusal is as good as a movement, if only the
        // ledger tells the same.
        let delta = if number % 2 == 0 { 2 } else { -3 };
        let body = json!({"delta": delta, "reason": "cluster"});
        let client = cluster.as_at(&keeper, number);
        let request = client.request("POST", &stock);
        (delta, request.header("idempotency-key", &format!("m{number}")).json(&body).send().status)
    });
    assert!(answers.iter().all(|(_, status)| matches!(status, 201 | 409)), "{answers:?}");
    let moved: i64 =
        answers.iter().filter(|(_, status)| *status == 201).map(|(delta, _)| delta).sum();
    let taken = answers.iter().filter(|(_, status)| *status == 201).count();
    assert!(answers.iter().all(|(delta, status)| *delta < 0 || *status == 201), "{answers:?}");
    let mut entries = keeper.client.every_row(&format!("{stock}?limit=100"));
    entries.reverse();
    assert_eq!(entries.len(), taken + 1, "one entry for each, and the opening one");
    let mut balance = 0;
    for entry in &entries {
        balance += entry["delta"].as_i64().unwrap();
        assert_eq!(entry["balance"], balance);
        assert!(balance >= 0);
    }
    assert_eq!(balance, 40 + moved);
    for number in 0..3 {
        let read = || {
            let seen = cluster.as_at(&keeper, number).get(&format!("/api/v1/products/{id}"));
            seen.expect(200).at("/data/stock").as_i64() == Some(balance)
        };
        // Without a shared cache an entry lives until it expires.
        assert!(eventually(Duration::from_secs(40), read), "replica {number}");
    }
}

pub(crate) fn a_page_of_the_catalogue_is_never_older_than_the_last_write() {
    let cluster = cluster();
    let keeper = cluster.replica(0).admin();
    let body = json!({"name": "Zebra 0", "brand": "Fresh", "price": 1});
    let id = keeper.client.post("/api/v1/admin/products", &body).expect(201).id();
    for round in 1..=15 {
        let name = format!("Zebra {round}");
        let writer = cluster.as_at(&keeper, round);
        writer.put(&format!("/api/v1/admin/products/{id}"), &json!({"name": name})).expect(200);
        for number in 0..3 {
            let reader = cluster.as_at(&keeper, number);
            let page = reader.get("/api/v1/products?brand=fresh").expect(200);
            assert_eq!(page.at("/data/0/name"), name.as_str(), "round {round}, replica {number}");
            let found = reader.get("/api/v1/products/search?q=zebra").expect(200);
            assert_eq!(found.at("/data/0/name"), name.as_str(), "round {round}, replica {number}");
            let single = reader.get(&format!("/api/v1/products/{id}")).expect(200);
            assert_eq!(single.at("/data/name"), name.as_str(), "round {round}, replica {number}");
        }
    }
}
