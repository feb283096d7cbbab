#![doc = include_str!("../README.md")]

use std::time::{Duration, Instant};

use adapter_http::{
    Beginning, GuardedClient, GuardedError, HeaderMap, HeaderName, HeaderValue, HttpError, Lookup,
    header, system_lookup,
};
use async_trait::async_trait;
use chrono::DateTime;
use kernel::{Clock as _, SystemClock};
use webhooks::{
    address::UrlRules,
    outbound::{KEPT_ANSWER_BYTES, Outcome, READ_ANSWER_BYTES, Request, SendFault, Sender},
};

/// Sends requests by HTTP/1.1.
#[derive(Clone)]
pub struct HttpSender {
    client: GuardedClient,
}

impl HttpSender {
    /// Sends what these rules permit, to what the system's resolver finds.
    ///
    /// # Errors
    /// When there is no TLS.
    pub fn new(rules: UrlRules) -> Result<Self, HttpError> {
        Self::resolving(rules, system_lookup())
    }

    /// The same with another resolver.
    ///
    /// # Errors
    /// When there is no TLS.
    pub fn resolving(rules: UrlRules, lookup: Lookup) -> Result<Self, HttpError> {
        let UrlRules { addresses, https_only } = rules;
        let client = GuardedClient::new(addresses, https_only, READ_ANSWER_BYTES, lookup)?;
        Ok(Self { client })
    }

    async fn answer(&self, request: Request) -> Result<Beginning, GuardedError> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        for (name, value) in request.headers {
            let value = HeaderValue::from_str(&value).map_err(|_| GuardedError::Broken)?;
            headers.insert(HeaderName::from_static(name), value);
        }
        self.client.post(&request.url, headers, request.body.to_vec(), request.timeout).await
    }
}

#[async_trait]
impl Sender for HttpSender {
    async fn send(&self, request: Request) -> Outcome {
        let began = Instant::now();
        let answer = self.answer(request).await;
        let duration = began.elapsed();
        match answer {
            Ok(answer) => Outcome {
                duration,
                status: Some(answer.status.as_u16()),
                retry_after: retry_after(&answer.headers),
                fault: None,
                answer: kept(&answer.body),
            },
            Err(error) => Outcome {
                duration,
                status: None,
                retry_after: None,
                fault: Some(fault(error)),
                answer: String::new(),
            },
        }
    }
}

const fn fault(error: GuardedError) -> SendFault {
    match error {
        GuardedError::Forbidden => SendFault::Forbidden,
        GuardedError::Resolve => SendFault::Resolve,
        GuardedError::Connect => SendFault::Connect,
        GuardedError::Tls => SendFault::Tls,
        GuardedError::Timeout => SendFault::Timeout,
        GuardedError::Broken => SendFault::Broken,
    }
}

/// As text without NUL, which PostgreSQL takes in no text.
fn kept(body: &[u8]) -> String {
    let end = body.len().min(KEPT_ANSWER_BYTES);
    let text = String::from_utf8_lossy(body.get(..end).unwrap_or_default());
    let mut text = text.replace('\0', "\u{fffd}");
    // A character that is replaced by a longer one must not make it longer than it may be.
    while text.len() > KEPT_ANSWER_BYTES {
        text.pop();
    }
    text
}

/// Seconds, or a moment (RFC 9110, 10.2.3). A moment that has passed is no delay.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let raw = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = raw.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let moment = DateTime::parse_from_rfc2822(raw).ok()?.timestamp();
    let seconds = moment.saturating_sub(SystemClock.now().seconds());
    u64::try_from(seconds).ok().map(Duration::from_secs)
}
