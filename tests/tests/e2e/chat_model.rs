//! Random people write into rooms, change and delete what they wrote, lose their connections and resume, while the server is
//! killed now and then. What each of them heard is compared with the log of the rooms (C1 to C4).

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use alveole_tests::{Backend, ChatSocket, Client, Person, Server, eventually};
use serde_json::{Value, json};

/// What is in the log of a room.
const ENTRIES: [&str; 6] =
    ["message", "message_edited", "message_deleted", "reaction", "member", "room"];
const ROOMS: [&str; 3] = ["alpha", "beta", "gamma"];
const PEOPLE: [&str; 4] = ["ada", "bob", "eve", "kim"];
const STEPS: u32 = 400;
/// How long all of it may take to arrive at the end; the machine may be busy.
const ARRIVES: Duration = Duration::from_secs(60);

/// Numbers that look random and are the same in every run with one seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % bound as u64).unwrap()
    }
}

/// What a person has of a room.
struct Place {
    epoch: Value,
    /// The last entry that they have.
    seq: i64,
    /// The entries that they heard: type and message by place.
    heard: BTreeMap<i64, (String, Option<i64>)>,
}

struct Player {
    person: Person,
    socket: Option<ChatSocket>,
    places: BTreeMap<i64, Place>,
    /// Messages without an answer: room and content by id.
    unanswered: BTreeMap<String, (i64, String)>,
    /// Messages that they wrote and that were not deleted.
    own: Vec<i64>,
    sent: u32,
    /// What went to and fro, to be read after a failure.
    trace: Vec<String>,
}

impl Player {
    fn take(&mut self, frame: &Value) {
        let data = &frame["data"];
        self.trace.push(format!("< {frame}"));
        match frame["type"].as_str() {
            Some("joined") => {
                let room = data["room_id"].as_i64().unwrap();
                let seq = data["seq"].as_i64().unwrap();
                let epoch = data["epoch"].clone();
                match self.places.get(&room) {
                    // C4: nothing was restored and nothing was swept, so all of it can be proven.
                    Some(place) => {
                        assert_eq!(
                            (&data["recovered"], &place.epoch),
                            (&json!(true), &epoch),
                            "{frame}"
                        );
                    }
                    None => {
                        self.places.insert(room, Place { epoch, seq, heard: BTreeMap::new() });
                    }
                }
            }
            Some("error") => {
                // Too fast: it is sent again.
                assert_eq!(data["code"], "chat.too_fast", "{frame}");
            }
            Some(kind) if ENTRIES.contains(&kind) => self.hear(kind, frame),
            _ => {}
        }
    }

    fn hear(&mut self, kind: &str, frame: &Value) {
        let data = &frame["data"];
        let (room, seq) = (data["room_id"].as_i64().unwrap(), data["seq"].as_i64().unwrap());
        if let Some(id) = frame["id"].as_str() {
            let message = data["message_id"].as_i64().unwrap();
            if self.unanswered.remove(id).is_some() {
                self.own.push(message);
            }
        }
        let place = self.places.get_mut(&room).unwrap();
        // The answer to a message that is sent again names the place that it has.
        if frame.get("id").is_some() && seq <= place.seq {
            return;
        }
        // C2: without gap or repetition.
        assert_eq!(seq, place.seq + 1, "{}: {}", self.person.username, self.trace.join("\n"));
        place.seq = seq;
        place.heard.insert(seq, (kind.to_owned(), data["message_id"].as_i64()));
    }

    /// Takes what comes within this time; a connection that ends is given up.
    fn listen(&mut self, time: Duration) {
        let end = Instant::now() + time;
        while let Some(mut socket) = self.socket.take() {
            let left = end.saturating_duration_since(Instant::now());
            match socket.read(left) {
                Ok(Some(frame)) => {
                    self.socket = Some(socket);
                    self.take(&frame);
                }
                Ok(None) => {
                    self.socket = Some(socket);
                    return;
                }
                Err(_) => return,
            }
        }
    }

    fn give(&mut self, frame: &Value) {
        self.trace.push(format!("> {frame}"));
        if self.socket.as_mut().is_some_and(|socket| !socket.try_send(frame)) {
            self.socket = None;
        }
    }

    /// Comes back, resumes in every room, and sends again what was not answered.
    fn connect(&mut self, server: &Server, rooms: &[i64]) {
        self.socket = Some(ChatSocket::open(server.port(), &self.person.access_token));
        for room in rooms {
            let mut join = json!({"type": "join", "room": room});
            if let Some(place) = self.places.get(room) {
                join["after"] = json!({"epoch": place.epoch, "seq": place.seq});
            }
            self.give(&join);
        }
        self.send_again();
    }

    fn send_again(&mut self) {
        for (id, (room, content)) in self.unanswered.clone() {
            self.give(&json!({"type": "message", "room": room, "content": content, "id": id}));
        }
    }
}

fn step(server: &Server, players: &mut [Player], rooms: &[i64], dice: &mut Dice) {
    let number = dice.below(players.len());
    let room = rooms[dice.below(rooms.len())];
    let what = dice.below(100);
    let Some(player) = players.get_mut(number) else { return };
    match what {
        0..55 => {
            player.sent += 1;
            let id = format!("{}-{}", player.person.username, player.sent);
            let content = format!("said {id}");
            let frame = json!({"type": "message", "room": room, "content": content, "id": id});
            // Without a connection it waits for the next one.
            player.unanswered.insert(id, (room, content));
            player.give(&frame);
        }
        55..75 if !player.own.is_empty() => {
            let index = dice.below(player.own.len());
            let path = format!("/api/v1/chat/messages/{}", player.own[index]);
            let client = server.client_of(&player.person);
            match what {
                55..63 => {
                    let changed = json!({"content": format!("changed {what}")});
                    // Nobody writes more than ten messages in a second, and an edit is one.
                    let mut answer = client.patch(&path, &changed);
                    assert!(eventually(Duration::from_secs(10), || {
                        if answer.status == 429 {
                            answer = client.patch(&path, &changed);
                        }
                        answer.status != 429
                    }));
                    answer.expect(200);
                }
                63..70 => {
                    client
                        .request("PUT", &format!("{path}/reactions/%F0%9F%91%8D"))
                        .send()
                        .expect(200);
                }
                _ => {
                    player.own.swap_remove(index);
                    client.delete(&path).expect(200);
                }
            }
        }
        75..85 => {
            if let Some(socket) = player.socket.take() {
                socket.cut();
            }
        }
        _ => {
            if player.socket.is_none() {
                player.connect(server, rooms);
            }
        }
    }
}

/// The log of a room behind a place.
fn log_of(client: &Client, room: i64, epoch: &Value, after: i64) -> Vec<Value> {
    let mut entries = Vec::new();
    let mut cursor = format!("{epoch}:{after}");
    loop {
        let path = format!("/api/v1/chat/rooms/{room}/log?limit=100&after={cursor}");
        let answer = client.get(&path).expect(200);
        assert_eq!(answer.at("/data/recovered"), true, "{}", answer.data());
        entries.extend(answer.at("/data/entries").as_array().unwrap().iter().cloned());
        if answer.at("/data/more") != true {
            return entries;
        }
        answer.at("/data/cursor").as_str().unwrap().clone_into(&mut cursor);
    }
}

pub(crate) fn random_cuts_and_kills_lose_and_repeat_nothing(backend: Backend) {
    let mut server = Server::start(backend);
    let mut players: Vec<Player> = PEOPLE
        .into_iter()
        .map(|name| Player {
            person: server.person(name),
            socket: None,
            places: BTreeMap::new(),
            unanswered: BTreeMap::new(),
            own: Vec::new(),
            sent: 0,
            trace: Vec::new(),
        })
        .collect();
    let owner = &players[0].person.client;
    let rooms: Vec<i64> = ROOMS
        .into_iter()
        .map(|name| owner.post("/api/v1/chat/rooms", &json!({"name": name})).expect(201).id())
        .collect();
    for player in &mut players {
        player.connect(&server, &rooms);
    }
    let mut dice = Dice(20_261_124);
    for count in 1..=STEPS {
        step(&server, &mut players, &rooms, &mut dice);
        for player in &mut players {
            player.listen(Duration::from_millis(2));
        }
        if count % 160 == 0 {
            server.kill9();
            for player in &mut players {
                player.socket = None;
            }
            server.restart();
        }
    }

    // A server that starts again has another port.
    let reader = server.client_of(&players[0].person);
    let end = Instant::now() + ARRIVES;
    let heads: BTreeMap<i64, i64> = loop {
        for player in &mut players {
            if player.socket.is_none() {
                player.connect(&server, &rooms);
            }
            player.listen(Duration::from_millis(300));
            player.send_again();
            player.listen(Duration::from_millis(300));
        }
        let head = |room: &i64| {
            let path = format!("/api/v1/chat/rooms/{room}/log");
            (*room, reader.get(&path).expect(200).at("/data/seq").as_i64().unwrap())
        };
        let heads: BTreeMap<i64, i64> = rooms.iter().map(head).collect();
        let is_level = |player: &Player| {
            player.unanswered.is_empty()
                && heads.iter().all(|(room, head)| player.places[room].seq == *head)
        };
        if players.iter().all(is_level) {
            break heads;
        }
        assert!(Instant::now() < end, "not everything has arrived");
    };

    let mut stored = BTreeMap::<String, u32>::new();
    for room in &rooms {
        for player in &players {
            let place = &player.places[room];
            let first = place.heard.keys().next().map_or(heads[room], |seq| seq - 1);
            let log = log_of(&server.client_of(&player.person), *room, &place.epoch, first);
            assert_eq!(log.len(), place.heard.len(), "{} in {room}", player.person.username);
            for (entry, (seq, (kind, message))) in log.iter().zip(&place.heard) {
                assert_eq!(
                    (&entry["seq"], entry["message_id"].as_i64()),
                    (&json!(seq), *message),
                    "{kind}: {entry}"
                );
            }
        }
        let path = format!("/api/v1/chat/rooms/{room}/messages?limit=100");
        let mut before = String::new();
        loop {
            let answer = reader.get(&format!("{path}{before}")).expect(200);
            let rows = answer.rows();
            for row in rows {
                let content = row["content"].as_str().unwrap_or_default().to_owned();
                *stored.entry(content).or_default() += 1;
            }
            let Some(last) = rows.last() else { break };
            before = format!("&before={}", last["number"]);
        }
    }
    // C3: what was sent again is there once.
    let twice: BTreeSet<_> =
        stored.iter().filter(|(text, count)| text.starts_with("said") && **count > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    let sent: u32 = players.iter().map(|player| player.sent).sum();
    let numbers: i64 = rooms
        .iter()
        .map(|room| {
            let path = format!("/api/v1/chat/rooms/{room}/log");
            reader.get(&path).expect(200).at("/data/number").as_i64().unwrap()
        })
        .sum();
    assert_eq!(numbers, i64::from(sent), "every message has a number, also the deleted ones");
}
