//! Second factors, and what wrong passwords and codes cost.

use std::fs;

use alveole_tests::{
    Answer, Backend, Client, Device, Person, Server, device::verify, server::PASSWORD,
    simultaneously,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

const ME: &str = "/api/v1/auth/me";
const LOGIN: &str = "/api/v1/auth/login";
const SETUP: &str = "/api/v1/auth/2fa/setup";
const ENABLE: &str = "/api/v1/auth/2fa/enable";
const DISABLE: &str = "/api/v1/auth/2fa/disable";
const CODES: &str = "/api/v1/auth/2fa/recovery-codes";

fn login(client: &Client, email: &str) -> Answer {
    client.post(LOGIN, &json!({"email": email, "password": PASSWORD}))
}

/// The token of a challenge.
#[track_caller]
fn asked(server: &Server, person: &Person) -> String {
    let answer = login(&server.anonymous(), &person.email).expect(200);
    assert_eq!(answer.at("/data/mfa_required"), true, "{answer}");
    assert_eq!(answer.at("/data/expires_in"), 300);
    assert_eq!(answer.must_have("cache-control"), "no-store");
    assert!(answer.at("/data/access_token").is_null() && answer.at("/data/user").is_null());
    answer.at("/data/mfa_token").as_str().unwrap().to_owned()
}

fn seconds(answer: &Answer) -> u64 {
    answer.must_have("retry-after").parse().unwrap()
}

/// As if the codes of now had never been used.
fn forget_codes(server: &Server) {
    server.sql("UPDATE factors SET last_step = 0");
}

fn actions(server: &Server) -> Vec<String> {
    let rows = server.admin().client.every_row("/api/v1/admin/audit?limit=100");
    let say = |row: &Value| {
        format!("{} {}", row["action"].as_str().unwrap(), row["outcome"].as_str().unwrap())
    };
    rows.iter().map(say).collect()
}

pub(crate) fn from_setup_to_sign_in_and_off_again(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let other = server.sign_in(&ada.email, PASSWORD);
    let anonymous = server.anonymous();
    anonymous.post(SETUP, &json!({"current_password": PASSWORD})).expect(401);
    ada.client.post(SETUP, &json!({})).problem(400, "request.missing_field");
    ada.client
        .post(SETUP, &json!({"current_password": "not it"}))
        .problem(403, "auth.wrong_password");
    ada.client.post(ENABLE, &json!({"code": "123456"})).problem(409, "auth.two_factor_not_set_up");
    let setup = ada.client.post(SETUP, &json!({"current_password": PASSWORD})).expect(200);
    assert_eq!(setup.must_have("cache-control"), "no-store");
    let secret = setup.at("/data/secret").as_str().unwrap();
    let url = setup.at("/data/otpauth_url").as_str().unwrap();
    assert!(url.starts_with(&format!("otpauth://totp/alveole:{}?", ada.username)), "{url}");
    assert!(url.contains(&format!("secret={secret}&issuer=alveole")), "{url}");
    let picture = setup.at("/data/qr_png").as_str().unwrap();
    assert!(picture.len() <= 4096, "{}", picture.len());
    let png = STANDARD.decode(picture.strip_prefix("data:image/png;base64,").unwrap()).unwrap();
    assert!(png.starts_with(b"\x89PNG"));
    // shown is not enabled
    server.sign_in(&ada.email, PASSWORD);
    let device = Device::from_url(url);
    for malformed in ["", "12345", "1234567", "7kq2m-x9d4t"] {
        ada.client.post(ENABLE, &json!({"code": malformed})).problem(400, "auth.code_malformed");
    }
    ada.client.post(ENABLE, &json!({"code": device.wrong_code()})).problem(403, "auth.wrong_code");
    let etag = ada.client.get(ME).expect(200).etag();
    let enabled = ada.client.post(ENABLE, &json!({"code": device.code(0)})).expect(200);
    assert_eq!(enabled.at("/data/recovery_codes").as_array().unwrap().len(), 10);
    let me = ada.client.get(ME).expect(200);
    assert_eq!(me.at("/data/two_factor_enabled"), true);
    assert_ne!(me.etag(), etag);
    other.client.get(ME).expect(401);
    for again in [
        ada.client.post(SETUP, &json!({"current_password": PASSWORD})),
        ada.client.post(ENABLE, &json!({"code": device.code(1)})),
    ] {
        again.problem(409, "auth.two_factor_on");
    }

    let token = asked(&server, &ada);
    verify(&anonymous, &token, &device.wrong_code()).problem(401, "auth.bad_code");
    verify(&anonymous, "nonsense", &device.code(1)).problem(401, "auth.bad_mfa_token");
    verify(&anonymous, &token, "12 34").problem(400, "auth.code_malformed");
    let answer = verify(&anonymous, &token, &device.code(1)).expect(200);
    assert_eq!(answer.must_have("cache-control"), "no-store");
    let again = Person::from_answer(&anonymous, &answer);
    again.client.get(ME).expect(200);
    let refresh = json!({"refresh_token": again.refresh_token});
    anonymous.post("/api/v1/auth/refresh", &refresh).expect(200);
    verify(&anonymous, &token, &device.code(1)).problem(401, "auth.bad_mfa_token");

    // who is suspended in between is told so, having known the password
    let token = asked(&server, &ada);
    let account = format!("/api/v1/admin/users/{}", ada.id);
    let administer = |status: &str| {
        server.admin().client.put(&account, &json!({"status": status})).expect(200);
    };
    administer("suspended");
    forget_codes(&server);
    verify(&anonymous, &token, &device.code(0)).problem(403, "auth.suspended");
    administer("active");
    let ada = Person::from_answer(
        &anonymous,
        &verify(&anonymous, &asked(&server, &ada), &device.code(0)).expect(200),
    );

    forget_codes(&server);
    let renew = json!({"current_password": PASSWORD, "code": device.code(0)});
    let renewed = ada.client.post(CODES, &renew).expect(200);
    let codes = renewed.at("/data/recovery_codes").as_array().unwrap();
    assert_eq!(codes.len(), 10);
    ada.client.post(CODES, &renew).problem(403, "auth.wrong_code");
    let off = |code: &Value| {
        ada.client.post(DISABLE, &json!({"current_password": PASSWORD, "code": code}))
    };
    ada.client
        .post(DISABLE, &json!({"current_password": "not it", "code": codes[0]}))
        .problem(403, "auth.wrong_password");
    off(&codes[0]).expect(200);
    off(&codes[1]).problem(409, "auth.two_factor_off");
    server.sign_in(&ada.email, PASSWORD);
    let told = actions(&server);
    for expected in [
        "auth.two_factor_set_up success",
        "auth.two_factor_set_up failure",
        "auth.two_factor_enabled success",
        "auth.two_factor_enabled failure",
        "auth.two_factor_asked success",
        "auth.two_factor failure",
        "auth.recovery_codes_renewed success",
        "auth.two_factor_disabled success",
    ] {
        assert!(told.iter().any(|told| told == expected), "{expected} in {told:?}");
    }
    // neither secret nor code is written down anywhere in the clear
    let log = server.log();
    let kept = server.sql("SELECT secret FROM factors");
    for hidden in [secret, codes[2].as_str().unwrap(), &token] {
        assert!(!log.contains(hidden) && !kept.contains(hidden));
    }
}

pub(crate) fn a_code_lets_in_once_however_many_bring_it(backend: Backend) {
    let key = ("ALVEOLE__AUTH__ENCRYPTION_KEY", "5c1e8f2a7b904d36e1f0a9c8b7d6e5f4");
    let server = Server::with(backend, &[key]);
    let second =
        (backend == Backend::Postgres).then(|| Server::replica(server.database_url(), &[key]));
    let servers: Vec<&Server> = std::iter::once(&server).chain(&second).collect();
    let ada = server.person("ada");
    let (device, codes) = Device::enrol(&ada.client);
    let race = |tokens: &[String], code: &str| {
        let answers = simultaneously(tokens.len(), |number| {
            let client = servers[number % servers.len()].anonymous();
            verify(&client, &tokens[number], code)
        });
        for answer in &answers {
            assert!(matches!(answer.status, 200 | 401 | 429), "{answer}");
        }
        answers.iter().filter(|answer| answer.status == 200).count()
    };
    let again = || {
        server.sql("UPDATE factors SET failed = 0, blocked_until = NULL");
    };
    // one challenge, many at once
    let token = asked(&server, &ada);
    assert_eq!(race(&vec![token; 12], &device.code(1)), 1);
    // a challenge for each of many, one code
    forget_codes(&server);
    let many = || -> Vec<String> { (0..12).map(|_| asked(&server, &ada)).collect() };
    assert_eq!(race(&many(), &device.code(0)), 1);
    again();
    assert_eq!(race(&many(), &codes[0]), 1);
    again();
    assert_eq!(race(&many(), &codes[0]), 0, "a recovery code works once");
}

pub(crate) fn wrong_codes_hold_the_account_off_even_after_a_kill(backend: Backend) {
    let mut server = Server::start(backend);
    let ada = server.person("ada");
    let (device, codes) = Device::enrol(&ada.client);
    let anonymous = server.anonymous();
    let token = asked(&server, &ada);
    let wrong = device.wrong_code();
    for _ in 0..5 {
        verify(&anonymous, &token, &wrong).problem(401, "auth.bad_code");
    }
    verify(&anonymous, &token, &device.code(1)).problem(401, "auth.bad_mfa_token");
    let token = asked(&server, &ada);
    let held = verify(&anonymous, &token, &device.code(1)).problem(429, "auth.slow_down");
    assert!((1..=30).contains(&seconds(&held)), "{held}");
    assert_eq!(held.at("/retryable"), true);
    // As if some more had been waited for: the next wait is so long that no slow machine sees its end.
    server.sql("UPDATE factors SET failed = 12, blocked_until = 1");
    verify(&anonymous, &token, &wrong).problem(401, "auth.bad_code");
    verify(&anonymous, &token, &codes[0]).problem(429, "auth.slow_down");

    server.kill9();
    server.restart();
    let anonymous = server.anonymous();
    verify(&anonymous, &token, &device.code(1)).problem(429, "auth.slow_down");
    // other people are not held off, and neither are the account's sessions
    server.person("bob").client.get(ME).expect(200);
    server.client_of(&ada).get(ME).expect(200);
    // as if the time had gone by
    server.sql("UPDATE factors SET blocked_until = 1");
    verify(&anonymous, &token, &codes[0]).expect(200);
}

pub(crate) fn a_token_of_one_kind_is_none_of_another(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let (device, _) = Device::enrol(&ada.client);
    let anonymous = server.anonymous();
    let token = asked(&server, &ada);
    let ticket = ada.client.request("POST", "/api/v1/auth/ticket").send().expect(200);
    let ticket = ticket.at("/data/ticket").as_str().unwrap();
    // everything but the right one, in each place
    for other in [ada.access_token.as_str(), &ada.refresh_token, ticket] {
        verify(&anonymous, other, &device.code(1)).problem(401, "auth.bad_mfa_token");
    }
    for other in [token.as_str(), &ada.refresh_token, ticket] {
        anonymous.with_token(other).get(ME).problem(401, "auth.bad_token");
    }
    for other in [token.as_str(), &ada.access_token, ticket] {
        let refresh = json!({"refresh_token": other});
        anonymous.post("/api/v1/auth/refresh", &refresh).problem(401, "auth.bad_refresh_token");
    }
    for other in [token.as_str(), &ada.access_token, &ada.refresh_token] {
        anonymous.get(&format!("/api/v1/tasks/events?ticket={other}")).expect(401);
    }
    // the challenge still stands: none of this was an answer to it
    verify(&anonymous, &token, &device.code(1)).expect(200);

    // a new password makes the challenges of the old one void
    let token = asked(&server, &ada);
    let change = json!({"current_password": PASSWORD, "new_password": "a second long walk"});
    ada.client.put("/api/v1/users/password", &change).expect(200);
    forget_codes(&server);
    verify(&anonymous, &token, &device.code(0)).problem(401, "auth.bad_mfa_token");
}

pub(crate) fn a_role_can_be_made_to_have_a_second_factor(backend: Backend) {
    let server =
        Server::with(backend, &[("ALVEOLE__AUTH__REQUIRE_TWO_FACTOR_ROLES", "admin,super_admin")]);
    let ada = server.person("ada");
    ada.client.get("/api/v1/tasks").expect(200);
    let root = server.admin();
    let client = &root.client;
    for path in
        ["/api/v1/tasks", "/api/v1/admin/users", "/api/v1/users/me", "/api/v1/authz/explain"]
    {
        let answer = client.get(path);
        if path == "/api/v1/users/me" {
            answer.expect(200);
        } else {
            answer.problem(403, "auth.two_factor_required");
        }
    }
    for path in ["/api/v1/auth/ticket", "/api/v1/auth/2fa/disable"] {
        let body = json!({"current_password": PASSWORD, "code": "123456"});
        client.post(path, &body).problem(403, "auth.two_factor_required");
    }
    client.post("/api/v1/tasks", &json!({"title": "x"})).problem(403, "auth.two_factor_required");
    let check = client.get("/api/v1/auth/check").expect(200);
    assert_eq!(*check.at("/data/permissions"), json!([]));
    client.get(ME).expect(200);
    let (device, codes) = Device::enrol(client);
    client.get("/api/v1/admin/users").expect(200);
    client.post("/api/v1/tasks", &json!({"title": "x"})).expect(201);

    // Who is raised must get one, too; and loses it by the hand of those above only.
    let account = format!("/api/v1/admin/users/{}", ada.id);
    client.put(&account, &json!({"role": "admin"})).expect(200);
    ada.client.get("/api/v1/tasks").problem(403, "auth.two_factor_required");
    Device::enrol(&ada.client);
    ada.client.get("/api/v1/admin/users").expect(200);
    let reset = |who: &Client, whom: i64| who.delete(&format!("/api/v1/users/{whom}/2fa"));
    for (who, whom) in [(&ada.client, root.id), (&ada.client, ada.id), (client, root.id)] {
        reset(who, whom).problem(403, "users.above_your_role");
    }
    reset(client, ada.id).expect(200);
    reset(client, 999_999).expect(404);
    ada.client.get(ME).expect(401);
    let ada = server.sign_in(&ada.email, PASSWORD);
    ada.client.get("/api/v1/tasks").problem(403, "auth.two_factor_required");
    ada.client.request("POST", "/api/v1/auth/logout").send().expect(200);

    // The last one who lost everything is helped at the machine itself.
    let token = asked(&server, &root);
    let run = |name: &str| {
        server.command(&["user", "reset-two-factor", "--username", name]).output().unwrap()
    };
    assert!(run(&root.username).status.success());
    assert!(!run("nobody.at.all").status.success());
    for code in [device.code(1), codes[0].clone()] {
        verify(&server.anonymous(), &token, &code).problem(401, "auth.bad_mfa_token");
    }
    server.admin().client.get(ME).expect(200);
}

pub(crate) fn production_has_second_factors_with_a_key_only(backend: Backend) {
    // Empty: not set.
    let mut server = Server::with(backend, &[("ALVEOLE__AUTH__ENCRYPTION_KEY", "")]);
    let ada = server.person("ada");
    let kept = server.data_dir().join("encryption.key");
    let key = fs::read_to_string(&kept).unwrap();
    let (device, codes) = Device::enrol(&ada.client);
    let production = ("ALVEOLE__SERVER__MODE", "production");
    server.set(&[production, ("ALVEOLE__AUTH__ENCRYPTION_KEY_FILE", kept.to_str().unwrap())]);
    server.restart();
    // the key that development made can be taken along
    let token = asked(&server, &ada);
    verify(&server.anonymous(), &token, &device.code(1)).expect(200);
    server.set(&[("ALVEOLE__AUTH__ENCRYPTION_KEY_FILE", "")]);
    server.restart();
    let token = asked(&server, &ada);
    verify(&server.anonymous(), &token, &codes[0]).problem(409, "auth.two_factor_unavailable");
    let bob = server.person("bob");
    bob.client
        .post(SETUP, &json!({"current_password": PASSWORD}))
        .problem(409, "auth.two_factor_unavailable");
    assert!(server.log().contains("auth.encryption_key is not set, but this database"));
    assert!(!server.log().contains(&key));
    let refused = server
        .command(&["config", "check"])
        .env_remove("ALVEOLE__AUTH__ENCRYPTION_KEY")
        .env("ALVEOLE__AUTH__REQUIRE_TWO_FACTOR_ROLES", "admin")
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&refused.stderr).contains("auth.encryption_key must be set"));
}

pub(crate) fn a_server_with_another_encryption_key_does_not_start(backend: Backend) {
    const KEY: &str = "ALVEOLE__AUTH__ENCRYPTION_KEY";
    const WHY: &str = "auth.encryption_key is not the key that this database was used with";
    let mut server = Server::start(backend);
    for command in [&["serve"][..], &["worker"], &["config", "check"]] {
        let other = "5c1e8f2a7b904d36e1f0a9c8b7d6e5f4";
        let refused = server.command(command).env(KEY, other).output().unwrap();
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(!refused.status.success() && said.contains(WHY), "{command:?}: {said}");
        assert!(!said.contains(other), "a secret is not shown");
    }
    assert!(server.command(&["config", "check"]).output().unwrap().status.success());
    server.restart();
    // An operator who gives the old key up says so in the database.
    server.sql("DELETE FROM key_marks");
    server.set(&[(KEY, "5c1e8f2a7b904d36e1f0a9c8b7d6e5f4")]);
    server.restart();
}

pub(crate) fn wrong_passwords_make_who_tries_wait_and_nobody_else(backend: Backend) {
    let mut server = Server::with(backend, &[("ALVEOLE__SERVER__TRUSTED_PROXIES", "127.0.0.1")]);
    let ada = server.person("ada");
    let attempt = |server: &Server, from: &str, email: &str, password: &str| {
        server
            .anonymous()
            .request("POST", LOGIN)
            .header("x-forwarded-for", from)
            .json(&json!({"email": email, "password": password}))
            .send()
    };
    let thief = "2001:db8:1:2::66";
    // As if eleven more wrong ones had been waited for: the next wait is so long that no slow machine
    // sees its end.
    let many_before = |server: &Server| {
        server.sql("UPDATE tries SET failed = 15 WHERE failed = 4");
    };
    let mut told = Vec::new();
    for email in [ada.email.as_str(), "nobody@example.com"] {
        for _ in 0..4 {
            attempt(&server, thief, email, "a guess").problem(401, "auth.bad_credentials");
        }
        many_before(&server);
        attempt(&server, thief, email, "a guess").problem(401, "auth.bad_credentials");
        let held = attempt(&server, thief, email, PASSWORD).problem(429, "auth.slow_down");
        assert!((1..=900).contains(&seconds(&held)), "{held}");
        let mut body = held.json.clone();
        for varies in ["request_id", "detail", "error"] {
            body.as_object_mut().unwrap().remove(varies);
        }
        told.push((held.headers.len(), body));
    }
    assert_eq!(told[0], told[1], "whether the account is there is not told");
    // a server that is killed forgets nothing, and another address of the same network helps nobody
    server.kill9();
    server.restart();
    for from in [thief, "2001:db8:1:2:ffff::1"] {
        attempt(&server, from, &ada.email, PASSWORD).problem(429, "auth.slow_down");
    }
    for from in ["2001:db8:1:3::66", "198.51.100.7"] {
        attempt(&server, from, &ada.email, PASSWORD).expect(200);
    }
    attempt(&server, thief, "somebody@example.com", "a guess").expect(401);

    // inside, the session that guesses waits
    let guessing = server.client_of(&server.sign_in(&ada.email, PASSWORD));
    let leave = |client: &Client, password: &str| {
        client.request("DELETE", "/api/v1/users/me").json(&json!({"password": password})).send()
    };
    for _ in 0..4 {
        leave(&guessing, "a guess").problem(403, "auth.wrong_password");
    }
    many_before(&server);
    leave(&guessing, "a guess").problem(403, "auth.wrong_password");
    leave(&guessing, PASSWORD).problem(429, "auth.slow_down");
    guessing.post(SETUP, &json!({"current_password": PASSWORD})).problem(429, "auth.slow_down");
    leave(&server.client_of(&ada), PASSWORD).expect(200);
}
