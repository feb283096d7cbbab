//! What administrators see of the whole: the dashboard, the settings, other people's sessions, the audit trail checked.

use alveole_tests::{Backend, Client, Server, eventually, server::PASSWORD};
use serde_json::{Value, json};

use crate::audit::unguarded;

const DASHBOARD: &str = "/api/v1/admin/dashboard";

fn number(counts: &Value, name: &str) -> i64 {
    counts[name].as_i64().unwrap_or_else(|| panic!("no {name} in {counts}"))
}

pub(crate) fn the_dashboard_counts_everything(backend: Backend) {
    let server = Server::start(backend);
    let admin = server.admin();
    let ada = server.person("ada");
    let read = || admin.client.get(DASHBOARD).expect(200).data().clone();
    let before = read();
    for name in ["users_count", "new_users_today", "active_sessions", "active_users_day"] {
        assert!(number(&before, name) >= 2, "{name}: {before}");
    }
    for name in ["tracks_count", "messages_count", "products_count", "tasks_count", "files_count"] {
        assert_eq!(number(&before, name), 0, "{name}: {before}");
    }
    assert_eq!(before, read(), "it is read every ten seconds at most");

    ada.task("Count me");
    ada.client.post("/api/v1/chat/rooms", &json!({"name": "general"})).expect(201);
    for _ in 0..2 {
        let said = json!({"content": "Hello"});
        ada.client.post("/api/v1/chat/rooms/general/messages", &said).expect(201);
    }
    let grown = || {
        let now = read();
        number(&now, "tasks_count") == 1
            && number(&now, "messages_count") == 2
            && number(&now, "active_users_minute") == 2
    };
    assert!(eventually(std::time::Duration::from_secs(20), grown), "{}", read());
    server.person("eve").client.get(DASHBOARD).problem(403, "auth.missing_permission");
    server.anonymous().get(DASHBOARD).expect(401);
}

pub(crate) fn settings_are_shown_without_secrets(backend: Backend) {
    let secret = "a secret of forty characters, 0123456789";
    let server = Server::with(backend, &[("ALVEOLE__AUTH__JWT_SECRET", secret)]);
    let admin = server.admin();
    let shown = admin.client.get("/api/v1/admin/settings").expect(200);
    assert_eq!(shown.at("/data/settings/server/mode"), "development", "{shown}");
    assert!(!shown.text.contains(secret), "{shown}");
    server
        .person("ada")
        .client
        .get("/api/v1/admin/settings")
        .problem(403, "auth.missing_permission");
}

fn sessions(id: i64) -> String {
    format!("/api/v1/admin/users/{id}/sessions")
}

fn signed_in(client: &Client) -> bool {
    client.get("/api/v1/auth/me").status == 200
}

pub(crate) fn administrators_end_the_sessions_of_others(backend: Backend) {
    let server = Server::start(backend);
    let (admin, ada) = (server.admin(), server.person("ada"));
    let again = server.sign_in(&ada.email, PASSWORD);
    let listed = admin.client.get(&sessions(ada.id)).expect(200);
    let rows = listed.data().as_array().unwrap().clone();
    assert_eq!(rows.len(), 2, "{listed}");
    assert!(rows.iter().all(|row| row["current"] == false && row["ip"] == "127.0.0.1"), "{listed}");

    admin.client.delete(&sessions(ada.id)).expect(200);
    for client in [&ada.client, &again.client] {
        assert!(eventually(std::time::Duration::from_secs(5), || !signed_in(client)));
    }
    assert_eq!(admin.client.get(&sessions(ada.id)).expect(200).data(), &json!([]));
    admin.client.delete(&sessions(ada.id)).expect(200);
    let acts = admin.client.get("/api/v1/admin/audit?action=auth.sessions_ended").expect(200);
    assert_eq!(acts.rows().len(), 1, "a second time there is nothing to end: {acts}");
    assert_eq!(acts.rows()[0]["target_id"], ada.id);

    let eve = server.person("eve");
    for refused in [eve.client.get(&sessions(admin.id)), eve.client.delete(&sessions(admin.id))] {
        refused.problem(403, "auth.missing_permission");
    }
    let other = server.person_with_role("admin");
    other.client.delete(&sessions(admin.id)).problem(403, "users.above_your_role");
    admin.client.get(&sessions(999_999)).problem(404, "users.not_found");
    admin.client.delete(&sessions(999_999)).problem(404, "users.not_found");
}

pub(crate) fn a_changed_entry_of_the_audit_trail_is_named(backend: Backend) {
    let (server, victim) = unguarded(backend);
    let admin = server.admin();
    let verify = |query: &str| admin.client.get(&format!("/api/v1/admin/audit/verify{query}"));
    let whole = verify("").expect(200);
    assert_eq!(whole.at("/data/whole"), true, "{whole}");
    let newest = whole.at("/data/newest").as_str().unwrap().to_owned();
    assert_eq!(verify(&format!("?expect={newest}")).expect(200).at("/data/whole"), true);
    let (id, hash) = newest.split_once(':').unwrap();
    let other = format!("?expect={id}:{}", hash.chars().rev().collect::<String>());
    assert_eq!(verify(&other).expect(200).at("/data/whole"), false);
    assert_eq!(verify("?expect=7").expect(400).faulty_fields(), ["expect"]);

    server.sql(&format!("UPDATE audit SET action = 'auth.nothing' WHERE id = {victim}"));
    let found = verify("").expect(200);
    assert_eq!(found.at("/data/whole"), false, "{found}");
    assert!(
        found.at("/data/flaw").as_str().unwrap().contains(&format!("entry {victim} ")),
        "{found}"
    );
    server
        .person("eve")
        .client
        .get("/api/v1/admin/audit/verify")
        .problem(403, "auth.missing_permission");
}
