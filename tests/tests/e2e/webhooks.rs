//! Webhooks to a receiver: signed, again after failures, in order, and without loss when a process dies.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use alveole_tests::{
    Answer, Backend, Person, Receiver, Server, eventually, fake::Instead, receiver::Received,
};
use serde_json::{Value, json};
use webhooks::signature::{SigningSecret, sign};

const ENDPOINTS: &str = "/api/v1/webhooks/endpoints";
const SOON: Duration = Duration::from_secs(20);
/// Receivers of tests are on this machine.
const HERE: (&str, &str) = ("ALVEOLE__WEBHOOKS__ALLOW_NETWORKS", "127.0.0.0/8");

fn start(backend: Backend) -> Server {
    Server::with(backend, &[HERE, ("ALVEOLE__WEBHOOKS__RETRY_SCHEDULE", "1,1,1,1,1,1,1,1")])
}

fn create(person: &Person, url: &str, more: &Value) -> Answer {
    let mut body = json!({"url": url, "events": ["task.*"]});
    for (name, value) in more.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    person.client.post(ENDPOINTS, &body).expect(201)
}

fn path_of(made: &Answer) -> String {
    format!("{ENDPOINTS}/{}", made.id())
}

/// Whether the newest state is this one.
fn has_settled(server: &Server) -> bool {
    server.sql("SELECT count(*) FROM webhook_deliveries WHERE state = 0").trim() == "0"
        && server
            .sql("SELECT count(*) FROM webhook_endpoints WHERE behind_at IS NOT NULL AND state = 0")
            .trim()
            == "0"
}

fn verify(received: &Received, secret: &str) {
    let secret = SigningSecret::parse(secret).unwrap();
    let expected = sign(&[secret], &received.id, received.timestamp, received.body.as_bytes());
    assert!(received.signature.split(' ').any(|one| one == expected), "{received:?}");
}

pub(crate) fn an_event_reaches_its_endpoints_signed(backend: Backend) {
    let receiver = Receiver::start();
    let server = start(backend);
    let (ada, eve) = (server.person("ada"), server.person("eve"));
    let made = create(&ada, &receiver.url("/ada"), &json!({"description": "The shop"}));
    let secret = made.at("/data/secret").as_str().unwrap().to_owned();
    create(&eve, &receiver.url("/eve"), &json!({}));
    let admin = server.admin();
    create(&admin, &receiver.url("/admin"), &json!({"events": ["task.created.v1"]}));
    let task = ada.task("Paint the shed");
    let of = |path: &str| {
        let all = receiver.received();
        all.into_iter().filter(|one| one.path == path).collect::<Vec<_>>()
    };
    assert!(eventually(SOON, || of("/ada").len() == 1), "{}", server.log());
    assert!(eventually(SOON, || of("/admin").len() == 1), "administrators see all tasks");
    let received = of("/ada").remove(0);
    verify(&received, &secret);
    let body = received.json();
    assert_eq!((&body["type"], &body["data"]["id"]), (&json!("task.created.v1"), &json!(task)));
    assert_eq!(body["id"], received.id);
    assert!(of("/eve").is_empty(), "it is not hers to see");
    // The secret is neither shown again nor kept as it is.
    let read = ada.client.get(&path_of(&made)).expect(200);
    assert!(!read.to_string().contains(&secret));
    assert!(!server.sql("SELECT secret FROM webhook_endpoints").contains(&secret));
    assert!(!server.log().contains(&secret));
    let settled =
        || ada.client.get(&path_of(&made)).expect(200).at("/data/last_success_at").is_string();
    assert!(eventually(SOON, settled));
    let listed = ada.client.get(&format!("{}/deliveries", path_of(&made))).expect(200);
    assert_eq!(
        (listed.at("/data/0/state"), listed.at("/data/0/tries")),
        (&json!("succeeded"), &json!(1))
    );
    // A rotated secret signs together with the one before.
    let rotated =
        ada.client.post(&format!("{}/secret/rotate", path_of(&made)), &json!({})).expect(200);
    let new = rotated.at("/data/secret").as_str().unwrap();
    ada.task("Another");
    assert!(eventually(SOON, || of("/ada").len() == 2), "{}", server.log());
    verify(&of("/ada")[1], &secret);
    verify(&of("/ada")[1], new);
    eve.client.get(&path_of(&made)).problem(404, "webhooks.not_found");
    assert!(
        server
            .metric("alveole_webhook_attempts_total{outcome=\"success\"}")
            .is_some_and(|n| n >= 3.0)
    );
}

pub(crate) fn what_fails_is_sent_again_under_the_same_id(backend: Backend) {
    let receiver = Receiver::start();
    let server = start(backend);
    let ada = server.person("ada");
    let made = create(&ada, &receiver.url("/"), &json!({}));
    receiver.say(Some(Instead::of(500, "busy")));
    ada.task("one");
    assert!(eventually(SOON, || receiver.received().len() >= 2), "{}", server.log());
    receiver.say(None);
    assert!(eventually(SOON, || has_settled(&server)), "{}", server.log());
    let received = receiver.received();
    assert!(received.iter().all(|one| one.id == received[0].id && one.body == received[0].body));
    let listed = ada.client.get(&format!("{}/deliveries", path_of(&made))).expect(200);
    let id = listed.at("/data/0/id").as_i64().unwrap();
    let path = format!("/api/v1/webhooks/deliveries/{id}");
    let read = ada.client.get(&path).expect(200);
    assert_eq!(
        (read.at("/data/attempts/0/status"), read.at("/data/attempts/0/answer")),
        (&json!(500), &json!("busy"))
    );
    assert_eq!(read.at("/data/body"), &json!(received[0].body));
    ada.client.post(&format!("{path}/retry"), &json!({})).problem(409, "webhooks.delivery_state");
    // Given up, it is retried by hand.
    receiver.say(Some(Instead::of(410, "gone")));
    ada.task("two");
    let state = || ada.client.get(&path_of(&made)).expect(200);
    assert!(eventually(SOON, || state().at("/data/state") == "disabled"), "{}", server.log());
    assert_eq!(state().at("/data/reason"), "gone");
    receiver.say(None);
    ada.task("three");
    ada.client.post(&format!("{}/enable", path_of(&made)), &json!({"from": "cursor"})).expect(200);
    let failed = ada.client.get(&format!("{}/deliveries?state=failed", path_of(&made))).expect(200);
    let failed = format!("/api/v1/webhooks/deliveries/{}", failed.at("/data/0/id"));
    ada.client.post(&format!("{failed}/retry"), &json!({})).expect(200);
    assert!(eventually(SOON, || has_settled(&server)), "{}", server.log());
    let ids: BTreeSet<String> = receiver.received().into_iter().map(|one| one.id).collect();
    assert_eq!(ids.len(), 3);
    // The owner heard of it.
    let told = || {
        let list = ada.client.get("/api/v1/notifications").expect(200);
        list.rows().iter().any(|row| row["kind"] == "webhook.disabled")
    };
    assert!(eventually(SOON, told), "{}", server.log());
}

pub(crate) fn an_ordered_endpoint_gets_one_event_after_another(backend: Backend) {
    let receiver = Receiver::start();
    let server = start(backend);
    let ada = server.person("ada");
    create(&ada, &receiver.url("/"), &json!({"ordered": true, "events": ["task.created.v1"]}));
    receiver.say(Some(Instead::of(503, "later")));
    let tasks: Vec<i64> = (0..12).map(|number| ada.task(&format!("{number}"))).collect();
    assert!(eventually(SOON, || receiver.received().len() >= 2), "{}", server.log());
    receiver.say(None);
    let settled = || {
        let last = receiver.received().last().map(|one| one.json()["data"]["id"].clone());
        last == tasks.last().map(|id| json!(id))
    };
    assert!(eventually(SOON, settled), "{}", server.log());
    let mut order: Vec<i64> =
        receiver.received().iter().filter_map(|one| one.json()["data"]["id"].as_i64()).collect();
    order.dedup();
    assert_eq!(order, tasks);
}

pub(crate) fn one_hanging_endpoint_holds_up_no_other(backend: Backend) {
    let (slow, fast) = (Receiver::start(), Receiver::start());
    slow.say(Some(Instead::of(200, "").delay(Duration::from_secs(10))));
    let server = start(backend);
    let ada = server.person("ada");
    create(&ada, &slow.url("/"), &json!({}));
    create(&ada, &fast.url("/"), &json!({}));
    for number in 0..20 {
        ada.task(&format!("{number}"));
    }
    assert!(eventually(Duration::from_secs(8), || fast.received().len() >= 20), "{}", server.log());
    assert!(slow.received().len() <= 4, "at most four at once");
}

/// How often a process dies: `ALVEOLE_KILLS`, 4 unless it is set.
fn kills() -> u64 {
    let kills = std::env::var("ALVEOLE_KILLS").ok().and_then(|text| text.parse().ok());
    kills.unwrap_or(4)
}

pub(crate) fn no_event_is_lost_when_a_process_dies(backend: Backend) {
    const TASKS: usize = 40;
    let receiver = Receiver::start();
    receiver.say(Some(Instead::of(200, "").delay(Duration::from_millis(15))));
    let mut server = start(backend);
    let ada = server.person("ada");
    create(&ada, &receiver.url("/"), &json!({"events": ["task.created.v1"]}));
    let mut made = BTreeSet::new();
    for round in 0..kills() {
        // Its port is another one after a restart.
        let client = server.client_of(&ada);
        for number in 0..TASKS {
            let task = json!({"title": format!("{round}-{number}")});
            made.insert(client.post("/api/v1/tasks", &task).expect(201).id());
        }
        server.kill9();
        server.restart();
    }
    // A lease that a dead process held ends first.
    let settled = || {
        let ids: BTreeSet<i64> = receiver
            .received()
            .iter()
            .filter_map(|one| one.json()["data"]["id"].as_i64())
            .collect();
        ids == made
    };
    assert!(eventually(Duration::from_secs(90), settled), "{}", server.log());
    let mut by_id: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for one in receiver.received() {
        by_id.entry(one.id).or_default().insert(one.body);
    }
    assert_eq!(by_id.len(), made.len(), "one id for each event");
    assert!(by_id.values().all(|bodies| bodies.len() == 1));
}

pub(crate) fn a_test_and_a_replay_are_asked_for_by_hand(backend: Backend) {
    let receiver = Receiver::start();
    let server = start(backend);
    let ada = server.person("ada");
    let made = create(&ada, &receiver.url("/"), &json!({}));
    let path = path_of(&made);
    let tested = ada.client.post(&format!("{path}/test"), &json!({})).expect(200);
    assert_eq!(tested.at("/data/attempts/0/status"), 200);
    verify(&receiver.received()[0], made.at("/data/secret").as_str().unwrap());
    for number in 0..3 {
        ada.task(&format!("{number}"));
    }
    assert!(eventually(SOON, || receiver.received().len() == 4), "{}", server.log());
    let replay = json!({"from": "0", "only": "all"});
    let replayed = ada.client.post(&format!("{path}/replay"), &replay).expect(202);
    assert_eq!(replayed.at("/data/count"), 3);
    assert!(eventually(SOON, || receiver.received().len() == 7), "{}", server.log());
    let export = ada.client.get("/api/v1/users/me/export").expect(200);
    assert_eq!(export.at("/webhook_endpoints/0/url"), &json!(receiver.url("/")));
    // An endpoint must not lead to this machine, unless the operator allows it.
    let strict = Server::start(server.backend());
    let eve = strict.person("eve");
    let body = json!({"url": receiver.url("/"), "events": ["*"]});
    eve.client.post(ENDPOINTS, &body).problem(400, "webhooks.url_forbidden");
}

pub(crate) fn an_endpoint_hears_of_the_rooms_that_its_owner_is_in(backend: Backend) {
    const ROOMS: &str = "/api/v1/chat/rooms";
    let receiver = Receiver::start();
    let server = start(backend);
    let [ada, bob] = ["ada", "bob"].map(|name| server.person(name));
    let messages = json!({"events": ["message.*"]});
    create(&ada, &receiver.url("/ada"), &messages);
    let his = create(&bob, &receiver.url("/bob"), &messages);
    let body = json!({"name": "roofs", "is_private": true});
    let room = format!("{ROOMS}/{}", ada.client.post(ROOMS, &body).expect(201).id());
    let says = |text: &str| {
        let said = json!({"content": text});
        ada.client.post(&format!("{room}/messages"), &said).expect(201).id()
    };
    let heard = |path: &str| {
        let all = receiver.received().into_iter().filter(|one| one.path == path);
        let mut ids: Vec<_> = all.map(|one| one.json()["data"]["id"].as_i64().unwrap()).collect();
        ids.sort_unstable();
        ids
    };
    let first = says("before");
    let member = json!({"user_id": bob.id});
    ada.client.post(&format!("{room}/members"), &member).expect(201);
    let second = says("with both");
    let both_heard = || heard("/ada") == [first, second] && heard("/bob") == [second];
    assert!(eventually(SOON, both_heard), "{:?} {}", heard("/bob"), server.log());
    // A replay shows no more than that.
    let replay = json!({"from": "0", "only": "all"});
    let replayed = bob.client.post(&format!("{}/replay", path_of(&his)), &replay).expect(202);
    assert_eq!(replayed.at("/data/count"), 1);
    assert!(eventually(SOON, || heard("/bob") == [second, second]), "{:?}", heard("/bob"));
    // What waits for another attempt is not sent to who has left meanwhile.
    receiver.say(Some(Instead::of(500, "busy")));
    let third = says("who hears it?");
    assert!(eventually(SOON, || heard("/bob").contains(&third)), "{}", server.log());
    ada.client.delete(&format!("{room}/members/{}", bob.id)).expect(200);
    let fourth = says("without him");
    let newest = || {
        let listed = bob.client.get(&format!("{}/deliveries", path_of(&his))).expect(200);
        listed.at("/data/0").clone()
    };
    assert!(eventually(SOON, || newest()["state"] == "cancelled"), "{} {}", newest(), server.log());
    let attempts = heard("/bob").len();
    receiver.say(None);
    assert!(eventually(SOON, || has_settled(&server)), "{}", server.log());
    assert!(heard("/ada").contains(&fourth), "{:?}", heard("/ada"));
    assert_eq!(heard("/bob").len(), attempts);
    assert!(!heard("/bob").contains(&fourth));
}
