//! The way to providers. It follows no redirects, because where they lead nobody configured; it
//! waits for a while only, and reads only so much.

use std::time::Duration;

use oauth2::{HttpRequest, HttpResponse, http::StatusCode};
use reqwest::{Client, redirect::Policy};
use serde::de::DeserializeOwned;
use users::ports::ProviderError;

use crate::config::SetupError;

/// From the first byte of a request to the last of its answer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// For a connection.
const CONNECT: Duration = Duration::from_secs(3);
/// Far more than any token or set of keys.
const LONGEST: usize = 256 * 1024;

/// Why there is no answer that could be read.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Trouble(pub(crate) String);

impl From<Trouble> for ProviderError {
    fn from(trouble: Trouble) -> Self {
        Self::Unavailable(trouble.0)
    }
}

/// Sends requests.
pub(crate) struct Http {
    client: Client,
}

impl Http {
    pub(crate) fn new() -> Result<Self, SetupError> {
        let client = Client::builder()
            .redirect(Policy::none())
            .timeout(TIMEOUT)
            .connect_timeout(CONNECT)
            .user_agent("alveole")
            .build()
            .map_err(|error| SetupError::Http(error.to_string()))?;
        Ok(Self { client })
    }

    /// Sends a request. An answer that is about us (200, and 4xx) is given; any other is trouble.
    pub(crate) async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Trouble> {
        let request = request.try_into().map_err(|_| Trouble("no request".to_owned()))?;
        let mut answer = self.client.execute(request).await.map_err(|error| words(&error))?;
        let status = answer.status();
        let for_later = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS];
        if !(status.is_success() || status.is_client_error()) || for_later.contains(&status) {
            return Err(Trouble(format!("it answered {}", status.as_u16())));
        }
        let mut response = oauth2::http::Response::builder().status(status);
        if let Some(kind) = answer.headers().get("content-type") {
            response = response.header("content-type", kind);
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| words(&error))? {
            if body.len() + chunk.len() > LONGEST {
                return Err(Trouble(format!("it answered with more than {LONGEST} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        response.body(body).map_err(|_| Trouble("no answer".to_owned()))
    }

    /// Asks for JSON, as somebody if there is a token. That the token is not taken is a refusal.
    pub(crate) async fn json<T: DeserializeOwned>(
        &self,
        url: &str,
        accept: &'static str,
        token: Option<&str>,
    ) -> Result<T, ProviderError> {
        let mut request = oauth2::http::Request::get(url).header("accept", accept);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request.body(Vec::new()).map_err(|_| Trouble("no request".to_owned()))?;
        let answer = self.send(request).await?;
        let status = answer.status();
        if token.is_some() && [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&status) {
            return Err(ProviderError::Refused("it does not take its own token".to_owned()));
        }
        if !status.is_success() {
            return Err(Trouble(format!("it answered {}", status.as_u16())).into());
        }
        serde_json::from_slice(answer.body())
            .map_err(|_| Trouble("it answered in words that we do not know".to_owned()).into())
    }
}

/// What went wrong, without the address, which may hold secrets.
fn words(error: &reqwest::Error) -> Trouble {
    let what = if error.is_timeout() {
        "it did not answer in time"
    } else if error.is_connect() {
        "it cannot be reached"
    } else {
        "the connection broke"
    };
    Trouble(what.to_owned())
}
