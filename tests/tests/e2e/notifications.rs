//! Inboxes: who hears of what, once, and what becomes of it.

use std::time::Duration;

use adapter_smtp::sink::Sink;
use alveole_tests::{
    Backend, Person, Server, eventually, server::PASSWORD, simultaneously, sse::Sse,
};
use serde_json::json;

const LIST: &str = "/api/v1/notifications";
const SOON: Duration = Duration::from_secs(15);

/// The kinds in an inbox, the newest first.
fn kinds(person: &Person) -> Vec<String> {
    let answer = person.client.get(LIST).expect(200);
    let rows = answer.at("/data").as_array().unwrap().clone();
    rows.iter().map(|row| row["kind"].as_str().unwrap().to_owned()).collect()
}

fn comes(server: &Server, person: &Person, expected: &[&str]) {
    let came = eventually(SOON, || kinds(person) == expected);
    assert!(came, "{:?}, not {expected:?}: {}", kinds(person), server.log());
}

pub(crate) fn people_hear_of_what_others_do_with_their_tasks(backend: Backend) {
    let server = Server::start(backend);
    let (ada, bob, eve) = (server.person("ada"), server.person("bob"), server.person("eve"));
    let body = json!({"title": "Paint", "assignee_id": bob.id});
    let task = ada.client.post("/api/v1/tasks", &body).expect(201).id();
    comes(&server, &bob, &["task.assigned"]);

    // The assignee is mentioned; who may not see the task hears nothing, whatever the text says.
    let content = format!("@{} and @{}, look", bob.username, eve.username);
    let comments = format!("/api/v1/tasks/{task}/comments");
    ada.client.post(&comments, &json!({"content": content})).expect(201);
    comes(&server, &bob, &["task.mentioned", "task.assigned"]);
    bob.client.post(&comments, &json!({"content": "done"})).expect(201);
    comes(&server, &ada, &["task.commented"]);

    let assignee = format!("/api/v1/tasks/{task}/assignee");
    ada.client.put(&assignee, &json!({"user_id": eve.id})).expect(200);
    comes(&server, &eve, &["task.assigned"]);
    comes(&server, &bob, &["task.unassigned", "task.mentioned", "task.assigned"]);
    assert_eq!(kinds(&ada), ["task.commented"], "nobody hears of their own act");

    let newest = bob.client.get(&format!("{LIST}?limit=1")).expect(200);
    assert_eq!(newest.at("/data/0/subject"), &json!({"kind": "task", "id": task}));
    let text = newest.at("/data/0/text").as_str().unwrap();
    assert!(text.contains("Paint") && text.contains(&ada.username), "{text}");

    // With the account go its inbox and its name.
    let password = json!({"password": PASSWORD});
    let deleted = ada.client.request("DELETE", "/api/v1/users/me").json(&password).send();
    deleted.expect(200);
    let gone = || {
        let newest = bob.client.get(&format!("{LIST}?limit=1")).expect(200);
        !newest.at("/data/0/text").as_str().unwrap().contains(&ada.username)
    };
    assert!(eventually(SOON, gone), "{}", server.log());
    let left = format!("SELECT count(*) FROM notifications WHERE user_id = {}", ada.id);
    assert!(eventually(SOON, || server.sql(&left).trim() == "0"), "{}", server.log());
}

pub(crate) fn a_role_that_was_made_counts_while_it_is_held(backend: Backend) {
    let server = Server::start(backend);
    let root = server.admin();
    let (ada, bob) = (server.person("ada"), server.person("bob"));
    let role = json!({"name": "helpers", "permissions": ["tasks:manage", "jobs:manage"]});
    root.client.post("/api/v1/admin/roles", &role).expect(201);
    let roles = format!("/api/v1/admin/users/{}/roles", bob.id);
    let task = ada.task("Paint");
    let comments = format!("/api/v1/tasks/{task}/comments");
    let mention = || {
        let comment = json!({"content": format!("@{}", bob.username)});
        ada.client.post(&comments, &comment).expect(201);
    };
    mention();
    // What is behind it in the feed has come, so it was looked at.
    let mine = json!({"title": "Bob's", "assignee_id": bob.id});
    ada.client.post("/api/v1/tasks", &mine).expect(201);
    comes(&server, &bob, &["task.assigned"]);
    root.client.put(&roles, &json!({"roles": ["helpers"]})).expect(200);
    mention();
    comes(&server, &bob, &["task.mentioned", "task.assigned"]);
    give_up_a_job(&server, "tasks.purge");
    run_schedule(&server, &root, "jobs.prune");
    comes(&server, &bob, &["job.dead", "task.mentioned", "task.assigned"]);
    // Many of one kind are one notification within an hour.
    give_up_a_job(&server, "tasks.purge");
    give_up_a_job(&server, "files.purge");
    run_schedule(&server, &root, "jobs.prune");
    comes(&server, &bob, &["job.dead", "job.dead", "task.mentioned", "task.assigned"]);
    let newest = bob.client.get(&format!("{LIST}?limit=1")).expect(200);
    let text = newest.at("/data/0/text").as_str().unwrap();
    assert!(text.contains("files.purge") && text.contains("state=dead"), "{text}");

    root.client.put(&roles, &json!({"roles": []})).expect(200);
    mention();
    give_up_a_job(&server, "users.purge");
    run_schedule(&server, &root, "jobs.prune");
    let of_root = || kinds(&root).iter().filter(|kind| *kind == "job.dead").count();
    assert!(eventually(SOON, || of_root() == 3), "{}", server.log());
    comes(&server, &bob, &["job.dead", "job.dead", "task.mentioned", "task.assigned"]);
}

/// A job that lost its last attempt with its worker.
fn give_up_a_job(server: &Server, kind: &str) {
    server.sql(&format!(
        "INSERT INTO jobs (kind, queue, priority, state, args, due_at, enqueued_at, attempt, \
         max_attempts, run, merged, pending) \
         VALUES ('{kind}', 'maintenance', 2, 2, '{{}}', 1, 1, 1, 1, 1, 0, 0)"
    ));
}

pub(crate) fn the_inbox_follows_its_owner(backend: Backend) {
    let server = Server::start(backend);
    let (ada, bob) = (server.person("ada"), server.person("bob"));
    let bearer = format!("Bearer {}", bob.access_token);
    let path = "/api/v1/events?types=notification.*";
    let mut live = Sse::open(server.port(), path, &[("Authorization", &bearer)]);
    for number in 1..=3 {
        let body = json!({"title": format!("task {number}"), "assignee_id": bob.id});
        ada.client.post("/api/v1/tasks", &body).expect(201);
    }
    comes(&server, &bob, &["task.assigned"; 3]);
    assert_eq!(live.next_event().name, "notification.created.v1");

    let all = bob.client.get(LIST).expect(200);
    assert_eq!(all.at("/unread_count"), 3);
    let (newest, middle) = (all.ids()[0], all.at("/data/1/created_at").clone());
    let read = bob.client.post(&format!("{LIST}/read-all"), &json!({"before": middle})).expect(200);
    assert_eq!(read.at("/data/read"), 2);
    let unread = bob.client.get(&format!("{LIST}?unread=true&cursor=")).expect(200);
    assert_eq!((unread.ids(), unread.at("/unread_count")), (vec![newest], &json!(1)));
    let counts = bob.client.get(&format!("{LIST}/count")).expect(200);
    assert_eq!(
        (counts.at("/data/unread"), counts.at("/data/by_category/tasks")),
        (&json!(1), &json!(1))
    );

    let one = format!("{LIST}/{newest}");
    bob.client.patch(&one, &json!({"read": true})).expect(200);
    assert_eq!(bob.client.get(LIST).expect(200).at("/unread_count"), 0);
    ada.client.get(&one).problem(404, "notifications.not_found");
    bob.client.delete(&one).expect(200);
    bob.client.get(&one).problem(404, "notifications.not_found");
    let export = bob.client.get("/api/v1/users/me/export").expect(200);
    assert_eq!(export.at("/notifications").as_array().map(Vec::len), Some(2));
    assert_eq!(
        ada.client.get("/api/v1/users/me/export").expect(200).at("/notifications"),
        &json!([])
    );
}

/// Ada's address is proven by the link in an email; returns her again, signed in.
fn proven(server: &Server, sink: &Sink, who: &Person) {
    let letter = sink.wait_for(&who.email, "Confirm your mail address");
    let body = json!({"token": letter.token(), "password": PASSWORD});
    server.anonymous().post("/api/v1/auth/email/verify", &body).expect(200);
}

pub(crate) fn emails_come_when_they_are_wanted(backend: Backend) {
    let sink = Sink::start();
    let server = Server::with(backend, &[("ALVEOLE__MAIL__SMTP_URL", sink.url().as_str())]);
    let (ada, bob) = (server.person("ada"), server.person("bob"));
    proven(&server, &sink, &bob);
    let bob = server.sign_in(&bob.email, PASSWORD);
    let assign = |title: &str| {
        let body = json!({"title": title, "assignee_id": bob.id});
        ada.client.post("/api/v1/tasks", &body).expect(201);
    };
    assign("first");
    let first = sink.wait_for(&bob.email, "\"first\"");
    let header = first.header("list-unsubscribe");
    assert_eq!(first.header("list-unsubscribe-post"), "List-Unsubscribe=One-Click");

    // Quiet hours hold the next one, and the inbox has it; when they end, it goes out.
    let days = json!(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]);
    let quiet = format!("{LIST}/quiet-hours");
    let all_day = json!({"days": days, "from": "00:00", "to": "00:00"});
    bob.client.put(&quiet, &all_day).expect(200);
    assign("second");
    comes(&server, &bob, &["task.assigned"; 2]);
    let held = "SELECT count(*) FROM notification_sends WHERE state = 0";
    assert!(eventually(SOON, || server.sql(held).trim() == "1"), "{}", server.log());
    assert_eq!(sink.count(&bob.email, "\"second\""), 0);
    bob.client.patch(&quiet, &json!({"days": []})).expect(200);
    sink.wait_for(&bob.email, "\"second\"");

    // One POST, signed out, ends them.
    let path =
        header.trim_matches(['<', '>']).split_once("/api/").map(|(_, path)| format!("/api/{path}"));
    let (anonymous, form) = (server.anonymous(), b"List-Unsubscribe=One-Click");
    let request = anonymous.request("POST", &path.unwrap());
    request.raw("application/x-www-form-urlencoded", form).send().expect(200);
    assign("third");
    comes(&server, &bob, &["task.assigned"; 3]);
    let skipped = "SELECT count(*) FROM notification_sends WHERE state = 2 AND reason = 0";
    assert!(eventually(SOON, || server.sql(skipped).trim() == "1"), "{}", server.log());
    assert_eq!(sink.count(&bob.email, "\"third\""), 0);
}

pub(crate) fn of_two_who_choose_simultaneously_one_is_refused(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let bodies = [
        ("preferences", json!({"preferences": [{"channel": "email", "mode": "off"}]})),
        ("quiet-hours", json!({"zone": "Europe/Paris", "days": ["mon"]})),
    ];
    for (what, body) in bodies {
        let path = format!("{LIST}/{what}");
        let read = ada.client.get(&path).expect(200);
        let tag = read.etag();
        let again = ada.client.request("GET", &path).header("if-none-match", &tag).send();
        again.expect(304);
        for method in ["PUT", "PATCH"] {
            let tag = ada.client.get(&path).expect(200).etag();
            let answers = simultaneously(2, |_| {
                let request = ada.client.request(method, &path).header("if-match", &tag);
                request.json(&body).send()
            });
            let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 412], "{method} {what}");
            let refused = answers.into_iter().find(|answer| answer.status == 412).unwrap();
            let refused = refused.problem(412, "notifications.stale");
            let now = ada.client.get(&path).expect(200);
            assert_eq!((refused.at("/current"), refused.etag()), (now.data(), now.etag()));
        }
        let tag = ada.client.get(&path).expect(200).etag();
        let request = ada.client.request("PUT", &path).header("if-match", &tag).json(&body);
        let changed = request.send().expect(200);
        assert_ne!(changed.etag(), tag);
    }
}

pub(crate) fn people_hear_what_happened_to_their_account(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let off = json!({"preferences": [{"channel": "email", "mode": "off"}]});
    let chosen = ada.client.put(&format!("{LIST}/preferences"), &off).expect(200);
    let all = chosen.at("/data/effective").as_array().unwrap().clone();
    let security = all.iter().find(|one| one["kind"] == "account.security").unwrap();
    assert_eq!((&security["mode"], &security["why"]), (&json!("on"), &json!("required")));
    let body = json!({"name": "ci", "scopes": ["tasks:read"]});
    ada.client.post("/api/v1/auth/tokens", &body).expect(201);
    comes(&server, &ada, &["account.security"]);
    // The same account from another device.
    let login = json!({"email": ada.email, "password": PASSWORD});
    let anonymous = server.anonymous();
    let request = anonymous.request("POST", "/api/v1/auth/login").json(&login);
    request.header("user-agent", "Another/1.0").send().expect(200);
    comes(&server, &ada, &["account.security"; 2]);
    let newest = ada.client.get(&format!("{LIST}?limit=1")).expect(200);
    let text = newest.at("/data/0/text").as_str().unwrap();
    assert!(text.contains("device that was not seen before"), "{text}");
}

/// Runs a schedule now.
pub(crate) fn run_schedule(server: &Server, admin: &Person, name: &str) {
    let path = format!("/api/v1/admin/schedules/{name}");
    assert!(eventually(SOON, || admin.client.get(&path).status == 200), "{}", server.log());
    // A tick is passed over while the job of another one runs.
    let open = format!("SELECT count(*) FROM jobs WHERE kind = '{name}' AND state < 3");
    assert!(eventually(SOON, || server.sql(&open).trim() == "0"), "{}", server.log());
    admin.client.post(&format!("{path}/run"), &json!({})).expect(202);
}

/// So many seconds from now, as the database reckons it.
fn moment(server: &Server, seconds: i64) -> String {
    let sql = match server.backend() {
        Backend::Sqlite => {
            format!("SELECT strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '{seconds} seconds')")
        }
        Backend::Postgres => format!(
            "SELECT to_char(now() AT TIME ZONE 'utc' + interval '{seconds} seconds', \
             'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"
        ),
    };
    server.sql(&sql).trim().to_owned()
}

/// How many emails in the outbox folder have these words in them.
pub(crate) fn in_outbox(server: &Server, words: &str) -> usize {
    let files = std::fs::read_dir(server.data_dir().join("outbox"));
    let texts = files.into_iter().flatten().flatten().filter_map(|file| {
        let raw = std::fs::read_to_string(file.path()).ok()?;
        // Lines that were folded are one.
        Some(raw.replace("\r\n ", " ").replace("=\r\n", ""))
    });
    texts.filter(|text| text.contains(words)).count()
}

pub(crate) fn people_are_reminded_of_what_is_due(backend: Backend) {
    // No sink: emails go to the folder.
    let server = Server::start(backend);
    let (admin, ada, bob) = (server.admin(), server.person("ada"), server.person("bob"));
    server.sql(&format!("UPDATE users SET email_verified = true WHERE id = {}", bob.id));
    let body = json!({"title": "Water", "assignee_id": bob.id, "due_date": moment(&server, 60)});
    let task = ada.client.post("/api/v1/tasks", &body).expect(201).id();
    let done = json!({"title": "Done", "due_date": moment(&server, 60), "status": "completed"});
    ada.client.post("/api/v1/tasks", &done).expect(201);
    comes(&server, &bob, &["task.assigned"]);
    run_schedule(&server, &admin, "tasks.remind");
    comes(&server, &bob, &["task.due_soon", "task.assigned"]);
    let arrived = || in_outbox(&server, "Subject: The task \"Water\" is due at") == 1;
    assert!(eventually(SOON, arrived), "{}", server.log());
    // Once; and the owner, who gave the task away, hears nothing.
    run_schedule(&server, &admin, "tasks.remind");
    let path = format!("/api/v1/tasks/{task}");
    ada.client.patch(&path, &json!({"due_date": moment(&server, -60)})).expect(200);
    run_schedule(&server, &admin, "tasks.remind");
    comes(&server, &bob, &["task.overdue", "task.due_soon", "task.assigned"]);
    assert_eq!(kinds(&ada), [""; 0]);
    assert!(eventually(SOON, || in_outbox(&server, "and is not done") == 1), "{}", server.log());
}

pub(crate) fn reports_come_once_a_day_to_who_wants_them(backend: Backend) {
    let server = Server::start(backend);
    let (admin, ada, bob) = (server.admin(), server.person("ada"), server.person("bob"));
    let prove =
        format!("UPDATE users SET email_verified = true WHERE id IN ({}, {})", ada.id, bob.id);
    server.sql(&prove);
    // Bob says nothing, and gets none.
    let wish = json!({"preferences": [{"kind": "report.daily", "channel": "email", "mode": "on"}]});
    ada.client.put(&format!("{LIST}/preferences"), &wish).expect(200);
    for person in [&ada, &bob] {
        for (title, due, status) in
            [("soon", 600, "pending"), ("late", -60, "in_progress"), ("done", -60, "completed")]
        {
            let due = moment(&server, due);
            let task = json!({"title": title, "due_date": due, "status": status});
            person.client.post("/api/v1/tasks", &task).expect(201);
        }
    }
    let due_soon = json!({"title": "another", "due_date": moment(&server, 600)});
    ada.client.post("/api/v1/tasks", &due_soon).expect(201);
    // The first run plans the reports on the operation; then the hour of all comes.
    let planned = |kind: u8| {
        let sql = format!("SELECT count(*) FROM notification_reports WHERE kind = {kind}");
        server.sql(&sql).trim().to_owned()
    };
    run_schedule(&server, &admin, "reports.daily");
    assert!(eventually(SOON, || planned(9) == "1"), "{}", server.log());
    assert_eq!(planned(10), "1");
    let now = match server.backend() {
        Backend::Sqlite => "CAST(strftime('%s', 'now') AS INTEGER) * 1000000",
        Backend::Postgres => "CAST(extract(epoch FROM now()) AS BIGINT) * 1000000 - 1000000",
    };
    for _ in 0..2 {
        server.sql(&format!("UPDATE notification_reports SET due_at = {now}"));
        run_schedule(&server, &admin, "reports.daily");
        let moved = format!("SELECT count(*) FROM notification_reports WHERE due_at <= {now}");
        assert!(eventually(SOON, || server.sql(&moved).trim() == "0"), "{}", server.log());
    }
    let newest = ada.client.get(&format!("{LIST}?kind=report.daily")).expect(200);
    assert_eq!(newest.rows().len(), 1, "once for a date: {newest}");
    let text = newest.at("/data/0/text").as_str().unwrap();
    assert!(text.contains("Done since yesterday: 1"), "{text}");
    // Unless the day ends while this runs.
    let date = |seconds| moment(&server, seconds).split('T').next().map(str::to_owned);
    if date(-120) == date(600) {
        assert!(text.contains("Due today: 2; Overdue: 1;"), "{text}");
    }
    let arrived = || in_outbox(&server, "Subject: Your tasks (");
    assert!(eventually(SOON, || arrived() == 1), "{}", server.log());
    assert!(!kinds(&bob).iter().any(|kind| kind == "report.daily"), "{:?}", kinds(&bob));

    let newest = admin.client.get(&format!("{LIST}?kind=report.operations")).expect(200);
    assert_eq!(newest.rows().len(), 1);
    let text = newest.at("/data/0/text").as_str().unwrap();
    for said in ["New users: 3;", "Active users: 3;", "Stored files: 0 B", "Last back-up: unknown"]
    {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(eventually(SOON, || in_outbox(&server, "Failed jobs: 0") == 1), "{}", server.log());
    // Like every other kind, they can be switched off.
    let less = json!({"preferences": [{"category": "reports", "channel": "email", "mode": "off"}]});
    admin.client.patch(&format!("{LIST}/preferences"), &less).expect(200);
    server.sql(&format!("UPDATE notification_reports SET due_at = {now}"));
    run_schedule(&server, &admin, "reports.daily");
    assert!(eventually(SOON, || planned(9) == "0"), "{}", server.log());
}

pub(crate) fn owners_hear_of_warranties_and_administrators_of_dead_jobs(backend: Backend) {
    let server = Server::start(backend);
    let (admin, ada) = (server.admin(), server.person("ada"));
    let lamp = json!({"name": "Lamp", "price": 1});
    let lamp = admin.client.post("/api/v1/admin/products", &lamp).expect(201).id();
    let end = moment(&server, 3 * 86_400);
    let end = end.split('T').next();
    let owned = json!({"product_id": lamp, "warranty_expires": end});
    ada.client.post("/api/v1/user-products", &owned).expect(201);
    run_schedule(&server, &admin, "products.warn_of_warranties");
    comes(&server, &ada, &["product.warranty_expiring"]);
    give_up_a_job(&server, "tasks.purge");
    // Workers look when something is enqueued.
    run_schedule(&server, &admin, "jobs.prune");
    comes(&server, &admin, &["job.dead"]);
    assert_eq!(kinds(&ada), ["product.warranty_expiring"]);
}

pub(crate) fn a_digest_has_each_notification_once_in_the_readers_language(backend: Backend) {
    let server = Server::start(backend);
    let (admin, ada, bob) = (server.admin(), server.person("ada"), server.person("bob"));
    server.sql(&format!("UPDATE users SET email_verified = true WHERE id = {}", bob.id));
    bob.client.patch("/api/v1/users/me", &json!({"locale": "fr"})).expect(200);
    bob.client
        .patch("/api/v1/users/me", &json!({"locale": "de"}))
        .problem(400, "users.locale_unknown");
    let digest = json!({"preferences": [{"channel": "email", "mode": "digest"}]});
    bob.client.put(&format!("{LIST}/preferences"), &digest).expect(200);
    for number in 1..=3 {
        let body = json!({"title": format!("nummer {number}"), "assignee_id": bob.id});
        ada.client.post("/api/v1/tasks", &body).expect(201);
    }
    comes(&server, &bob, &["task.assigned"; 3]);
    let newest = bob.client.get(LIST).expect(200);
    let text = newest.at("/data/0/text").as_str().unwrap().to_owned();
    assert!(text.contains("vous a confié la tâche « nummer 3 »"), "{text}");
    let read = newest.ids()[0];
    bob.client.patch(&format!("{LIST}/{read}"), &json!({"read": true})).expect(200);
    let planned = "SELECT count(*) FROM jobs WHERE kind = 'notifications.digest'";
    assert_eq!(server.sql(planned).trim(), "1", "one for all of them");
    server.sql("UPDATE jobs SET due_at = 1 WHERE kind = 'notifications.digest'");
    run_schedule(&server, &admin, "jobs.prune");
    let arrived = || in_outbox(&server, "Subject: 2 notifications") == 1;
    assert!(eventually(SOON, arrived), "{}", server.log());
    let left = "SELECT count(*) FROM notification_sends WHERE state = 3";
    assert_eq!(server.sql(left).trim(), "0");
}

pub(crate) fn emails_are_in_the_language_that_the_readers_program_prefers(backend: Backend) {
    let server = Server::start(backend);
    let register = |name: &str, languages: &str| {
        let email = format!("{name}@example.com");
        let body = json!({"username": name, "email": email, "password": PASSWORD});
        let anonymous = server.anonymous();
        let request = anonymous.request("POST", "/api/v1/auth/register").json(&body);
        let made = request.header("accept-language", languages).send().expect(201);
        made.at("/data/locale").as_str().unwrap().to_owned()
    };
    for (name, languages, locale, subject) in [
        ("camille", "fr-CA, en;q=0.5", "fr", "Subject: Confirmez votre adresse e-mail"),
        ("ming", "de, zh-CN;q=0.9", "zh-Hans", "Subject: =?utf-8?"),
        ("otto", "de", "en", "Subject: Confirm your mail address"),
    ] {
        assert_eq!(register(name, languages), locale);
        assert!(eventually(SOON, || in_outbox(&server, subject) == 1), "{}", server.log());
    }
    // Text and HTML, which knows dark programs and loads nothing.
    for part in ["multipart/alternative", "text/plain", "text/html", "prefers-color-scheme"] {
        assert!(in_outbox(&server, part) >= 1, "{part}");
    }
    assert_eq!(in_outbox(&server, "<img"), 0);
    let camille = server.sign_in("camille@example.com", PASSWORD);
    let export = camille.client.get("/api/v1/users/me/export").expect(200);
    assert_eq!(export.json["profile"]["locale"], "fr");
}
