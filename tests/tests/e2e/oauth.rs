//! Signing in with other providers: the good way, and everything that must not work.

use alveole_tests::{
    Answer, Backend, Client, Idp, Server,
    idp::{Quirk, Visitor, decode_pairs, encode},
    server::PASSWORD,
    simultaneously,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;
use sha2::{Digest as _, Sha256};

const ME: &str = "/api/v1/auth/me";
const FRONT: &str = "https://app.example.com/signed-in?from=here";
const VERIFIER: &str = "a-verifier-of-a-front-end-that-is-long-enough-0123456789";

/// A server that knows three providers, all of them one.
fn stage(backend: Backend, more: &[(&str, &str)]) -> (Server, Idp) {
    let idp = Idp::start();
    let mut settings: Vec<(String, String)> = Vec::new();
    for name in ["google", "github", "acme"] {
        settings.extend(idp.settings(name));
    }
    let more = more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    settings.extend(more);
    settings.push(("ALVEOLE__AUTH__FRONTEND_URLS".to_owned(), FRONT.to_owned()));
    let settings: Vec<(&str, &str)> =
        settings.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    (Server::with(backend, &settings), idp)
}

/// Somebody in front of a browser: it keeps the one cookie that there is.
struct Browser {
    client: Client,
    cookie: Option<String>,
}

impl Browser {
    fn new(server: &Server) -> Self {
        Self { client: server.anonymous(), cookie: None }
    }

    fn get(&mut self, path: &str) -> Answer {
        let mut request = self.client.request("GET", path);
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        let answer = request.send();
        self.keep(&answer);
        answer
    }

    fn keep(&mut self, answer: &Answer) {
        if let Some(set) = answer.header("set-cookie") {
            self.cookie = set.split(';').next().map(str::to_owned);
        }
    }

    /// Goes to a provider; gives where it wants to have the browser.
    #[track_caller]
    fn go(&mut self, path: &str) -> String {
        let answer = self.get(path).expect(302);
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{answer}");
        answer.must_have("location").to_owned()
    }

    /// There and back: what our server answers in the end.
    #[track_caller]
    fn sign_in(&mut self, idp: &Idp, provider: &str) -> Answer {
        let there = self.go(&format!("/api/v1/auth/{provider}"));
        let back = idp.visit(&there);
        self.get(local(&back))
    }

    /// The same for a front-end: the parameters that it gets.
    #[track_caller]
    fn sign_in_for_front(&mut self, idp: &Idp, provider: &str) -> Answer {
        let there = self.go(&authorize(provider, FRONT));
        let back = idp.visit(&there);
        self.get(local(&back))
    }
}

/// The path and query of an address of our server.
fn local(url: &str) -> &str {
    let rest = url.strip_prefix("http://127.0.0.1:").unwrap();
    rest.find('/').map(|at| &rest[at..]).unwrap()
}

/// What a front-end sends a browser to.
fn authorize(provider: &str, redirect_uri: &str) -> String {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
    format!(
        "/api/v1/auth/{provider}?response_type=code&client_id=web&redirect_uri={}&state=x%26y&\
         scope=all&code_challenge={challenge}&code_challenge_method=S256&nonce=ignored",
        encode(redirect_uri)
    )
}

/// The parameters that a front-end got.
#[track_caller]
fn told(answer: &Answer) -> std::collections::HashMap<String, String> {
    let location = answer.must_have("location");
    let rest = location.strip_prefix(&format!("{FRONT}&"));
    decode_pairs(rest.unwrap_or_else(|| panic!("{location} is not the front-end")))
}

fn redeem(client: &Client, code: &str, verifier: &str) -> Answer {
    let form = format!(
        "grant_type=authorization_code&code={code}&redirect_uri={}&client_id=web&\
         client_secret=&code_verifier={verifier}",
        encode(FRONT)
    );
    client
        .request("POST", "/api/v1/auth/token")
        .raw("application/x-www-form-urlencoded", form.as_bytes())
        .send()
}

fn as_token(server: &Server, answer: &Answer) -> Client {
    let token = answer.at("/data/access_token").as_str().unwrap_or_else(|| panic!("{answer}"));
    server.anonymous().with_token(token)
}

pub(crate) fn somebody_new_gets_an_account_and_comes_back_to_it(backend: Backend) {
    let (server, idp) = stage(backend, &[]);
    let listed = server.anonymous().get("/api/v1/auth/providers").expect(200);
    let names: Vec<&str> = listed.rows().iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["acme", "github", "google"]);
    // The document that this server serves offers the same ones.
    let document = server.anonymous().get("/openapi.json").expect(200);
    let schemes = document.at("/components/securitySchemes").as_object().unwrap();
    let schemes: Vec<&str> = schemes.keys().map(String::as_str).collect();
    assert_eq!(schemes, ["acme", "bearer", "github", "google"]);
    let ways = json!([{"bearer": []}, {"acme": []}, {"github": []}, {"google": []}]);
    assert_eq!(document.at("/security"), &ways);
    server.anonymous().get("/api/v1/auth/other").problem(404, "oauth.provider_unknown");
    for (number, provider, provenance) in
        [("11", "google", "google"), ("12", "github", "github"), ("13", "acme", "openid")]
    {
        let email = format!("v{number}@example.com");
        idp.welcome(Visitor::new(number, &email));
        let first = Browser::new(&server).sign_in(&idp, provider).expect(200);
        assert_eq!(first.header("cache-control"), Some("no-store"));
        let user = first.at("/data/user").clone();
        assert_eq!(user["provider"], provenance, "{first}");
        assert_eq!(user["email"], email.as_str());
        assert_eq!(user["email_verified"], true);
        assert_eq!(user["username"], format!("visitor{number}").as_str());
        assert_eq!(user["first_name"], "Given");
        assert_eq!(user["last_name"], "Family");
        assert_eq!(user["avatar"], "https://img.example.com/1.png");
        let me = as_token(&server, &first);
        assert_eq!(me.get(ME).expect(200).id(), user["id"].as_i64().unwrap());
        // The same person in another browser, with another address by now.
        idp.welcome(Visitor::new(number, "moved@example.com").unproven());
        let again = Browser::new(&server).sign_in(&idp, provider).expect(200);
        assert_eq!(again.at("/data/user/id"), &user["id"]);
        assert_eq!(again.at("/data/user/email"), &user["email"]);
        let linked = me.get("/api/v1/auth/identities").expect(200);
        assert_eq!(linked.rows()[0]["provider"], provider);
        assert_eq!(linked.rows().len(), 1);
    }
    // Names that are taken get something behind them.
    idp.welcome(Visitor { login: "visitor11".to_owned(), ..Visitor::new("14", "v14@example.com") });
    let other = Browser::new(&server).sign_in(&idp, "google").expect(200);
    let name = other.at("/data/user/username").as_str().unwrap().to_owned();
    assert!(name.starts_with("visitor11-"), "{name}");
    // An issuer that says who answers is believed when it is true.
    idp.misbehave(Quirk::IssuerAnswers);
    Browser::new(&server).sign_in(&idp, "google").expect(200);
    // And an account without a password has no password that could be guessed.
    for guess in ["", "password", PASSWORD] {
        let body = json!({"email": "v11@example.com", "password": guess});
        server.anonymous().post("/api/v1/auth/login", &body).problem(401, "auth.bad_credentials");
    }
}

pub(crate) fn a_state_works_once_in_its_browser_with_its_provider(backend: Backend) {
    let (server, idp) = stage(backend, &[]);
    let bad = |answer: Answer| drop(answer.problem(400, "oauth.bad_state"));
    let mut browser = Browser::new(&server);

    // Missing: no state, no cookie, neither, an invented one.
    bad(browser.get("/api/v1/auth/google/callback"));
    bad(browser.get("/api/v1/auth/google/callback?code=x&state=x"));
    let back = idp.visit(&browser.go("/api/v1/auth/google"));
    let (path, query) = local(&back).split_once('?').unwrap();
    let code = decode_pairs(query)["code"].clone();
    bad(browser.get(&format!("{path}?code={code}")));
    bad(browser.get(&format!("{path}?code={code}&state=invented")));

    // Another browser's, without a cookie and with one of its own: and it is used up by that.
    bad(Browser::new(&server).get(local(&back)));
    bad(browser.get(local(&back)));
    let back = idp.visit(&browser.go("/api/v1/auth/google"));
    let mut eve = Browser::new(&server);
    eve.go("/api/v1/auth/google");
    bad(eve.get(local(&back)));
    bad(browser.get(local(&back)));

    // Login CSRF: Eve's answer in Ada's browser.
    let hers = idp.visit(&eve.go("/api/v1/auth/google"));
    bad(browser.get(local(&hers)));

    // Provider A's answer at B's callback.
    let back = idp.visit(&browser.go("/api/v1/auth/google"));
    bad(browser.get(&local(&back).replace("/google/", "/acme/")));
    bad(browser.get(local(&back)));

    // Reused, also at once.
    let back = idp.visit(&browser.go("/api/v1/auth/google"));
    let cookie = browser.cookie.clone().unwrap();
    let answers = simultaneously(6, |_| {
        let client = server.anonymous();
        client.request("GET", local(&back)).header("cookie", &cookie).send().status
    });
    assert_eq!(answers.iter().filter(|status| **status == 200).count(), 1, "{answers:?}");
    assert!(answers.iter().all(|status| [200, 400].contains(status)), "{answers:?}");
    bad(browser.get(local(&back)));

    // The provider's code twice: the second time in an attempt of its own.
    let used = decode_pairs(local(&back).split_once('?').unwrap().1)["code"].clone();
    let fresh = idp.visit(&browser.go("/api/v1/auth/google"));
    let state = decode_pairs(local(&fresh).split_once('?').unwrap().1)["state"].clone();
    let answer = browser.get(&format!("{path}?code={used}&state={}", encode(&state)));
    answer.problem(401, "oauth.provider_refused");

    // Two tabs of one browser do not disturb each other.
    let one = browser.go("/api/v1/auth/google");
    let two = browser.go("/api/v1/auth/acme");
    for there in [one, two] {
        assert_ne!(browser.get(local(&idp.visit(&there))).status, 400);
    }
    // What the provider adds is no fault; what it says twice is.
    let back = idp.visit(&browser.go("/api/v1/auth/google"));
    browser.get(&format!("{}&state=other", local(&back))).expect(400);
    let back = idp.visit(&browser.go("/api/v1/auth/google"));
    browser.get(&format!("{}&authuser=0&prompt=none&session_state=x", local(&back))).expect(200);

    // Whoever says no at the provider.
    idp.misbehave(Quirk::Denied);
    browser.sign_in(&idp, "google").problem(403, "oauth.denied");
}

pub(crate) fn forged_id_tokens_let_nobody_in(backend: Backend) {
    let (server, idp) = stage(backend, &[]);
    let root = server.admin();
    idp.welcome(Visitor::new("21", "v21@example.com"));
    for quirk in [
        Quirk::AlgNone,
        Quirk::HmacByPublicKey,
        Quirk::UnknownKey,
        Quirk::OtherKey,
        Quirk::OwnKey,
        Quirk::OtherIssuer,
        Quirk::OtherAudience,
        Quirk::SharedAudience,
        Quirk::Expired,
        Quirk::NoExpiry,
        Quirk::NotYet,
        Quirk::OtherNonce,
        Quirk::NoNonce,
        Quirk::NoSubject,
        Quirk::NoIdToken,
        Quirk::OtherUserinfo,
        Quirk::OtherIssuerAnswers,
    ] {
        idp.misbehave(quirk);
        let answer = Browser::new(&server).sign_in(&idp, "google");
        assert_eq!(answer.status, 401, "{quirk:?}: {answer}");
        answer.problem(401, "oauth.provider_refused");
    }
    let audit =
        root.client.get("/api/v1/admin/audit?action=auth.login&outcome=failure").expect(200);
    assert_eq!(audit.rows().len(), 17, "each is on record");
    let audit = root.client.get("/api/v1/admin/audit?action=auth.register").expect(200);
    assert_eq!(audit.rows().len(), 0, "nobody got an account");
    assert!(!server.log().contains("eyJ"), "no token is logged");
    idp.misbehave(Quirk::EmailInUserinfo);
    Browser::new(&server).sign_in(&idp, "google").expect(200);
    idp.misbehave(Quirk::None);
    Browser::new(&server).sign_in(&idp, "google").expect(200);
}

pub(crate) fn a_provider_that_is_away_is_a_503(backend: Backend) {
    let (server, idp) = stage(backend, &[]);
    let away = |provider: &str| {
        let answer = Browser::new(&server).sign_in(&idp, provider);
        let answer = answer.problem(503, "oauth.provider_unavailable");
        answer.must_have("retry-after").parse::<u32>().unwrap();
        assert_eq!(answer.at("/retryable"), true);
    };
    idp.misbehave(Quirk::KeysFail);
    away("google");
    for quirk in [Quirk::TokenFails, Quirk::TokenGarbage, Quirk::TokenHuge, Quirk::TokenRedirects] {
        idp.misbehave(quirk);
        away("google");
        away("github");
    }
    let asked = idp.requests();
    assert!(!asked.iter().any(|request| request.ends_with("/elsewhere")), "{asked:?}");
    idp.misbehave(Quirk::ApiFails);
    away("github");
    // A front-end is told so in its own words.
    let answer = Browser::new(&server).sign_in_for_front(&idp, "github");
    assert_eq!(told(&answer)["error"], "temporarily_unavailable");
    // Slow is as bad as away, and does not take longer than a request may.
    idp.misbehave(Quirk::TokenSlow);
    away("google");
    // Away altogether.
    idp.misbehave(Quirk::None);
    let mut browser = Browser::new(&server);
    let back = idp.visit(&browser.go("/api/v1/auth/google"));
    drop(idp);
    browser.get(local(&back)).problem(503, "oauth.provider_unavailable");
    assert!(!server.log().contains("\"status\":500"));
}

pub(crate) fn an_address_counts_only_when_it_is_proven(backend: Backend) {
    let (server, idp) = stage(backend, &[]);
    // Nobody has it: an account, but the address is unproven.
    idp.welcome(Visitor::new("31", "v31@example.com").unproven());
    let unproven = Browser::new(&server).sign_in(&idp, "google").expect(200);
    assert_eq!(unproven.at("/data/user/email_verified"), false);
    // Somebody has it: nothing, whether that is proven here or not.
    let ada = server.person("ada");
    for taken in [ada.email.as_str(), "V31@Example.com"] {
        idp.welcome(Visitor::new("32", taken).unproven());
        for provider in ["google", "github", "acme"] {
            Browser::new(&server).sign_in(&idp, provider).problem(409, "oauth.email_taken");
        }
    }
    // No address at all.
    idp.welcome(Visitor { email: None, ..Visitor::new("33", "") });
    Browser::new(&server).sign_in(&idp, "github").problem(409, "oauth.email_missing");
    // Proven on both sides: one account.
    idp.welcome(Visitor::new("34", "v34@example.com"));
    let first = Browser::new(&server).sign_in(&idp, "google").expect(200);
    let me = as_token(&server, &first);
    let second = Browser::new(&server).sign_in(&idp, "github").expect(200);
    assert_eq!(first.at("/data/user/id"), second.at("/data/user/id"));
    assert_eq!(me.get("/api/v1/auth/identities").expect(200).rows().len(), 2);
    me.get(ME).expect(200);
    // Another one of the same provider is not added by itself.
    idp.welcome(Visitor::new("35", "v34@example.com"));
    Browser::new(&server).sign_in(&idp, "github").problem(409, "oauth.provider_linked");
}

/// A stranger registers with somebody's address and waits for them to come.
pub(crate) fn who_waits_in_an_account_for_its_owner_is_shut_out(backend: Backend) {
    let (server, idp) = stage(backend, &[]);
    let eve = server.person("eve");
    idp.welcome(Visitor::new("41", &eve.email));
    let owner = Browser::new(&server).sign_in(&idp, "google").expect(200);
    assert_eq!(owner.at("/data/user/id"), eve.id);
    assert_eq!(owner.at("/data/user/email_verified"), true);
    eve.client.get(ME).expect(401);
    let refresh = json!({"refresh_token": eve.refresh_token});
    server.anonymous().post("/api/v1/auth/refresh", &refresh).expect(401);
    let login = json!({"email": eve.email, "password": PASSWORD});
    server.anonymous().post("/api/v1/auth/login", &login).problem(401, "auth.bad_credentials");

    // The same by a provider that takes anybody's word for an address.
    idp.welcome(Visitor::new("42", "victim@example.com").unproven());
    let waiting = Browser::new(&server).sign_in(&idp, "acme").expect(200);
    let mallory = as_token(&server, &waiting);
    mallory.get(ME).expect(200);
    idp.welcome(Visitor::new("43", "victim@example.com"));
    let owner = Browser::new(&server).sign_in(&idp, "google").expect(200);
    assert_eq!(owner.at("/data/user/id"), waiting.at("/data/user/id"));
    mallory.get(ME).expect(401);
    let linked = as_token(&server, &owner).get("/api/v1/auth/identities").expect(200);
    assert_eq!(linked.rows().len(), 1, "{linked}");
    idp.welcome(Visitor::new("42", "victim@example.com").unproven());
    Browser::new(&server).sign_in(&idp, "acme").problem(409, "oauth.email_taken");

    // Who runs the place is not taken over by what a provider says.
    let root = server.admin();
    idp.welcome(Visitor::new("44", &root.email));
    Browser::new(&server).sign_in(&idp, "google").problem(409, "oauth.email_taken");
    root.client.get(ME).expect(200);
    let audit = root.client.get("/api/v1/admin/audit?action=auth.claimed").expect(200);
    assert_eq!(audit.rows().len(), 2);
}

pub(crate) fn a_suspended_account_stays_outside(backend: Backend) {
    let (server, idp) = stage(backend, &[]);
    idp.welcome(Visitor::new("51", "v51@example.com"));
    let mut browser = Browser::new(&server);
    let first = browser.sign_in(&idp, "google").expect(200);
    let code = told(&browser.sign_in_for_front(&idp, "google").expect(302))["code"].clone();
    let id = first.at("/data/user/id").as_i64().unwrap();
    let suspend = json!({"status": "suspended"});
    server.admin().client.put(&format!("/api/v1/admin/users/{id}"), &suspend).expect(200);
    browser.sign_in(&idp, "google").problem(403, "auth.suspended");
    // by its address, with another provider
    browser.sign_in(&idp, "acme").problem(403, "auth.suspended");
    let refused = redeem(&server.anonymous(), &code, VERIFIER);
    assert_eq!((refused.status, refused.at("/error").as_str()), (400, Some("invalid_grant")));
    let late = told(&browser.sign_in_for_front(&idp, "google").expect(302))["code"].clone();
    assert_eq!(redeem(&server.anonymous(), &late, VERIFIER).status, 400);
}

pub(crate) fn a_front_end_redeems_its_code_once(backend: Backend) {
    let (server, idp) = stage(backend, &[]);
    idp.welcome(Visitor::new("61", "v61@example.com"));
    let anonymous = server.anonymous();
    let mut browser = Browser::new(&server);
    let invalid = |answer: Answer| {
        assert_eq!((answer.status, answer.at("/error").as_str()), (400, Some("invalid_grant")));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    };
    let get_code = |browser: &mut Browser| {
        let told = told(&browser.sign_in_for_front(&idp, "google").expect(302));
        assert_eq!(told["state"], "x&y");
        told["code"].clone()
    };

    let code = get_code(&mut browser);
    let pair = redeem(&anonymous, &code, VERIFIER);
    assert_eq!(pair.status, 200, "{pair}");
    assert_eq!(pair.header("cache-control"), Some("no-store"));
    assert_eq!(pair.at("/token_type"), "Bearer");
    assert!(pair.at("/expires_in").as_u64().unwrap() > 0);
    let me = anonymous.with_token(pair.at("/access_token").as_str().unwrap());
    me.get(ME).expect(200);
    // The refresh token goes the same way, here as JSON.
    let refresh =
        json!({"grant_type": "refresh_token", "refresh_token": pair.at("/refresh_token")});
    let next = anonymous.post("/api/v1/auth/token", &refresh);
    assert_eq!(next.status, 200, "{next}");
    let me = anonymous.with_token(next.at("/access_token").as_str().unwrap());
    me.get(ME).expect(200);
    // The code again: two have it, so what was made of it ends.
    invalid(redeem(&anonymous, &code, VERIFIER));
    me.get(ME).expect(401);

    // At once: one session at most, and none is left.
    let code = get_code(&mut browser);
    let answers = simultaneously(5, |_| redeem(&server.anonymous(), &code, VERIFIER));
    let good: Vec<&Answer> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert!(good.len() <= 1, "{answers:?}");
    for answer in good {
        anonymous.with_token(answer.at("/access_token").as_str().unwrap()).get(ME).expect(401);
    }

    // What does not fit uses the code up.
    for (verifier, redirect_uri, client_id) in [
        ("wrong-verifier-that-is-long-enough-for-a-verifier-0123", FRONT, "web"),
        (VERIFIER, "https://app.example.com/other", "web"),
        (VERIFIER, FRONT, "another"),
    ] {
        let code = get_code(&mut browser);
        let form = format!(
            "grant_type=authorization_code&code={code}&redirect_uri={}&client_id={client_id}&\
             code_verifier={verifier}",
            encode(redirect_uri)
        );
        let request = anonymous.request("POST", "/api/v1/auth/token");
        invalid(request.raw("application/x-www-form-urlencoded", form.as_bytes()).send());
        invalid(redeem(&anonymous, &code, VERIFIER));
    }
    invalid(redeem(&anonymous, "invented", VERIFIER));
    // Of somebody else's identity by now: it was unlinked meanwhile.
    for (body, error) in [
        ("", "invalid_request"),
        ("grant_type=password&username=a&password=b", "unsupported_grant_type"),
        ("grant_type=authorization_code&code=x", "invalid_request"),
        ("grant_type=refresh_token", "invalid_request"),
        ("grant_type=refresh_token&refresh_token=x", "invalid_grant"),
        ("grant_type=refresh_token&refresh_token=x&refresh_token=y", "invalid_request"),
    ] {
        let request = anonymous.request("POST", "/api/v1/auth/token");
        let answer = request.raw("application/x-www-form-urlencoded", body.as_bytes()).send();
        assert_eq!((answer.status, answer.at("/error").as_str()), (400, Some(error)), "{body}");
    }
    let request = anonymous.request("POST", "/api/v1/auth/token");
    request.raw("text/plain", b"grant_type=x").send().problem(415, "request.media_type");
    assert!(!server.log().contains(&code), "no code is logged");
}

pub(crate) fn browsers_are_sent_to_known_front_ends_only(backend: Backend) {
    let (server, idp) = stage(backend, &[]);
    let mut browser = Browser::new(&server);
    for elsewhere in [
        "https://evil.example.com/",
        "https://app.example.com/signed-in",
        "https://app.example.com/signed-in?from=here&x=1",
        "https://app.example.com/signed-in?from=here#x",
        "https://app.example.com/signed-in/../x?from=here",
        "https://app.example.com.evil.com/signed-in?from=here",
        "https://app.example.com@evil.com/signed-in?from=here",
        "HTTPS://app.example.com/signed-in?from=here",
        "//evil.example.com",
        "/\\evil.example.com",
        "javascript:alert(1)",
        "",
    ] {
        let answer = browser.get(&authorize("google", elsewhere));
        answer.problem(400, "oauth.redirect_uri_unknown");
    }
    // PKCE is no matter of choice.
    let whole = authorize("google", FRONT);
    for (with, without) in [
        ("&code_challenge_method=S256", ""),
        ("&code_challenge_method=S256", "&code_challenge_method=plain"),
        ("response_type=code&", ""),
        ("response_type=code&", "response_type=token&"),
        ("&code_challenge=", "&other="),
        ("&code_challenge=", "&code_challenge=x"),
    ] {
        assert!(whole.contains(with));
        let answer = browser.get(&whole.replace(with, without)).expect(400);
        assert_eq!(answer.header("location"), None);
    }
    // Swagger UI is a front-end of ours.
    let own = format!("http://127.0.0.1:{}/docs/oauth2-redirect.html", server.port());
    let there = browser.go(&authorize("google", &own));
    let answer = browser.get(local(&idp.visit(&there))).expect(302);
    assert!(answer.must_have("location").starts_with(&format!("{own}?code=")), "{answer}");
    let page = server.anonymous().get("/docs/oauth2-redirect.html");
    assert_eq!(page.status, 200);
    assert!(!page.text.contains("<script>"), "the policy forbids it: {}", page.text);
    let script = server.anonymous().get("/docs/swagger-initializer.js");
    assert!(script.text.contains("usePkceWithAuthorizationCodeGrant"), "{}", script.text);

    // What goes wrong is told to the front-end, and the browser is not left alone.
    idp.misbehave(Quirk::Denied);
    let denied = told(&browser.sign_in_for_front(&idp, "google").expect(302));
    assert_eq!((denied["error"].as_str(), denied["state"].as_str()), ("access_denied", "x&y"));
    assert!(denied["error_uri"].ends_with("/problems/oauth.denied"), "{denied:?}");
    assert_eq!(server.anonymous().get(local(&denied["error_uri"])).status, 200);
    idp.misbehave(Quirk::Expired);
    let refused = told(&browser.sign_in_for_front(&idp, "google").expect(302));
    assert!(refused["error_uri"].ends_with("/problems/oauth.provider_refused"));
    // A wrong state is nobody's: nothing is known of a front-end.
    idp.misbehave(Quirk::None);
    let there = browser.go(&authorize("google", FRONT));
    let answer = Browser::new(&server).get(local(&idp.visit(&there)));
    assert_eq!(answer.header("location"), None);
    answer.problem(400, "oauth.bad_state");
}

pub(crate) fn identities_are_linked_and_unlinked_by_their_owner(backend: Backend) {
    let (server, idp) = stage(backend, &[]);
    let ada = server.person("ada");
    let link =
        |client: &Client, body: &serde_json::Value| client.post("/api/v1/auth/link/google", body);
    let with_password = json!({"current_password": PASSWORD});
    // Only who knows the password begins.
    link(&server.anonymous(), &with_password).expect(401);
    link(&ada.client, &json!({})).problem(400, "request.missing_field");
    let wrong = json!({"current_password": "wrong"});
    link(&ada.client, &wrong).problem(403, "auth.wrong_password");
    ada.client
        .post("/api/v1/auth/link/nobody", &with_password)
        .problem(404, "oauth.provider_unknown");
    let elsewhere =
        json!({"current_password": PASSWORD, "redirect_uri": "https://evil.example.com"});
    link(&ada.client, &elsewhere).problem(400, "oauth.redirect_uri_unknown");

    // There and back, with an address that has nothing to do with the account's.
    idp.welcome(Visitor::new("71", "elsewhere@example.com").unproven());
    let mut browser = Browser::new(&server);
    let answer = link(&ada.client, &with_password).expect(200);
    browser.keep(&answer);
    let there = answer.at("/data/authorize_url").as_str().unwrap().to_owned();
    // In another browser nothing is linked.
    Browser::new(&server).get(local(&idp.visit(&there))).problem(400, "oauth.bad_state");
    let answer = link(&ada.client, &with_password).expect(200);
    browser.keep(&answer);
    let there = answer.at("/data/authorize_url").as_str().unwrap().to_owned();
    let linked = browser.get(local(&idp.visit(&there))).expect(200);
    assert_eq!(linked.id(), ada.id);
    assert_eq!(linked.at("/data/email"), ada.email.as_str());
    assert_eq!(linked.at("/data/access_token"), &json!(null), "a link is no sign-in");
    let listed = ada.client.get("/api/v1/auth/identities").expect(200);
    assert_eq!(listed.rows()[0]["provider"], "google");
    let signed_in = browser.sign_in(&idp, "google").expect(200);
    assert_eq!(signed_in.at("/data/user/id"), ada.id);

    // By a front-end, and again: it is there already.
    let for_front = json!({"current_password": PASSWORD, "redirect_uri": FRONT, "state": "s"});
    let answer = link(&ada.client, &for_front).expect(200);
    browser.keep(&answer);
    let there = answer.at("/data/authorize_url").as_str().unwrap().to_owned();
    let back = told(&browser.get(local(&idp.visit(&there))).expect(302));
    assert_eq!((back["linked"].as_str(), back["state"].as_str()), ("google", "s"));

    // Somebody else's identity is not to be had.
    let grace = server.person("grace");
    let answer = link(&grace.client, &with_password).expect(200);
    browser.keep(&answer);
    let there = answer.at("/data/authorize_url").as_str().unwrap().to_owned();
    browser.get(local(&idp.visit(&there))).problem(409, "oauth.identity_taken");
    // A second one of the same provider neither.
    idp.welcome(Visitor::new("72", "second@example.com"));
    let answer = link(&ada.client, &with_password).expect(200);
    browser.keep(&answer);
    let there = answer.at("/data/authorize_url").as_str().unwrap().to_owned();
    browser.get(local(&idp.visit(&there))).problem(409, "oauth.provider_linked");
    // Nor out of a session that ended meanwhile.
    let answer = link(&grace.client, &with_password).expect(200);
    browser.keep(&answer);
    let there = answer.at("/data/authorize_url").as_str().unwrap().to_owned();
    grace.client.post("/api/v1/auth/logout", &json!({})).expect(200);
    browser.get(local(&idp.visit(&there))).problem(401, "auth.bad_token");

    // Unlinked: other sessions end, the password is left.
    let other = as_token(&server, &signed_in);
    ada.client.delete("/api/v1/auth/link/github").problem(404, "oauth.not_linked");
    ada.client.delete("/api/v1/auth/link/google").expect(200);
    other.get(ME).expect(401);
    ada.client.get(ME).expect(200);
    assert_eq!(ada.client.get("/api/v1/auth/identities").expect(200).rows().len(), 0);
    // Without a password one identity has to stay.
    idp.welcome(Visitor::new("73", "v73@example.com"));
    let only = as_token(&server, &browser.sign_in(&idp, "google").expect(200));
    only.delete("/api/v1/auth/link/google").problem(409, "oauth.last_way_in");
    // and a session that began just now stands for the password that is not there
    let answer = only.post("/api/v1/auth/link/github", &json!({})).expect(200);
    browser.keep(&answer);
    let there = answer.at("/data/authorize_url").as_str().unwrap().to_owned();
    browser.get(local(&idp.visit(&there))).expect(200);
    only.delete("/api/v1/auth/link/google").expect(200);
    only.delete("/api/v1/auth/link/github").problem(409, "oauth.last_way_in");
    let root = server.admin();
    let audit = root.client.get("/api/v1/admin/audit?action=auth.unlinked").expect(200);
    assert_eq!(audit.rows().len(), 2);
}

pub(crate) fn of_many_who_come_with_one_new_identity_one_account_is_made(backend: Backend) {
    let (server, idp) = stage(backend, &[]);
    // Several rounds: who comes between two looks of another is a matter of luck.
    for visitor in 81..89 {
        idp.welcome(Visitor::new(&visitor.to_string(), &format!("v{visitor}@example.com")));
        let arriving: Vec<_> = (0..6)
            .map(|_| {
                let mut browser = Browser::new(&server);
                let back = idp.visit(&browser.go("/api/v1/auth/google"));
                (browser.cookie.unwrap(), back)
            })
            .collect();
        let answers = simultaneously(arriving.len(), |number| {
            let (cookie, back) = &arriving[number];
            server.anonymous().request("GET", local(back)).header("cookie", cookie).send()
        });
        let ids: std::collections::BTreeSet<i64> = answers
            .into_iter()
            .map(|answer| answer.expect(200).at("/data/user/id").as_i64().unwrap())
            .collect();
        assert_eq!(ids.len(), 1, "{ids:?}");
    }
}

pub(crate) fn providers_stand_beside_the_other_routes(backend: Backend) {
    let (server, _idp) = stage(backend, &[]);
    let anonymous = server.anonymous();
    let ada = server.person("ada");
    for path in ["me", "check", "sessions", "identities"] {
        ada.client.get(&format!("/api/v1/auth/{path}")).expect(200);
        anonymous.get(&format!("/api/v1/auth/{path}")).expect(401);
    }
    for (method, path, allow) in [
        ("GET", "login", "POST, OPTIONS"),
        ("GET", "token", "POST, OPTIONS"),
        ("GET", "logout", "POST, OPTIONS"),
        ("POST", "providers", "GET, HEAD, OPTIONS"),
        ("POST", "google", "GET, HEAD, OPTIONS"),
        ("DELETE", "google/callback", "GET, HEAD, OPTIONS"),
        ("GET", "link/google", "DELETE, POST, OPTIONS"),
    ] {
        let answer = ada.client.request(method, &format!("/api/v1/auth/{path}")).send();
        assert_eq!(answer.status, 405, "{answer}");
        assert_eq!(answer.must_have("allow"), allow, "{method} {path}");
    }
    for unknown in ["facebook", "Google", "x", "a%20b", "..%2f"] {
        anonymous.get(&format!("/api/v1/auth/{unknown}")).problem(404, "oauth.provider_unknown");
        let path = format!("/api/v1/auth/{unknown}/callback?code=x&state=y");
        anonymous.get(&path).problem(404, "oauth.provider_unknown");
    }
    anonymous.get("/api/v1/auth/%00").problem(400, "text.nul");
    // The cookie, without TLS and with it.
    let set = anonymous.get("/api/v1/auth/google").must_have("set-cookie").to_owned();
    assert!(set.starts_with("alveole_browser="), "{set}");
    for part in ["HttpOnly", "SameSite=Lax", "Path=/api/v1/auth", "Max-Age=600"] {
        assert!(set.contains(part), "{set}");
    }
    let (tls, _idp) = stage(backend, &[("ALVEOLE__SERVER__PUBLIC_URL", "https://api.example.com")]);
    let answer = tls.anonymous().get("/api/v1/auth/google").expect(302);
    let set = answer.must_have("set-cookie");
    assert!(set.starts_with("__Host-alveole_browser="), "{set}");
    for part in ["HttpOnly", "SameSite=Lax", "Path=/;", "Secure"] {
        assert!(set.contains(part), "{set}");
    }
    assert!(!set.contains("Domain"));
    let redirect = decode_pairs(answer.must_have("location").split_once('?').unwrap().1);
    assert_eq!(redirect["redirect_uri"], "https://api.example.com/api/v1/auth/google/callback");
    // Without providers there are none.
    let bare = Server::start(backend);
    assert_eq!(bare.anonymous().get("/api/v1/auth/providers").expect(200).rows().len(), 0);
    bare.anonymous().get("/api/v1/auth/google").problem(404, "oauth.provider_unknown");
}
