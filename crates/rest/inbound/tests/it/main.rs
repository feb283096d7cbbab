//! Status, headers and errors of inbound webhooks, in process and on memory.
#![expect(clippy::unwrap_used, reason = "failing loudly is what tests are for")]

use std::sync::Arc;

use inbound::{Inbound, Scheme, Secret, kit::PlainSeal, signature::hex_of};
use kernel::{Actor, Clock as _, Role, SystemClock};
use memory::MemoryDb;
use rest::{
    defaults::FixedTokens,
    testing::{Answer, TestApp},
};
use serde_json::{Value, json};

const SOURCES: &str = "/api/v1/admin/webhooks/sources";
const EVENTS: &str = "/api/v1/admin/webhooks/events";
const SECRET: &str = "a secret of this test";

struct Fixture {
    app: TestApp,
}

impl Fixture {
    fn new() -> Self {
        let db = MemoryDb::new();
        let mut tokens = FixedTokens::default();
        for role in [Role::SuperAdmin, Role::Admin, Role::User] {
            let user = db.add_person(role.as_str()).unwrap();
            tokens = tokens.with(role.as_str(), Actor::new(user, role));
        }
        let service = Inbound::new(db, Arc::new(SystemClock), Some(Arc::new(PlainSeal)));
        let app = TestApp::new(tokens, vec![rest_inbound::module(Arc::new(service))]);
        Self { app }
    }

    async fn put(&self, name: &str, body: Value) -> Answer {
        self.app
            .request("PUT", &format!("{SOURCES}/{name}"))
            .token("admin")
            .json(&body)
            .send()
            .await
    }

    async fn get(&self, path: &str) -> Answer {
        self.app.get(path).token("admin").send().await
    }

    /// A delivery with these headers.
    async fn send(&self, name: &str, body: &[u8], headers: &[(&str, &str)]) -> Answer {
        let mut request = self.app.post(&format!("/api/v1/webhooks/{name}")).body(body);
        for (name, value) in headers {
            request = request.with(name, value);
        }
        request.send().await
    }

    /// A delivery that is signed by Stripe's scheme.
    async fn stripe(&self, body: &[u8]) -> Answer {
        let now = SystemClock.now().seconds();
        self.send("stripe", body, &[("stripe-signature", &signed(now, body))]).await
    }
}

fn signed(now: i64, body: &[u8]) -> String {
    let secret = Secret::parse(SECRET, Scheme::Stripe).unwrap();
    format!("t={now},v1={}", hex_of(&secret, &[format!("{now}.").as_bytes(), body]))
}

fn stripe() -> Value {
    json!({"scheme": "stripe", "secrets": [SECRET]})
}

#[actix_web::test]
async fn each_role_may_what_the_table_says() {
    let fixture = Fixture::new();
    let table = include_str!("../authz.txt");
    let tokens = ["", "user", "admin", "super_admin"];
    // Names and numbers that nothing has.
    for line in table.lines() {
        let id = if line.contains("/sources/{}") || line.contains("/webhooks/{} ") {
            "none"
        } else {
            "7"
        };
        fixture.app.authorization(line, &tokens, id).await;
    }
}

#[actix_web::test]
async fn a_source_is_added_shown_without_secrets_changed_and_deleted() {
    let fixture = Fixture::new();
    let added = fixture.put("stripe", stripe()).await.expect(201);
    assert_eq!(added.header("location"), format!("{SOURCES}/stripe"));
    assert_eq!(added.header("etag"), "\"1\"");
    assert!(!added.json.to_string().contains(SECRET), "{added:?}");
    assert_eq!(added.at("/data/secrets_end_with"), &json!(["test"]));
    assert_eq!(added.at("/data/max_bytes"), 1 << 20);
    let place = format!("{SOURCES}/stripe");
    let known = fixture.app.get(&place).token("admin").with("if-none-match", "\"1\"").send().await;
    known.expect(304);
    let change = |method, expected| {
        let request = fixture.app.request(method, &place).token("admin").with("if-match", expected);
        request.json(&json!({"max_bytes": 7})).send()
    };
    let changed = change("PATCH", "\"1\"").await.expect(200);
    assert_eq!((changed.header("etag"), changed.at("/data/max_bytes")), ("\"2\"", &json!(7)));
    let stale = change("PUT", "\"1\"").await.problem(412, "webhooks.source_stale");
    assert_eq!(stale.at("/current/version"), 2);
    assert_eq!(fixture.get(SOURCES).await.at("/data/0/name"), "stripe");
    let delete = |expected| {
        fixture.app.request("DELETE", &place).token("admin").with("if-match", expected).send()
    };
    delete("\"1\"").await.problem(412, "webhooks.source_stale");
    delete("\"2\"").await.expect(200);
    fixture.get(&place).await.problem(404, "webhooks.source_not_found");
}

#[actix_web::test]
async fn faults_of_a_source_are_named() {
    let fixture = Fixture::new();
    let faults = fixture
        .put("shop", json!({"scheme": "pgp", "header": "a b", "max_bytes": 0, "typo": 1}))
        .await;
    assert_eq!(
        faults.expect(400).codes(),
        [
            "webhooks.scheme_unknown",
            "webhooks.header_invalid",
            "webhooks.max_bytes_invalid",
            "request.unknown_field",
        ]
    );
    let short = fixture.put("shop", json!({"scheme": "hmac", "secrets": ["short"]})).await;
    assert_eq!(short.problem(400, "webhooks.secrets_invalid").at("/errors/0/field"), "/secrets/0");
    for reserved in ["endpoints", "deliveries", "event-types"] {
        fixture.put(reserved, stripe()).await.problem(400, "webhooks.source_name_invalid");
    }
    fixture.put("shop", json!({})).await.expect(400);
}

#[actix_web::test]
async fn a_signed_delivery_is_stored_once_and_shown() {
    let fixture = Fixture::new();
    fixture.put("stripe", stripe()).await.expect(201);
    let body = br#"{"id": "evt_1", "type": "payment_intent.succeeded", "created": 1760000000,
        "data": {"object": {"id": "pi_1", "amount": 5, "currency": "eur"}}}"#;
    let first = fixture.stripe(body).await.expect(200);
    assert_eq!(first.at("/data"), &json!({"received": true, "duplicate": false}));
    assert!(first.header("ratelimit-policy").starts_with("\"webhook\""), "{first:?}");
    let second = fixture.stripe(body).await.expect(200);
    assert_eq!(second.at("/data/duplicate"), true);
    let listed = fixture
        .get(&format!("{EVENTS}?source=stripe&type=payment_intent.succeeded&state=received"))
        .await;
    assert_eq!(listed.expect(200).at("/pagination/total"), 1);
    let shown = fixture.get(&format!("{EVENTS}/1")).await.expect(200);
    assert_eq!(shown.at("/data/event/external_id"), "evt_1");
    assert_eq!(shown.at("/data/event/object"), "payment:pi_1");
    assert_eq!(shown.at("/data/body").as_str().unwrap().as_bytes(), body);
    assert_eq!(shown.at("/data/body_base64"), &Value::Null);
    let retry = fixture.app.post(&format!("{EVENTS}/1/retry")).token("admin").send().await;
    retry.problem(409, "webhooks.event_state");
    for wrong in ["state=x", "source=X", "type=", "colour=red"] {
        fixture.get(&format!("{EVENTS}?{wrong}")).await.expect(400);
    }
    for wrong in ["state=x", "provider=X", "reference=", "colour=red"] {
        fixture.get(&format!("/api/v1/admin/payments?{wrong}")).await.expect(400);
    }
}

#[actix_web::test]
async fn bytes_that_are_no_text_are_shown_in_base64_and_can_be_retried() {
    let fixture = Fixture::new();
    fixture.put("stripe", stripe()).await.expect(201);
    fixture.stripe(b"\xff\x00").await.expect(200);
    let shown = fixture.get(&format!("{EVENTS}/1")).await.expect(200);
    assert_eq!(
        (shown.at("/data/body"), shown.at("/data/body_base64")),
        (&Value::Null, &json!("/wA="))
    );
    assert_eq!(shown.at("/data/event/state"), "ignored");
    let retry = fixture.app.post(&format!("{EVENTS}/1/retry")).token("admin").send().await;
    assert_eq!(retry.expect(202).at("/data/state"), "received");
}

#[actix_web::test]
async fn what_is_not_signed_is_refused_and_counts_under_the_address() {
    let fixture = Fixture::new();
    fixture.put("stripe", stripe()).await.expect(201);
    let (now, body) =
        (SystemClock.now().seconds(), b"not JSON, and that does not matter".as_slice());
    let missing = fixture.send("stripe", body, &[]).await;
    let missing = missing.problem(400, "webhooks.signature_missing");
    assert!(missing.header("ratelimit-policy").starts_with("\"anon\""), "{missing:?}");
    let old = signed(now - 301, body);
    let refused = fixture.send("stripe", body, &[("stripe-signature", &old)]).await;
    refused.problem(400, "webhooks.timestamp_outside");
    let right = signed(now, body);
    for place in [0, 7, body.len() - 1] {
        let mut altered = body.to_vec();
        altered[place] ^= 1;
        let refused = fixture.send("stripe", &altered, &[("stripe-signature", &right)]).await;
        refused.problem(400, "webhooks.signature_invalid");
    }
    let twice = [("stripe-signature", right.as_str()), ("stripe-signature", right.as_str())];
    fixture.send("stripe", body, &twice).await.problem(400, "request.duplicate");
    let unknown = fixture.send("shop", body, &[]).await;
    let unknown = unknown.problem(404, "webhooks.source_not_found");
    assert!(unknown.header("ratelimit-policy").starts_with("\"anon\""), "{unknown:?}");
    let coded = [("stripe-signature", right.as_str()), ("content-encoding", "gzip")];
    fixture.send("stripe", body, &coded).await.problem(415, "request.media_type");
    assert_eq!(fixture.get(EVENTS).await.at("/pagination/total"), 0);
}

#[actix_web::test]
async fn a_body_past_the_bound_of_its_source_is_too_large() {
    let fixture = Fixture::new();
    let mut put = stripe();
    put["max_bytes"] = json!(10);
    fixture.put("stripe", put).await.expect(201);
    fixture.stripe(b"0123456789").await.expect(200);
    fixture.stripe(b"0123456789a").await.problem(413, "request.body_too_large");
}
