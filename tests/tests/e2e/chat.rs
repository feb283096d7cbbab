//! What the chat means for other domains: notifications, and the files of messages.

use std::time::Duration;

use alveole_tests::{Answer, Backend, ChatSocket, Person, Server, eventually};
use serde_json::{Value, json};

use crate::{
    files::form,
    notifications::{in_outbox, run_schedule},
    variants::{link, picture},
};

const SOON: Duration = Duration::from_secs(20);
const FILES: &str = "/api/v1/files";
const ROOMS: &str = "/api/v1/chat/rooms";

fn room_of(person: &Person, name: &str, private: bool) -> i64 {
    person.client.post(ROOMS, &json!({"name": name, "is_private": private})).expect(201).id()
}

fn says(person: &Person, room: i64, message: &Value) -> i64 {
    person.client.post(&format!("{ROOMS}/{room}/messages"), message).expect(201).id()
}

/// The kinds of a person's notifications of the chat, the newest first.
fn heard(person: &Person) -> Vec<String> {
    let all = person.client.get("/api/v1/notifications").expect(200);
    let chat = all.rows().iter().filter(|row| row["category"] == "chat");
    chat.map(|row| row["kind"].as_str().unwrap().to_owned()).collect()
}

#[track_caller]
fn hears(server: &Server, person: &Person, kinds: &[&str]) {
    assert!(eventually(SOON, || heard(person) == kinds), "{:?} {}", heard(person), server.log());
}

/// The next notification of the chat that arrives on a socket.
fn arrives(socket: &mut ChatSocket) -> Value {
    let frame = socket.next_of("notification");
    assert_eq!(frame["data"]["type"], "notification.created.v1", "{frame}");
    frame["data"]["data"].clone()
}

pub(crate) fn who_is_named_or_written_to_is_notified(backend: Backend) {
    let server = Server::start(backend);
    let admin = server.admin();
    let [ada, bob, eve] = ["ada", "bob", "eve"].map(|name| server.person(name));
    let room = room_of(&ada, "general", false);
    for person in [&bob, &eve] {
        person.client.post(&format!("{ROOMS}/{room}/join"), &json!({})).expect(200);
    }
    let mut his = ChatSocket::open(server.port(), &bob.access_token);
    let mut hers = ChatSocket::open(server.port(), &eve.access_token);
    let naming = json!({"content": format!("Look, @{} and @{}!", bob.username, ada.username)});
    says(&ada, room, &naming);
    hears(&server, &bob, &["chat.mentioned"]);
    let live = arrives(&mut his);
    assert_eq!(live["kind"], "chat.mentioned", "{live}");
    let row = bob.client.get("/api/v1/notifications").expect(200).rows()[0].clone();
    let text = format!("{} mentioned you in the room \"general\".", ada.username);
    assert_eq!((&row["text"], &row["subject"]["kind"]), (&json!(text), &json!("message")), "{row}");

    // A conversation is one notification, whatever the window begins in between.
    let dm = |from: &Person, to: &Person, content: &str| {
        let path = format!("/api/v1/chat/dm/{}", to.id);
        from.client.post(&path, &json!({"content": content})).expect(201);
    };
    for number in 0..5 {
        dm(&ada, &bob, &format!("line {number}"));
    }
    assert_eq!(arrives(&mut his)["kind"], "chat.message");
    // Who wants to hear nothing of a room hears nothing of it.
    let own = format!("{ROOMS}/{room}/members/{}", bob.id);
    bob.client.patch(&own, &json!({"notify": "none"})).expect(200);
    says(&ada, room, &naming);
    dm(&ada, &eve, "and you");
    hears(&server, &eve, &["chat.message"]);
    assert_eq!(arrives(&mut hers)["kind"], "chat.message");
    let of_bob = heard(&bob);
    let of_kind = |kind| of_bob.iter().filter(|one| *one == kind).count();
    assert_eq!(of_kind("chat.mentioned"), 1, "{of_bob:?}");
    assert!((1..=2).contains(&of_kind("chat.message")), "{of_bob:?}");
    assert_eq!(heard(&ada), [""; 0], "nobody hears of what they say");

    // The digest has what waits to be read in the room, and nothing else.
    for person in [&bob, &eve] {
        server.sql(&format!("UPDATE users SET email_verified = true WHERE id = {}", person.id));
    }
    let direct = bob.client.get(&format!("/api/v1/chat/dm/{}", ada.id)).expect(200);
    let direct_room = direct.at("/data/0/room_id").as_i64().unwrap();
    for read in [room, direct_room] {
        bob.client.put(&format!("{ROOMS}/{read}/read"), &json!({"number": 99})).expect(200);
    }
    server.sql("UPDATE jobs SET due_at = 1 WHERE kind = 'notifications.digest'");
    run_schedule(&server, &admin, "jobs.prune");
    let left = "SELECT count(*) FROM notification_sends WHERE state = 3";
    assert!(eventually(SOON, || server.sql(left).trim() == "0"), "{}", server.log());
    let said = format!("{} wrote to you.", ada.username);
    assert!(eventually(SOON, || in_outbox(&server, &said) == 1), "{}", server.log());
    let skipped = format!(
        "SELECT count(*) FROM notification_sends WHERE user_id = {} AND state = 2 AND reason = 2",
        bob.id
    );
    assert_eq!(server.sql(&skipped).trim(), heard(&bob).len().to_string());
}

fn upload(person: &Person) -> i64 {
    let form = form(&[("visibility", "private")], "roof.png", "image/png", &picture());
    let request = person.client.request("POST", FILES);
    request.raw("multipart/form-data; boundary=x", &form).send().expect(201).id()
}

/// What someone gets by each door that reads a file.
fn doors(person: &Person, file: i64) -> Vec<Answer> {
    let one = format!("{FILES}/{file}");
    let part = person.client.request("GET", &format!("{one}/download"));
    let wanted = json!({"width": 60, "height": 60, "fit": "inside"});
    vec![
        person.client.get(&one),
        person.client.get(&format!("{one}/download")),
        person.client.request("HEAD", &format!("{one}/download")).send(),
        part.header("range", "bytes=0-7").send(),
        person.client.get(&format!("{one}/download?variant=thumb")),
        person.client.post(&format!("{one}/variants"), &wanted),
    ]
}

#[track_caller]
fn reads(person: &Person, file: i64) -> Vec<Answer> {
    let all = doors(person, file);
    let statuses: Vec<u16> = all.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [200, 200, 200, 206, 200, 200], "{}", all[0]);
    all
}

#[track_caller]
fn finds_nothing(person: &Person, file: i64) {
    let nothing = doors(person, i64::MAX >> 12);
    for (answer, none) in doors(person, file).into_iter().zip(nothing) {
        assert_eq!((answer.status, none.status), (404, 404), "{answer} {none}");
        assert_eq!(answer.json["code"], none.json["code"], "{answer} {none}");
    }
}

pub(crate) fn files_of_messages_are_read_by_members_only(backend: Backend) {
    let server = Server::start(backend);
    let [ada, bob, eve, late] = ["ada", "bob", "eve", "late"].map(|name| server.person(name));
    let moderator = server.person_with_role("moderator");
    let room = room_of(&ada, "roofs", true);
    let add = |person: &Person| {
        let body = json!({"user_id": person.id});
        ada.client.post(&format!("{ROOMS}/{room}/members"), &body).expect(201);
    };
    add(&bob);
    let file = upload(&ada);
    finds_nothing(&bob, file);
    let message = json!({"content": "look", "attachments": [file]});
    let first = says(&ada, room, &message);
    let answers = reads(&bob, file);
    assert!(answers[1].bytes == reads(&ada, file)[1].bytes, "every byte");
    let drawn = link(&answers[5]);
    bob.client.get(&drawn).expect(200);
    // Reading is all: the owner shares and deletes.
    let one = format!("{FILES}/{file}");
    assert_eq!(bob.client.post(&format!("{one}/share"), &json!({"expires_in": 600})).status, 404);
    assert_eq!(bob.client.delete(&one).status, 404);
    add(&late);
    for person in [&eve, &late, &moderator] {
        finds_nothing(person, file);
    }
    // Removed, and back: what was said before is hidden.
    let membership = format!("{ROOMS}/{room}/members/{}", bob.id);
    ada.client.delete(&membership).expect(200);
    finds_nothing(&bob, file);
    assert_eq!(bob.client.get(&drawn).status, 404, "a link of before opens nothing");
    add(&bob);
    finds_nothing(&bob, file);
    let again = says(&ada, room, &message);
    reads(&bob, file);
    reads(&late, file);
    ada.client.delete(&format!("/api/v1/chat/messages/{again}")).expect(200);
    for person in [&bob, &late] {
        finds_nothing(person, file);
    }
    ada.client.delete(&format!("/api/v1/chat/messages/{first}")).expect(200);
    reads(&ada, file);

    // Who reads a public room along without being in it gets no files, nor does who is banned.
    let open = room_of(&ada, "open roofs", false);
    eve.client.post(&format!("{ROOMS}/{open}/join"), &json!({})).expect(200);
    says(&ada, open, &message);
    reads(&eve, file);
    finds_nothing(&bob, file);
    let membership = format!("{ROOMS}/{open}/members/{}", eve.id);
    ada.client.patch(&membership, &json!({"banned": true})).expect(200);
    finds_nothing(&eve, file);
    // Two people.
    let path = format!("/api/v1/chat/dm/{}", bob.id);
    ada.client.post(&path, &message).expect(201);
    reads(&bob, file);
    finds_nothing(&late, file);
    ada.client.delete(&one).expect(200);
    finds_nothing(&bob, file);
}
