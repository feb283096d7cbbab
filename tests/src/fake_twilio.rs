//! A server that takes texts as Twilio documents it, checks each request, and can be told to fail.

use std::{
    collections::HashMap,
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use serde_json::json;

use crate::idp::wire::{self, Asked, Told, decode_pairs};

const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
const TOKEN: &str = "a-token-that-must-not-be-shown";
const FROM: &str = "+15005550006";

/// What is said instead of the usual.
#[derive(Debug, Clone)]
pub struct Say {
    status: u16,
    body: String,
    retry_after: Option<&'static str>,
    delay: Duration,
}

impl Say {
    /// This status and body.
    pub fn text(status: u16, body: &str) -> Self {
        Self { status, body: body.to_owned(), retry_after: None, delay: Duration::ZERO }
    }

    /// An error as Twilio writes it.
    pub fn error(status: u16, code: u32, message: &str) -> Self {
        let info = format!("https://www.twilio.com/docs/errors/{code}");
        let body = json!({"code": code, "message": message, "more_info": info, "status": status});
        Self::text(status, &body.to_string())
    }

    /// With the header `Retry-After`.
    #[must_use]
    pub fn retry_after(self, seconds: &'static str) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// After so long.
    #[must_use]
    pub fn delay(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }
}

#[derive(Default)]
struct State {
    sent: Vec<(String, String)>,
    refused: Vec<String>,
    asked: usize,
    instead: Option<Say>,
}

/// The server.
pub struct FakeTwilio {
    port: u16,
    state: Arc<Mutex<State>>,
    over: Arc<AtomicBool>,
}

impl FakeTwilio {
    /// Starts it.
    pub fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let (state, over) = (Arc::<Mutex<State>>::default(), Arc::<AtomicBool>::default());
        let kept = Arc::clone(&state);
        wire::serve(listener, Arc::clone(&over), move |stream| serve(&kept, stream));
        Self { port, state, over }
    }

    /// What addresses begin with.
    pub fn base(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The account that it knows.
    pub fn account(&self) -> &'static str {
        ACCOUNT
    }

    /// The token of the account.
    pub fn token(&self) -> &'static str {
        TOKEN
    }

    /// The number of the account.
    pub fn from(&self) -> &'static str {
        FROM
    }

    /// What a server needs to be told to use it, as environment variables.
    pub fn settings(&self) -> Vec<(String, String)> {
        [
            ("PROVIDER", "twilio"),
            ("BASE_URL", &self.base()),
            ("ACCOUNT", ACCOUNT),
            ("TOKEN", TOKEN),
            ("FROM", FROM),
        ]
        .map(|(name, value)| (format!("ALVEOLE__SMS__{name}"), value.to_owned()))
        .into()
    }

    /// What is said from now on; nothing: the usual.
    pub fn say(&self, instead: Option<Say>) {
        self.lock().instead = instead;
    }

    /// The texts that were taken: to whom, and the words.
    pub fn sent(&self) -> Vec<(String, String)> {
        self.lock().sent.clone()
    }

    /// What was wrong with requests.
    pub fn refused(&self) -> Vec<String> {
        self.lock().refused.clone()
    }

    /// Requests so far, whatever came of them.
    pub fn asked(&self) -> usize {
        self.lock().asked
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for FakeTwilio {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

/// The fields of a request that is as it must be; otherwise what is wrong with it.
fn fields(asked: &Asked) -> Result<HashMap<String, String>, String> {
    let path = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json");
    if (asked.method.as_str(), &asked.path) != ("POST", &path) || !asked.query.is_empty() {
        return Err(format!("{} {}", asked.method, asked.path));
    }
    let content_type = asked.headers.get("content-type").map(String::as_str);
    if content_type != Some("application/x-www-form-urlencoded") {
        return Err(format!("content-type {content_type:?}"));
    }
    let fields = decode_pairs(&asked.body);
    let mut names: Vec<&str> = fields.keys().map(String::as_str).collect();
    names.sort_unstable();
    if names != ["Body", "From", "To"] {
        return Err(format!("fields {names:?}"));
    }
    let get = |name: &str| fields.get(name).map_or("", String::as_str);
    if get("From") != FROM || !get("To").starts_with('+') || get("Body").is_empty() {
        return Err("values of the fields".to_owned());
    }
    Ok(fields)
}

fn serve(state: &Mutex<State>, stream: TcpStream) {
    let Some(asked) = Asked::read(&stream) else { return };
    let instead = {
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        state.asked += 1;
        state.instead.clone()
    };
    let told = match instead {
        Some(say) => {
            thread::sleep(say.delay);
            let told = Told::text(say.status, &say.body);
            match say.retry_after {
                Some(seconds) => told.with("retry-after", seconds),
                None => told,
            }
        }
        None => usual(state, &asked),
    };
    told.write(stream);
}

fn usual(state: &Mutex<State>, asked: &Asked) -> Told {
    let error = |status: u16, code: u32, message: &str| {
        Told::json(status, &json!({"code": code, "message": message, "status": status}))
    };
    if asked.basic() != Some((ACCOUNT.to_owned(), TOKEN.to_owned())) {
        return error(401, 20003, "Authenticate");
    }
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    match fields(asked) {
        Ok(mut fields) => {
            let mut take = |name: &str| fields.remove(name).unwrap_or_default();
            let text = (take("To"), take("Body"));
            state.sent.push(text);
            Told::json(201, &json!({"sid": "SM1", "status": "queued", "error_code": null}))
        }
        Err(why) => {
            state.refused.push(why);
            error(400, 20001, "a request that is not as documented")
        }
    }
}
