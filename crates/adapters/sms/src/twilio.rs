//! Twilio's HTTP API: one request for each text.

use std::{fmt::Write as _, time::Duration};

use adapter_http::{HttpClient, HttpError, Request, Response, StatusCode, header};
use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use kernel::{PhoneNumber, TextOutcome, TextSender};
use serde_json::Value;

/// For a connection.
const CONNECT: Duration = Duration::from_secs(3);
/// Bytes of an answer.
const LONGEST: usize = 64 * 1024;
/// The longest pause that is taken from an answer.
const PAUSE_MOST: Duration = Duration::from_hours(1);

/// Why there is no way to Twilio.
pub type TwilioError = HttpError;

/// How Twilio is reached.
pub struct TwilioSettings {
    /// What addresses begin with.
    pub base_url: String,
    /// The account (`AC…`).
    pub account: String,
    /// Its secret.
    pub token: String,
    /// Who texts are from: a number of the account, or a name.
    pub from: String,
    /// How long one text may take.
    pub timeout: Duration,
}

/// Sends texts by Twilio.
pub struct Twilio {
    client: HttpClient,
    url: String,
    authorization: String,
    from: String,
}

impl Twilio {
    /// Asks nothing yet.
    pub fn new(settings: TwilioSettings) -> Result<Self, TwilioError> {
        let TwilioSettings { base_url, account, token, from, timeout } = settings;
        let base = base_url.trim_end_matches('/');
        let url = format!("{base}/2010-04-01/Accounts/{}/Messages.json", encoded(&account));
        let authorization = format!("Basic {}", STANDARD.encode(format!("{account}:{token}")));
        let client = HttpClient::new(CONNECT, timeout, LONGEST)?;
        Ok(Self { client, url, authorization, from })
    }
}

#[async_trait]
impl TextSender for Twilio {
    async fn send(&self, to: &PhoneNumber, text: &str) -> TextOutcome {
        let form = [("To", to.as_str()), ("From", self.from.as_str()), ("Body", text)];
        let form = form.map(|(name, value)| format!("{name}={}", encoded(value))).join("&");
        let request = Request::post(self.url.as_str())
            .header(header::AUTHORIZATION, self.authorization.as_str())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "application/json")
            .body(form.into_bytes());
        let Ok(request) = request else { return later("the request is not valid") };
        match self.client.send(request).await {
            Ok(answer) => outcome(&answer),
            Err(error) => later(&error.to_string()),
        }
    }
}

fn later(why: &str) -> TextOutcome {
    TextOutcome::Later { reason: format!("Twilio: {why}"), after: None }
}

/// What an answer means. Of its body only the code is taken: the words of Twilio name the number.
fn outcome(answer: &Response<Vec<u8>>) -> TextOutcome {
    let status = answer.status();
    match status {
        StatusCode::CREATED => TextOutcome::Sent,
        StatusCode::BAD_REQUEST => match code(answer.body()) {
            Some(code) => TextOutcome::Never(format!("Twilio refuses it with code {code}")),
            None => later("it answered 400 without a code"),
        },
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => {
            let status = status.as_u16();
            later(&format!("it answered {status}; look at sms.account, sms.token and sms.base_url"))
        }
        _ => {
            let reason = format!("Twilio: it answered {}", status.as_u16());
            TextOutcome::Later { reason, after: retry_after(answer) }
        }
    }
}

fn code(body: &[u8]) -> Option<u64> {
    serde_json::from_slice::<Value>(body).ok()?.get("code")?.as_u64()
}

fn retry_after(answer: &Response<Vec<u8>>) -> Option<Duration> {
    let seconds = answer.headers().get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(PAUSE_MOST))
}

/// As forms and paths have it: what is not a letter, a digit or `-._~` is `%XX`.
fn encoded(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    for byte in raw.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // Writing to a text cannot fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}
