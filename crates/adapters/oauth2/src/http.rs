//! The way to providers, and how their answers are read.

use std::time::Duration;

use adapter_http::{HttpClient, HttpError, StatusCode};
use oauth2::{HttpRequest, HttpResponse};
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

impl From<HttpError> for Trouble {
    fn from(error: HttpError) -> Self {
        Self(error.to_string())
    }
}

/// Sends requests.
pub(crate) struct Http {
    client: HttpClient,
}

impl Http {
    pub(crate) fn new() -> Result<Self, SetupError> {
        let client = HttpClient::new(CONNECT, TIMEOUT, LONGEST)
            .map_err(|error| SetupError::Http(error.to_string()))?;
        Ok(Self { client })
    }

    /// Sends a request. An answer that is about us (200, and 4xx) is given; any other is trouble.
    pub(crate) async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Trouble> {
        let answer = self.client.send(request).await?;
        let status = answer.status();
        let for_later = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_MANY_REQUESTS];
        if !(status.is_success() || status.is_client_error()) || for_later.contains(&status) {
            return Err(Trouble(format!("it answered {}", status.as_u16())));
        }
        Ok(answer)
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
