//! What administrators do to what is not their own is in the audit trail. Every operation that changes
//! something is a step here, or is named with why it is none; so a new one must choose.

use std::{collections::BTreeSet, process::Command, time::Duration};

use alveole_tests::{
    Answer, Backend, Client, Receiver, Server, eventually, fake::Instead, server::workspace,
};
use serde_json::{Value, json};

use crate::files::form;

const AUDIT: &str = "/api/v1/admin/audit";
const SOON: Duration = Duration::from_secs(20);

/// Operations by which everyone acts on themselves and on what is theirs, by how their names begin.
const OWN: &[&str] = &[
    "auth_",
    "users_update_me",
    "users_patch_me",
    "users_delete_me",
    "users_change_",
    "users_confirm_phone",
    "users_remove_phone",
    "users_avatar_",
    "notifications_",
    "files_upload",
    "files_generate_pdf",
    // Signs an address, and changes nothing.
    "files_variants_sign",
    // What is attached is the caller's, wherever it is attached.
    "tasks_attachments_create",
    "products_files_create",
    "tasks_create",
    // Authors only.
    "tasks_comments_update",
    "tasks_comments_patch",
    "translate",
    // In rooms as a member, and to people.
    "rooms_create",
    "rooms_join",
    "rooms_leave",
    "rooms_mark_read",
    "rooms_messages_create",
    "direct_messages_create",
    "messages_react",
    "messages_unreact",
    "invitations_",
    "users_block",
    "users_unblock",
    // Authors only.
    "messages_update",
    "messages_patch",
    // By other programs, which sign what they send.
    "webhooks_receive",
    "webhooks_create",
];
/// Operations on accounts and roles: `audit::every_security_event_is_on_record` has them.
const ACCOUNTS: &[&str] = &[
    "users_update",
    "users_patch",
    "users_delete",
    "users_reset_two_factor",
    "admin_users_",
    "admin_service_accounts_",
    "admin_roles_",
];

/// A server, an administrator, and steps that were taken.
struct Steps {
    client: Client,
    admin: i64,
    taken: BTreeSet<&'static str>,
}

impl Steps {
    fn newest(&self) -> Value {
        let page = self.client.get(&format!("{AUDIT}?limit=1")).expect(200);
        page.rows().first().cloned().unwrap_or_default()
    }

    /// An operation leaves one entry: what was done, and to what.
    fn step(&mut self, operation: &'static str, answer: Answer, action: &str, target: &Value) {
        assert!(answer.status < 300, "{operation}: {answer}");
        let entry = self.newest();
        let found = json!([entry["target_type"], entry["target_id"], entry["target_name"]]);
        assert_eq!((&entry["action"], &found), (&json!(action), target), "{operation}: {entry}");
        assert_eq!(entry["actor_id"], self.admin, "{operation}: {entry}");
        assert_eq!(entry["outcome"], "success");
        assert_eq!(entry["request_id"], answer.must_have("x-request-id"), "{operation}");
        assert_eq!(entry["ip"], "127.0.0.1", "{operation}");
        self.taken.insert(operation);
    }
}

fn on(kind: &str, id: i64) -> Value {
    json!([kind, id, null])
}

fn named(kind: &str, name: &str) -> Value {
    json!([kind, null, name])
}

fn upload(client: &Client, path: &str, name: &str) -> i64 {
    let form = form(&[], name, "text/plain", name.as_bytes());
    let sent = client.request("POST", path).raw("multipart/form-data; boundary=x", &form);
    sent.send().expect(201).id()
}

fn tasks(steps: &mut Steps, server: &Server) {
    let client = steps.client.clone();
    let (ada, eve) = (server.person("ada"), server.person("eve"));
    let id = ada.task("hers");
    let (path, target) = (format!("/api/v1/tasks/{id}"), on("task", id));
    let changed = client.put(&path, &json!({"title": "changed"}));
    steps.step("tasks_update", changed, "task.updated", &target);
    let done = client.patch(&path, &json!({"status": "completed"}));
    steps.step("tasks_patch", done, "task.completed", &target);
    let given = client.put(&format!("{path}/assignee"), &json!({"user_id": eve.id}));
    steps.step("tasks_assign", given, "task.assigned", &target);
    let taken = client.patch(&format!("{path}/assignee"), &json!({"user_id": null}));
    steps.step("tasks_assign_patch", taken, "task.assigned", &target);
    let said = client.post(&format!("{path}/comments"), &json!({"content": "well done"}));
    steps.step("tasks_comments_create", said, "task.commented", &target);
    let hers = ada.client.post(&format!("{path}/comments"), &json!({"content": "thank you"}));
    let comment = hers.expect(201).id();
    let removed = client.delete(&format!("{path}/comments/{comment}"));
    steps.step("tasks_comments_delete", removed, "task.comment_deleted", &target);
    let file = upload(&ada.client, &format!("{path}/attachments"), "a.txt");
    let removed = client.delete(&format!("{path}/attachments/{file}"));
    steps.step("tasks_attachments_delete", removed, "file.deleted", &on("file", file));
    let operations =
        json!({"operations": [{"op": "update", "id": id, "data": {"title": "again"}}]});
    let many = client.post("/api/v1/tasks/bulk", &operations);
    steps.step("tasks_bulk", many, "task.updated", &target);
    steps.step("tasks_delete", client.delete(&path), "task.deleted", &target);
    let back = client.post(&format!("{path}/restore"), &json!({}));
    steps.step("tasks_restore", back, "task.restored", &target);
    // Taking it oneself is an act, too: until then it was not one's own.
    let mine = client.put(&format!("{path}/assignee"), &json!({"user_id": steps.admin}));
    steps.step("tasks_assign", mine, "task.assigned", &target);

    // What is one's own is not on record.
    let before = steps.newest();
    ada.client.patch(&path, &json!({"status": "pending"})).expect(200);
    client.patch(&path, &json!({"status": "completed"})).expect(200);
    client.post("/api/v1/tasks", &json!({"title": "mine"})).expect(201);
    assert_eq!(steps.newest(), before);
    // Neither is what was refused or changed nothing.
    eve.client.patch(&path, &json!({"status": "pending"})).expect(404);
    let other = ada.task("other");
    client.patch(&format!("/api/v1/tasks/{other}"), &json!({"title": "other"})).expect(200);
    assert_eq!(steps.newest(), before);
}

fn files(steps: &mut Steps, server: &Server) {
    let client = steps.client.clone();
    let ada = server.person("ada");
    let id = upload(&ada.client, "/api/v1/files", "hers.txt");
    let (path, target) = (format!("/api/v1/files/{id}"), on("file", id));
    let changed = client.put(&path, &json!({"filename": "changed.txt"}));
    steps.step("files_update", changed, "file.updated", &target);
    let opened = client.patch(&path, &json!({"visibility": "public"}));
    steps.step("files_patch", opened, "file.updated", &target);
    let share = client.post(&format!("{path}/share"), &json!({"expires_in": 600}));
    let link = share.at("/data/id").as_i64().unwrap();
    steps.step("files_share", share, "file.shared", &target);
    let ended = client.delete(&format!("{path}/shares/{link}"));
    steps.step("files_shares_delete", ended, "file.unshared", &target);
    steps.step("files_delete", client.delete(&path), "file.deleted", &target);
}

fn catalogue(steps: &mut Steps) {
    let client = steps.client.clone();
    let made = client.post("/api/v1/admin/categories", &json!({"name": "Lamps"})).expect(201);
    let id = made.id();
    let (path, target) = (format!("/api/v1/admin/categories/{id}"), on("category", id));
    steps.step("admin_categories_create", made, "category.created", &target);
    let changed = client.put(&path, &json!({"name": "Lights"}));
    steps.step("admin_categories_update", changed, "category.updated", &target);
    let changed = client.patch(&path, &json!({"name": "Lanterns"}));
    steps.step("admin_categories_patch", changed, "category.updated", &target);
    steps.step("admin_categories_delete", client.delete(&path), "category.deleted", &target);

    let body = json!({"name": "A lamp", "price": 1900});
    let made = client.post("/api/v1/admin/products", &body).expect(201);
    let id = made.id();
    let (path, target) = (format!("/api/v1/admin/products/{id}"), on("product", id));
    steps.step("admin_products_create", made, "product.created", &target);
    let changed = client.put(&path, &json!({"name": "A light"}));
    steps.step("admin_products_update", changed, "product.updated", &target);
    let changed = client.patch(&path, &json!({"name": "A lantern"}));
    steps.step("admin_products_patch", changed, "product.updated", &target);
    let moved = client.post(&format!("{path}/stock"), &json!({"delta": 3, "reason": "delivery"}));
    steps.step("admin_products_move_stock", moved, "product.stock_moved", &target);
    let sent = client.request("POST", "/api/v1/admin/products/import");
    let taken = sent.raw("text/csv", b"name,price\r\nA candle,100\r\n").send();
    steps.step(
        "admin_products_import",
        taken,
        "products.imported",
        &json!(["product", null, null]),
    );
    steps.step("admin_products_delete", client.delete(&path), "product.deleted", &target);
}

fn jobs(steps: &mut Steps) {
    let client = steps.client.clone();
    let jobs = "/api/v1/admin/jobs";
    let later = json!({"kind": "tasks.purge", "run_at": "2099-01-01T00:00:00Z"});
    let made = client.post(jobs, &later).expect(201);
    let id = made.at("/data/job/id").as_i64().unwrap();
    let (path, target) = (format!("{jobs}/{id}"), on("job", id));
    steps.step("jobs_enqueue", made, "job.enqueued", &target);
    let ended = client.post(&format!("{path}/cancel"), &json!({}));
    steps.step("jobs_cancel", ended, "job.cancelled", &target);
    let paused = client.put("/api/v1/admin/queues/maintenance", &json!({"paused": true}));
    steps.step("queues_update", paused, "queue.updated", &named("queue", "maintenance"));
    let again = client.post(&format!("{path}/retry"), &json!({}));
    steps.step("jobs_retry", again, "job.retried", &target);
    client.post(&format!("{path}/cancel"), &json!({})).expect(200);
    let many = json!({"state": "cancelled", "kind": "tasks.purge", "limit": 5});
    let many = client.post(&format!("{jobs}/retry"), &many);
    steps.step("jobs_retry_all", many, "jobs.retried", &json!(["job", null, null]));
    let on_again = client.patch("/api/v1/admin/queues/maintenance", &json!({"paused": false}));
    steps.step("queues_patch", on_again, "queue.updated", &named("queue", "maintenance"));
    let (path, target) = ("/api/v1/admin/schedules/tasks.purge", named("schedule", "tasks.purge"));
    let changed = client.put(path, &json!({"cron": "30 2 * * *"}));
    steps.step("schedules_update", changed, "schedule.updated", &target);
    let paused = client.patch(path, &json!({"enabled": false}));
    steps.step("schedules_patch", paused, "schedule.updated", &target);
    let run = client.post(&format!("{path}/run"), &json!({}));
    steps.step("schedules_run", run, "schedule.run", &target);
}

fn monitoring(steps: &mut Steps) {
    let client = steps.client.clone();
    let rules = "/api/v1/monitoring/rules";
    // Broken by whatever the machine does.
    let rule = json!({"name": "Always", "series": "memory.used", "threshold": 1});
    let made = client.post(rules, &rule).expect(201);
    let id = made.id();
    let (path, target) = (format!("{rules}/{id}"), on("monitoring_rule", id));
    steps.step("monitoring_rules_create", made, "monitoring_rule.created", &target);
    let changed = client.put(&path, &json!({"threshold": 2}));
    steps.step("monitoring_rules_update", changed, "monitoring_rule.updated", &target);
    let changed = client.patch(&path, &json!({"threshold": 3}));
    steps.step("monitoring_rules_patch", changed, "monitoring_rule.updated", &target);
    let alerts = || client.get("/api/v1/monitoring/alerts?state=firing").expect(200);
    let fired = || alerts().rows().iter().find(|row| row["rule_id"] == id).cloned();
    assert!(eventually(SOON, || fired().is_some()));
    let alert = fired().unwrap()["id"].as_i64().unwrap();
    let (acted, over) = (format!("/api/v1/monitoring/alerts/{alert}"), on("alert", alert));
    let acked = client.post(&format!("{acted}/ack"), &json!({}));
    steps.step("monitoring_alerts_ack", acked, "alert.acknowledged", &over);
    let until = json!({"until": "2027-06-01T00:00:00Z"});
    let silenced = client.post(&format!("{acted}/silence"), &until);
    steps.step("monitoring_alerts_silence", silenced, "alert.silenced", &over);
    let gone = client.delete(&path);
    steps.step("monitoring_rules_delete", gone, "monitoring_rule.deleted", &target);
}

fn inbound(steps: &mut Steps) {
    let client = steps.client.clone();
    let (path, target) = ("/api/v1/admin/webhooks/sources/shop", named("webhook_source", "shop"));
    let body = json!({"scheme": "hmac", "secrets": ["a secret of this journey"]});
    let made = client.put(path, &body);
    steps.step("webhook_sources_put", made, "webhook_source.created", &target);
    let changed = client.patch(path, &json!({"max_bytes": 1000}));
    steps.step("webhook_sources_update", changed, "webhook_source.updated", &target);
    // What nothing is done with is ignored, and can be processed again.
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, b"a secret of this journey");
    let tag = aws_lc_rs::hmac::sign(&key, b"{}");
    let code = tag.as_ref().iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    let stranger = client.without_token();
    let sent = stranger.request("POST", "/api/v1/webhooks/shop");
    sent.header("x-signature", &code).raw("application/json", b"{}").send().expect(200);
    let again = client.post("/api/v1/admin/webhooks/events/1/retry", &json!({}));
    steps.step("webhook_events_retry", again, "webhook_event.retried", &on("webhook_event", 1));
    let gone = client.delete(path);
    steps.step("webhook_sources_delete", gone, "webhook_source.deleted", &target);
}

fn webhooks(steps: &mut Steps, server: &Server) {
    let client = steps.client.clone();
    let (ada, receiver) = (server.person("ada"), Receiver::start());
    let list = "/api/v1/webhooks/endpoints";
    let body = json!({"url": receiver.url("/hook"), "events": ["task.*"]});
    let id = ada.client.post(list, &body).expect(201).id();
    let (path, target) = (format!("{list}/{id}"), on("webhook", id));
    let changed = client.put(&path, &json!({"description": "changed"}));
    steps.step("webhooks_update", changed, "webhook.endpoint_updated", &target);
    let changed = client.patch(&path, &json!({"description": "again"}));
    steps.step("webhooks_patch", changed, "webhook.endpoint_updated", &target);
    let tested = client.post(&format!("{path}/test"), &json!({}));
    let delivery = tested.id();
    steps.step("webhooks_test", tested, "webhook.tested", &target);
    let replayed = client.post(&format!("{path}/replay"), &json!({"from": "0"}));
    steps.step("webhooks_replay", replayed, "webhook.replayed", &target);
    let rotated = client.post(&format!("{path}/secret/rotate"), &json!({}));
    steps.step("webhooks_rotate", rotated, "webhook.endpoint_updated", &target);
    let stopped = client.post(&format!("{path}/disable"), &json!({}));
    steps.step("webhooks_disable", stopped, "webhook.endpoint_disabled", &target);
    let on_again = client.post(&format!("{path}/enable"), &json!({}));
    steps.step("webhooks_enable", on_again, "webhook.endpoint_updated", &target);
    let retry = format!("/api/v1/webhooks/deliveries/{delivery}/retry");
    client.post(&retry, &json!({})).problem(409, "webhooks.delivery_state");
    // A delivery that is given up.
    receiver.say(Some(Instead::of(500, "busy")));
    ada.task("hers");
    let failed = || ada.client.get(&format!("{path}/deliveries?state=failed")).expect(200);
    assert!(eventually(SOON, || !failed().rows().is_empty()), "{}", server.log());
    receiver.say(None);
    let retry = format!("/api/v1/webhooks/deliveries/{}/retry", failed().at("/data/0/id"));
    let retried = client.post(&retry, &json!({}));
    steps.step("webhooks_retry", retried, "webhook.delivery_retried", &target);
    steps.step("webhooks_delete", client.delete(&path), "webhook.endpoint_deleted", &target);
}

/// A private room of others, in which the administrator is not.
fn chat(steps: &mut Steps, server: &Server) {
    let client = steps.client.clone();
    let [ada, eve, bob] = ["ada", "eve", "bob"].map(|name| server.person(name));
    let body = json!({"name": "closed", "is_private": true});
    let id = ada.client.post("/api/v1/chat/rooms", &body).expect(201).id();
    let (path, target) = (format!("/api/v1/chat/rooms/{id}"), on("room", id));
    let changed = client.put(&path, &json!({"description": "changed"}));
    steps.step("rooms_update", changed, "room.updated", &target);
    let changed = client.patch(&path, &json!({"description": "again"}));
    steps.step("rooms_patch", changed, "room.updated", &target);
    let invited = client.post(&format!("{path}/invitations"), &json!({"user_id": bob.id}));
    steps.step("rooms_invitations_create", invited, "room.invited", &target);
    let added = client.post(&format!("{path}/members"), &json!({"user_id": eve.id}));
    steps.step("rooms_members_create", added, "room.member_joined", &target);
    let member = format!("{path}/members/{}", eve.id);
    let muted = client.put(&member, &json!({"muted_until": "2099-01-01T00:00:00Z"}));
    steps.step("rooms_members_update", muted, "room.member_updated", &target);
    let freed = client.patch(&member, &json!({"muted_until": null}));
    steps.step("rooms_members_patch", freed, "room.member_updated", &target);
    let removed = client.delete(&member);
    steps.step("rooms_members_delete", removed, "room.member_left", &target);
    ada.client.post(&format!("{path}/members"), &json!({"user_id": eve.id})).expect(201);
    let banned = client.patch(&member, &json!({"banned": true}));
    steps.step("rooms_members_patch", banned, "room.member_left", &target);
    let back = client.patch(&member, &json!({"banned": false}));
    steps.step("rooms_members_patch", back, "room.member_updated", &target);
    let stranger = format!("{path}/members/{}", bob.id);
    let banned = client.patch(&stranger, &json!({"banned": true}));
    steps.step("rooms_members_patch", banned, "room.member_updated", &target);
    let said = ada.client.post(&format!("{path}/messages"), &json!({"content": "hers"}));
    let message = said.expect(201).id();
    let deleted = client.delete(&format!("/api/v1/chat/messages/{message}"));
    steps.step("messages_delete", deleted, "message.deleted", &on("message", message));

    // What an owner does in a room of theirs is not on record.
    let before = steps.newest();
    ada.client.patch(&path, &json!({"description": "hers"})).expect(200);
    ada.client.post(&format!("{path}/members"), &json!({"user_id": eve.id})).expect(201);
    assert_eq!(steps.newest(), before);
    steps.step("rooms_delete", client.delete(&path), "room.deleted", &target);
}

pub(crate) fn what_administrators_do_to_others_is_on_record(backend: Backend) {
    // The receiver is on this machine, and a delivery that fails twice is given up.
    let settings = [
        ("ALVEOLE__WEBHOOKS__ALLOW_NETWORKS", "127.0.0.0/8"),
        ("ALVEOLE__WEBHOOKS__RETRY_SCHEDULE", "0"),
    ];
    let server = Server::with(backend, &settings);
    let admin = server.admin();
    let mut steps = Steps { client: admin.client.clone(), admin: admin.id, taken: BTreeSet::new() };
    tasks(&mut steps, &server);
    files(&mut steps, &server);
    catalogue(&mut steps);
    jobs(&mut steps);
    monitoring(&mut steps);
    inbound(&mut steps);
    webhooks(&mut steps, &server);
    chat(&mut steps, &server);

    // Found again by what was acted on.
    let rows = |query: &str| steps.client.every_row(&format!("{AUDIT}?{query}"));
    let on_tasks = rows("target_type=task");
    assert!(on_tasks.len() >= 9 && on_tasks.iter().all(|row| row["target_type"] == "task"));
    let id = on_tasks[0]["target_id"].as_i64().unwrap();
    assert_eq!(rows(&format!("target_type=task&target_id={id}")), on_tasks);
    assert_eq!(rows("target_type=queue&target_name=maintenance").len(), 2);
    let accounts = rows("target_type=user");
    assert!(!accounts.is_empty() && accounts.iter().all(|row| row["target_id"].is_number()));

    // The chain has entries of both encodings, and a stranger's program reads them.
    let (file, script) = (server.folder().join("trail.jsonl"), workspace().join("deploy"));
    for arguments in [&["audit", "verify"][..], &["audit", "export", "--to", "trail.jsonl"]] {
        let done = server.command(arguments).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
    }
    let done = server.command(&["audit", "verify", "--file", "trail.jsonl"]).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
    let done = Command::new("python3").arg(script.join("audit-verify.py")).arg(&file).output();
    let done = done.unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));

    // Where no permission manages or moderates, everyone has what is theirs and nothing else.
    let explained = admin.client.get("/api/v1/authz/explain").expect(200);
    let permissions = explained.at("/data/permissions").as_array().unwrap().clone();
    let names = permissions.iter().filter_map(|one| one["permission"].as_str());
    let managed: BTreeSet<&str> = names
        .filter_map(|name| name.strip_suffix(":manage").or_else(|| name.strip_suffix(":moderate")))
        .collect();
    assert!(managed.contains("tasks") && managed.contains("chat"));
    assert!(!managed.contains("products"), "{managed:?}");
    let is_own = |operation: &Value| {
        let permission = operation["x-permission"].as_str().unwrap_or_default();
        permission.split_once(':').is_some_and(|(of, _)| !managed.contains(of))
    };
    let document = server.anonymous().get("/openapi.json").expect(200).json;
    let begins = |id: &str, names: &[&str]| names.iter().any(|name| id.starts_with(name));
    let mut unsaid = Vec::new();
    for operations in document["paths"].as_object().unwrap().values() {
        for (method, operation) in operations.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap_or_default();
            if ["post", "put", "patch", "delete"].contains(&method.as_str())
                && !steps.taken.contains(id)
                && !ACCOUNTS.contains(&id)
                && !begins(id, &ACCOUNTS[4..])
                && !begins(id, OWN)
                && !is_own(operation)
            {
                unsaid.push(id.to_owned());
            }
        }
    }
    assert!(unsaid.is_empty(), "take a step here, or say why there is none: {unsaid:?}");
}
