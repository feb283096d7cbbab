//! Status, headers and errors of `/chat`, in process and on memory.
#![expect(clippy::unwrap_used, reason = "failing loudly is what tests are for")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use chat::{Chat, service::Dependencies};
use kernel::{Actor, LimitDecision, Limiter, Permission, Quota, Role, SystemClock};
use memory::MemoryDb;
use rest::{
    defaults::FixedTokens,
    testing::{Answer, TestApp},
};
use serde_json::{Value, json};

const ROOMS: &str = "/api/v1/chat/rooms";
const ROOM: &str = "/api/v1/chat/rooms/1";
const MESSAGE: &str = "/api/v1/chat/messages/1";

/// Allows everything until it is exhausted.
#[derive(Default)]
struct Limits(AtomicBool);

#[async_trait]
impl Limiter for Limits {
    async fn check(&self, _: &'static str, _: &str) -> LimitDecision {
        LimitDecision {
            allowed: !self.0.load(Ordering::Relaxed),
            quota: Quota { calls: 1, per: Duration::from_secs(1) },
            remaining: 0,
            retry_after: Duration::from_millis(300),
            reset_after: Duration::from_secs(1),
        }
    }
}

struct Fixture {
    app: TestApp,
    limits: Arc<Limits>,
}

impl Fixture {
    /// People by these tokens, in this order from 1; `reader` is Ada, reading only.
    fn new() -> Self {
        let db = MemoryDb::new();
        let mut tokens = FixedTokens::default();
        for (name, role) in [
            ("ada", Role::User),
            ("bob", Role::User),
            ("eve", Role::User),
            ("user", Role::User),
            ("admin", Role::Admin),
            ("super_admin", Role::SuperAdmin),
        ] {
            let actor = Actor::new(db.add_person(name).unwrap(), role);
            if name == "ada" {
                let permissions = [Permission::ChatRead].into_iter().collect();
                tokens = tokens.with("reader", Actor { permissions, ..actor.clone() });
            }
            tokens = tokens.with(name, actor);
        }
        let limits = Arc::new(Limits::default());
        let chat = Arc::new(Chat::new(Dependencies {
            work: db,
            clock: Arc::new(SystemClock),
            limiter: Arc::clone(&limits) as _,
        }));
        Self { app: TestApp::new(tokens, modules(chat)), limits }
    }

    /// A private room of Ada's with a message; Bob is in it and Eve is invited.
    async fn private() -> Self {
        let fixture = Self::new();
        let room = json!({"name": "closed", "is_private": true});
        fixture.post(ROOMS, "ada", &room).await.expect(201);
        fixture.post(&format!("{ROOM}/members"), "ada", &json!({"user_id": 2})).await.expect(201);
        fixture
            .post(&format!("{ROOM}/invitations"), "ada", &json!({"user_id": 3}))
            .await
            .expect(201);
        fixture.say("ada", "Hello, @bob").await.expect(201);
        fixture
    }

    async fn get(&self, path: &str, token: &str) -> Answer {
        self.app.get(path).token(token).send().await
    }

    async fn post(&self, path: &str, token: &str, body: &Value) -> Answer {
        self.app.post(path).token(token).json(body).send().await
    }

    async fn send(&self, method: &str, path: &str, token: &str, body: Option<Value>) -> Answer {
        let request = self.app.request(method, path).token(token);
        let request = match &body {
            Some(body) => request.json(body),
            None => request,
        };
        request.send().await
    }

    async fn say(&self, token: &str, text: &str) -> Answer {
        self.post(&format!("{ROOM}/messages"), token, &json!({"content": text})).await
    }
}

#[actix_web::test]
async fn a_room_is_created_read_changed_and_deleted() {
    let fixture = Fixture::new();
    let body = json!({"name": " General ", "description": "Talk"});
    let made = fixture.post(ROOMS, "ada", &body).await.expect(201);
    assert_eq!((made.header("location"), made.at("/data/name")), (ROOM, &json!("General")));
    assert_eq!(made.at("/data/membership/role"), "owner");
    let again = fixture.post(ROOMS, "bob", &json!({"name": "general"})).await;
    again.problem(409, "chat.name_taken");
    let read = fixture.get(ROOM, "bob").await.expect(200);
    assert_eq!(
        (read.at("/data/member_count"), read.at("/data/membership")),
        (&json!(1), &json!(null))
    );
    let tag = fixture.get(ROOM, "ada").await.header("etag").to_owned();
    let known = fixture.app.get(ROOM).token("ada").with("if-none-match", &tag).send().await;
    known.expect(304);
    let change = || {
        let request = fixture.app.request("PATCH", ROOM).token("ada").with("if-match", &tag);
        request.json(&json!({"slow_mode_seconds": 5, "description": null})).send()
    };
    let changed = change().await.expect(200);
    assert_eq!(
        (changed.at("/data/slow_mode_seconds"), changed.at("/data/description")),
        (&json!(5), &json!(""))
    );
    let stale = change().await.problem(412, "chat.room_stale");
    assert_eq!(stale.at("/current/version"), 2);
    fixture.send("DELETE", ROOM, "bob", None).await.problem(403, "chat.forbidden");
    fixture.send("DELETE", ROOM, "ada", None).await.expect(200);
    fixture.get(ROOM, "ada").await.problem(404, "chat.room_not_found");
}

#[actix_web::test]
async fn every_fault_of_a_body_is_named() {
    let fixture = Fixture::private().await;
    let body = json!({"name": "42", "description": "x".repeat(501), "is_private": 1,
        "slow_mode_seconds": -1, "retention_days": 0});
    let mut codes = fixture
        .post(ROOMS, "ada", &body)
        .await
        .expect(400)
        .codes()
        .iter()
        .map(|code| (*code).to_owned())
        .collect::<Vec<_>>();
    codes.sort();
    assert_eq!(
        codes,
        [
            "chat.description_too_long",
            "chat.name_invalid",
            "chat.retention_invalid",
            "chat.slow_mode_invalid",
            "request.wrong_type"
        ]
    );
    let body = json!({"content": " ", "client_id": "", "attachments": [1, 1], "reply_to": -1});
    let sent = fixture.post(&format!("{ROOM}/messages"), "ada", &body).await.expect(400);
    assert_eq!(
        sent.codes(),
        [
            "chat.content_length",
            "chat.number_invalid",
            "chat.attachments_invalid",
            "chat.client_id_invalid"
        ]
    );
    let many: Vec<i64> = (1..=11).collect();
    let body = json!({"content": "x", "attachments": many});
    let sent = fixture.post(&format!("{ROOM}/messages"), "ada", &body).await;
    sent.problem(400, "chat.attachments_invalid");
    let body = json!({"role": "king", "muted_until": "soon", "notify": "all"});
    let path = format!("{ROOM}/members/2");
    let changed = fixture.send("PATCH", &path, "ada", Some(body)).await.expect(400);
    assert_eq!(changed.codes(), ["chat.role_unknown", "chat.time_invalid", "chat.notify_unknown"]);
    for (query, code) in [
        ("messages?before=soon", "chat.before_invalid"),
        ("messages?q=!", "chat.search_invalid"),
        ("messages?limit=101", "page.limit_invalid"),
        ("log?after=7", "chat.place_invalid"),
        ("members?state=left", "chat.state_unknown"),
    ] {
        fixture.get(&format!("{ROOM}/{query}"), "ada").await.problem(400, code);
    }
    fixture.get(&format!("{ROOMS}?kind=direct"), "ada").await.problem(400, "chat.kind_unknown");
    fixture.get(&format!("{ROOMS}?mine=1"), "ada").await.problem(400, "request.value");
}

#[actix_web::test]
async fn messages_are_sent_once_read_changed_and_deleted() {
    let fixture = Fixture::private().await;
    let path = format!("{ROOM}/messages");
    let body = json!({"content": "once", "client_id": "c-1", "reply_to": 1});
    let first = fixture.post(&path, "bob", &body).await.expect(201);
    let second = fixture.post(&path, "bob", &body).await.expect(201);
    assert_eq!(first.at("/data/id"), second.at("/data/id"));
    assert_eq!((first.at("/data/number"), first.at("/data/username")), (&json!(2), &json!("bob")));
    let other = json!({"content": "other", "client_id": "c-1"});
    fixture.post(&path, "bob", &other).await.problem(422, "chat.id_reused");
    let keyed = || {
        fixture
            .app
            .post(&path)
            .token("bob")
            .with("idempotency-key", "k")
            .json(&json!({"content": "keyed"}))
            .send()
    };
    keyed().await.expect(201);
    assert_eq!(keyed().await.expect(201).header("idempotency-replayed"), "true");

    let listed = fixture.get("/api/v1/chat/rooms/Closed/messages?limit=2", "bob").await.expect(200);
    let texts = |answer: &Answer| -> Vec<String> {
        let rows = answer.at("/data").as_array().unwrap();
        rows.iter().map(|row| row["content"].as_str().unwrap_or("").to_owned()).collect()
    };
    assert_eq!(texts(&listed), ["keyed", "once"]);
    assert_eq!(listed.at("/pagination/next_before"), 2);
    let before = fixture.get(&format!("{path}?before=2"), "ada").await.expect(200);
    assert_eq!(
        (texts(&before), before.at("/pagination/next_before")),
        (vec!["Hello, @bob".to_owned()], &json!(null))
    );
    assert_eq!(
        texts(&fixture.get(&format!("{path}?before=2020-01-01T00:00:00Z"), "ada").await),
        [""; 0]
    );
    assert_eq!(texts(&fixture.get(&format!("{path}?q=hel"), "ada").await), ["Hello, @bob"]);

    let edit = |token| fixture.send("PUT", MESSAGE, token, Some(json!({"content": "Bye"})));
    edit("bob").await.problem(403, "chat.forbidden");
    let edited = edit("ada").await.expect(200);
    assert!(edited.at("/data/edited_at").is_string());
    let old =
        fixture.app.request("DELETE", MESSAGE).token("ada").with("if-match", "\"1\"").send().await;
    assert_eq!(old.problem(412, "chat.message_stale").at("/current/content"), "Bye");
    let thumb = format!("{MESSAGE}/reactions/%F0%9F%91%8D");
    let reacted = fixture.send("PUT", &thumb, "bob", None).await.expect(200);
    assert_eq!(reacted.at("/data/reactions/0"), &json!({"emoji": "👍", "count": 1, "mine": true}));
    fixture
        .send("PUT", &format!("{MESSAGE}/reactions/no"), "bob", None)
        .await
        .problem(400, "chat.emoji_invalid");
    fixture.send("PUT", &thumb, "eve", None).await.problem(404, "chat.message_not_found");
    let without = fixture.send("DELETE", &thumb, "bob", None).await.expect(200);
    assert_eq!(without.at("/data/reactions"), &json!([]));
    fixture.send("DELETE", MESSAGE, "ada", None).await.expect(200);
    let gone = fixture.get(MESSAGE, "bob").await.expect(200);
    assert_eq!((gone.at("/data/content"), gone.at("/data/deleted")), (&json!(null), &json!(true)));
    edit("ada").await.problem(409, "chat.message_deleted");
    fixture.get("/api/v1/chat/messages/99", "ada").await.problem(404, "chat.message_not_found");
}

#[actix_web::test]
async fn the_log_and_the_export_have_everything() {
    let fixture = Fixture::private().await;
    let head = fixture.get(&format!("{ROOM}/log"), "bob").await.expect(200);
    let cursor = head.at("/data/cursor").as_str().unwrap().to_owned();
    fixture.say("ada", "two").await.expect(201);
    fixture.send("PUT", &format!("{MESSAGE}/reactions/:tada:"), "bob", None).await.expect(200);
    let missed = fixture.get(&format!("{ROOM}/log?after={cursor}"), "bob").await.expect(200);
    assert_eq!(
        (missed.at("/data/recovered"), missed.at("/data/more")),
        (&json!(true), &json!(false))
    );
    assert_eq!(missed.at("/data/entries/0/message/content"), "two");
    assert_eq!(missed.at("/data/entries/0/message/username"), "ada");
    assert_eq!(
        (missed.at("/data/entries/1/type"), missed.at("/data/entries/1/detail")),
        (&json!("reaction_added"), &json!(":tada:"))
    );
    let part = fixture.get(&format!("{ROOM}/log?after={cursor}&limit=1"), "bob").await.expect(200);
    assert_eq!(part.at("/data/more"), true);
    let on = part.at("/data/cursor").as_str().unwrap().to_owned();
    let rest = fixture.get(&format!("{ROOM}/log?after={on}"), "bob").await.expect(200);
    assert_eq!(rest.at("/data/entries").as_array().unwrap().len(), 1);
    let strange = fixture.get(&format!("{ROOM}/log?after=7:1"), "bob").await.expect(200);
    assert_eq!(strange.at("/data/recovered"), false);
    let export = fixture.get(&format!("{ROOM}/export"), "ada").await.expect(200);
    assert_eq!(
        (export.at("/0/content"), export.at("/1/content")),
        (&json!("Hello, @bob"), &json!("two"))
    );
    assert_eq!(export.json.as_array().unwrap().len(), 2);
    let unread = fixture.get("/api/v1/chat/unread", "bob").await.expect(200);
    assert_eq!((unread.at("/data/unread"), unread.at("/data/mentions")), (&json!(2), &json!(1)));
    let read =
        fixture.send("PUT", &format!("{ROOM}/read"), "bob", Some(json!({"number": 2}))).await;
    assert_eq!(read.expect(200).at("/data/unread"), 0);
    assert_eq!(fixture.get("/api/v1/chat/unread", "bob").await.at("/data/rooms"), &json!([]));
}

#[actix_web::test]
async fn people_come_go_and_are_moderated() {
    let fixture = Fixture::private().await;
    let own = fixture.get("/api/v1/chat/invitations", "eve").await.expect(200);
    assert_eq!((own.at("/data/0/room"), own.at("/data/0/user_id")), (&json!("closed"), &json!(3)));
    let accept = "/api/v1/chat/invitations/1/accept";
    fixture.send("POST", accept, "user", None).await.problem(404, "chat.invitation_not_found");
    let came = fixture.send("POST", accept, "eve", None).await.expect(200);
    assert_eq!(came.at("/data/member_count"), 3);
    fixture
        .send("POST", "/api/v1/chat/invitations/1/decline", "eve", None)
        .await
        .problem(404, "chat.invitation_not_found");
    let listed = fixture.get(&format!("{ROOM}/members"), "eve").await.expect(200);
    assert_eq!(listed.at("/pagination/total"), 3);
    fixture
        .post(&format!("{ROOM}/members"), "ada", &json!({"user_id": 2}))
        .await
        .problem(409, "chat.already_member");
    let bob = format!("{ROOM}/members/2");
    let seen = fixture.get(&bob, "bob").await.expect(200);
    assert_eq!(
        (seen.at("/data/notify"), seen.at("/data/role")),
        (&json!("mentions"), &json!("member"))
    );
    assert_eq!(fixture.get(&bob, "ada").await.expect(200).at("/data/notify"), &json!(null));
    let change = |token, body| fixture.send("PATCH", &bob, token, Some(body));
    change("eve", json!({"banned": true})).await.problem(403, "chat.forbidden");
    change("ada", json!({"muted_until": "2999-01-01T00:00:00Z"})).await.expect(200);
    fixture.say("bob", "x").await.problem(403, "chat.muted");
    change("ada", json!({"muted_until": null, "role": "moderator"})).await.expect(200);
    change("bob", json!({"banned": true})).await.problem(422, "chat.oneself");
    fixture
        .send("DELETE", &format!("{ROOM}/members/1"), "bob", None)
        .await
        .problem(403, "chat.forbidden");
    change("ada", json!({"banned": true})).await.expect(200);
    fixture.get(ROOM, "bob").await.problem(403, "chat.banned");
    fixture.get(&bob, "eve").await.problem(404, "chat.member_not_found");
    let banned = fixture.get(&format!("{ROOM}/members?state=banned"), "ada").await.expect(200);
    assert_eq!(banned.at("/data/0/user_id"), 2);
    fixture
        .send("POST", &format!("{ROOM}/leave"), "ada", None)
        .await
        .problem(409, "chat.last_owner");
    fixture.send("POST", &format!("{ROOM}/leave"), "eve", None).await.expect(200);
    fixture.get(ROOM, "eve").await.problem(404, "chat.room_not_found");
}

#[actix_web::test]
async fn two_people_write_to_each_other_until_one_blocks_the_other() {
    let fixture = Fixture::new();
    let dm = "/api/v1/chat/dm/2";
    fixture.get(dm, "ada").await.expect(200);
    let sent = fixture.post(dm, "ada", &json!({"content": "Hi"})).await.expect(201);
    assert_eq!((sent.at("/data/to_user"), sent.at("/data/room")), (&json!(2), &json!(null)));
    let seen = fixture.get("/api/v1/chat/dm/1", "bob").await.expect(200);
    assert_eq!(seen.at("/data/0/from_user"), 1);
    fixture.get("/api/v1/chat/dm/1", "ada").await.problem(422, "chat.oneself");
    fixture.get("/api/v1/chat/dm/99", "ada").await.problem(404, "chat.user_not_found");
    fixture.get(ROOM, "admin").await.problem(404, "chat.room_not_found");
    fixture
        .send("POST", &format!("{ROOM}/leave"), "ada", None)
        .await
        .problem(409, "chat.direct_room");
    let block = "/api/v1/users/1/block";
    fixture.send("PUT", block, "bob", None).await.expect(200);
    assert_eq!(fixture.get("/api/v1/chat/blocks", "bob").await.at("/data/0/username"), "ada");
    fixture.post(dm, "ada", &json!({"content": "Hi"})).await.problem(403, "chat.blocked");
    fixture.send("DELETE", block, "bob", None).await.expect(200);
    fixture.post(dm, "ada", &json!({"content": "Hi"})).await.expect(201);
    fixture.send("PUT", block, "ada", None).await.problem(422, "chat.oneself");
    fixture
        .send("DELETE", "/api/v1/users/99/block", "ada", None)
        .await
        .problem(404, "chat.user_not_found");
}

#[actix_web::test]
async fn rooms_have_a_second_path() {
    let fixture = Fixture::private().await;
    let made = fixture.post("/api/v1/rooms", "ada", &json!({"name": "other"})).await.expect(201);
    assert_eq!(made.header("location"), "/api/v1/chat/rooms/2");
    let read = fixture.get("/api/v1/rooms/1/messages?limit=1", "ada").await.expect(200);
    assert_eq!(read.at("/data/0/number"), 1);
    fixture.get("/api/v1/rooms/1/nothing", "ada").await.problem(404, "route.not_found");
    fixture
        .send("PUT", "/api/v1/rooms", "ada", None)
        .await
        .problem(405, "route.method_not_allowed");
}

#[actix_web::test]
async fn who_is_too_fast_hears_how_long_to_wait() {
    let fixture = Fixture::private().await;
    fixture.limits.0.store(true, Ordering::Relaxed);
    let refused = fixture.say("ada", "x").await.problem(429, "chat.too_fast");
    assert_eq!(refused.header("retry-after"), "1");
}

#[actix_web::test]
async fn a_token_without_the_scope_is_refused_by_name() {
    let fixture = Fixture::private().await;
    fixture.get(ROOM, "reader").await.expect(200);
    let refused = fixture.say("reader", "x").await.problem(403, "auth.missing_permission");
    assert_eq!(refused.at("/permission"), "chat:write");
}

/// The table is tried again by the journey `authz`, on the real program. Each call has a room of its own, because some of them
/// delete it.
#[actix_web::test]
async fn every_operation_answers_every_role_as_the_table_says() {
    let callers = ["", "user", "admin", "super_admin"];
    let table = include_str!("../authz.txt").replace("$other", "4").replace("$unique", "unique");
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let (fields, body) = line.split_once(" {\"").unwrap_or((line, ""));
        let body = if body.is_empty() { String::new() } else { format!(" {{\"{body}") };
        let fields: Vec<&str> = fields.split_whitespace().collect();
        for (caller, expected) in callers.iter().zip(fields.iter().skip(2)) {
            let fixture = Fixture::private().await;
            fixture.post("/api/v1/chat/dm/2", "ada", &json!({"content": "Hi"})).await.expect(201);
            let row = format!("{} {} {expected}{body}", fields[0], fields[1]);
            fixture.app.authorization(&row, &[caller], "1").await;
        }
    }
}

/// With a socket, on which no one is.
fn modules(chat: Arc<Chat>) -> Vec<rest::Module> {
    let presence = Arc::new(memory::MemoryPresence::new(Arc::new(kernel::SystemClock)));
    let live = Arc::new(rest_chat::live::Live::new(
        Arc::clone(&chat),
        presence,
        Arc::new(memory::MemoryNotifier::alone()),
        rest_chat::live::PRESENCE_MAX,
    ));
    let sockets = socket::Sockets::new(socket::Limits::default());
    vec![socket::module(sockets), rest_chat::module(chat, live)]
}
