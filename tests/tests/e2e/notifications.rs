//! Inboxes: who hears of what, once, and what becomes of it.

use std::time::Duration;

use adapter_smtp::sink::Sink;
use alveole_tests::{Backend, Person, Server, eventually, server::PASSWORD, sse::Sse};
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
