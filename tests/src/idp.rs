//! An identity provider to test against: OpenID as Google speaks it, and the API of GitHub. It
//! checks what a strict provider checks (client, redirect URI, PKCE, codes used once), and can be
//! told to misbehave in every way that a client must notice.
#![expect(clippy::indexing_slicing, reason = "the index of a JSON object makes the member")]

mod jwt;
pub(crate) mod wire;

use std::{
    collections::HashMap,
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use self::{
    jwt::KeyPairs,
    wire::{Asked, Told},
};
pub use self::{
    jwt::Signature,
    wire::{decode_pairs, encode},
};

/// What the provider calls its client, and the secret between the two.
pub const CLIENT: (&str, &str) = ("alveole-client", "client-secret/+=&");

/// Who says yes at the provider.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// Their unchanging name there; a number for GitHub.
    pub subject: String,
    /// Their address.
    pub email: Option<String>,
    /// Whether they proved it.
    pub verified: bool,
    /// What they call themselves.
    pub login: String,
}

impl Visitor {
    /// Somebody with a proven address.
    pub fn new(subject: &str, email: &str) -> Self {
        Self {
            subject: subject.to_owned(),
            email: Some(email.to_owned()),
            verified: true,
            login: format!("visitor{subject}"),
        }
    }

    /// The same, but nobody knows whether the address is theirs.
    #[must_use]
    pub fn unproven(self) -> Self {
        Self { verified: false, ..self }
    }
}

/// What the provider does wrong, until it is told otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quirk {
    /// Nothing.
    None,
    /// The visitor says no.
    Denied,
    /// The answer says it is of another issuer (RFC 9207).
    OtherIssuerAnswers,
    /// The answer says of which issuer it is, and it is true.
    IssuerAnswers,
    /// The ID token is not signed and says so.
    AlgNone,
    /// It is signed with HMAC, by the public key as a secret.
    HmacByPublicKey,
    /// It names a key that is not published.
    UnknownKey,
    /// It is signed by another key than the one it names.
    OtherKey,
    /// It brings its own key along (`jwk` in the header).
    OwnKey,
    /// Its `iss` is another one.
    OtherIssuer,
    /// Its `aud` is somebody else.
    OtherAudience,
    /// It is for us and for others, and does not say who asked.
    SharedAudience,
    /// It is over.
    Expired,
    /// It never ends.
    NoExpiry,
    /// It is not yet good.
    NotYet,
    /// It is of another sign-in.
    OtherNonce,
    /// It is of no sign-in in particular.
    NoNonce,
    /// It names nobody.
    NoSubject,
    /// There is none.
    NoIdToken,
    /// The address stands in userinfo only.
    EmailInUserinfo,
    /// Userinfo tells of somebody else.
    OtherUserinfo,
    /// The token endpoint answers 500.
    TokenFails,
    /// The token endpoint answers after a long time.
    TokenSlow,
    /// The token endpoint answers with something that is no JSON.
    TokenGarbage,
    /// The token endpoint answers without end.
    TokenHuge,
    /// The token endpoint sends elsewhere, where good tokens are.
    TokenRedirects,
    /// The keys cannot be had.
    KeysFail,
    /// The API of GitHub answers 500.
    ApiFails,
}

/// A code that was given out.
struct Issued {
    client_id: String,
    redirect_uri: String,
    challenge: String,
    nonce: Option<String>,
    visitor: Visitor,
}

struct State {
    visitor: Visitor,
    quirk: Quirk,
    signature: Signature,
    codes: HashMap<String, Issued>,
    tokens: HashMap<String, Visitor>,
    requests: Vec<String>,
}

/// A running provider.
pub struct Idp {
    port: u16,
    state: Arc<Mutex<State>>,
    keys: Arc<Mutex<KeyPairs>>,
    over: Arc<AtomicBool>,
}

impl Idp {
    /// Starts one on a port of its own.
    pub fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let state = Arc::new(Mutex::new(State {
            visitor: Visitor::new("1", "visitor1@example.com"),
            quirk: Quirk::None,
            signature: Signature::Rs256,
            codes: HashMap::new(),
            tokens: HashMap::new(),
            requests: Vec::new(),
        }));
        let keys = Arc::new(Mutex::new(KeyPairs::generate()));
        let over = Arc::new(AtomicBool::new(false));
        let desk = Desk {
            issuer: format!("http://127.0.0.1:{port}"),
            state: Arc::clone(&state),
            keys: Arc::clone(&keys),
            count: Arc::default(),
        };
        wire::serve(listener, Arc::clone(&over), move |stream| desk.serve(stream));
        Self { port, state, keys, over }
    }

    /// Its address, which is also its name in ID tokens.
    pub fn issuer(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What a server needs to be told to use it under this name, as environment variables.
    pub fn settings(&self, name: &str) -> Vec<(String, String)> {
        let base = self.issuer();
        let mut all = vec![
            ("client_id", CLIENT.0.to_owned()),
            ("client_secret", CLIENT.1.to_owned()),
            ("authorize_url", format!("{base}/authorize")),
            ("token_url", format!("{base}/token")),
        ];
        if name == "github" {
            all.push(("userinfo_url", format!("{base}/user")));
            all.push(("emails_url", format!("{base}/user/emails")));
        } else {
            all.push(("issuer", base.clone()));
            all.push(("jwks_url", format!("{base}/keys")));
            all.push(("userinfo_url", format!("{base}/userinfo")));
        }
        let named = |(key, value): (&str, String)| {
            (format!("ALVEOLE__OAUTH__{name}__{key}").to_uppercase(), value)
        };
        all.into_iter().map(named).collect()
    }

    /// Who says yes from now on.
    pub fn welcome(&self, visitor: Visitor) {
        self.lock().visitor = visitor;
    }

    /// What goes wrong from now on.
    pub fn misbehave(&self, quirk: Quirk) {
        self.lock().quirk = quirk;
    }

    /// How ID tokens are signed from now on.
    pub fn sign_by(&self, signature: Signature) {
        self.lock().signature = signature;
    }

    /// New keys from now on.
    pub fn rotate(&self) {
        *self.keys.lock().unwrap_or_else(PoisonError::into_inner) = KeyPairs::generate();
    }

    /// Every request so far, as `GET /keys`.
    pub fn requests(&self) -> Vec<String> {
        self.lock().requests.clone()
    }

    /// What a browser does that is sent to `url`: the visitor decides, and it is sent back. Gives
    /// where to.
    pub fn visit(&self, url: &str) -> String {
        let query = url
            .strip_prefix(&format!("{}/authorize?", self.issuer()))
            .unwrap_or_else(|| panic!("{url} does not lead to the provider"));
        let client = crate::Client::new(self.issuer());
        let answer = client.get(&format!("/authorize?{query}"));
        assert_eq!(answer.status, 302, "{answer}");
        answer.must_have("location").to_owned()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Idp {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        // The listener waits for somebody.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

/// What answers requests.
#[derive(Clone)]
struct Desk {
    issuer: String,
    state: Arc<Mutex<State>>,
    keys: Arc<Mutex<KeyPairs>>,
    count: Arc<AtomicU64>,
}

impl Desk {
    fn serve(&self, stream: TcpStream) {
        let Some(asked) = Asked::read(&stream) else { return };
        let quirk = {
            let mut state = self.lock();
            state.requests.push(format!("{} {}", asked.method, asked.path));
            state.quirk
        };
        let told = match (asked.method.as_str(), asked.path.as_str()) {
            ("GET", "/authorize") => self.authorize(&asked, quirk),
            ("POST", "/token") => match quirk {
                Quirk::TokenFails => Told::text(500, "out of order"),
                Quirk::TokenGarbage => Told::text(200, "<html>Sign in to the Wi-Fi</html>"),
                Quirk::TokenHuge => Told::text(200, &"x".repeat(2 << 20)),
                Quirk::TokenRedirects => Told::found(&format!("{}/elsewhere", self.issuer)),
                Quirk::TokenSlow => {
                    thread::sleep(Duration::from_secs(20));
                    self.token(&asked, quirk)
                }
                _ => self.token(&asked, quirk),
            },
            (_, "/elsewhere") => self.token(&asked, quirk),
            ("GET", "/keys") if quirk == Quirk::KeysFail => Told::text(503, "later"),
            ("GET", "/keys") => Told::json(200, &self.keys().published()),
            ("GET", "/user" | "/user/emails") if quirk == Quirk::ApiFails => {
                Told::text(500, "out of order")
            }
            ("GET", "/userinfo" | "/user" | "/user/emails") => self.tell(&asked, quirk),
            _ => Told::text(404, "nothing here"),
        };
        told.write(stream);
    }

    fn fresh(&self, what: &str) -> String {
        format!("{what}-{}", self.count.fetch_add(1, Ordering::SeqCst))
    }

    fn authorize(&self, asked: &Asked, quirk: Quirk) -> Told {
        let query = &asked.query;
        let get = |name: &str| query.get(name).cloned().unwrap_or_default();
        let right = get("response_type") == "code"
            && get("client_id") == CLIENT.0
            && get("code_challenge_method") == "S256"
            && get("code_challenge").len() == 43
            && get("state").len() >= 43
            && !get("scope").is_empty();
        if !right {
            return Told::text(400, &format!("not a good request: {query:?}"));
        }
        let back = get("redirect_uri");
        let state = wire::encode(&get("state"));
        if quirk == Quirk::Denied {
            return Told::found(&format!("{back}?error=access_denied&state={state}"));
        }
        let code = self.fresh("code");
        let issued = Issued {
            client_id: get("client_id"),
            redirect_uri: back.clone(),
            challenge: get("code_challenge"),
            nonce: query.get("nonce").cloned(),
            visitor: self.lock().visitor.clone(),
        };
        self.lock().codes.insert(code.clone(), issued);
        let issuer = match quirk {
            Quirk::OtherIssuerAnswers => "&iss=https%3A%2F%2Fevil.example.com".to_owned(),
            Quirk::IssuerAnswers => format!("&iss={}", wire::encode(&self.issuer)),
            _ => String::new(),
        };
        Told::found(&format!("{back}?code={code}&state={state}{issuer}"))
    }

    fn token(&self, asked: &Asked, quirk: Quirk) -> Told {
        let form = wire::decode_pairs(&asked.body);
        let get = |name: &str| form.get(name).cloned().unwrap_or_default();
        let refuse = |code: &str| Told::json(400, &json!({"error": code}));
        let known = asked.basic().map_or_else(
            || get("client_id") == CLIENT.0 && get("client_secret") == CLIENT.1,
            |(id, secret)| id == CLIENT.0 && secret == CLIENT.1,
        );
        if !known {
            return Told::json(401, &json!({"error": "invalid_client"}));
        }
        let Some(issued) = self.lock().codes.remove(&get("code")) else {
            return refuse("invalid_grant");
        };
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(get("code_verifier")));
        let right = get("grant_type") == "authorization_code"
            && issued.client_id == CLIENT.0
            && issued.redirect_uri == get("redirect_uri")
            && issued.challenge == challenge;
        if !right {
            return refuse("invalid_grant");
        }
        let token = self.fresh("token");
        self.lock().tokens.insert(token.clone(), issued.visitor.clone());
        let mut answer = json!({"access_token": token, "token_type": "bearer", "expires_in": 60});
        if issued.nonce.is_some() && quirk != Quirk::NoIdToken {
            answer["id_token"] = json!(self.id_token(&issued, quirk));
        }
        Told::json(200, &answer)
    }

    fn id_token(&self, issued: &Issued, quirk: Quirk) -> String {
        let now = jwt::now();
        let visitor = &issued.visitor;
        let mut claims = json!({
            "iss": self.issuer, "aud": CLIENT.0, "sub": visitor.subject, "iat": now,
            "exp": now + 300, "nonce": issued.nonce, "email": visitor.email,
            "email_verified": visitor.verified, "preferred_username": visitor.login,
            "given_name": "Given", "family_name": "Family",
            "picture": "https://img.example.com/1.png",
        });
        let object = claims.as_object_mut().expect("an object");
        let mut set = |name: &str, value: Value| {
            object.insert(name.to_owned(), value);
        };
        match quirk {
            Quirk::OtherIssuer => set("iss", json!("https://evil.example.com")),
            Quirk::OtherAudience => set("aud", json!("another-client")),
            Quirk::SharedAudience => set("aud", json!([CLIENT.0, "another-client"])),
            Quirk::Expired => set("exp", json!(now - 120)),
            Quirk::NoExpiry => drop(object.remove("exp")),
            Quirk::NotYet => set("nbf", json!(now + 600)),
            Quirk::OtherNonce => set("nonce", json!("another-nonce")),
            Quirk::NoNonce => drop(object.remove("nonce")),
            Quirk::NoSubject => drop(object.remove("sub")),
            Quirk::EmailInUserinfo | Quirk::OtherUserinfo => drop(object.remove("email")),
            _ => {}
        }
        let signature = self.lock().signature;
        self.keys().sign(&claims, signature, quirk)
    }

    /// Userinfo, and the API of GitHub.
    fn tell(&self, asked: &Asked, quirk: Quirk) -> Told {
        let token = asked.bearer().unwrap_or_default();
        let Some(visitor) = self.lock().tokens.get(&token).cloned() else {
            return Told::json(401, &json!({"message": "Bad credentials"}));
        };
        let number = visitor.subject.parse::<u64>().unwrap_or_default();
        match asked.path.as_str() {
            "/user" => Told::json(
                200,
                &json!({
                    "id": number, "login": visitor.login, "name": "Given Family",
                    "email": "public@example.com",
                    "avatar_url": "https://img.example.com/1.png",
                }),
            ),
            "/user/emails" => {
                let mut all = vec![json!({
                    "email": "other@example.com", "primary": false, "verified": true,
                })];
                if let Some(email) = &visitor.email {
                    all.push(json!({
                        "email": email, "primary": true, "verified": visitor.verified,
                    }));
                }
                Told::json(200, &json!(all))
            }
            _ => {
                let subject =
                    if quirk == Quirk::OtherUserinfo { "other" } else { visitor.subject.as_str() };
                Told::json(
                    200,
                    &json!({
                        "sub": subject, "email": visitor.email,
                        "email_verified": visitor.verified.to_string(),
                    }),
                )
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keys(&self) -> MutexGuard<'_, KeyPairs> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
