//! Status, headers and errors of `/notifications`, in process and on memory.
#![expect(clippy::unwrap_used, reason = "failing loudly is what tests are for")]

use std::sync::{Arc, atomic::AtomicI64, atomic::Ordering};

use kernel::{
    Actor, Clock as _, Consumer, ConsumerError, KeyedDigest, NewEvent, Permission, Role,
    SystemClock, UnitOfWork, UserId, kit::deliver,
};
use memory::MemoryDb;
use notifications::{
    Kind, Notice, Notifications, NotificationsTx, Recipient, kind::SubjectKind,
    notification::Subject, sending::EmailSettings, values::Params,
};
use rest::{defaults::FixedTokens, testing::TestApp};
use serde_json::json;

const LIST: &str = "/api/v1/notifications";
const FIRST: &str = "/api/v1/notifications/1";

/// The parts of a digest, added up: enough for a test.
struct Sum;

impl KeyedDigest for Sum {
    fn digest(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        let bytes = parts.iter().flat_map(|part| part.iter()).chain(purpose.as_bytes());
        [bytes.fold(0, |sum: u8, byte| sum.wrapping_mul(31).wrapping_add(*byte)); 32]
    }
}

/// People `ada`, `user`, `admin` and `super_admin` by these tokens, and `reader`: Ada, reading only.
struct Fixture {
    app: TestApp,
    work: Arc<dyn UnitOfWork<dyn NotificationsTx>>,
    service: Arc<Notifications>,
    emails: EmailSettings,
    ada: UserId,
    user: UserId,
    delivered: AtomicI64,
}

impl Fixture {
    fn new() -> Self {
        let db = MemoryDb::new();
        let ada = db.add_person("ada").unwrap();
        let reading = [Permission::NotificationsRead].into_iter().collect();
        let reader = Actor { permissions: reading, ..Actor::new(ada, Role::User) };
        let mut tokens =
            FixedTokens::default().with("reader", reader).with("ada", Actor::new(ada, Role::User));
        let mut user = ada;
        for role in [Role::SuperAdmin, Role::Admin, Role::User] {
            user = db.add_person(role.as_str()).unwrap();
            tokens = tokens.with(role.as_str(), Actor::new(user, role));
        }
        let work: Arc<dyn UnitOfWork<dyn NotificationsTx>> = db;
        let emails = EmailSettings {
            pages: "https://example.com".into(),
            api: "https://api.example.com".into(),
            digests: Arc::new(Sum),
            digest_after: std::time::Duration::from_secs(60),
        };
        let service = Notifications::new(Arc::clone(&work), Arc::new(SystemClock));
        let service = Arc::new(service.with_emails(emails.clone()));
        let app = TestApp::new(tokens, vec![rest_notifications::module(Arc::clone(&service))]);
        Self { app, work, service, emails, ada, user, delivered: AtomicI64::new(0) }
    }

    /// The user assigns a task to Ada.
    async fn notify(&self, kind: Kind) {
        let task = self.delivered.fetch_add(1, Ordering::SeqCst) + 7;
        let notice = Notice {
            kind,
            subject: Some(Subject { kind: SubjectKind::Task, id: task }),
            actor: Some(self.user),
            params: Params::default().with("title", "Paint"),
            to: vec![Recipient::Person(self.ada)],
            same: None,
        };
        let service = Arc::clone(&self.service);
        let consumer = Consumer::exactly_once("tests.notify", &["task.assigned.v1"], move |one| {
            let (service, notice) = (Arc::clone(&service), notice.clone());
            async move {
                let done = service.notify(one, vec![vec![notice]]).await;
                done.map(drop).map_err(|error| ConsumerError::of(&error))
            }
        });
        let event = NewEvent {
            name: "task.assigned.v1",
            at: SystemClock.now(),
            actor: Some(self.user),
            subject: task,
            audience: Vec::new(),
            payload: json!({}),
            request_id: None,
        };
        deliver(&*self.work, &consumer, &event).await[0].clone().unwrap();
    }
}

#[actix_web::test]
async fn a_notification_is_read_marked_and_deleted() {
    let fixture = Fixture::new();
    let app = &fixture.app;
    fixture.notify(Kind::TaskAssigned).await;
    let listed = app.get(LIST).token("ada").send().await.expect(200);
    assert_eq!(
        (listed.at("/unread_count"), listed.at("/pagination/total")),
        (&json!(1), &json!(1))
    );
    let shown = listed.at("/data/0");
    assert_eq!(shown["text"], "user assigned you the task \"Paint\".");
    assert_eq!((&shown["kind"], &shown["category"]), (&json!("task.assigned"), &json!("tasks")));
    assert_eq!(shown["subject"], json!({"kind": "task", "id": 7}));
    assert_eq!((&shown["read"], &shown["read_at"]), (&json!(false), &json!(null)));
    let one = app.get(FIRST).token("ada").send().await.expect(200);
    assert_eq!(one.at("/data"), shown);
    for (method, read) in [("PATCH", true), ("PUT", false), ("PATCH", true)] {
        let body = json!({"read": read});
        let changed = app.request(method, FIRST).token("ada").json(&body).send().await.expect(200);
        assert_eq!(changed.at("/data/read"), &json!(read));
        let counted = app.get(&format!("{LIST}/count")).token("ada").send().await.expect(200);
        let unread = u64::from(!read);
        let by_category = json!({
            "tasks": unread, "products": 0, "security": 0, "operations": 0, "reports": 0,
            "webhooks": 0,
            "chat": 0,
            "monitoring": 0
        });
        let expected = json!({"unread": unread, "by_category": by_category});
        assert_eq!(counted.at("/data"), &expected);
    }
    app.request("DELETE", FIRST).token("ada").send().await.expect(200);
    app.get(FIRST).token("ada").send().await.problem(404, "notifications.not_found");
    let listed = app.get(LIST).token("ada").send().await.expect(200);
    assert_eq!(listed.at("/data"), &json!([]));
}

#[actix_web::test]
async fn lists_are_filtered_and_paged_by_cursor() {
    let fixture = Fixture::new();
    let app = &fixture.app;
    for kind in [Kind::TaskAssigned, Kind::TaskCommented, Kind::TaskAssigned] {
        fixture.notify(kind).await;
    }
    let ids = async |query: &str| {
        let path = format!("{LIST}?{query}");
        let listed = app.get(&path).token("ada").send().await.expect(200);
        let rows = listed.at("/data").as_array().unwrap().clone();
        rows.iter().map(|row| row["id"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(ids("kind=task.assigned").await, [3, 1]);
    app.request("PATCH", FIRST).token("ada").json(&json!({"read": true})).send().await.expect(200);
    assert_eq!(ids("unread=true").await, [3, 2]);
    assert_eq!(ids("unread=false").await, [1]);
    assert_eq!(ids("unread=true&kind=task.assigned").await, [3]);
    let first = app.get(&format!("{LIST}?limit=2&cursor=")).token("ada").send().await.expect(200);
    assert_eq!((first.at("/data/0/id"), first.at("/data/1/id")), (&json!(3), &json!(2)));
    let next = first.at("/pagination/next_cursor").as_str().unwrap();
    assert_eq!(ids(&format!("limit=2&cursor={next}")).await, [1]);
}

#[actix_web::test]
async fn read_all_leaves_what_came_later() {
    let fixture = Fixture::new();
    let app = &fixture.app;
    fixture.notify(Kind::TaskAssigned).await;
    let first = app.get(FIRST).token("ada").send().await.expect(200);
    actix_web::rt::time::sleep(std::time::Duration::from_millis(2)).await;
    fixture.notify(Kind::TaskAssigned).await;
    let post = |body| app.post(&format!("{LIST}/read-all")).token("ada").json(&body).send();
    let before = json!({"before": first.at("/data/created_at")});
    assert_eq!(post(before).await.expect(200).at("/data/read"), 1);
    assert_eq!(app.get(LIST).token("ada").send().await.expect(200).at("/unread_count"), 1);
    assert_eq!(post(json!({})).await.expect(200).at("/data/read"), 1);
    assert_eq!(app.get(LIST).token("ada").send().await.expect(200).at("/unread_count"), 0);
}

#[actix_web::test]
async fn all_errors_of_a_request_are_listed() {
    let fixture = Fixture::new();
    let app = &fixture.app;
    fixture.notify(Kind::TaskAssigned).await;
    let refused = app.get(&format!("{LIST}?unread=maybe&kind=x&colour=red")).token("ada");
    let refused = refused.send().await.expect(400);
    let codes =
        ["notifications.unread_invalid", "notifications.kind_unknown", "request.unknown_parameter"];
    assert_eq!(refused.codes(), codes);
    let patch = |body| app.request("PATCH", FIRST).token("ada").json(&body).send();
    patch(json!({})).await.problem(400, "request.missing_field");
    patch(json!({"read": 1})).await.problem(400, "request.wrong_type");
    let before = json!({"before": "yesterday"});
    let refused = app.post(&format!("{LIST}/read-all")).token("ada").json(&before).send().await;
    refused.problem(400, "notifications.before_invalid");
    app.get(&format!("{LIST}?cursor=x")).token("ada").send().await.problem(400, "cursor.invalid");
}

#[actix_web::test]
async fn preferences_say_what_follows_and_why() {
    let fixture = Fixture::new();
    let app = &fixture.app;
    let path = format!("{LIST}/preferences");
    let read = async || app.get(&path).token("ada").send().await.expect(200);
    let first = read().await;
    assert_eq!(first.at("/data/preferences"), &json!([]));
    assert_eq!(
        first.at("/data/effective/0"),
        &json!({
            "kind": "task.assigned", "category": "tasks", "channel": "email", "mode": "on", "why": "default"
        })
    );
    assert_eq!(
        first.at("/data/effective/1"),
        &json!({
            "kind": "task.assigned", "category": "tasks", "channel": "sms", "mode": "off", "why": "default"
        })
    );
    let off = json!({"category": "tasks", "channel": "email", "mode": "off"});
    let on = json!({"kind": "task.assigned", "channel": "email", "mode": "on"});
    let send = async |method, all| {
        let body = json!({"preferences": all});
        app.request(method, &path).token("ada").json(&body).send().await.expect(200)
    };
    let changed = send("PUT", json!([off])).await;
    assert_eq!(
        (changed.at("/data/effective/0/mode"), changed.at("/data/effective/0/why")),
        (&json!("off"), &json!("category"))
    );
    let changed = send("PATCH", json!([on])).await;
    assert_eq!(changed.at("/data/preferences"), &json!([off, on]));
    assert_eq!(
        (changed.at("/data/effective/0/mode"), changed.at("/data/effective/0/why")),
        (&json!("on"), &json!("kind"))
    );
    let all = json!({"channel": "email", "mode": "off"});
    send("PUT", json!([all])).await;
    let now = read().await;
    assert_eq!(now.at("/data/preferences"), &json!([all]));
    assert_eq!(now.at("/data/effective/6/why"), "channel");

    let wrong = json!({"preferences": [
        {"kind": "x", "channel": "fax", "mode": "loud"},
        {"kind": "task.assigned", "category": "tasks", "channel": "email", "mode": "on", "colour": 1},
        7,
        {"category": "cats"}
    ]});
    let refused = app.request("PATCH", &path).token("ada").json(&wrong).send().await.expect(400);
    let mut codes = refused.codes();
    codes.sort_unstable();
    assert_eq!(
        codes,
        [
            "notifications.category_unknown",
            "notifications.channel_unknown",
            "notifications.kind_and_category",
            "notifications.kind_unknown",
            "notifications.mode_unknown",
            "request.missing_field",
            "request.missing_field",
            "request.unknown_field",
            "request.wrong_type",
        ]
    );
    let digest = json!({"preferences": [{"channel": "sms", "mode": "digest"}]});
    let refused = app.request("PATCH", &path).token("ada").json(&digest).send().await;
    refused.problem(400, "notifications.no_digest");
    let texts = json!({"kind": "task.assigned", "channel": "sms", "mode": "on"});
    let changed = send("PATCH", json!([texts])).await;
    assert_eq!(changed.at("/data/preferences"), &json!([all, texts]));
    assert_eq!(
        (changed.at("/data/effective/1/mode"), changed.at("/data/effective/1/why")),
        (&json!("on"), &json!("kind"))
    );
    let many = json!({"preferences": vec![all; 100]});
    let refused = app.request("PATCH", &path).token("ada").json(&many).send().await;
    refused.problem(400, "notifications.too_many_preferences");
}

#[actix_web::test]
async fn quiet_hours_keep_what_a_change_leaves_out() {
    let fixture = Fixture::new();
    let app = &fixture.app;
    let path = format!("{LIST}/quiet-hours");
    let first = app.get(&path).token("ada").send().await.expect(200);
    let expected = json!({"zone": "UTC", "days": [], "from": "22:00", "to": "07:00"});
    assert_eq!(first.at("/data"), &expected);
    let send = |method, body| app.request(method, &path).token("ada").json(&body).send();
    let body = json!({"zone": "Europe/Paris", "days": ["sun", "mon", "sun"], "from": "21:30"});
    let changed = send("PUT", body).await.expect(200);
    let expected =
        json!({"zone": "Europe/Paris", "days": ["mon", "sun"], "from": "21:30", "to": "07:00"});
    assert_eq!(changed.at("/data"), &expected);
    let changed = send("PATCH", json!({"days": []})).await.expect(200);
    assert_eq!((changed.at("/data/days"), changed.at("/data/from")), (&json!([]), &json!("21:30")));
    let wrong = json!({"zone": "Mars", "days": ["monday"], "from": "25:00", "to": null});
    let refused = send("PATCH", wrong).await.expect(400);
    let mut codes = refused.codes();
    codes.sort_unstable();
    assert_eq!(
        codes,
        [
            "notifications.day_unknown",
            "notifications.time_invalid",
            "notifications.zone_unknown",
            "request.null",
        ]
    );
}

#[actix_web::test]
async fn a_link_unsubscribes_signed_out_by_an_empty_form() {
    let fixture = Fixture::new();
    let app = &fixture.app;
    let path = format!("{LIST}/unsubscribe");
    let token = fixture.emails.token(fixture.ada, &[notifications::Category::Tasks]);
    let post = |token: &str| app.post(&format!("{path}?token={token}"));
    let form = post(&token).with("content-type", "application/x-www-form-urlencoded");
    assert_eq!(form.send().await.expect(200).at("/data/category"), "tasks");
    post(&token).send().await.expect(200);
    let settings = app.get(&format!("{LIST}/preferences")).token("ada").send().await.expect(200);
    assert_eq!(settings.at("/data/effective/0/mode"), "off");
    post("1-tasks-00").send().await.problem(422, "notifications.bad_link");
    app.post(&path).send().await.problem(422, "notifications.bad_link");
}

#[actix_web::test]
async fn a_token_without_the_scope_is_refused_by_name() {
    let fixture = Fixture::new();
    fixture.notify(Kind::TaskAssigned).await;
    let app = &fixture.app;
    app.get(FIRST).token("reader").send().await.expect(200);
    let refused = app.request("PATCH", FIRST).token("reader").json(&json!({"read": true}));
    let refused = refused.send().await.problem(403, "auth.missing_permission");
    assert_eq!(refused.at("/permission"), "notifications:write");
}

/// The table is tried again by the journey `authz`, on the real program.
#[actix_web::test]
async fn every_operation_answers_every_role_as_the_table_says() {
    let fixture = Fixture::new();
    fixture.notify(Kind::TaskAssigned).await;
    let callers = ["", "user", "admin", "super_admin"];
    fixture.app.authorization(include_str!("../authz.txt"), &callers, FIRST).await;
}
