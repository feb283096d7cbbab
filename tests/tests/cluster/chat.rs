//! The chat over several servers: one order of a room everywhere, and no end of it when one of them dies.

use std::time::Duration;

use alveole_tests::{ChatSocket, Cluster, Person, simultaneously};
use serde_json::{Value, json};

/// SPEC 2.1 says five seconds; the machine may be busy.
const FELT: Duration = Duration::from_secs(8);

fn room_of(person: &Person, name: &str) -> Value {
    person
        .client
        .post("/api/v1/chat/rooms", &json!({"name": name}))
        .expect(201)
        .at("/data/id")
        .clone()
}

fn socket(cluster: &Cluster, person: &Person, replica: usize) -> ChatSocket {
    ChatSocket::open(cluster.replica(replica).port(), &person.access_token)
}

/// The places of the next entries of messages.
fn places(socket: &mut ChatSocket, count: usize) -> Vec<i64> {
    (0..count).map(|_| socket.next_of("message")["data"]["seq"].as_i64().unwrap()).collect()
}

pub(crate) fn a_room_has_one_order_on_all_replicas_and_goes_on_when_one_dies() {
    const EACH: usize = 15;
    let mut cluster = Cluster::start(&[]);
    let people = ["ada", "bob", "eve"].map(|name| cluster.person(name));
    let room = room_of(&people[0], "order");
    let mut sockets: Vec<ChatSocket> =
        (0..3).map(|number| socket(&cluster, &people[number], number)).collect();
    let joined: Vec<Value> = sockets.iter_mut().map(|socket| socket.join(&room)).collect();
    let epoch = joined[2]["epoch"].clone();
    // All three write together, each on a replica of their own.
    let heard = {
        let mut pairs: Vec<_> = sockets.into_iter().map(Some).collect();
        let slots: Vec<std::sync::Mutex<Option<ChatSocket>>> =
            pairs.drain(..).map(std::sync::Mutex::new).collect();
        simultaneously(3, |number| {
            let mut socket = slots[number].lock().unwrap().take().unwrap();
            for count in 0..EACH {
                let content = format!("{number} {count}");
                socket.send(
                    &json!({"type": "message", "room": room, "content": content, "id": content}),
                );
            }
            let places = places(&mut socket, 3 * EACH);
            (socket, places)
        })
    };
    let (mut sockets, places_of): (Vec<ChatSocket>, Vec<Vec<i64>>) = heard.into_iter().unzip();
    let first = places_of[0][0];
    let expected: Vec<i64> = (first..).take(3 * EACH).collect();
    for places in &places_of {
        assert_eq!(*places, expected, "without gap or repetition, in one order");
    }
    // One replica is killed; its person goes on at another, from where they were.
    cluster.kill9(1);
    let mut hers = sockets.remove(0);
    let said: Vec<i64> = (0..5)
        .map(|number| hers.say(&room, "and on", &format!("on-{number}"))["seq"].as_i64().unwrap())
        .collect();
    let mut his = socket(&cluster, &people[1], 2);
    let last = expected.last().unwrap();
    his.send(&json!({"type": "join", "room": room, "after": {"epoch": epoch, "seq": last}}));
    assert_eq!(his.next_of("joined")["data"]["recovered"], true);
    assert_eq!(places(&mut his, 5), said);
    hers.say(&room, "live", "live");
    assert_eq!(places(&mut his, 1), [said[4] + 1]);
}

pub(crate) fn who_is_out_on_one_replica_hears_nothing_on_another() {
    let cluster = Cluster::start(&[]);
    let (ada, bob, eve) = (cluster.person("ada"), cluster.person("bob"), cluster.person("eve"));
    let room = room_of(&ada, "closing");
    let mut hers = socket(&cluster, &ada, 0);
    let (mut his, mut of_eve) = (socket(&cluster, &bob, 1), socket(&cluster, &eve, 2));
    for socket in [&mut hers, &mut his, &mut of_eve] {
        socket.join(&room);
    }
    let path = format!("/api/v1/chat/rooms/{room}/members/{}", bob.id);
    cluster.as_at(&ada, 0).delete(&path).expect(200);
    assert!(his.within(FELT, &["left"]).is_some(), "the removal is felt on another replica");
    hers.say(&room, "among ourselves", "c-1");
    assert_eq!(of_eve.next_of("message")["data"]["content"], "among ourselves");
    assert_eq!(his.within(Duration::from_millis(500), &["message"]), None);
    // A sign-out is felt everywhere, too.
    cluster.as_at(&eve, 0).request("POST", "/api/v1/auth/logout").send().expect(200);
    assert_eq!(of_eve.closed(), 4401);
}

pub(crate) fn two_people_on_two_replicas_hear_each_other() {
    let cluster = Cluster::start(&[]);
    let (ada, bob) = (cluster.person("ada"), cluster.person("bob"));
    let (mut hers, mut his) = (socket(&cluster, &ada, 0), socket(&cluster, &bob, 2));
    for number in 1..=10 {
        let (from, to, whom) = if number % 2 == 0 {
            (&mut his, &mut hers, ada.id)
        } else {
            (&mut hers, &mut his, bob.id)
        };
        from.send(
            &json!({"type": "dm", "to": whom, "content": "hello", "id": format!("d-{number}")}),
        );
        assert_eq!(to.next_of("dm")["data"]["seq"], number);
        assert_eq!(from.next_of("dm")["data"]["seq"], number);
    }
}

pub(crate) fn without_postgres_sockets_stay_and_say_so() {
    let mut cluster = Cluster::start(&[]);
    let (ada, bob) = (cluster.person("ada"), cluster.person("bob"));
    let room = room_of(&ada, "patient");
    let (mut hers, mut his) = (socket(&cluster, &ada, 0), socket(&cluster, &bob, 1));
    hers.join(&room);
    his.join(&room);
    hers.say(&room, "before", "c-1");
    assert_eq!(his.next_of("message")["data"]["content"], "before");
    cluster.postgres.stop();
    let message = json!({"type": "message", "room": room, "content": "during", "id": "c-2"});
    hers.send(&message);
    let refused = hers.next_of("error");
    assert_eq!(
        (&refused["id"], &refused["data"]["code"], &refused["data"]["status"]),
        (&json!("c-2"), &json!("chat.unavailable"), &json!(503)),
        "{refused}"
    );
    // Longer than callers are looked at again.
    assert_eq!(his.within(FELT, &["error", "left"]), None);
    cluster.postgres.go();
    let end = std::time::Instant::now() + Duration::from_secs(60);
    let sent = loop {
        assert!(std::time::Instant::now() < end, "the database is not reached again");
        hers.send(&message);
        let answer = loop {
            let frame = hers.frame();
            if frame["id"] == "c-2" {
                break frame;
            }
        };
        if answer["type"] == "message" {
            break answer;
        }
        std::thread::sleep(Duration::from_millis(500));
    };
    let heard = his.next_of("message");
    assert_eq!(heard["data"]["content"], "during", "the same sockets go on");
    assert_eq!(heard["data"]["seq"], sent["data"]["seq"]);
}

pub(crate) fn who_types_and_who_has_read_is_seen_on_another_replica() {
    let cluster = Cluster::start(&[]);
    let (ada, bob) = (cluster.person("ada"), cluster.person("bob"));
    let room = room_of(&ada, "typing");
    let (mut hers, mut his) = (socket(&cluster, &ada, 0), socket(&cluster, &bob, 1));
    hers.join(&room);
    his.join(&room);
    let number = hers.say(&room, "read this", "c-1")["number"].clone();
    his.next_of("message");
    // A hint may be lost: typing is said again, as clients do.
    let typed = (0..5).find_map(|_| {
        his.send(&json!({"type": "typing", "room": room}));
        hers.within(Duration::from_secs(4), &["typing"])
    });
    let typed = typed.unwrap();
    assert_eq!(typed["data"]["user_id"], bob.id, "{typed}");
    his.send(&json!({"type": "read", "room": room, "number": number, "id": "r"}));
    let read = hers.within(FELT, &["read"]).unwrap();
    assert_eq!((&read["data"]["user_id"], &read["data"]["number"]), (&json!(bob.id), &number));
}
