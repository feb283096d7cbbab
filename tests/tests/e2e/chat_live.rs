//! The socket of the chat, by a published WebSocket library.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use alveole_tests::{Backend, ChatSocket, Person, Server, eventually};
use serde_json::{Value, json};

/// What is in the log of a room.
const ENTRIES: [&str; 6] =
    ["message", "message_edited", "message_deleted", "reaction", "member", "room"];
/// SPEC §2.1: what ends is felt within 5 s; the machine may be busy.
const FELT: Duration = Duration::from_secs(10);

fn room_of(person: &Person, name: &str, private: bool) -> i64 {
    let body = json!({"name": name, "is_private": private});
    person.client.post("/api/v1/chat/rooms", &body).expect(201).id()
}

fn socket(server: &Server, person: &Person) -> ChatSocket {
    ChatSocket::open(server.port(), &person.access_token)
}

/// The next entry of a log.
fn entry(socket: &mut ChatSocket) -> Value {
    loop {
        let frame = socket.frame();
        if frame["type"].as_str().is_some_and(|kind| ENTRIES.contains(&kind)) {
            return frame;
        }
    }
}

pub(crate) fn frames_are_those_of_the_seed(backend: Backend) {
    let server = Server::start(backend);
    let (ada, bob) = (server.person("ada"), server.person("bob"));
    room_of(&ada, "general", false);
    // The Talas clients have the token in the address.
    let path = format!("/api/v1/chat/ws?token={}", bob.access_token);
    let mut socket = ChatSocket::try_open(server.port(), &path, &[])
        .unwrap_or_else(|refusal| panic!("{refusal:?}"));
    socket.send(&json!({"type": "join", "room": "general"}));
    let joined = socket.next_of("joined");
    assert_eq!(
        (&joined["data"]["room"], &joined["data"]["status"]),
        (&json!("general"), &json!("ok"))
    );
    socket.send(&json!({"type": "message", "room": "general", "content": "Hello everyone!"}));
    let message = socket.next_of("message");
    assert!(message.get("id").is_none(), "{message}");
    let data = &message["data"];
    assert_eq!((&data["room"], &data["from"]), (&json!("general"), &json!(bob.id)));
    assert_eq!(
        (&data["username"], &data["content"]),
        (&json!(bob.username), &json!("Hello everyone!"))
    );
    assert!(data["timestamp"].as_str().is_some_and(|at| at.ends_with('Z')), "{data}");
    socket.send(&json!({"type": "dm", "to": ada.id, "content": "Hi there!"}));
    let dm = socket.next_of("dm");
    assert_eq!(
        (&dm["data"]["from"], &dm["data"]["content"]),
        (&json!(bob.id), &json!("Hi there!"))
    );
    socket.send(&json!({"type": "room_history", "room": "general", "limit": 50}));
    let history = socket.next_of("history");
    assert_eq!(history["data"]["messages"][0]["content"], "Hello everyone!", "{history}");
    socket.send(&json!({"type": "dm_history", "with": ada.id, "limit": 50}));
    let history = socket.next_of("history");
    assert_eq!(history["data"]["messages"][0]["content"], "Hi there!", "{history}");
    socket.send(&json!({"type": "join", "room": "nowhere"}));
    let error = socket.next_of("error");
    assert_eq!(error["data"]["message"], "Room not found", "{error}");
    // C11
    assert!(!server.log().contains(&bob.access_token), "a token is in the log");
}

pub(crate) fn who_was_cut_off_gets_what_they_missed_and_then_what_comes(backend: Backend) {
    let server = Server::start(backend);
    let (ada, bob) = (server.person("ada"), server.person("bob"));
    let room = json!(room_of(&ada, "general", false));
    let (mut hers, mut his) = (socket(&server, &ada), socket(&server, &bob));
    hers.join(&room);
    // Coming in by the socket makes one a member.
    let joined = his.join(&json!("general"));
    assert_eq!((&joined["recovered"], &joined["seq"]), (&json!(false), &json!(2)), "{joined}");
    let came = entry(&mut hers);
    assert_eq!((&came["type"], &came["data"]["user_id"]), (&json!("member"), &json!(bob.id)));
    let first = hers.say(&room, "one", "c-1");
    assert_eq!((&first["seq"], &first["number"]), (&json!(3), &json!(1)));
    let heard = entry(&mut his);
    assert_eq!((&heard["data"]["seq"], heard.get("id")), (&json!(3), None), "{heard}");
    his.cut();

    // More than a process keeps, and more than a queue holds.
    for number in 0..300 {
        hers.say(&room, &format!("missed {number}"), &format!("m-{number}"));
        if number % 15 == 14 {
            // Ten messages a second, twenty in a burst.
            std::thread::sleep(Duration::from_millis(1600));
        }
    }
    let mut his = socket(&server, &bob);
    let place = json!({"epoch": joined["epoch"], "seq": 3});
    his.send(&json!({"type": "join", "room": room, "after": place, "id": "j"}));
    let again = his.next_of("joined");
    assert_eq!((&again["id"], &again["data"]["recovered"]), (&json!("j"), &json!(true)), "{again}");
    assert_eq!((&again["data"]["from"], &again["data"]["seq"]), (&json!(4), &json!(303)));
    for seq in 4..=303 {
        let missed = entry(&mut his);
        assert_eq!(missed["data"]["seq"], seq, "{missed}");
    }
    hers.say(&room, "and on", "c-2");
    assert_eq!(entry(&mut his)["data"]["seq"], 304);

    // What cannot be proven is not claimed.
    for (epoch, seq) in [(1, 3), (joined["epoch"].as_i64().unwrap(), 9999)] {
        let place = json!({"epoch": epoch, "seq": seq});
        his.send(&json!({"type": "join", "room": room, "after": place}));
        let joined = his.next_of("joined");
        assert_eq!(
            (&joined["data"]["recovered"], &joined["data"]["from"]),
            (&json!(false), &Value::Null)
        );
    }
    // The same by HTTP.
    let log = bob.client.get(&format!("/api/v1/chat/rooms/{room}/messages?limit=2")).expect(200);
    assert_eq!(log.at("/data/0/content"), "and on");
}

pub(crate) fn a_message_that_is_sent_again_is_stored_once(backend: Backend) {
    let mut server = Server::start(backend);
    let ada = server.person("ada");
    let room = json!(room_of(&ada, "general", false));
    let mut socket_before = socket(&server, &ada);
    socket_before.join(&room);
    let first = socket_before.say(&room, "once", "c-1");
    let again = socket_before.say(&room, "once", "c-1");
    assert_eq!((&first["message_id"], &first["seq"]), (&again["message_id"], &again["seq"]));
    socket_before.send(&json!({"type": "message", "room": room, "content": "other", "id": "c-1"}));
    let refused = socket_before.next_of("error");
    assert_eq!(
        (&refused["id"], &refused["data"]["code"]),
        (&json!("c-1"), &json!("chat.id_reused"))
    );
    // C1: who has an answer finds the message, also after a crash.
    let last = socket_before.say(&room, "kept", "c-2");
    server.kill9();
    server.restart();
    let mut after = socket(&server, &ada);
    after.join(&room);
    let kept = after.say(&room, "kept", "c-2");
    assert_eq!(kept["message_id"], last["message_id"]);
    let next = after.say(&room, "next", "c-3");
    assert_eq!(next["seq"].as_i64(), last["seq"].as_i64().map(|seq| seq + 1));
}

pub(crate) fn two_people_hear_each_other_without_joining(backend: Backend) {
    let server = Server::start(backend);
    let (ada, bob) = (server.person("ada"), server.person("bob"));
    let (mut hers, mut his) = (socket(&server, &ada), socket(&server, &bob));
    hers.send(&json!({"type": "dm", "to": bob.id, "content": "first", "id": "d-1"}));
    let sent = hers.next_of("dm");
    assert_eq!((&sent["id"], &sent["data"]["to"]), (&json!("d-1"), &json!(bob.id)), "{sent}");
    let heard = his.next_of("dm");
    assert_eq!((&heard["data"]["from"], &heard["data"]["seq"]), (&json!(ada.id), &json!(1)));
    his.send(&json!({"type": "dm", "to": ada.id, "content": "second", "id": "d-1"}));
    assert_eq!(his.next_of("dm")["data"]["content"], "second");
    assert_eq!(hers.next_of("dm")["data"]["seq"], 2);
    // A place in their room is a place as in every other.
    let place = json!({"room": heard["data"]["room_id"], "epoch": 1, "seq": 1});
    his.send(&json!({"type": "join", "rooms": [place]}));
    assert_eq!(his.next_of("joined")["data"]["seq"], 2);
}

pub(crate) fn who_is_out_of_a_room_hears_nothing_of_it(backend: Backend) {
    let server = Server::start(backend);
    let (ada, bob, eve) = (server.person("ada"), server.person("bob"), server.person("eve"));
    let room = json!(room_of(&ada, "general", false));
    let (mut hers, mut his) = (socket(&server, &ada), socket(&server, &bob));
    let mut of_eve = socket(&server, &eve);
    hers.join(&room);
    his.join(&room);
    of_eve.join(&room);
    let member = |person: &Person| format!("/api/v1/chat/rooms/{room}/members/{}", person.id);
    ada.client.delete(&member(&bob)).expect(200);
    ada.client.patch(&member(&eve), &json!({"banned": true})).expect(200);
    assert_eq!(his.next_of("left")["data"]["reason"], "removed");
    assert_eq!(of_eve.next_of("left")["data"]["reason"], "removed");
    hers.say(&room, "among ourselves", "c-1");
    let kinds = ["message", "reaction", "presence", "typing"];
    assert_eq!(his.within(Duration::from_secs(1), &kinds), None);
    assert_eq!(of_eve.within(Duration::from_millis(100), &kinds), None);
    of_eve.send(&json!({"type": "join", "room": room}));
    assert_eq!(of_eve.next_of("error")["data"]["code"], "chat.banned");
    // Who was only removed may come back.
    his.join(&room);
    // A room that is gone is gone for everyone.
    ada.client.delete(&format!("/api/v1/chat/rooms/{room}")).expect(200);
    assert_eq!(his.next_of("left")["data"]["room_id"], room);
}

pub(crate) fn an_ended_sign_in_ends_its_sockets(backend: Backend) {
    let server = Server::start(backend);
    let (bob, eve) = (server.person("bob"), server.person("eve"));
    let (mut his, mut of_eve) = (socket(&server, &bob), socket(&server, &eve));
    let begun = Instant::now();
    bob.client.request("POST", "/api/v1/auth/logout").send().expect(200);
    let path = format!("/api/v1/admin/users/{}", eve.id);
    server.admin().client.put(&path, &json!({"status": "suspended"})).expect(200);
    assert_eq!((his.closed(), of_eve.closed()), (4401, 4403));
    assert!(begun.elapsed() < FELT, "it took {:?}", begun.elapsed());
}

pub(crate) fn what_is_wrong_is_named_and_closes_nothing(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let room = json!(room_of(&ada, "general", false));
    let mut socket = socket(&server, &ada);
    for (text, code) in [
        ("{", "chat.malformed"),
        ("[]", "chat.malformed"),
        (r#"{"room":"general"}"#, "chat.malformed"),
        (r#"{"type":"dance"}"#, "chat.type_unknown"),
        (r#"{"type":"join"}"#, "chat.room_invalid"),
        (r#"{"type":"join","room":"general","after":7}"#, "request.wrong_type"),
        (r#"{"type":"message","room":"general"}"#, "request.missing_field"),
        (r#"{"type":"message","room":"general","content":"a","reply_to":99}"#, "chat.not_member"),
        (r#"{"type":"message","room":"nowhere","content":"a"}"#, "chat.room_not_found"),
        (r#"{"type":"dm","to":999999,"content":"a"}"#, "chat.user_not_found"),
        (r#"{"type":"typing"}"#, "chat.typing_where"),
        (r#"{"type":"read","room":"general","number":-1}"#, "chat.number_invalid"),
    ] {
        let text =
            text.replace("general", if code == "chat.not_member" { "other" } else { "general" });
        if code == "chat.not_member" {
            let bob = server.person("bob");
            room_of(&bob, "other", false);
        }
        socket.text(&text);
        let error = socket.next_of("error");
        assert_eq!(error["data"]["code"], code, "{text}: {error}");
    }
    let long = "x".repeat(4001);
    socket.send(&json!({"type": "message", "room": room, "content": long, "id": "long"}));
    let error = socket.next_of("error");
    assert_eq!(
        (&error["id"], &error["data"]["code"]),
        (&json!("long"), &json!("chat.content_length"))
    );
    socket.send(&json!({"type": "ping", "id": "p"}));
    assert_eq!(socket.next_of("pong")["id"], "p");
}

pub(crate) fn who_writes_and_who_has_read_is_shown(backend: Backend) {
    let server = Server::start(backend);
    let (ada, bob) = (server.person("ada"), server.person("bob"));
    let room = json!(room_of(&ada, "general", false));
    let (mut hers, mut his) = (socket(&server, &ada), socket(&server, &bob));
    hers.join(&room);
    his.join(&room);
    hers.send(&json!({"type": "typing", "room": room}));
    assert_eq!(his.next_of("typing")["data"]["user_id"], ada.id);
    let said = hers.say(&room, "read this", "c-1");
    his.send(&json!({"type": "read", "room": room, "number": said["number"], "id": "r"}));
    assert_eq!(his.next_of("read")["data"]["number"], said["number"]);
    let read = hers.next_of("read");
    assert_eq!(
        (&read["data"]["user_id"], &read["data"]["number"]),
        (&json!(bob.id), &said["number"])
    );
    // C8: online while a socket is.
    let online = hers.next_of("presence");
    let users: BTreeSet<i64> =
        online["data"]["users"].as_array().unwrap().iter().filter_map(Value::as_i64).collect();
    assert!(users.contains(&ada.id), "{online}");
    // Edits, reactions and deletions are entries like messages.
    let id = said["message_id"].as_i64().unwrap();
    let message = format!("/api/v1/chat/messages/{id}");
    ada.client.patch(&message, &json!({"content": "read that"})).expect(200);
    bob.client.request("PUT", &format!("{message}/reactions/%F0%9F%91%8D")).send().expect(200);
    ada.client.delete(&message).expect(200);
    let seq = said["seq"].as_i64().unwrap();
    for (step, kind) in [(1, "message_edited"), (2, "reaction"), (3, "message_deleted")] {
        let frame = loop {
            let frame = entry(&mut his);
            if frame["data"]["seq"].as_i64() > Some(seq) {
                break frame;
            }
        };
        assert_eq!((&frame["type"], &frame["data"]["seq"]), (&json!(kind), &json!(seq + step)));
        assert_eq!(frame["data"]["message_id"], id, "{frame}");
    }
    // Who says by HTTP how far they have read is shown, too.
    let more = hers.say(&room, "and this", "c-2");
    let marker = format!("/api/v1/chat/rooms/{room}/read");
    bob.client.put(&marker, &json!({"number": more["number"]})).expect(200);
    assert_eq!(hers.next_of("read")["data"]["number"], more["number"]);
}

pub(crate) fn what_concerns_one_elsewhere_comes_too(backend: Backend) {
    let server = Server::start(backend);
    let (ada, bob) = (server.person("ada"), server.person("bob"));
    let (mut hers, mut his) = (socket(&server, &ada), socket(&server, &bob));
    let task = ada.task("watched");
    let frame = hers.next_of("task");
    assert_eq!(
        (&frame["data"]["type"], &frame["data"]["data"]["id"]),
        (&json!("task.created.v1"), &json!(task))
    );
    assert_eq!(his.within(Duration::from_millis(300), &["task"]), None);
}

pub(crate) fn strangers_get_no_socket(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let open = |path: &str, headers: &[(&str, &str)]| {
        ChatSocket::try_open(server.port(), path, headers).map(|_| ()).map_err(|(status, _)| status)
    };
    let path = "/api/v1/chat/ws";
    assert_eq!(open(path, &[]), Err(401));
    assert_eq!(open(&format!("{path}?token=nonsense"), &[]), Err(401));
    let bearer = format!("Bearer {}", ada.access_token);
    let authorization = ("Authorization", bearer.as_str());
    assert_eq!(open(path, &[authorization, ("Origin", "https://elsewhere.example")]), Err(403));
    assert_eq!(open(path, &[authorization]), Ok(()));
    let ticket = ada.client.request("POST", "/api/v1/auth/ticket").send().expect(200);
    let ticket = ticket.at("/data/ticket").as_str().unwrap().to_owned();
    assert_eq!(open(&format!("{path}?ticket={ticket}"), &[]), Ok(()));
    assert_eq!(open(&format!("{path}?ticket={ticket}"), &[]), Err(401), "a ticket is used once");
    let protocols = format!("bearer, {}", ada.access_token);
    assert_eq!(open(path, &[("Sec-WebSocket-Protocol", &protocols)]), Ok(()));
    assert!(!server.log().contains(&ticket), "a ticket is in the log");
}

pub(crate) fn twenty_readers_that_never_read_delay_nobody(backend: Backend) {
    let server = Server::start(backend);
    let (ada, bob) = (server.person("ada"), server.person("bob"));
    let deaf: Vec<Person> = (0..2).map(|number| server.person(&format!("deaf{number}"))).collect();
    let room = json!(room_of(&ada, "large", false));
    let mut hers = socket(&server, &ada);
    hers.join(&room);
    // Twenty messages in a burst are what one person may write.
    for person in deaf.iter().chain([&bob]) {
        let mut socket = socket(&server, person);
        socket.join(&room);
        for number in 0..20 {
            socket.say(&room, &"x".repeat(4000), &format!("long-{number}"));
        }
    }
    let closed = || {
        let text = server.anonymous().get("/metrics").expect(200).text;
        let name = "alveole_socket_closes_total{code=\"1013\"} ";
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.parse::<f64>().ok());
        value.unwrap_or_default()
    };
    // Each asks for some ten megabytes and reads nothing of it.
    let sockets: Vec<ChatSocket> = deaf
        .iter()
        .flat_map(|person| (0..10).map(|_| socket(&server, person)))
        .map(|mut socket| {
            socket.send(&json!({"type": "join", "room": room}));
            for _ in 0..40 {
                socket.send(&json!({"type": "room_history", "room": room, "limit": 100}));
            }
            socket
        })
        .collect();
    // The others hear each other meanwhile.
    let mut his = socket(&server, &bob);
    his.join(&room);
    let mut slowest = Duration::ZERO;
    let end = Instant::now() + Duration::from_secs(60);
    let mut count = 0;
    while closed() < 20.0 {
        assert!(Instant::now() < end, "{} of 20 are closed", closed());
        count += 1;
        let begun = Instant::now();
        let id = format!("quick-{count}");
        hers.send(&json!({"type": "message", "room": room, "content": id, "id": id}));
        loop {
            let heard = his.next_of("message");
            if heard["data"]["content"] == json!(id) {
                break;
            }
        }
        slowest = slowest.max(begun.elapsed());
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(slowest < Duration::from_secs(5), "a message took {slowest:?}");
    drop(sockets);
}

pub(crate) fn the_settings_bound_sockets_and_what_rooms_show(backend: Backend) {
    let settings = [("ALVEOLE__CHAT__SOCKETS_PER_USER", "2"), ("ALVEOLE__CHAT__PRESENCE_MAX", "1")];
    let server = Server::with(backend, &settings);
    let (ada, bob) = (server.person("ada"), server.person("bob"));
    let room = json!(room_of(&ada, "general", false));
    let (mut hers, mut his) = (socket(&server, &ada), socket(&server, &bob));
    let mut another = socket(&server, &ada);
    assert_eq!(socket(&server, &ada).closed(), 4429);
    hers.join(&room);
    his.join(&room);
    his.send(&json!({"type": "typing", "room": room}));
    his.say(&room, "there are two of us", "c-1");
    // What he typed would have come before it.
    loop {
        let frame = hers.frame();
        assert_ne!(frame["type"], "typing", "{frame}");
        if frame["type"] == "presence" {
            assert_eq!(frame["data"].get("users"), None, "{frame}");
        }
        if frame["type"] == "message" {
            break;
        }
    }
    another.send(&json!({"type": "ping"}));
    another.next_of("pong");
}

pub(crate) fn presence_that_cannot_be_kept_is_listed_and_the_chat_goes_on(backend: Backend) {
    let server = Server::start(backend);
    let presence = || {
        let ready = server.anonymous().get("/ready").expect(200);
        let all = ready.at("/dependencies").as_array().unwrap().clone();
        let found = all.into_iter().find(|one| one["name"] == "presence");
        found.map(|one| one["state"].as_str().unwrap().to_owned())
    };
    if backend == Backend::Sqlite {
        assert_eq!(presence(), None, "one process needs no other to know who is online");
        return;
    }
    assert_eq!(presence().as_deref(), Some("up"));
    let ada = server.person("ada");
    let room = json!(room_of(&ada, "general", false));
    server.sql("ALTER TABLE chat_online RENAME TO elsewhere");
    let mut socket = socket(&server, &ada);
    assert!(eventually(FELT, || presence().as_deref() == Some("down")));
    socket.join(&room);
    socket.say(&room, "who is here?", "c-1");
    server.sql("ALTER TABLE elsewhere RENAME TO chat_online");
    // It is said again every fifteen seconds.
    assert!(eventually(2 * FELT + FELT, || presence().as_deref() == Some("up")));
}

pub(crate) fn a_second_listener_serves_sockets_and_nothing_else(backend: Backend) {
    let port = alveole_tests::ports::free();
    let address = format!("127.0.0.1:{port}");
    let settings = [("WS_BIND_ADDR", address.as_str()), ("ALVEOLE__SERVER__DRAIN_SECONDS", "3")];
    let mut server = Server::with(backend, &settings);
    let ada = server.person("ada");
    let room = json!(room_of(&ada, "general", false));
    let open = |path: &str, headers: &[(&str, &str)]| {
        let opened = ChatSocket::try_open(port, path, headers);
        opened.map_err(|(status, _)| status)
    };
    // As the Talas clients ask.
    let mut hers = open(&format!("/?token={}", ada.access_token), &[]).unwrap();
    hers.join(&room);
    hers.say(&room, "hello", "c-1");
    let bearer = format!("Bearer {}", ada.access_token);
    let authorization = [("Authorization", bearer.as_str())];
    let mut again = open("/api/v1/chat/ws", &authorization).unwrap();
    again.join(&room);
    let mut events = open("/api/v1/ws", &authorization).unwrap();
    events.send(&json!({"type": "ping"}));
    events.next_of("pong");
    assert_eq!(open("/", &[]).err(), Some(401));
    // Nothing else is there, also not what is public elsewhere.
    let client = alveole_tests::Client::new(format!("http://{address}"));
    for path in
        ["/health", "/ready", "/metrics", "/docs/", "/api/v1/tasks", "/api/v1/chat/rooms", "/ws"]
    {
        client.get(path).expect(404);
    }
    client.get("/").expect(426);
    assert_eq!(server.anonymous().get("/health").status, 200);
    assert!(!server.log().contains(&ada.access_token), "a token is in the log");
    // It drains with the other one.
    server.ask_to_stop();
    assert_eq!(hers.closed(), 1001);
    server.wait_for_end();
}
