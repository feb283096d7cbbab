//! Status, headers and errors of `/webhooks`, in process and on memory.
#![expect(clippy::unwrap_used, reason = "failing loudly is what tests are for")]

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use kernel::{Actor, Permission, Role, SystemClock, UserId};
use memory::MemoryDb;
use rest::{
    defaults::FixedTokens,
    testing::{Answer, TestApp},
};
use serde_json::json;
use webhooks::{
    Webhooks,
    outbound::{Outcome, Request, Sender},
    secrets::{SealedSecret, SecretVault, VaultError},
    service::Dependencies,
    settings::{Pace, Settings},
    signature::SigningSecret,
};

const LIST: &str = "/api/v1/webhooks/endpoints";
const FIRST: &str = "/api/v1/webhooks/endpoints/1";

struct Plain;

impl SecretVault for Plain {
    fn generate(&self) -> SigningSecret {
        SigningSecret::from_bytes([7; 32])
    }

    fn seal(&self, _: UserId, secret: &SigningSecret) -> Result<SealedSecret, VaultError> {
        Ok(SealedSecret::new(secret.expose()))
    }

    fn open(&self, _: UserId, sealed: &SealedSecret) -> Result<SigningSecret, VaultError> {
        SigningSecret::parse(sealed.expose()).map_err(|error| VaultError(error.to_string()))
    }
}

#[async_trait]
impl Sender for Plain {
    async fn send(&self, _: Request) -> Outcome {
        Outcome {
            duration: Duration::from_millis(12),
            status: Some(200),
            retry_after: None,
            fault: None,
            answer: "thanks".to_owned(),
        }
    }
}

#[async_trait]
impl Pace for Plain {
    async fn pause(&self, _: Duration) {}

    fn chance(&self) -> f64 {
        0.5
    }
}

/// People `ada`, `user`, `admin` and `super_admin` by these tokens, and `reader`: Ada, without webhooks.
fn app() -> TestApp {
    with_vault(Some(Arc::new(Plain)))
}

fn with_vault(vault: Option<Arc<dyn SecretVault>>) -> TestApp {
    let db = MemoryDb::new();
    let ada = Actor::new(db.add_person("ada").unwrap(), Role::User);
    let permissions = [Permission::TasksRead].into_iter().collect();
    let mut tokens = FixedTokens::default()
        .with("reader", Actor { permissions, ..ada.clone() })
        .with("ada", ada);
    for role in [Role::User, Role::Admin, Role::SuperAdmin] {
        let name = role.as_str();
        tokens = tokens.with(name, Actor::new(db.add_person(name).unwrap(), role));
    }
    let webhooks = Arc::new(Webhooks::new(Dependencies {
        work: db,
        clock: Arc::new(SystemClock),
        sender: Arc::new(Plain),
        vault,
        pace: Arc::new(Plain),
        settings: Settings::default(),
    }));
    TestApp::new(tokens, vec![rest_webhooks::module(webhooks)])
}

async fn create(app: &TestApp) -> Answer {
    let body = json!({"url": "https://Example.com/hook", "events": ["task.*"], "description": "é"});
    app.post(LIST).token("ada").json(&body).send().await.expect(201)
}

#[actix_web::test]
async fn an_endpoint_is_created_read_changed_and_deleted() {
    let app = app();
    let made = create(&app).await;
    assert_eq!((made.header("location"), made.header("cache-control")), (FIRST, "no-store"));
    assert!(made.at("/data/secret").as_str().unwrap().starts_with("whsec_"));
    assert_eq!(made.at("/data/url"), "https://example.com/hook");
    let read = app.get(FIRST).token("ada").send().await.expect(200);
    assert_eq!(read.at("/data/secret"), &json!(null), "it is shown once");
    assert_eq!(
        (read.at("/data/events"), read.at("/data/state")),
        (&json!(["task.*"]), &json!("enabled"))
    );
    let etag = read.header("etag").to_owned();
    assert!(etag.starts_with("\"1."));
    app.get(FIRST).token("ada").with("if-none-match", &etag).send().await.expect(304);
    let body = json!({"rate": 5, "ordered": true, "description": null});
    let patch = || app.request("PATCH", FIRST).token("ada").with("if-match", &etag).json(&body);
    let changed = patch().send().await.expect(200);
    assert_eq!((changed.at("/data/rate"), changed.at("/data/version")), (&json!(5), &json!(2)));
    let stale = patch().send().await.problem(412, "webhooks.stale");
    assert_eq!(stale.at("/current/version"), 2);
    let disabled = app.post(&format!("{FIRST}/disable")).token("ada").send().await.expect(200);
    assert_eq!(
        (disabled.at("/data/state"), disabled.at("/data/reason")),
        (&json!("disabled"), &json!("manual"))
    );
    let enable = app.post(&format!("{FIRST}/enable")).token("ada").json(&json!({"from": "now"}));
    assert_eq!(enable.send().await.expect(200).at("/data/state"), "enabled");
    let listed = app.get(LIST).token("ada").send().await.expect(200);
    assert_eq!((listed.at("/data/0/id"), listed.at("/pagination/total")), (&json!(1), &json!(1)));
    app.request("DELETE", FIRST).token("ada").send().await.expect(200);
    app.get(FIRST).token("ada").send().await.problem(404, "webhooks.not_found");
}

#[actix_web::test]
async fn a_secret_is_shown_once_so_no_key_makes_the_answer_repeatable() {
    let app = app();
    create(&app).await;
    let body = json!({"url": "https://example.com/", "events": ["*"]});
    let post = app.post(LIST).token("ada").with("idempotency-key", "k").json(&body);
    post.send().await.problem(400, "idempotency.not_taken");
    let rotate = || app.post(&format!("{FIRST}/secret/rotate")).token("ada");
    rotate()
        .with("idempotency-key", "k")
        .json(&json!({}))
        .send()
        .await
        .problem(400, "idempotency.not_taken");
    let rotated = rotate().json(&json!({})).send().await.expect(200);
    assert_eq!(rotated.header("cache-control"), "no-store");
    assert!(rotated.at("/data/secret").as_str().unwrap().starts_with("whsec_"));
    assert!(rotated.at("/data/old_valid_until").is_string());
    let now = rotate().json(&json!({"overlap_seconds": 0})).send().await.expect(200);
    assert_eq!(now.at("/data/old_valid_until"), &json!(null));
    let long = rotate().json(&json!({"overlap_seconds": 604_801})).send().await;
    long.problem(400, "webhooks.overlap_invalid");
    let keyless = with_vault(None);
    let post = keyless.post(LIST).token("ada").json(&body);
    post.send().await.problem(503, "webhooks.no_secrets");
}

#[actix_web::test]
async fn all_errors_of_a_request_are_listed() {
    let app = app();
    create(&app).await;
    let long = "x".repeat(501);
    let body = json!({"url": "https://a.example/", "events": ["task.*", "Task"], "description": long, "rate": 0, "typo": 1});
    let refused = app.post(LIST).token("ada").json(&body).send().await.expect(400);
    assert_eq!(
        refused.codes(),
        [
            "webhooks.events_invalid",
            "webhooks.description_too_long",
            "webhooks.rate_invalid",
            "request.unknown_field"
        ]
    );
    for (url, code) in [
        ("https://127.0.0.1/", "webhooks.url_forbidden"),
        ("https://[::ffff:10.0.0.1]/", "webhooks.url_forbidden"),
        ("ftp://example.com/", "webhooks.url_invalid"),
        ("example.com", "webhooks.url_invalid"),
    ] {
        let body = json!({"url": url, "events": ["*"]});
        app.post(LIST).token("ada").json(&body).send().await.problem(400, code);
        let patch = app.request("PATCH", FIRST).token("ada").json(&json!({"url": url}));
        patch.send().await.problem(400, code);
    }
    let none = json!({"url": "https://example.com/", "events": []});
    app.post(LIST).token("ada").json(&none).send().await.problem(400, "webhooks.events_invalid");
    let from = json!({"url": "https://example.com/", "events": ["*"], "from": "x"});
    app.post(LIST).token("ada").json(&from).send().await.problem(400, "webhooks.from_invalid");
    let from = json!({"url": "https://example.com/", "events": ["*"], "from": "99999"});
    app.post(LIST).token("ada").json(&from).send().await.problem(410, "events.epoch_changed");
    let owner = app.get(&format!("{LIST}?owner=x")).token("admin").send().await;
    owner.problem(400, "webhooks.owner_invalid");
    let state = app.get(&format!("{FIRST}/deliveries?state=x")).token("ada").send().await;
    state.problem(400, "webhooks.state_unknown");
    let replay = app.post(&format!("{FIRST}/replay")).token("ada");
    let only = replay.json(&json!({"from": "0", "only": "some"}));
    only.send().await.problem(400, "webhooks.only_invalid");
    let unknown = app.post(&format!("{FIRST}/test")).token("ada").json(&json!({"type": "no.v1"}));
    unknown.send().await.problem(400, "webhooks.type_unknown");
}

#[actix_web::test]
async fn a_test_answers_how_it_went() {
    let app = app();
    create(&app).await;
    let test =
        app.post(&format!("{FIRST}/test")).token("ada").json(&json!({})).send().await.expect(200);
    assert_eq!(
        (test.at("/data/state"), test.at("/data/cause")),
        (&json!("succeeded"), &json!("test"))
    );
    assert_eq!(
        (test.at("/data/attempts/0/status"), test.at("/data/attempts/0/answer")),
        (&json!(200), &json!("thanks"))
    );
    let id = test.at("/data/id").as_i64().unwrap();
    let path = format!("/api/v1/webhooks/deliveries/{id}");
    let read = app.get(&path).token("ada").send().await.expect(200);
    assert_eq!(read.at("/data"), test.at("/data"));
    app.get(&path).token("user").send().await.problem(404, "webhooks.delivery_not_found");
    let retry = app.post(&format!("{path}/retry")).token("ada").send().await;
    retry.problem(409, "webhooks.delivery_state");
    let listed = app.get(&format!("{FIRST}/deliveries")).token("ada").send().await.expect(200);
    assert_eq!(listed.at("/data/0/id"), &json!(id));
    app.post(&format!("{FIRST}/disable")).token("ada").send().await.expect(200);
    let replay = app.post(&format!("{FIRST}/replay")).token("ada").json(&json!({"from": "0"}));
    replay.send().await.problem(422, "webhooks.disabled");
}

#[actix_web::test]
async fn administrators_see_the_endpoints_of_others() {
    let app = app();
    create(&app).await;
    let everyone = format!("{LIST}?owner=*");
    let listed = app.get(&everyone).token("admin").send().await.expect(200);
    assert_eq!(listed.at("/data/0/id"), 1);
    let of = format!("{LIST}?owner={}", listed.at("/data/0/user_id"));
    app.get(&of).token("ada").send().await.expect(200);
    assert_eq!(app.get(&of).token("admin").send().await.expect(200).at("/data/0/id"), 1);
    let refused = app.get(&everyone).token("user").send().await;
    let refused = refused.problem(403, "auth.missing_permission");
    assert_eq!(refused.at("/permission"), "webhooks:manage");
}

#[actix_web::test]
async fn a_token_without_the_scope_is_refused_by_name() {
    let app = app();
    create(&app).await;
    let refused = app.get(FIRST).token("reader").send().await;
    let refused = refused.problem(403, "auth.missing_permission");
    assert_eq!(refused.at("/permission"), "webhooks:write");
}

/// The table is tried again by the journey `authz`, on the real program. Each call has an endpoint of its own,
/// because some of them delete it.
#[actix_web::test]
async fn every_operation_answers_every_role_as_the_table_says() {
    let callers = ["", "user", "admin", "super_admin"];
    let table = include_str!("../authz.txt");
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let (fields, body) = line.split_once(" {\"").unwrap_or((line, ""));
        let body = if body.is_empty() { String::new() } else { format!(" {{\"{body}") };
        let fields: Vec<&str> = fields.split_whitespace().collect();
        for (caller, expected) in callers.iter().zip(fields.iter().skip(2)) {
            let app = app();
            create(&app).await;
            app.post(&format!("{FIRST}/test"))
                .token("ada")
                .json(&json!({}))
                .send()
                .await
                .expect(200);
            let row =
                format!("{} {} {expected}{body}", fields.first().unwrap(), fields.get(1).unwrap());
            app.authorization(&row, &[caller], FIRST).await;
        }
    }
}
