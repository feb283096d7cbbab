//! A server that takes texts as Twilio documents it, checks each request, and can be told to fail.

use std::{collections::HashMap, sync::Mutex};

use serde_json::json;

pub use crate::fake::Instead;
use crate::{
    fake::{Fake, locked},
    idp::wire::{Asked, Told, decode_pairs},
};

const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
const TOKEN: &str = "a-token-that-must-not-be-shown";
const FROM: &str = "+15005550006";

/// An error as Twilio writes it.
pub fn error(status: u16, code: u32, message: &str) -> Instead {
    let info = format!("https://www.twilio.com/docs/errors/{code}");
    let body = json!({"code": code, "message": message, "more_info": info, "status": status});
    Instead::of(status, &body.to_string())
}

#[derive(Default)]
struct State {
    sent: Vec<(String, String)>,
    refused: Vec<String>,
    asked: usize,
    instead: Option<Instead>,
}

/// The server.
pub struct FakeTwilio(Fake<State>);

impl FakeTwilio {
    /// Starts it.
    pub fn start() -> Self {
        Self(Fake::start(answer))
    }

    /// What addresses begin with.
    pub fn base(&self) -> String {
        self.0.base()
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
    pub fn say(&self, instead: Option<Instead>) {
        self.0.lock().instead = instead;
    }

    /// The texts that were taken: to whom, and the words.
    pub fn sent(&self) -> Vec<(String, String)> {
        self.0.lock().sent.clone()
    }

    /// What was wrong with requests.
    pub fn refused(&self) -> Vec<String> {
        self.0.lock().refused.clone()
    }

    /// Requests so far, whatever came of them.
    pub fn asked(&self) -> usize {
        self.0.lock().asked
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

fn answer(state: &Mutex<State>, asked: &Asked) -> Told {
    let instead = {
        let mut state = locked(state);
        state.asked += 1;
        state.instead.clone()
    };
    instead.map_or_else(|| usual(state, asked), |instead| instead.told())
}

fn usual(state: &Mutex<State>, asked: &Asked) -> Told {
    let error = |status: u16, code: u32, message: &str| {
        Told::json(status, &json!({"code": code, "message": message, "status": status}))
    };
    if asked.basic() != Some((ACCOUNT.to_owned(), TOKEN.to_owned())) {
        return error(401, 20003, "Authenticate");
    }
    let mut state = locked(state);
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
