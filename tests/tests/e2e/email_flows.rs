//! What is done by letters: each is read where a mail server would get it.

use std::time::Duration;

use adapter_smtp::sink::{Received, Sink};
use alveole_tests::{
    Answer, Backend, Client, Server, eventually, server::PASSWORD, simultaneously,
};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_secs(20);
const BASE: &str = "https://app.example.com/start";
const NEW: &str = "a better horse, a newer staple";

const VERIFY: &str = "Confirm your mail address";
const RESET: &str = "Set a new password";
const CHANGED: &str = "Your password was changed";

fn server(backend: Backend, sink: &Sink, more: &[(&str, &str)]) -> Server {
    let url = sink.url();
    let mut settings = vec![
        ("ALVEOLE__MAIL__SMTP_URL", url.as_str()),
        ("ALVEOLE__AUTH__LINK_BASE_URL", BASE),
        ("ALVEOLE__AUTH__LINK_PAUSE_SECONDS", "0"),
    ];
    settings.extend_from_slice(more);
    Server::with(backend, &settings)
}

fn post(client: &Client, path: &str, body: &Value) -> Answer {
    client.post(&format!("/api/v1{path}"), body)
}

fn token(client: &Client, path: &str, token: &str) -> Answer {
    post(client, path, &json!({"token": token}))
}

/// Confirms an address and says that the account is one's own.
fn verify(client: &Client, token: &str) -> Answer {
    post(client, "/auth/email/verify", &json!({"token": token, "password": PASSWORD}))
}

fn reset(client: &Client, token: &str, new: &str) -> Answer {
    post(client, "/auth/password/reset", &json!({"token": token, "new_password": new}))
}

fn forgot(client: &Client, email: &str) -> Answer {
    post(client, "/auth/password/forgot", &json!({"email": email})).expect(200)
}

/// The tokens of the letters of one kind, oldest first, once there are so many.
fn tokens(sink: &Sink, to: &str, subject: &str, count: usize) -> Vec<String> {
    assert!(eventually(SOON, || sink.count(to, subject) >= count), "{subject} to {to}");
    let letters = sink.received();
    let fits = |letter: &&Received| letter.to == to && letter.subject().contains(subject);
    letters.iter().filter(fits).map(Received::token).collect()
}

/// Waits for the one letter of this kind that came after `known`.
fn next_token(sink: &Sink, to: &str, subject: &str, known: &[String]) -> String {
    let all = tokens(sink, to, subject, known.len() + 1);
    all.into_iter().find(|token| !known.contains(token)).unwrap()
}

pub(crate) fn an_address_is_confirmed_by_email(backend: Backend) {
    let sink = Sink::start();
    let server = server(backend, &sink, &[]);
    let anonymous = server.anonymous();
    let body = json!({
        "username": "ada", "email": "Ada@example.com", "password": PASSWORD,
        "first_name": "Ada\r\nBcc: eve@example.com", "last_name": "<script>alert(1)</script>"
    });
    // What a client says of where it is does not get into links.
    anonymous
        .request("POST", "/api/v1/auth/register")
        .header("host", "evil.example")
        .header("x-forwarded-host", "evil.example")
        .json(&body)
        .send()
        .expect(201);
    let letter = sink.wait_for("Ada@example.com", VERIFY);
    let first = letter.token();
    let link = format!("{BASE}/verify-email?token={first}");
    assert!(letter.text().contains(&link), "{}", letter.text());
    assert!(letter.html().contains(&link), "{}", letter.html());
    assert!(!letter.data.contains("evil") && !letter.data.contains("eve@"), "{}", letter.data);
    assert_eq!(letter.header("bcc"), "");

    // for nothing else, not a wrong one, and a newer one kills it
    reset(&anonymous, &first, NEW).problem(422, "auth.bad_link");
    token(&anonymous, "/auth/email/confirm", &first).problem(422, "auth.bad_link");
    for wrong in ["", "nonsense", &first.to_lowercase().replace('a', "b")] {
        token(&anonymous, "/auth/email/verify", wrong).problem(422, "auth.bad_link");
    }
    post(&anonymous, "/auth/email/verify", &json!({})).problem(400, "request.missing_field");
    let resend = |email: &str| post(&anonymous, "/auth/email/resend", &json!({"email": email}));
    let known = resend("ADA@example.com").expect(200);
    let unknown = resend("nobody@example.com").expect(200);
    assert_eq!(known.text, unknown.text);
    let second = next_token(&sink, "Ada@example.com", VERIFY, std::slice::from_ref(&first));
    token(&anonymous, "/auth/email/verify", &first).problem(422, "auth.bad_link");
    verify(&anonymous, &second).expect(200);
    let ada = server.sign_in("ada@example.com", PASSWORD);
    assert_eq!(ada.client.get("/api/v1/auth/me").data()["email_verified"], true);
    token(&anonymous, "/auth/email/verify", &second).problem(422, "auth.bad_link");
    resend("not an address").problem(400, "users.email_invalid");
    // who is confirmed gets no more of them, and says so to nobody
    assert_eq!(resend("ada@example.com").expect(200).text, unknown.text);
    forgot(&anonymous, "ada@example.com");
    sink.wait_for("Ada@example.com", RESET);
    assert_eq!(sink.count("Ada@example.com", VERIFY), 2);
    assert_eq!(sink.count("nobody@example.com", ""), 0);
}

pub(crate) fn an_account_goes_to_whoever_confirms_its_address_elsewhere(backend: Backend) {
    let sink = Sink::start();
    let server = server(backend, &sink, &[]);
    let anonymous = server.anonymous();
    // A stranger registers with Ada's address and sets everything up.
    let stranger = server.person("ada");
    let make = json!({"name": "ci", "scopes": ["tasks:read"]});
    let made = post(&stranger.client, "/auth/tokens", &make).expect(201);
    let program = server.anonymous().with_token(made.data()["token"].as_str().unwrap());
    program.get("/api/v1/tasks").expect(200);
    program.get("/api/v1/auth/identities").problem(403, "auth.session_needed");
    let link = sink.wait_for(&stranger.email, VERIFY).token();
    let wrong = json!({"token": link, "password": "wrong, wrong"});
    post(&anonymous, "/auth/email/verify", &wrong).problem(403, "auth.wrong_password");
    token(&program, "/auth/email/verify", &link).problem(403, "auth.session_needed");

    let answer = token(&anonymous, "/auth/email/verify", &link).expect(200);
    assert_eq!(answer.must_have("cache-control"), "no-store");
    assert_eq!(answer.data()["password_required"], true);
    assert_eq!(answer.data()["expires_in"], 3600);
    stranger.client.get("/api/v1/auth/me").problem(401, "auth.bad_token");
    program.get("/api/v1/tasks").problem(401, "auth.bad_token");
    let login = json!({"email": stranger.email, "password": PASSWORD});
    post(&anonymous, "/auth/login", &login).problem(401, "auth.bad_credentials");
    let secret = answer.data()["reset_token"].as_str().unwrap();
    reset(&anonymous, secret, NEW).expect(200);
    let ada = server.sign_in(&stranger.email, NEW);
    assert_eq!(ada.client.get("/api/v1/auth/me").data()["email_verified"], true);

    // A signed-in caller keeps everything.
    let grace = server.person("grace");
    let link = sink.wait_for(&grace.email, VERIFY).token();
    let kept = token(&grace.client, "/auth/email/verify", &link).expect(200);
    assert_eq!(*kept.data(), json!({"password_required": false}));
    grace.client.get("/api/v1/auth/me").expect(200);
    server.sign_in(&grace.email, PASSWORD);
}

pub(crate) fn an_address_gets_so_many_emails_a_day(backend: Backend) {
    let sink = Sink::start();
    let server = server(backend, &sink, &[("ALVEOLE__MAIL__MAX_PER_ADDRESS_PER_DAY", "3")]);
    let anonymous = server.anonymous();
    let ada = server.person("ada");
    let answers: Vec<String> = (0..5).map(|_| forgot(&anonymous, &ada.email).text).collect();
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!(forgot(&anonymous, "nobody@example.com").text, answers[0]);
    // Emails are claimed in their order, but several are on their way at a time.
    let bob = server.person("bob");
    sink.wait_for(&bob.email, VERIFY);
    assert!(eventually(SOON, || sink.count(&ada.email, "") >= 3));
    assert_eq!(sink.count(&ada.email, ""), 3);
    let trail = "/api/v1/admin/audit?action=auth.email_dropped";
    let dropped = server.admin().client.get(trail).expect(200);
    let rows = dropped.data().as_array().unwrap();
    assert_eq!(rows.len(), 3);
    assert_eq!((&rows[0]["target_id"], &rows[0]["outcome"]), (&json!(ada.id), &json!("denied")));
}

pub(crate) fn a_forgotten_password_is_set_by_email(backend: Backend) {
    let sink = Sink::start();
    let server = server(backend, &sink, &[]);
    let anonymous = server.anonymous();
    let ada = server.person("ada");
    let known = forgot(&anonymous, &ada.email.to_uppercase());
    let unknown = forgot(&anonymous, "nobody@example.com");
    assert_eq!(known.text, unknown.text);
    let secret = sink.wait_for(&ada.email, RESET).token();

    for (bad, code) in [
        ("password", "users.password_common"),
        ("short", "users.password_too_short"),
        (ada.email.as_str(), "users.password_same_as_name"),
    ] {
        let refused = reset(&anonymous, &secret, bad).problem(400, code);
        assert_eq!(refused.faulty_fields(), ["/new_password"]);
    }
    token(&anonymous, "/auth/email/verify", &secret).problem(422, "auth.bad_link");
    reset(&anonymous, &secret, NEW).expect(200);
    sink.wait_for(&ada.email, CHANGED);
    reset(&anonymous, &secret, NEW).problem(422, "auth.bad_link");
    // every session ended, the old password is wrong, the new one lets in, the address is proven
    server.client_of(&ada).get("/api/v1/auth/me").problem(401, "auth.bad_token");
    let refresh = json!({"refresh_token": ada.refresh_token});
    post(&anonymous, "/auth/refresh", &refresh).problem(401, "auth.bad_refresh_token");
    let login = |password| json!({"email": ada.email, "password": password});
    post(&anonymous, "/auth/login", &login(PASSWORD)).problem(401, "auth.bad_credentials");
    let again = server.sign_in(&ada.email, NEW);
    assert_eq!(again.client.get("/api/v1/auth/me").data()["email_verified"], true);

    // one that is over
    forgot(&anonymous, &ada.email);
    let late = next_token(&sink, &ada.email, RESET, &[secret]);
    server.sql("UPDATE links SET expires_at = 1");
    reset(&anonymous, &late, PASSWORD).problem(422, "auth.bad_link");
}

pub(crate) fn of_many_who_ask_and_use_simultaneously_one_gets_through(backend: Backend) {
    let sink = Sink::start();
    let server = server(backend, &sink, &[]);
    let anonymous = server.anonymous();
    let ada = server.person("ada");
    simultaneously(8, |_| forgot(&anonymous, &ada.email));
    // Each letter killed the one before it: of all of them one is good, and good once.
    let sent = tokens(&sink, &ada.email, RESET, 8);
    let tries: Vec<(&String, usize)> = sent.iter().flat_map(|t| [(t, 0), (t, 1)]).collect();
    let answers = simultaneously(tries.len(), |number| {
        let (secret, second) = tries[number];
        let new = format!("{NEW} {number} {second}");
        (reset(&anonymous, secret, &new).status, new)
    });
    let won: Vec<&String> =
        answers.iter().filter(|(status, _)| *status == 200).map(|(_, new)| new).collect();
    assert_eq!(won.len(), 1, "{answers:?}");
    assert!(answers.iter().all(|(status, _)| [200, 422].contains(status)), "{answers:?}");
    server.sign_in(&ada.email, won[0]);
}

pub(crate) fn a_new_device_is_reported_to_its_owner(backend: Backend) {
    let sink = Sink::start();
    let server = server(backend, &sink, &[]);
    let anonymous = server.anonymous();
    let ada = server.person("ada");
    let secret = sink.wait_for(&ada.email, VERIFY).token();
    verify(&anonymous, &secret).expect(200);
    let sign_in = |device: &str| {
        let body = json!({"email": ada.email, "password": PASSWORD});
        let request = anonymous.request("POST", "/api/v1/auth/login");
        request.header("user-agent", device).json(&body).send().expect(200)
    };
    let odd = "Lynx/2.8 <img src=x> \"quoted\" & so on";
    sign_in(odd);
    let letter = sink.wait_for(&ada.email, "New sign-in");
    assert!(letter.text().contains(odd) && letter.text().contains("127.0.0.1"));
    assert!(letter.html().contains("&lt;img src=x&gt;"), "{}", letter.html());
    sign_in(&odd.replace("2.8", "2.9"));
    sign_in("Mosaic/1.0");
    let told = || sink.count(&ada.email, "New sign-in");
    assert!(eventually(SOON, || told() == 2), "{} letters", told());
}

pub(crate) fn another_address_takes_both(backend: Backend) {
    let sink = Sink::start();
    let server = server(backend, &sink, &[]);
    let anonymous = server.anonymous();
    let (ada, eve) = (server.person("ada"), server.person("eve"));
    let verify = sink.wait_for(&ada.email, VERIFY).token();
    self::verify(&anonymous, &verify).expect(200);
    let ask = |client: &Client, new: &str, password: &str| {
        let body = json!({"new_email": new, "current_password": password});
        post(client, "/users/me/email", &body)
    };
    let new = "countess@example.org";
    ask(&ada.client, new, "wrong").problem(403, "auth.wrong_password");
    ask(&ada.client, &ada.email, PASSWORD).problem(400, "users.email_same");
    ask(&ada.client, &eve.email, PASSWORD).problem(409, "users.email_taken");
    ask(&ada.client, "nonsense", PASSWORD).problem(400, "users.email_invalid");
    ask(&anonymous, new, PASSWORD).problem(401, "auth.not_signed_in");
    ask(&ada.client, new, PASSWORD).expect(200);
    let from_new = sink.wait_for(new, "Confirm your new").token();
    let from_old = sink.wait_for(&ada.email, "Agree to a change").token();

    // Somebody else may want the same address; only one will have it.
    ask(&eve.client, new, PASSWORD).expect(200);
    let for_eve = next_token(&sink, new, "Confirm your new", std::slice::from_ref(&from_new));
    token(&anonymous, "/auth/email/verify", &from_new).problem(422, "auth.bad_link");
    let confirm = |secret: &str| token(&anonymous, "/auth/email/confirm", secret);
    confirm(&from_new).expect(200);
    assert_eq!(ada.client.get("/api/v1/auth/me").data()["email"], ada.email);
    confirm(&from_new).problem(422, "auth.bad_link");
    confirm(&from_old).expect(200);
    let me = ada.client.get("/api/v1/auth/me");
    assert_eq!((&me.data()["email"], &me.data()["email_verified"]), (&json!(new), &json!(true)));
    sink.wait_for(&ada.email, "Your mail address was changed");
    confirm(&for_eve).problem(409, "users.email_taken");
    server.sign_in(new, PASSWORD);

    // Where letters may not follow one another at once, it is said how long to wait.
    let patient = Server::with(backend, &[("ALVEOLE__MAIL__SMTP_URL", &sink.url())]);
    let bob = patient.person("bob");
    ask(&bob.client, "bob@example.org", PASSWORD).expect(200);
    let soon = ask(&bob.client, "bob@example.net", PASSWORD).problem(429, "auth.too_soon");
    let wait: u64 = soon.must_have("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
}

pub(crate) fn a_closed_account_can_be_had_back_for_a_while(backend: Backend) {
    let sink = Sink::start();
    let grace = [("ALVEOLE__USERS__DELETION_GRACE_SECONDS", "3600")];
    let server = server(backend, &sink, &grace);
    let anonymous = server.anonymous();
    let ada = server.person("ada");
    let task = ada.task("kept meanwhile");
    let verify = sink.wait_for(&ada.email, VERIFY).token();
    self::verify(&anonymous, &verify).expect(200);
    let close = |client: &Client| {
        let request = client.request("DELETE", "/api/v1/users/me");
        request.json(&json!({"password": PASSWORD})).send().expect(200)
    };
    let told = close(&ada.client);
    assert!(told.at("/message").as_str().unwrap().contains("closed"), "{told}");
    sink.wait_for(&ada.email, "Your account was closed");
    ada.client.get("/api/v1/auth/me").problem(401, "auth.bad_token");
    let login = json!({"email": ada.email, "password": PASSWORD});
    post(&anonymous, "/auth/login", &login).problem(403, "auth.closed");
    let wrong = json!({"email": ada.email, "password": "wrong"});
    post(&anonymous, "/auth/login", &wrong).problem(401, "auth.bad_credentials");
    post(&anonymous, "/auth/restore-account", &wrong).problem(401, "auth.bad_credentials");
    let nobody = json!({"username": "nobody", "password": PASSWORD});
    post(&anonymous, "/auth/restore-account", &nobody).problem(401, "auth.bad_credentials");
    let admin = server.admin();
    let seen = admin.client.get(&format!("/api/v1/users/{}", ada.id)).expect(200);
    assert!(seen.data()["purge_at"].is_string(), "{seen}");
    let eve = server.person("eve");
    eve.client.get(&format!("/api/v1/users/{}", ada.id)).problem(404, "users.not_found");

    post(&anonymous, "/auth/restore-account", &login).expect(200);
    let back = server.sign_in(&ada.email, PASSWORD);
    back.client.get(&format!("/api/v1/tasks/{task}")).expect(200);
    close(&back.client);
    server.sql("UPDATE users SET purge_at = 1 WHERE purge_at IS NOT NULL");
    post(&anonymous, "/auth/restore-account", &login).problem(401, "auth.bad_credentials");
    let purge = server.command(&["schedules", "run", "users.purge_closed"]).output().unwrap();
    assert!(purge.status.success(), "{purge:?}");
    let anonymous = server.anonymous();
    let name = json!({"username": ada.username, "email": ada.email, "password": PASSWORD});
    let free = || post(&anonymous, "/auth/register", &name).status == 201;
    assert!(eventually(SOON, free), "the account is gone and its name free");
    let admin = server.admin();
    let gone = || admin.client.get(&format!("/api/v1/tasks/{task}")).status == 404;
    assert!(eventually(SOON, gone), "what was its own went with it");
}

pub(crate) fn an_unused_account_is_warned_of_and_closed(backend: Backend) {
    let sink = Sink::start();
    let rule = [("ALVEOLE__USERS__INACTIVE_DAYS", "365")];
    let server = server(backend, &sink, &rule);
    let anonymous = server.anonymous();
    let (admin, ada, bob) = (server.admin(), server.person("ada"), server.person("bob"));
    let task = ada.task("kept meanwhile");
    for person in [&ada, &bob] {
        verify(&anonymous, &sink.wait_for(&person.email, VERIFY).token()).expect(200);
    }
    let run = || {
        let run = server.command(&["schedules", "run", "users.inactive"]).output().unwrap();
        assert!(run.status.success(), "{run:?}");
    };
    // No one has used any account for years; the rule is new.
    server.sql("UPDATE users SET active_at = 1");
    run();
    for person in [&ada, &bob] {
        let warning = sink.wait_for(&person.email, "Your account will be closed unless you use it");
        assert!(warning.text().contains(&format!("{BASE}/")), "{}", warning.text());
    }
    let warned = |expected: &str| {
        let count = "SELECT count(*) FROM users WHERE closing_at IS NOT NULL";
        assert_eq!(server.sql(count).trim(), expected);
    };
    warned("2");
    let bob = server.sign_in(&bob.email, PASSWORD);
    warned("1");

    // Thirty days later.
    server.sql("UPDATE users SET closing_at = closing_at - 2592000000000");
    run();
    sink.wait_for(&ada.email, "Your unused account was closed");
    let login = json!({"email": ada.email, "password": PASSWORD});
    post(&anonymous, "/auth/login", &login).problem(403, "auth.closed");
    bob.client.get("/api/v1/auth/me").expect(200);
    admin.client.get("/api/v1/auth/me").expect(200);
    let path = format!("/api/v1/admin/audit?action=users.closed&target_id={}", ada.id);
    let entry = admin.client.get(&path).expect(200);
    assert_eq!(entry.rows().len(), 1);
    assert_eq!(entry.at("/data/0/actor_id"), &Value::Null);
    assert_eq!(sink.count(&bob.email, "Your unused account was closed"), 0);

    post(&anonymous, "/auth/restore-account", &login).expect(200);
    let back = server.sign_in(&ada.email, PASSWORD);
    back.client.get(&format!("/api/v1/tasks/{task}")).expect(200);
    run();
    warned("0");
}

pub(crate) fn everything_about_oneself_in_one_file(backend: Backend) {
    let sink = Sink::start();
    let server = server(backend, &sink, &[]);
    let (ada, eve) = (server.person("ada"), server.person("eve"));
    let own: Vec<i64> = (0..3).map(|number| ada.task(&format!("task \"{number}\""))).collect();
    let theirs = eve.task("eve's own");
    let given = eve.task("given to ada");
    let assign = json!({"user_id": ada.id});
    eve.client.put(&format!("/api/v1/tasks/{given}/assignee"), &assign).expect(200);
    let comments = format!("/api/v1/tasks/{given}/comments");
    ada.client.post(&comments, &json!({"content": "on \"it\" \\ now"})).expect(201);
    eve.client.post(&comments, &json!({"content": "thanks"})).expect(201);
    let ask = json!({"new_email": "other@example.org", "current_password": PASSWORD});
    post(&ada.client, "/users/me/email", &ask).expect(200);
    let wrong = json!({"email": ada.email, "password": "wrong"});
    post(&server.anonymous(), "/auth/login", &wrong).expect(401);
    let make = json!({"name": "ci", "scopes": ["tasks:read"]});
    let made = post(&ada.client, "/auth/tokens", &make).expect(201);
    let secret = made.data()["token"].as_str().unwrap();
    let by_token = server.anonymous().with_token(secret);
    by_token.get("/api/v1/users/me/export").problem(403, "auth.session_needed");
    let admin = server.admin();
    let role = json!({"role": "moderator"});
    admin.client.put(&format!("/api/v1/admin/users/{}", ada.id), &role).expect(200);

    let file = ada.client.get("/api/v1/users/me/export").expect(200);
    assert_eq!(file.must_have("content-disposition"), "attachment; filename=\"my-data.json\"");
    assert_eq!(file.must_have("content-type"), "application/json");
    let ids = |list: &str| -> Vec<i64> {
        let rows = file.json[list].as_array().unwrap();
        rows.iter().filter_map(|row| row["id"].as_i64()).collect()
    };
    assert_eq!(file.json["profile"]["email"], ada.email);
    assert_eq!(ids("sessions").len(), 1);
    assert_eq!(file.json["email_change"]["new_email"], "other@example.org");
    let mut listed = ids("tasks");
    listed.sort_unstable();
    assert_eq!(listed, own);
    assert_eq!(ids("assigned_tasks"), [given]);
    assert_eq!(file.json["comments"].as_array().unwrap().len(), 1);
    assert_eq!(file.json["comments"][0]["content"], "on \"it\" \\ now");
    let actions = |list: &str| -> Vec<String> {
        let rows = file.json[list].as_array().unwrap();
        rows.iter().map(|row| row["action"].as_str().unwrap().to_owned()).collect()
    };
    let own = [
        "auth.login",
        "auth.email_change_asked",
        "auth.token_created",
        "users.exported",
        "users.exported",
    ];
    assert_eq!(actions("activity"), own, "the refused export as well");
    assert_eq!(file.json["access_tokens"][0]["name"], "ci");
    assert_eq!((&file.json["identities"], &file.json["roles"]), (&json!([]), &json!([])));
    assert_eq!(actions("about"), ["auth.register", "auth.login", "users.role_changed"]);
    let administered = &file.json["about"][2];
    assert_eq!((&administered["ip"], &administered["request_id"]), (&Value::Null, &Value::Null));
    for secret in ["hash", "digest", "$2b$", "eve's own", secret, &ada.refresh_token] {
        assert!(!file.text.contains(secret), "{secret}");
    }
    eve.client.get(&format!("/api/v1/tasks/{theirs}")).expect(200);
    server.anonymous().get("/api/v1/users/me/export").problem(401, "auth.not_signed_in");
}

pub(crate) fn emails_are_requested_under_the_strict_limit(backend: Backend) {
    let sink = Sink::start();
    let server = server(backend, &sink, &[("ALVEOLE__RATE_LIMIT__AUTH", "5/h")]);
    let anonymous = server.anonymous();
    let paths = [
        "/auth/password/forgot",
        "/auth/password/reset",
        "/auth/email/verify",
        "/auth/email/resend",
        "/auth/email/confirm",
        "/auth/restore-account",
    ];
    let limited = |path: &str| {
        let answer = post(&anonymous, path, &json!({}));
        assert_eq!(answer.must_have("ratelimit-policy"), "\"auth\";q=5;w=3600", "{path}");
        answer.status
    };
    let statuses: Vec<u16> = paths.into_iter().map(limited).collect();
    assert_eq!(statuses, [400, 400, 400, 400, 400, 429]);
    let strict = [("ALVEOLE__RATE_LIMIT__ACCOUNT", "3/h")];
    let server = self::server(backend, &sink, &strict);
    let anonymous = server.anonymous();
    let ask =
        |email: &str| post(&anonymous, "/auth/password/forgot", &json!({"email": email})).status;
    let mut statuses: Vec<u16> = (0..4).map(|_| ask("nobody@example.com")).collect();
    statuses.push(ask("NOBODY@example.com"));
    statuses.push(ask("somebody.else@example.com"));
    assert_eq!(statuses, [200, 200, 200, 429, 429, 200]);
}
