//! Phone numbers, and notifications as text messages.

use std::{fs, time::Duration};

use alveole_tests::{
    Answer, Backend, FakeTwilio, Person, Server, eventually,
    fake_twilio::{self, Instead},
    server::PASSWORD,
    simultaneously,
};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_secs(20);
const PHONE: &str = "/api/v1/users/me/phone";
const CONFIRM: &str = "/api/v1/users/me/phone/confirm";
const NUMBER: &str = "+33612345678";
const PREFERENCES: &str = "/api/v1/notifications/preferences";
/// Requests for codes follow one another without a pause.
const NO_PAUSE: (&str, &str) = ("ALVEOLE__AUTH__LINK_PAUSE_SECONDS", "0");

/// The texts to a number in the folder, oldest first.
fn texts(server: &Server, to: &str) -> Vec<String> {
    let Ok(folder) = fs::read_dir(server.data_dir().join("texts")) else { return Vec::new() };
    let mut files: Vec<_> = folder.map(|file| file.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "txt"));
    files.sort();
    let contents = files.iter().map(|file| fs::read_to_string(file).unwrap());
    let head = format!("To: {to}\n\n");
    contents.filter_map(|text| Some(text.strip_prefix(&head)?.trim_end().to_owned())).collect()
}

/// The text with this place, once it is there.
fn text(server: &Server, to: &str, place: usize) -> String {
    let came = eventually(SOON, || texts(server, to).len() > place);
    assert!(came, "no text {place} to {to}: {}", server.log());
    texts(server, to)[place].clone()
}

fn code(text: &str) -> String {
    text.chars().take(6).collect()
}

fn wrong(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

fn ask(person: &Person, phone: &str) -> Answer {
    person.client.post(PHONE, &json!({"phone": phone, "current_password": PASSWORD}))
}

fn confirm(person: &Person, code: &str) -> Answer {
    person.client.post(CONFIRM, &json!({"code": code}))
}

fn remove(person: &Person) -> Answer {
    let body = json!({"current_password": PASSWORD});
    person.client.request("DELETE", PHONE).json(&body).send()
}

fn phone(person: &Person) -> Value {
    person.client.get("/api/v1/users/me").expect(200).data()["phone"].clone()
}

pub(crate) fn a_number_is_confirmed_by_text(backend: Backend) {
    let server = Server::with(backend, &[NO_PAUSE]);
    let (ada, eve, admin) = (server.person("ada"), server.person("eve"), server.admin());
    assert_eq!(phone(&ada), Value::Null);
    for raw in ["0612345678", "+33 6 12 34 56 78", "+0612345678", "+33612345678901234"] {
        let refused = ask(&ada, raw).problem(400, "users.phone_invalid");
        assert_eq!(refused.faulty_fields(), ["/phone"]);
    }
    let bare = ada.client.post(PHONE, &json!({"phone": NUMBER}));
    assert_eq!(bare.problem(400, "request.missing_field").faulty_fields(), ["/current_password"]);
    let body = json!({"phone": NUMBER, "current_password": "wrong"});
    ada.client.post(PHONE, &body).problem(403, "auth.wrong_password");
    let scopes = json!({"name": "ci", "scopes": ["tasks:read"]});
    let made = ada.client.post("/api/v1/auth/tokens", &scopes).expect(201);
    let program = server.anonymous().with_token(made.data()["token"].as_str().unwrap());
    let body = json!({"phone": NUMBER, "current_password": PASSWORD});
    program.post(PHONE, &body).problem(403, "auth.session_needed");
    confirm(&ada, "123456").problem(422, "users.phone_code_void");
    confirm(&ada, "12345").problem(400, "users.phone_code_malformed");

    ask(&ada, NUMBER).expect(202);
    let first = code(&text(&server, NUMBER, 0));
    assert_eq!(phone(&ada), Value::Null, "it takes the code");
    for _ in 0..5 {
        confirm(&ada, wrong(&first)).problem(403, "auth.wrong_code");
    }
    confirm(&ada, &first).problem(422, "users.phone_code_void");

    ask(&ada, NUMBER).expect(202);
    let second = text(&server, NUMBER, 1);
    assert!(second.contains("Alveole code"), "{second}");
    let second = code(&second);
    let export = ada.client.get("/api/v1/users/me/export").expect(200);
    assert_eq!(export.json["phone_change"]["new_phone"], NUMBER);
    let mine = confirm(&ada, &second).expect(200);
    assert_eq!(mine.data()["phone"], NUMBER);
    confirm(&ada, &second).problem(422, "users.phone_code_void");
    assert_eq!(phone(&ada), NUMBER);
    ask(&ada, NUMBER).problem(400, "users.phone_same");

    // Seen by oneself and by administrators.
    let path = format!("/api/v1/users/{}", ada.id);
    assert_eq!(admin.client.get(&path).expect(200).data()["phone"], NUMBER);
    assert!(!eve.client.get(&path).expect(200).text.contains("phone"));
    let export = ada.client.get("/api/v1/users/me/export").expect(200);
    assert_eq!(
        (&export.json["profile"]["phone"], &export.json["phone_change"]),
        (&json!(NUMBER), &Value::Null)
    );
    // Neither the number nor a code is where others look.
    let jobs = admin.client.get("/api/v1/admin/jobs?kind=users.phone_code").expect(200);
    assert_eq!(jobs.rows().len(), 2, "{}", jobs.text);
    let audit = format!("/api/v1/admin/audit?target_id={}", ada.id);
    let audit = admin.client.get(&audit).expect(200);
    assert!(audit.text.contains("auth.phone_asked") && audit.text.contains("auth.phone_changed"));
    for secret in [&NUMBER[1..], &format!("\"{first}\""), &format!("\"{second}\"")] {
        for place in [&jobs.text, &audit.text, &server.log()] {
            assert!(!place.contains(secret), "{secret}: {place}");
        }
    }
    let kept = server.sql("SELECT count(*) FROM phone_changes");
    assert_eq!(kept.trim(), "0");

    assert_eq!(remove(&ada).expect(200).data()["phone"], Value::Null);
    assert_eq!(phone(&ada), Value::Null);
    remove(&ada).expect(200);
    let wrong = json!({"current_password": "wrong"});
    let refused = ada.client.request("DELETE", PHONE).json(&wrong).send();
    refused.problem(403, "auth.wrong_password");

    // With the account goes the number.
    ask(&ada, NUMBER).expect(202);
    confirm(&ada, &code(&text(&server, NUMBER, 2))).expect(200);
    let password = json!({"password": PASSWORD});
    ada.client.request("DELETE", "/api/v1/users/me").json(&password).send().expect(200);
    let left = format!("SELECT count(*) FROM users WHERE phone = '{NUMBER}'");
    assert_eq!(server.sql(&left).trim(), "0");
}

pub(crate) fn a_number_gets_so_many_codes_a_day(backend: Backend) {
    let server = Server::with(backend, &[NO_PAUSE, ("ALVEOLE__RATE_LIMIT__ACCOUNT", "1000/min")]);
    let people: Vec<Person> =
        ["ada", "bob", "eve", "grace", "linus", "mia"].map(|name| server.person(name)).into();
    // Whoever asks, and at the same moment.
    let answers = simultaneously(people.len(), |place| ask(&people[place], NUMBER));
    let (taken, refused): (Vec<Answer>, Vec<Answer>) =
        answers.into_iter().partition(|answer| answer.status == 202);
    assert_eq!((taken.len(), refused.len()), (3, 3));
    for answer in refused {
        let answer = answer.problem(429, "users.phone_too_many");
        let seconds: u64 = answer.must_have("retry-after").parse().unwrap();
        assert!((86_000..=86_400).contains(&seconds), "{seconds}");
    }
    assert!(eventually(SOON, || texts(&server, NUMBER).len() == 3), "{}", server.log());
    // An account, whichever numbers it asks for.
    let zoe = server.person("zoe");
    for last in 0..5 {
        ask(&zoe, &format!("+4915112345{last}0")).expect(202);
    }
    ask(&zoe, "+491511234599").problem(429, "users.phone_too_many");
    let admin = server.admin();
    let audit = "/api/v1/admin/audit?action=auth.phone_asked&outcome=denied";
    let denied = admin.client.get(audit).expect(200);
    assert_eq!(denied.rows().len(), 4, "{}", denied.text);
    assert_eq!(denied.rows()[0]["detail"], "too many today");
    // Five tries, and no more of them when they come together.
    let asked = people.iter().find(|person| {
        server
            .sql(&format!("SELECT count(*) FROM phone_changes WHERE user_id = {}", person.id))
            .trim()
            == "1"
    });
    let asked = asked.unwrap();
    let right: Vec<String> = texts(&server, NUMBER).iter().map(|text| code(text)).collect();
    let wrong = (0..9).map(|digit| digit.to_string().repeat(6)).find(|code| !right.contains(code));
    let wrong = wrong.unwrap();
    let tried = simultaneously(12, |_| confirm(asked, &wrong).status);
    assert_eq!(tried.iter().filter(|status| **status == 403).count(), 5, "{tried:?}");
    assert_eq!(tried.iter().filter(|status| **status == 422).count(), 7, "{tried:?}");
}

pub(crate) fn a_second_request_waits_a_moment(backend: Backend) {
    let server = Server::with(backend, &[("ALVEOLE__AUTH__LINK_PAUSE_SECONDS", "60")]);
    let ada = server.person("ada");
    ask(&ada, NUMBER).expect(202);
    let soon = ask(&ada, "+4915112345678").problem(429, "auth.too_soon");
    let seconds: u64 = soon.must_have("retry-after").parse().unwrap();
    assert!((50..=61).contains(&seconds), "{seconds}");
}

pub(crate) fn notifications_come_by_text_when_they_are_wanted(backend: Backend) {
    let server = Server::with(backend, &[NO_PAUSE]);
    let (ada, bob) = (server.person("ada"), server.person("bob"));
    ask(&bob, NUMBER).expect(202);
    confirm(&bob, &code(&text(&server, NUMBER, 0))).expect(200);
    let assign = |title: &str| {
        let body = json!({"title": title, "assignee_id": bob.id});
        ada.client.post("/api/v1/tasks", &body).expect(201);
    };
    let inbox =
        || bob.client.get("/api/v1/notifications?kind=task.assigned").expect(200).rows().len();
    assign("unasked");
    assert!(eventually(SOON, || inbox() == 1), "{}", server.log());
    let wish = |mode: &str| json!({"preferences": [{"kind": "task.assigned", "channel": "sms", "mode": mode}]});
    bob.client.patch(PREFERENCES, &wish("digest")).problem(400, "notifications.no_digest");
    let chosen = bob.client.patch(PREFERENCES, &wish("on")).expect(200);
    let effective = chosen.at("/data/effective").as_array().unwrap().clone();
    let of = |kind: &str| {
        effective.iter().find(|one| one["kind"] == kind && one["channel"] == "sms").unwrap()
    };
    assert_eq!(
        (&of("task.assigned")["mode"], &of("task.assigned")["why"]),
        (&json!("on"), &json!("kind"))
    );
    let security = of("account.security");
    assert_eq!((&security["mode"], &security["why"]), (&json!("off"), &json!("default")));

    assign("first");
    let said = text(&server, NUMBER, 1);
    assert_eq!(said, format!("{} assigned you the task \"first\".", ada.username));
    let sent = "SELECT count(*) FROM notification_sends WHERE channel = 1 AND state = 1 AND reason IS NULL";
    assert!(eventually(SOON, || server.sql(sent).trim() == "1"), "{}", server.log());

    // Quiet hours hold it, and it goes out at their end.
    let days = json!(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]);
    let quiet = json!({"zone": "UTC", "days": days, "from": "00:00", "to": "00:00"});
    let hours = "/api/v1/notifications/quiet-hours";
    bob.client.put(hours, &quiet).expect(200);
    assign("second");
    let held =
        "SELECT count(*) FROM notification_sends WHERE channel = 1 AND state = 0 AND reason = 1";
    assert!(eventually(SOON, || server.sql(held).trim() == "1"), "{}", server.log());
    assert_eq!(texts(&server, NUMBER).len(), 2);
    bob.client.put(hours, &json!({"days": []})).expect(200);
    assert!(text(&server, NUMBER, 2).contains("\"second\""));

    // In the language of the reader, in two segments.
    bob.client.put("/api/v1/users/me", &json!({"locale": "zh-Hans"})).expect(200);
    assign(&"长".repeat(150));
    let long = text(&server, NUMBER, 3);
    assert!(long.contains("分配") || long.ends_with("..."), "{long}");
    assert!(long.encode_utf16().count() <= 134, "{long}");

    // Without a number there is none.
    remove(&bob).expect(200);
    assign("third");
    let skipped =
        "SELECT count(*) FROM notification_sends WHERE channel = 1 AND state = 2 AND reason = 3";
    assert!(eventually(SOON, || server.sql(skipped).trim() == "1"), "{}", server.log());
    assert_eq!(texts(&server, NUMBER).len(), 4);
    let jobs = server.admin().client.get("/api/v1/admin/jobs?kind=notifications.text").expect(200);
    assert!(!jobs.text.contains("33612345678") && !jobs.text.contains("first"), "{}", jobs.text);
}

pub(crate) fn texts_leave_by_twilio(backend: Backend) {
    let twilio = FakeTwilio::start();
    let mut settings = twilio.settings();
    settings.push((NO_PAUSE.0.to_owned(), NO_PAUSE.1.to_owned()));
    settings
        .push(("ALVEOLE__AUTH__LINK_BASE_URL".to_owned(), "https://app.example.com".to_owned()));
    let settings: Vec<(&str, &str)> =
        settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let server = Server::with(backend, &settings);
    let (ada, bob) = (server.person("ada"), server.person("bob"));

    // Away, and then back.
    twilio.say(Some(Instead::of(503, "")));
    ask(&bob, NUMBER).expect(202);
    assert!(eventually(SOON, || twilio.asked() > 0), "{}", server.log());
    twilio.say(Some(Instead::of(429, "").retry_after("1")));
    assert!(eventually(SOON, || twilio.asked() > 1), "{}", server.log());
    twilio.say(None);
    assert!(eventually(SOON, || twilio.sent().len() == 1), "{}", server.log());
    let (to, said) = twilio.sent().remove(0);
    assert_eq!(to, NUMBER);
    confirm(&bob, &code(&said)).expect(200);

    // A number that Twilio refuses.
    let refusal = "The 'To' number +15550000000 is not a valid phone number";
    twilio.say(Some(fake_twilio::error(400, 21211, refusal)));
    ask(&ada, "+15550000000").expect(202);
    let mine = || ada.client.get("/api/v1/users/me/export").expect(200).text;
    assert!(eventually(SOON, || mine().contains("code 21211")), "{}", server.log());
    confirm(&ada, "123456").problem(422, "users.phone_code_void");

    // What he hears of his new number is judged by what he wants when it happened.
    let heard = || !bob.client.get("/api/v1/notifications").expect(200).rows().is_empty();
    assert!(eventually(SOON, heard), "{}", server.log());
    let wish = json!({"preferences": [{"channel": "sms", "mode": "on"}]});
    bob.client.put(PREFERENCES, &wish).expect(200);
    let assign = |title: &str| {
        let body = json!({"title": title, "assignee_id": bob.id});
        ada.client.post("/api/v1/tasks", &body).expect(201);
    };
    assign("refused");
    let failed =
        "SELECT count(*) FROM notification_sends WHERE channel = 1 AND state = 5 AND reason = 4";
    assert!(eventually(SOON, || server.sql(failed).trim() == "1"), "{}", server.log());
    twilio.say(None);
    assign("taken");
    assert!(eventually(SOON, || twilio.sent().len() == 2), "{}", server.log());
    let (_, said) = twilio.sent().remove(1);
    assert_eq!(
        said,
        format!("{} assigned you the task \"taken\". https://app.example.com", ada.username)
    );
    assert_eq!(twilio.refused(), Vec::<String>::new());
    let dead = server.admin().client.get("/api/v1/admin/jobs?state=dead").expect(200);
    assert_eq!(dead.rows(), &[] as &[Value], "{}", dead.text);
    assert_eq!(server.metric("alveole_texts_total{outcome=\"never\"}"), Some(2.0));
    for secret in [twilio.token(), "33612345678", "15550000000", "assigned you"] {
        assert!(!server.log().contains(secret), "{secret}: {}", server.log());
    }
}

pub(crate) fn without_a_provider_there_are_no_numbers(backend: Backend) {
    let server = Server::with(backend, &[("ALVEOLE__SMS__PROVIDER", "none")]);
    let ada = server.person("ada");
    let refused = ask(&ada, NUMBER).problem(409, "users.phone_unavailable");
    assert!(refused.text.contains("sms.provider"), "{}", refused.text);
    remove(&ada).expect(200);
}
