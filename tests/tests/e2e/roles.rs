//! Roles: nobody climbs by himself.

use alveole_tests::{Backend, Server};
use serde_json::json;

pub(crate) fn nobody_is_raised_to_or_above_the_callers_role(backend: Backend) {
    let server = Server::start(backend);
    let root = server.admin();
    let admin = server.person_with_role("admin");
    let second = server.person_with_role("admin");
    let ada = server.person("ada");
    let administer = |who: &alveole_tests::Person, whom: i64, role: &str| {
        who.client.put(&format!("/api/v1/admin/users/{whom}"), &json!({"role": role})).status
    };
    assert_eq!(administer(&ada, ada.id, "admin"), 403);
    assert_eq!(administer(&admin, ada.id, "moderator"), 200);
    assert_eq!(administer(&admin, ada.id, "admin"), 403, "to one's own role");
    assert_eq!(administer(&admin, ada.id, "super_admin"), 403, "above it");
    assert_eq!(administer(&admin, second.id, "user"), 403, "an equal");
    assert_eq!(administer(&admin, root.id, "user"), 403, "a superior");
    assert_eq!(administer(&root, ada.id, "admin"), 200);
    assert_eq!(administer(&root, second.id, "user"), 200);
    // felt at once, whatever the token still says
    second.client.get("/api/v1/admin/users").expect(403);
    // a moderator is not an administrator
    let moderator = server.person_with_role("moderator");
    moderator.client.get("/api/v1/admin/users").expect(403);
    moderator.client.get("/api/v1/admin/audit").expect(403);
}

pub(crate) fn the_last_super_admin_stays(backend: Backend) {
    let server = Server::start(backend);
    let root = server.admin();
    let itself = format!("/api/v1/admin/users/{}", root.id);
    let answer = root.client.put(&itself, &json!({"role": "user"}));
    assert!(matches!(answer.status, 403 | 409), "{answer}");
    let answer = root.client.put(&itself, &json!({"status": "suspended"}));
    assert!(matches!(answer.status, 403 | 409), "{answer}");
    let answer = root
        .client
        .request("DELETE", "/api/v1/users/me")
        .json(&json!({"password": alveole_tests::server::PASSWORD}))
        .send();
    assert_eq!(answer.status, 409, "{answer}");
    root.client.get("/api/v1/admin/users").expect(200);
}

pub(crate) fn a_refusal_names_the_permission_and_it_can_be_explained(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let refused = ada.client.get("/api/v1/admin/users").problem(403, "auth.missing_permission");
    assert!(refused.at("/detail").as_str().unwrap().contains("users:manage"), "{refused}");
    let explain = |person: &alveole_tests::Person| {
        let path = "/api/v1/authz/explain?permission=users%3Amanage";
        person.client.get(path).expect(200).data()["permissions"][0].clone()
    };
    let why = explain(&ada);
    assert_eq!((&why["granted"], &why["roles"]), (&json!(false), &json!(["admin", "super_admin"])));
    assert_eq!(explain(&server.admin())["granted"], true);
    let all = ada.client.get("/api/v1/authz/explain").expect(200);
    let granted = |one: &&serde_json::Value| one["granted"] == true;
    let own: Vec<&str> = all
        .at("/data/permissions")
        .as_array()
        .unwrap()
        .iter()
        .filter(granted)
        .map(|one| one["permission"].as_str().unwrap())
        .collect();
    let told = ada.client.get("/api/v1/auth/check").expect(200);
    assert_eq!(*told.at("/data/permissions"), json!(own));
    ada.client.get("/api/v1/authz/explain?permission=fly").expect(400);
}
