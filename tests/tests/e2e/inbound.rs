//! What other programs send: proven by signatures that are made here, kept before it is acknowledged, applied
//! once, whichever process dies on the way.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use alveole_tests::{Answer, Backend, Client, Server, eventually, simultaneously};
use aws_lc_rs::hmac;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::dependencies::Lock;

const SOON: Duration = Duration::from_secs(15);
const SOURCES: &str = "/api/v1/admin/webhooks/sources";
const EVENTS: &str = "/api/v1/admin/webhooks/events";
const PAYMENTS: &str = "/api/v1/admin/payments";
const SECRET: &str = "a secret of these journeys";
/// 24 bytes of Standard Webhooks.
const KEY: [u8; 24] = [7; 24];

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

fn code(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    hmac::sign(&key, &parts.concat()).as_ref().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

type Headers = Vec<(&'static str, String)>;

fn stripe_headers(at: i64, body: &[u8]) -> Headers {
    let signed = hex(&code(SECRET.as_bytes(), &[format!("{at}.").as_bytes(), body]));
    vec![("stripe-signature", format!("t={at},v1={signed}"))]
}

fn github_headers(id: &str, kind: &str, body: &[u8]) -> Headers {
    vec![
        ("x-hub-signature-256", format!("sha256={}", hex(&code(SECRET.as_bytes(), &[body])))),
        ("x-github-delivery", id.to_owned()),
        ("x-github-event", kind.to_owned()),
    ]
}

fn standard_headers(id: &str, body: &[u8]) -> Headers {
    let at = now().to_string();
    let signed = code(&KEY, &[id.as_bytes(), b".", at.as_bytes(), b".", body]);
    vec![
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", at),
        ("webhook-signature", format!("v1,{}", STANDARD.encode(signed))),
    ]
}

fn put(client: &Client, name: &str, body: &Value) {
    client.put(&format!("{SOURCES}/{name}"), body).expect(201);
}

fn with_stripe(server: &Server) -> Client {
    let client = server.admin().client;
    put(&client, "stripe", &json!({"scheme": "stripe", "secrets": [SECRET]}));
    client
}

fn send(client: &Client, source: &str, body: &[u8], headers: &Headers) -> Answer {
    try_send(client, source, body, headers).unwrap()
}

fn try_send(
    client: &Client,
    source: &str,
    body: &[u8],
    headers: &Headers,
) -> Result<Answer, String> {
    let mut request = client.request("POST", &format!("/api/v1/webhooks/{source}"));
    for (name, value) in headers {
        request = request.header(name, value);
    }
    request.raw("application/json", body).try_send()
}

fn stripe(client: &Client, body: &Value) -> Answer {
    let body = body.to_string().into_bytes();
    send(client, "stripe", &body, &stripe_headers(now(), &body))
}

fn event(id: &str, kind: &str, created: i64, object: &Value) -> Value {
    json!({"id": id, "object": "event", "type": kind, "created": created, "data": {"object": object}})
}

fn succeeded(id: &str, payment: &str, created: i64) -> Value {
    let object = json!({"id": payment, "amount": 1999, "amount_received": 1999, "currency": "eur",
        "metadata": {"order_id": "A-7"}});
    event(id, "payment_intent.succeeded", created, &object)
}

fn state(client: &Client, id: i64) -> Value {
    client.get(&format!("{EVENTS}/{id}")).expect(200).at("/data/event/state").clone()
}

/// The newest event. Numbers have gaps: what is known already has taken one.
fn newest(client: &Client) -> i64 {
    client.get(&format!("{EVENTS}?limit=1")).expect(200).rows()[0]["id"].as_i64().unwrap()
}

fn comes_to(client: &Client, id: i64, wanted: &str) -> bool {
    eventually(SOON, || state(client, id) == wanted)
}

/// The events of one name that clients hear.
fn heard(client: &Client, name: &str) -> Vec<Value> {
    let feed = client.get(&format!("/api/v1/events?types={name}&after=0&wait=1")).expect(200);
    feed.at("/data/events").as_array().cloned().unwrap_or_default()
}

pub(crate) fn a_signed_event_is_applied_once_however_often_it_comes(backend: Backend) {
    let server = Server::start(backend);
    let admin = with_stripe(&server);
    let stranger = server.anonymous();
    let body = succeeded("evt_1", "pi_1", now());
    let answers = simultaneously(8, |_| stripe(&stranger, &body).expect(200));
    let first = answers.iter().filter(|answer| answer.at("/data/duplicate") == false).count();
    assert_eq!(first, 1, "{answers:?}");
    assert!(comes_to(&admin, newest(&admin), "processed"), "{}", server.log());
    assert_eq!(stripe(&stranger, &body).expect(200).at("/data/duplicate"), true);
    let payments = admin.get(PAYMENTS).expect(200);
    assert_eq!(payments.at("/pagination/total"), 1);
    let payment = payments.rows()[0].clone();
    assert_eq!(payment["state"], "succeeded");
    assert_eq!((&payment["amount"], &payment["currency"]), (&json!(1999), &json!("EUR")));
    assert_eq!(payment["reference"], "A-7");
    assert_eq!(heard(&admin, "payment.succeeded.v1").len(), 1);
    // Neither the body nor the signature is in the log.
    let log = server.log();
    assert!(!log.contains("pi_1") && !log.contains("v1="), "{log}");
    // What is not known to this program is stored and ignored.
    let other = event("evt_2", "customer.created", now(), &json!({"id": "cus_1"}));
    stripe(&stranger, &other).expect(200);
    let ignored = newest(&admin);
    assert_eq!(state(&admin, ignored), "ignored");
    let shown = admin.get(&format!("{EVENTS}/{ignored}")).expect(200);
    assert_eq!(shown.at("/data/body"), &json!(other.to_string()));
    server.person("ada").client.get(EVENTS).expect(403);
}

pub(crate) fn each_scheme_takes_what_is_signed_and_no_altered_byte(backend: Backend) {
    let server = Server::start(backend);
    let admin = with_stripe(&server);
    let standard = format!("whsec_{}", STANDARD.encode(KEY));
    put(
        &admin,
        "github",
        &json!({"scheme": "github", "secrets": ["an old secret, still there", SECRET]}),
    );
    put(&admin, "standard", &json!({"scheme": "standard", "secrets": [standard]}));
    let shop = json!({"scheme": "hmac", "secrets": [SECRET], "header": "X-Shop", "id_header": "X-Shop-Id"});
    put(&admin, "shop", &shop);
    let stranger = server.anonymous();
    let push = json!({"ref": "refs/heads/main", "before": "a", "after": "b", "commits": [],
        "repository": {"id": 7, "full_name": "ada/engine"}})
    .to_string();
    let form = b"payload=%7B%22zen%22%3A%22Keep+it+logically+awesome.%22%7D".to_vec();
    let plain = b"{\"type\": \"order.paid\"}".to_vec();
    let signed = hex(&code(SECRET.as_bytes(), &[&plain]));
    let cases: Vec<(&str, Vec<u8>, Headers, &str, &str)> = vec![
        (
            "github",
            push.clone().into_bytes(),
            github_headers("d-1", "push", push.as_bytes()),
            "d-1",
            "push",
        ),
        ("github", form.clone(), github_headers("d-2", "ping", &form), "d-2", "ping"),
        ("standard", plain.clone(), standard_headers("msg_1", &plain), "msg_1", "order.paid"),
        (
            "shop",
            plain.clone(),
            vec![("x-shop", signed), ("x-shop-id", "o-1".to_owned())],
            "o-1",
            "order.paid",
        ),
    ];
    for (source, body, headers, id, kind) in cases {
        let mut altered = body.clone();
        altered[1] ^= 1;
        let refused = send(&stranger, source, &altered, &headers);
        refused.problem(400, "webhooks.signature_invalid");
        send(&stranger, source, &body, &Vec::new()).problem(400, "webhooks.signature_missing");
        send(&stranger, source, &body, &headers).expect(200);
        let newest = admin.get(&format!("{EVENTS}?limit=1")).expect(200).rows()[0].clone();
        assert_eq!(
            (&newest["external_id"], &newest["type"]),
            (&json!(id), &json!(kind)),
            "{newest}"
        );
        assert_eq!(newest["source"], source);
    }
    assert!(eventually(SOON, || heard(&admin, "repository.pushed.v1").len() == 1));
    let body = b"{}";
    let old = stripe_headers(now() - 400, body);
    send(&stranger, "stripe", body, &old).problem(400, "webhooks.timestamp_outside");
    send(&stranger, "unknown", body, &old).problem(404, "webhooks.source_not_found");
    let count = admin.get(EVENTS).expect(200);
    assert_eq!(count.at("/pagination/total"), 4, "what was refused is not stored");
}

pub(crate) fn signed_deliveries_do_not_count_against_their_address(backend: Backend) {
    let limits = [("ALVEOLE__RATE_LIMIT__ANON", "5/h"), ("ALVEOLE__RATE_LIMIT__WEBHOOK", "12/h")];
    let server = Server::with(backend, &limits);
    let admin = with_stripe(&server);
    let stranger = server.anonymous();
    // Signing in took some of the address's calls; what is left of them is used up here.
    let mut statuses = Vec::new();
    for _ in 0..8 {
        statuses.push(send(&stranger, "stripe", b"{}", &stripe_headers(now(), b"x")).status);
    }
    assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
    for number in 0..12 {
        let kind = "customer.created";
        stripe(&stranger, &event(&format!("evt_{number}"), kind, now(), &json!({}))).expect(200);
    }
    let last = stripe(&stranger, &event("evt_x", "customer.created", now(), &json!({})));
    let last = last.problem(429, "rate_limit.exceeded");
    assert!(last.header("ratelimit-policy").unwrap().starts_with("\"webhook\""), "{last}");
    assert_eq!(admin.get(EVENTS).expect(200).at("/pagination/total"), 12);
}

pub(crate) fn what_fails_is_shown_and_revived_by_a_redelivery(backend: Backend) {
    let server = Server::start(backend);
    let admin = with_stripe(&server);
    let stranger = server.anonymous();
    // A payment without an amount: no later attempt would find one.
    let broken = event("evt_1", "payment_intent.succeeded", now(), &json!({"id": "pi_1"}));
    stripe(&stranger, &broken).expect(200);
    assert!(comes_to(&admin, 1, "failed"), "{}", server.log());
    let failed = admin.get(&format!("{EVENTS}?state=failed")).expect(200);
    let job = failed.rows()[0]["job_id"].as_i64().unwrap();
    let run = admin.get(&format!("/api/v1/admin/jobs/{job}")).expect(200);
    assert!(run.text.contains("the body lacks `amount`"), "{run}");
    let again = stripe(&stranger, &broken).expect(200);
    assert_eq!(again.at("/data/duplicate"), true);
    let runs = || {
        let job = admin.get(&format!("/api/v1/admin/jobs/{job}")).expect(200);
        job.at("/data/runs").as_array().map_or(0, Vec::len)
    };
    assert!(eventually(SOON, || runs() == 2), "the redelivery made it run again");
    assert!(comes_to(&admin, 1, "failed"));
    let retried = admin.post(&format!("{EVENTS}/1/retry"), &json!({})).expect(202);
    assert_eq!(retried.at("/data/state"), "received");
    assert!(eventually(SOON, || runs() == 3));
    assert!(comes_to(&admin, 1, "failed"));
}

pub(crate) fn while_the_database_is_away_senders_are_asked_to_try_again(backend: Backend) {
    if backend == Backend::Sqlite {
        return;
    }
    let settings = [("ALVEOLE__DATABASE__STATEMENT_TIMEOUT_SECONDS", "2")];
    let server = Server::with(backend, &settings);
    let admin = with_stripe(&server);
    let stranger = server.anonymous();
    let body = succeeded("evt_1", "pi_1", now());
    let lock = Lock::of(&server, "webhook_inbox");
    let away = stripe(&stranger, &body);
    assert_eq!(away.status, 503, "{away}");
    assert!(away.header("retry-after").is_some(), "{away}");
    drop(lock);
    assert_eq!(stripe(&stranger, &body).expect(200).at("/data/duplicate"), false);
    assert!(comes_to(&admin, newest(&admin), "processed"));
}

/// A sender as Stripe is one: what was not answered with 200 is sent again.
pub(crate) fn a_kill_in_the_middle_of_deliveries_applies_each_once(backend: Backend) {
    const DELIVERIES: usize = 500;
    let settings = [("ALVEOLE__JOBS__LEASE_SECONDS", "1")];
    let mut server = Server::with(backend, &settings);
    let person = server.admin();
    put(&person.client, "stripe", &json!({"scheme": "stripe", "secrets": [SECRET]}));
    let (at, next, acknowledged) = (now(), AtomicUsize::new(0), AtomicUsize::new(0));
    let unanswered: Mutex<Vec<usize>> = Mutex::new(Vec::new());
    let body =
        move |number: usize| succeeded(&format!("evt_{number}"), &format!("pi_{number}"), at);
    thread::scope(|scope| {
        for _ in 0..8 {
            let client = server.anonymous();
            let (next, acknowledged, unanswered) = (&next, &acknowledged, &unanswered);
            scope.spawn(move || {
                loop {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    if number >= DELIVERIES {
                        return;
                    }
                    let body = body(number).to_string().into_bytes();
                    match try_send(&client, "stripe", &body, &stripe_headers(now(), &body)) {
                        Ok(answer) if answer.status == 200 => {
                            acknowledged.fetch_add(1, Ordering::SeqCst);
                        }
                        _ => unanswered.lock().unwrap().push(number),
                    }
                }
            });
        }
        let enough = || acknowledged.load(Ordering::SeqCst) >= DELIVERIES / 2;
        let in_time = eventually(Duration::from_secs(30), enough);
        server.kill9();
        assert!(in_time, "too few deliveries to kill");
    });
    server.restart();
    let (admin, stranger) = (server.client_of(&person), server.anonymous());
    for number in unanswered.into_inner().unwrap() {
        stripe(&stranger, &body(number)).expect(200);
    }
    let left = || admin.get(&format!("{EVENTS}?state=received")).expect(200);
    assert!(eventually(Duration::from_secs(60), || left().rows().is_empty()), "{}", left());
    let mut payments: BTreeMap<String, i64> = BTreeMap::new();
    for row in admin.every_row(&format!("{PAYMENTS}?limit=100")) {
        let id = row["external_id"].as_str().unwrap().to_owned();
        assert_eq!(row["version"], 1, "{row}");
        *payments.entry(id).or_default() += 1;
    }
    assert_eq!(payments.len(), DELIVERIES, "each was applied");
    assert!(payments.values().all(|count| *count == 1), "and none twice");
    let told = server.sql("SELECT count(*) FROM outbox WHERE name = 'payment.succeeded.v1'");
    assert_eq!(told.trim(), DELIVERIES.to_string());
}
