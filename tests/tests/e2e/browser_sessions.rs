//! Sessions of browsers, whose refresh token a cookie keeps, and the first administrator.

use alveole_tests::{
    Answer, Backend, Client, Device, Person, Server, server::PASSWORD, simultaneously,
};
use serde_json::{Value, json};

const LOGIN: &str = "/api/v1/auth/login";
const REFRESH: &str = "/api/v1/auth/refresh";
const SETUP: &str = "/api/v1/auth/setup";

/// A page of this server in a browser.
struct Page {
    client: Client,
    origin: String,
    cookie: Option<String>,
}

impl Page {
    fn of(server: &Server) -> Self {
        let origin = format!("http://127.0.0.1:{}", server.port());
        Self { client: server.anonymous(), origin, cookie: None }
    }

    fn post(&mut self, path: &str, body: &Value) -> Answer {
        let origin = self.origin.clone();
        self.post_from(&origin, path, body)
    }

    fn post_from(&mut self, origin: &str, path: &str, body: &Value) -> Answer {
        let mut request = self.client.request("POST", path).json(body).header("origin", origin);
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", &format!("other=1; alveole_refresh={cookie}"));
        }
        let answer = request.send();
        if let Some(set) = answer.header("set-cookie") {
            let (value, attributes) = set.split_once(';').unwrap();
            let value = value.strip_prefix("alveole_refresh=").unwrap();
            for part in ["Path=/api/v1/auth/refresh", "HttpOnly", "SameSite=Strict"] {
                assert!(attributes.contains(part), "{set}");
            }
            self.cookie = (!attributes.contains("Max-Age=0;")).then(|| value.to_owned());
        }
        answer
    }
}

fn login(person: &Person) -> Value {
    json!({"username": person.username, "password": PASSWORD, "session": "cookie"})
}

pub(crate) fn a_cookie_keeps_the_session_of_a_browser(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let mut page = Page::of(&server);
    let entered = page.post(LOGIN, &login(&ada)).expect(200);
    assert_eq!(entered.must_have("cache-control"), "no-store");
    assert!(!entered.text.contains("refresh_token"), "{entered}");
    assert_eq!(entered.at("/data/user/username"), &json!(ada.username));
    let first = page.cookie.clone().unwrap();

    let again = page.post(REFRESH, &json!({"session": "cookie"})).expect(200);
    assert!(!again.text.contains("refresh_token"), "{again}");
    let second = page.cookie.clone().unwrap();
    assert_ne!(first, second);
    let token = again.at("/data/access_token").as_str().unwrap();
    let client = server.anonymous().with_token(token);
    client.get("/api/v1/auth/me").expect(200);

    client.post("/api/v1/auth/logout", &json!({})).expect(200).must_have("set-cookie");
    page.post(REFRESH, &json!({"session": "cookie"})).problem(401, "auth.bad_refresh_token");
    assert_eq!(page.cookie, None, "the browser forgets what is no session any more");
    page.post(REFRESH, &json!({"session": "cookie"})).problem(401, "auth.bad_refresh_token");
}

pub(crate) fn a_stolen_cookie_ends_the_session(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let mut page = Page::of(&server);
    page.post(LOGIN, &login(&ada)).expect(200);
    let mut thief = Page { cookie: page.cookie.clone(), ..Page::of(&server) };
    page.post(REFRESH, &json!({"session": "cookie"})).expect(200);
    page.post(REFRESH, &json!({"session": "cookie"})).expect(200);
    thief.post(REFRESH, &json!({"session": "cookie"})).problem(401, "auth.refresh_reused");
    page.post(REFRESH, &json!({"session": "cookie"})).problem(401, "auth.bad_refresh_token");
}

pub(crate) fn pages_of_elsewhere_get_no_session(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let mut page = Page::of(&server);
    page.post(LOGIN, &login(&ada)).expect(200);
    let kept = page.cookie.clone().unwrap();
    for origin in ["https://evil.example", "null", "http://127.0.0.1.evil.example"] {
        for (path, body) in [
            (LOGIN, login(&ada)),
            (REFRESH, json!({"session": "cookie"})),
            (
                "/api/v1/auth/2fa/verify",
                json!({"mfa_token": "x", "code": "123456", "session": "cookie"}),
            ),
            (
                SETUP,
                json!({"token": "x", "username": "eve", "email": "eve@example.com", "password": PASSWORD, "session": "cookie"}),
            ),
        ] {
            page.post_from(origin, path, &body).problem(403, "auth.page_refused");
        }
    }
    let cookie = format!("alveole_refresh={kept}");
    let bare = || {
        let request = server.anonymous();
        request
            .request("POST", REFRESH)
            .json(&json!({"session": "cookie"}))
            .header("cookie", &cookie)
            .send()
    };
    bare().problem(403, "auth.page_refused");
    let from_site = |site: &str| {
        let client = server.anonymous();
        let request = client.request("POST", REFRESH).json(&json!({"session": "cookie"}));
        request.header("cookie", &cookie).header("sec-fetch-site", site).send()
    };
    from_site("cross-site").problem(403, "auth.page_refused");
    from_site("none").problem(403, "auth.page_refused");
    from_site("same-origin").expect(200);
}

pub(crate) fn programs_sign_in_as_before(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let anonymous = server.anonymous();
    let body = json!({"username": ada.username, "password": PASSWORD});
    let entered = anonymous.post(LOGIN, &body).expect(200);
    assert_eq!(entered.header("set-cookie"), None);
    let token = entered.at("/data/refresh_token").as_str().unwrap();
    anonymous.post(REFRESH, &json!({"refresh_token": token})).expect(200);
    for body in [json!({"session": "local"}), json!({"session": null}), json!({"session": 1})] {
        let refused = anonymous.post(REFRESH, &body).expect(400);
        assert_eq!(refused.faulty_fields(), ["/session", "/refresh_token"], "{refused}");
    }
    let both = json!({"session": "cookie", "refresh_token": ada.refresh_token});
    assert_eq!(anonymous.post(REFRESH, &both).expect(400).faulty_fields(), ["/refresh_token"]);
}

pub(crate) fn a_second_factor_comes_before_the_cookie(backend: Backend) {
    let server = Server::start(backend);
    let ada = server.person("ada");
    let (phone, _) = Device::enrol(&ada.client);
    let mut page = Page::of(&server);
    let asked = page.post(LOGIN, &login(&ada)).expect(200);
    assert_eq!(page.cookie, None);
    let token = asked.at("/data/mfa_token").as_str().unwrap();
    let code = phone.code(1);
    let verify = json!({"mfa_token": token, "code": code, "session": "cookie"});
    let entered = page.post("/api/v1/auth/2fa/verify", &verify).expect(200);
    assert!(!entered.text.contains("refresh_token"), "{entered}");
    page.post(REFRESH, &json!({"session": "cookie"})).expect(200);
}

fn first(token: &str, name: &str) -> Value {
    let email = format!("{name}@example.com");
    json!({"token": token, "username": name, "email": email, "password": PASSWORD, "session": "cookie"})
}

pub(crate) fn who_reads_the_log_makes_the_first_administrator(backend: Backend) {
    let server = Server::without_admin(backend);
    let needed = || server.anonymous().get(SETUP).expect(200).at("/data/needed").clone();
    assert_eq!(needed(), true);
    let token = server.setup_token();
    assert_eq!(token.len(), 40, "160 bits");
    let mut page = Page::of(&server);
    page.post(SETUP, &first("7f3c", "eve")).problem(401, "auth.bad_setup_token");
    page.post(SETUP, &first("", "eve")).problem(401, "auth.bad_setup_token");
    let weak = json!({"token": token, "username": "root", "email": "root", "password": "short"});
    assert_eq!(page.post(SETUP, &weak).expect(400).faulty_fields(), ["/email", "/password"]);
    assert_eq!(needed(), true);

    let made = page.post(SETUP, &first(&token, "root")).expect(201);
    assert_eq!(made.at("/data/user/role"), "super_admin");
    assert!(made.must_have("location").starts_with("/api/v1/users/"), "{made}");
    page.post(REFRESH, &json!({"session": "cookie"})).expect(200);
    assert_eq!(needed(), false);
    page.post(SETUP, &first(&token, "eve")).problem(409, "auth.already_set_up");

    let root = server.anonymous().with_token(made.at("/data/access_token").as_str().unwrap());
    let denied = root.get("/api/v1/admin/audit?action=auth.setup").expect(200);
    assert_eq!(denied.rows().len(), 2, "{denied}");
    assert!(denied.rows().iter().all(|row| row["outcome"] == "denied"), "{denied}");
}

pub(crate) fn of_many_only_one_becomes_the_first_administrator(backend: Backend) {
    let server = Server::without_admin(backend);
    let token = server.setup_token();
    let answers = simultaneously(6, |number| {
        let body = json!({
            "token": token, "username": format!("root{number}"), "password": PASSWORD,
            "email": format!("root{number}@example.com"),
        });
        server.anonymous().post(SETUP, &body)
    });
    let made: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
    assert_eq!(made.len(), 1);
    assert!(answers.iter().all(|answer| [201, 409].contains(&answer.status)), "{answers:?}");
    let root = Person::from_answer(&server.anonymous(), made[0]);
    let admins = root.client.get("/api/v1/admin/users?role=super_admin").expect(200);
    assert_eq!(admins.rows().len(), 1, "{admins}");
}
