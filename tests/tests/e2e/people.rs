//! Accounts: who sees what of whom.

use alveole_tests::{Backend, Server, server::PASSWORD};
use serde_json::{Value, json};

const PRIVATE: [&str; 3] = ["email", "status", "last_login_at"];

fn shows_private(user: &Value) -> Vec<&'static str> {
    PRIVATE.into_iter().filter(|field| user.get(field).is_some()).collect()
}

pub(crate) fn private_data_is_for_administrators_and_oneself(backend: Backend) {
    let server = Server::start(backend);
    let admin = server.admin();
    let ada = server.person("ada");
    let bob = server.person("bob");
    let page = format!("/api/v1/users/{}", ada.id);

    let seen = bob.client.get(&page).expect(200);
    assert_eq!(seen.at("/data/username"), &json!(ada.username));
    assert_eq!(shows_private(seen.data()), [""; 0], "{seen}");
    for path in ["/api/v1/users", "/api/v1/users/except-me"] {
        let list = bob.client.get(path).expect(200);
        for user in list.rows().iter().filter(|user| user["id"] != bob.id) {
            assert_eq!(shows_private(user), [""; 0], "{path}: {user}");
        }
        assert_eq!(list.ids().contains(&bob.id), path == "/api/v1/users", "{path}");
    }
    for path in ["/api/v1/users/me", "/api/v1/auth/me"] {
        let me = ada.client.get(path).expect(200);
        assert_eq!(shows_private(me.data()), PRIVATE, "{me}");
    }
    let all = admin.client.get(&page).expect(200);
    assert_eq!(shows_private(all.data()), PRIVATE, "{all}");
    let listed = admin.client.get("/api/v1/admin/users").expect(200);
    for user in listed.rows() {
        assert_eq!(shows_private(user), PRIVATE, "{user}");
    }

    // only administrators find people by address
    let by_email = |person: &alveole_tests::Person, text: &str| {
        person.client.get(&format!("/api/v1/users?search={text}")).expect(200).ids()
    };
    server
        .anonymous()
        .post(
            "/api/v1/auth/register",
            &json!({"username": "carol", "email": "secretaddress@example.com",
                    "password": PASSWORD, "first_name": "Carolina"}),
        )
        .expect(201);
    assert_eq!(by_email(&bob, "secretaddress"), [0_i64; 0]);
    assert_eq!(by_email(&admin, "secretaddress").len(), 1);
    assert_eq!(by_email(&bob, "carolin").len(), 1);
    assert_eq!(by_email(&bob, "CAR").len(), 1);
    assert_eq!(by_email(&bob, "arolina"), [0_i64; 0]);

    let filtered =
        |query: &str| admin.client.get(&format!("/api/v1/admin/users?{query}")).expect(200).ids();
    assert_eq!(filtered("role=super_admin"), [admin.id]);
    assert_eq!(filtered("status=suspended"), [0_i64; 0]);
    assert!(filtered("status=active&search=ada").contains(&ada.id));
    admin.client.get("/api/v1/admin/users?role=king").expect(400);
    // the answer that depends on who asks must not be shared
    assert!(seen.etag() != all.etag() || seen.text == all.text, "{seen}");
}

pub(crate) fn profiles_change_by_merge_patch(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let me = "/api/v1/users/me";
    let before = ada.client.get(me).expect(200);
    let after =
        ada.client.put(me, &json!({"first_name": " Ada ", "bio": "Mathematician"})).expect(200);
    assert_eq!(after.at("/data/first_name"), "Ada");
    assert_eq!(after.at("/data/bio"), "Mathematician");
    assert_eq!(after.at("/data/username"), before.at("/data/username"));
    assert_ne!(before.etag(), after.etag());
    let cleared = ada.client.put(me, &json!({"bio": null})).expect(200);
    assert!(cleared.at("/data/bio").is_null() || cleared.at("/data/bio") == "", "{cleared}");
    assert_eq!(cleared.at("/data/first_name"), "Ada");
    ada.client
        .request("PUT", me)
        .header("if-match", &before.etag())
        .json(&json!({"bio": "late"}))
        .send()
        .expect(412);
    // roles and states are nobody's own to set
    for body in [json!({"role": "admin"}), json!({"status": "active"})] {
        ada.client.put(me, &body).expect(400);
    }
    let faults = ada
        .client
        .put(me, &json!({"first_name": "x".repeat(101), "nickname": "A", "bio": 5}))
        .expect(400);
    for field in ["/first_name", "/nickname", "/bio"] {
        assert!(faults.faulty_fields().contains(&field), "{field}: {faults}");
    }
}

pub(crate) fn deleting_yourself_frees_your_name(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let bob = server.person("bob");
    let task = ada.task("Ada's own");
    let shared = bob.new_task(&json!({"title": "for Ada", "assignee_id": ada.id})).id();
    let delete = |password: &str| {
        ada.client.request("DELETE", "/api/v1/users/me").json(&json!({"password": password})).send()
    };
    delete("not the password").expect(403);
    let gone = delete(PASSWORD).expect(200);
    assert!(gone.at("/message").is_string(), "{gone}");
    ada.client.get("/api/v1/auth/me").expect(401);
    bob.client.get(&format!("/api/v1/users/{}", ada.id)).expect(404);
    server
        .anonymous()
        .post(
            "/api/v1/auth/register",
            &json!({"username": ada.username, "email": ada.email, "password": PASSWORD}),
        )
        .expect(201);
    // the flow behind the event: her tasks go, others' lose their assignee
    let admin = server.admin();
    assert!(
        alveole_tests::eventually(std::time::Duration::from_secs(10), || {
            admin.client.get(&format!("/api/v1/tasks/{task}")).status == 404
                && bob
                    .client
                    .get(&format!("/api/v1/tasks/{shared}"))
                    .expect(200)
                    .at("/data/assignee_id")
                    .is_null()
        }),
        "what a deleted account owned must go"
    );
}

pub(crate) fn the_audit_log_shows_who_did_what(backend: Backend) {
    let server = Server::start(backend);
    let admin = server.admin();
    let ada = server.person("ada");
    server
        .anonymous()
        .post("/api/v1/auth/login", &json!({"email": ada.email, "password": "not the password"}))
        .expect(401);
    admin
        .client
        .put(&format!("/api/v1/admin/users/{}", ada.id), &json!({"role": "moderator"}))
        .expect(200);
    let trail = |query: &str| admin.client.get(&format!("/api/v1/admin/audit{query}")).expect(200);
    let all = trail("?limit=100");
    assert!(all.rows().len() >= 4, "{all}");
    assert!(!all.text.contains(PASSWORD) && !all.text.contains(&ada.email));
    let ids = all.ids();
    assert!(ids.is_sorted_by(|a, b| a > b), "newest first: {ids:?}");
    let failures = trail("?outcome=failure");
    assert!(!failures.rows().is_empty(), "the wrong password is missing");
    for row in failures.rows() {
        assert_eq!(row["outcome"], "failure", "{row}");
    }
    let by_admin = trail(&format!("?actor_id={}", admin.id));
    assert!(
        by_admin
            .rows()
            .iter()
            .any(|row| row["action"].as_str().is_some_and(|a| a.starts_with("users."))),
        "{by_admin}"
    );
    // nobody changes it
    admin.client.delete("/api/v1/admin/audit").expect(405);
    ada.client.get("/api/v1/admin/audit").expect(403);
}
