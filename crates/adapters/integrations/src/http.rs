//! Requests, and how answers become errors.

use std::{borrow::Cow, time::Duration};

use adapter_http::{HttpClient, HttpError, Request, Response, StatusCode, header, with_params};
use integrations::outbound::ProviderError;
use serde::de::DeserializeOwned;

/// For a connection.
const CONNECT: Duration = Duration::from_secs(1);
/// For everything; callers give less.
const TOTAL: Duration = Duration::from_secs(3);
/// Bytes of an answer.
const LONGEST: usize = 256 * 1024;

/// Sends requests; shared by all providers.
pub type Client = HttpClient;

/// With the limits of this crate.
pub fn client() -> Result<Client, HttpError> {
    HttpClient::new(CONNECT, TOTAL, LONGEST)
}

/// One service at one address.
pub(crate) struct Api {
    pub(crate) client: Client,
    pub(crate) base: String,
}

impl Api {
    pub(crate) fn new(client: Client, base: Option<String>, default: &str) -> Self {
        Self { client, base: base.unwrap_or_else(|| default.to_owned()) }
    }

    /// A GET with these parameters and headers.
    pub(crate) async fn get(
        &self,
        path: &str,
        params: &[(&str, &str)],
        headers: &[(&str, &str)],
        within: Duration,
    ) -> Result<Answer, ProviderError> {
        let url = with_params(&self.base, path, params).ok_or_else(no_request)?;
        let mut request = Request::get(url).header(header::ACCEPT, "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Vec::new()), within).await
    }

    /// A POST of JSON.
    pub(crate) async fn post(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: &serde_json::Value,
        within: Duration,
    ) -> Result<Answer, ProviderError> {
        let url = with_params(&self.base, path, &[]).ok_or_else(no_request)?;
        let mut request = Request::post(url)
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(body.to_string().into_bytes()), within).await
    }

    async fn send(
        &self,
        request: Result<Request<Vec<u8>>, adapter_http::RequestError>,
        within: Duration,
    ) -> Result<Answer, ProviderError> {
        let request = request.map_err(|_| no_request())?;
        let answer = self.client.send_within(request, within).await.map_err(|error| {
            let text = error.to_string();
            match error {
                HttpError::Unreachable | HttpError::Broken => ProviderError::Failed(text),
                HttpError::Setup(_)
                | HttpError::Request
                | HttpError::Timeout
                | HttpError::TooLong(_) => ProviderError::Useless(text),
            }
        })?;
        Ok(Answer(answer))
    }
}

fn no_request() -> ProviderError {
    ProviderError::Useless("the request is not valid".to_owned())
}

/// What a service said.
pub(crate) struct Answer(Response<Vec<u8>>);

impl Answer {
    pub(crate) fn status(&self) -> u16 {
        self.0.status().as_u16()
    }

    pub(crate) fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.0.body())
    }

    /// True when the body contains these words, in capitals or not.
    pub(crate) fn says(&self, words: &str) -> bool {
        self.text().to_lowercase().contains(&words.to_lowercase())
    }

    /// The body of a 200.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, ProviderError> {
        if self.0.status() != StatusCode::OK {
            return Err(self.error());
        }
        serde_json::from_slice(self.0.body()).map_err(|_| {
            ProviderError::Useless("it answered in words that we do not know".to_owned())
        })
    }

    /// What a status means everywhere; a provider that means something else looks before.
    pub(crate) fn error(&self) -> ProviderError {
        let text = format!("it answered {}", self.status());
        match self.status() {
            401 | 403 | 456 => ProviderError::Rejected(text),
            418 | 429 => ProviderError::Limited { retry_after: self.retry_after() },
            408 | 500.. => ProviderError::Failed(text),
            400 | 413 | 414 | 422 => ProviderError::Refused,
            _ => ProviderError::Useless(text),
        }
    }

    /// In seconds; a date is not understood and counts as none.
    fn retry_after(&self) -> Option<Duration> {
        let seconds = self.0.headers().get(header::RETRY_AFTER)?.to_str().ok()?;
        seconds.trim().parse().ok().map(Duration::from_secs)
    }
}
