//! Signing in, staying in, and being put out.

use std::time::Duration;

use alveole_tests::{
    Answer, Backend, Client, Person, Server, eventually, server::PASSWORD, simultaneously,
};
use serde_json::json;

const ME: &str = "/api/v1/auth/me";

fn refresh(client: &Client, token: &str) -> Answer {
    client.post("/api/v1/auth/refresh", &json!({"refresh_token": token}))
}

pub(crate) fn register_sign_in_and_read_yourself(backend: Backend) {
    let server = Server::start(backend);
    let anonymous = server.anonymous();
    let made = anonymous
        .post(
            "/api/v1/auth/register",
            &json!({
                "username": "Ada.Lovelace", "email": "Ada@Example.com", "password": PASSWORD,
                "first_name": "  Ada ", "last_name": "Lovelace",
            }),
        )
        .expect(201);
    let id = made.id();
    assert!(made.must_have("location").ends_with(&format!("/api/v1/users/{id}")), "{made}");
    for (pointer, value) in [
        ("/data/username", json!("Ada.Lovelace")),
        ("/data/role", json!("user")),
        ("/data/status", json!("active")),
        ("/data/first_name", json!("Ada")),
        ("/data/provider", json!("local")),
        ("/data/email_verified", json!(false)),
        ("/data/two_factor_enabled", json!(false)),
    ] {
        assert_eq!(made.at(pointer), &value, "{made}");
    }
    assert!(made.text.contains("\"last_login_at\":null"), "before the first sign-in: {made}");
    assert!(!made.text.contains("password"), "{made}");

    for login in [
        json!({"email": "ada@example.COM", "password": PASSWORD}),
        json!({"username": "ADA.lovelace", "password": PASSWORD}),
    ] {
        let answer = anonymous.post("/api/v1/auth/login", &login).expect(200);
        assert_eq!(answer.at("/data/token_type"), "Bearer");
        assert_eq!(answer.at("/data/expires_in"), 3600);
        let ada = Person::from_answer(&anonymous, &answer);
        let me = ada.client.get(ME).expect(200);
        assert_eq!(me.id(), id);
        assert_eq!(me.at("/data/email"), "Ada@Example.com");
        assert!(me.at("/data/last_login_at").is_string(), "{me}");
    }
    anonymous.get(ME).expect(401);
    anonymous.with_token("nonsense").get(ME).expect(401);
}

pub(crate) fn a_taken_name_is_named(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let anonymous = server.anonymous();
    let register = |username: &str, email: &str| {
        anonymous.post(
            "/api/v1/auth/register",
            &json!({"username": username, "email": email, "password": PASSWORD}),
        )
    };
    let taken = [
        (&*ada.username.to_uppercase(), "new@example.com", "username"),
        ("somebody", &*ada.email.to_uppercase(), "email"),
    ];
    for (username, email, field) in taken {
        let code = format!("users.{field}_taken");
        let refused = register(username, email).problem(409, &code);
        let named = json!([{"field": format!("/{field}"), "code": code, "message": "is taken"}]);
        assert_eq!(*refused.at("/errors"), named);
    }

    // of many who want one name at once, one gets it
    let mut statuses: Vec<u16> = simultaneously(8, |number| {
        let email = format!("racer{number}@example.com");
        register(if number % 2 == 0 { "Wanted" } else { "wanted" }, &email).status
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
}

pub(crate) fn unknown_account_and_wrong_password_get_the_same_answer(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let anonymous = server.anonymous();
    let try_as = |email: &str| {
        let mut answer = anonymous
            .post("/api/v1/auth/login", &json!({"email": email, "password": "not the password"}))
            .problem(401, "auth.bad_credentials");
        if let Some(body) = answer.json.as_object_mut() {
            body.remove("request_id");
        }
        answer.json
    };
    assert_eq!(try_as(&ada.email), try_as("nobody@example.com"));
}

pub(crate) fn refresh_tokens_rotate_and_a_reused_one_ends_the_session(backend: Backend) {
    let server = Server::start(backend);
    let anonymous = server.anonymous();
    let first = server.person("ada");
    let second =
        Person::from_answer(&anonymous, &refresh(&anonymous, &first.refresh_token).expect(200));
    assert_ne!(first.refresh_token, second.refresh_token);
    second.client.get(ME).expect(200);
    // the successor was used: presenting the first one again is theft
    refresh(&anonymous, &first.refresh_token).expect(401);
    assert!(
        eventually(Duration::from_secs(5), || second.client.get(ME).status == 401),
        "the session must end when a used refresh token comes back"
    );
    refresh(&anonymous, &second.refresh_token).expect(401);
    refresh(&anonymous, "nonsense").expect(401);
    // other sessions of the same person go on
    server.sign_in(&first.email, PASSWORD).client.get(ME).expect(200);
}

pub(crate) fn a_lost_refresh_answer_can_be_asked_for_again(backend: Backend) {
    let server = Server::start(backend);
    let anonymous = server.anonymous();
    let first = server.person("ada");
    let lost =
        Person::from_answer(&anonymous, &refresh(&anonymous, &first.refresh_token).expect(200));
    // neither half of the lost pair was used: it dies and another takes its place
    let second =
        Person::from_answer(&anonymous, &refresh(&anonymous, &first.refresh_token).expect(200));
    second.client.get(ME).expect(200);
    assert!(
        eventually(Duration::from_secs(5), || lost.client.get(ME).status == 401),
        "the lost pair must be dead"
    );
}

pub(crate) fn racing_refreshes_leave_at_most_one_live_branch(backend: Backend) {
    let server = Server::start(backend);
    let anonymous = server.anonymous();
    let ada = server.person("ada");
    let answers = simultaneously(20, |_| refresh(&server.anonymous(), &ada.refresh_token));
    let pairs: Vec<Person> = answers
        .iter()
        .filter(|answer| answer.status == 200)
        .map(|answer| Person::from_answer(&anonymous, answer))
        .collect();
    for answer in &answers {
        assert!(matches!(answer.status, 200 | 401), "{answer}");
    }
    assert!(!pairs.is_empty(), "somebody must win");
    let access_lives = pairs.iter().filter(|pair| pair.client.get(ME).status == 200).count();
    assert!(access_lives <= 1, "{access_lives} access tokens live");
    // the used tokens among them end the session; so at most one refresh can still work
    let refresh_lives =
        pairs.iter().filter(|pair| refresh(&anonymous, &pair.refresh_token).status == 200).count();
    assert!(refresh_lives <= 1, "{refresh_lives} refresh tokens live");
}

pub(crate) fn sign_out_ends_the_session_and_logout_all_every_session(backend: Backend) {
    let server = Server::start(backend);
    let anonymous = server.anonymous();
    let phone = server.person("ada");
    let laptop = server.sign_in(&phone.email, PASSWORD);
    let tablet = server.sign_in(&phone.email, PASSWORD);

    let sessions = phone.client.get("/api/v1/auth/sessions").expect(200);
    assert_eq!(sessions.rows().len(), 3, "{sessions}");
    for row in sessions.rows() {
        for field in ["device", "ip", "created_at", "last_used_at"] {
            assert!(row.get(field).is_some(), "no `{field}`: {sessions}");
        }
    }

    phone.client.request("POST", "/api/v1/auth/logout").send().expect(200);
    phone.client.get(ME).expect(401);
    refresh(&anonymous, &phone.refresh_token).expect(401);
    laptop.client.get(ME).expect(200);

    // one session is ended from another
    let rest = laptop.client.get("/api/v1/auth/sessions").expect(200);
    assert_eq!(rest.rows().len(), 2, "{rest}");
    let newest = rest.ids().into_iter().max().unwrap();
    laptop.client.delete(&format!("/api/v1/auth/sessions/{newest}")).expect(200);
    tablet.client.get(ME).expect(401);
    laptop.client.delete("/api/v1/auth/sessions/999999").problem(404, "users.session_not_found");

    let other = server.sign_in(&phone.email, PASSWORD);
    laptop.client.request("POST", "/api/v1/auth/logout-all").send().expect(200);
    laptop.client.get(ME).expect(401);
    other.client.get(ME).expect(401);
}

pub(crate) fn suspension_is_felt_within_five_seconds(backend: Backend) {
    let server = Server::start(backend);
    let admin = server.admin();
    let ada = server.person("ada");
    ada.client.get(ME).expect(200);
    let account = format!("/api/v1/admin/users/{}", ada.id);
    admin.client.put(&account, &json!({"status": "suspended"})).expect(200);
    assert!(
        eventually(Duration::from_secs(5), || ada.client.get(ME).status != 200),
        "five seconds after the suspension the token still works"
    );
    refresh(&server.anonymous(), &ada.refresh_token);
    let login = json!({"email": ada.email, "password": PASSWORD});
    server.anonymous().post("/api/v1/auth/login", &login).problem(403, "auth.suspended");
    // others do not find the account any more
    let eve = server.person("eve");
    eve.client.get(&format!("/api/v1/users/{}", ada.id)).expect(404);
    admin.client.put(&account, &json!({"status": "active"})).expect(200);
    server.sign_in(&ada.email, PASSWORD).client.get(ME).expect(200);
}

pub(crate) fn a_new_password_ends_the_other_sessions(backend: Backend) {
    let server = Server::start(backend);
    let here = server.person("ada");
    let there = server.sign_in(&here.email, PASSWORD);
    let change = |current: &str, new: &str| {
        here.client.put(
            "/api/v1/users/password",
            &json!({"current_password": current, "new_password": new}),
        )
    };
    change("not the password", "a second long walk").expect(403);
    for (bad, why) in [
        ("short", "too short"),
        ("password123", "among the commonest"),
        (here.email.as_str(), "the mail address"),
        (&"x".repeat(129), "too long"),
    ] {
        let answer = change(PASSWORD, bad).expect(400);
        assert!(answer.faulty_fields().contains(&"/new_password"), "{why}: {answer}");
    }
    change(PASSWORD, "a second long walk").expect(200);
    here.client.get(ME).expect(200);
    assert!(
        eventually(Duration::from_secs(5), || there.client.get(ME).status == 401),
        "the other session must end"
    );
    refresh(&server.anonymous(), &there.refresh_token).expect(401);
    let login = json!({"email": here.email, "password": PASSWORD});
    server.anonymous().post("/api/v1/auth/login", &login).expect(401);
    server.sign_in(&here.email, "a second long walk");
}
