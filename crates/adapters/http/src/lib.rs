#![doc = include_str!("../README.md")]

mod guarded;

use std::time::Duration;

pub use guarded::{Beginning, GuardedClient, GuardedError, Lookup, system_lookup};
pub use http::{
    Error as RequestError, HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode,
    header,
};
use reqwest::{Client, Url, redirect::Policy};

/// Why there is no answer that could be read. `Display` names neither addresses nor contents.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// There is no way to make HTTPS requests.
    #[error("no HTTPS client: {0}")]
    Setup(String),
    /// What should be sent is no request.
    #[error("the request is not valid")]
    Request,
    /// It took longer than it may.
    #[error("it did not answer in time")]
    Timeout,
    /// No connection.
    #[error("it cannot be reached")]
    Unreachable,
    /// The connection ended before the answer.
    #[error("the connection broke")]
    Broken,
    /// The answer is longer than it may be.
    #[error("it answered with more than {0} bytes")]
    TooLong(usize),
}

/// Sends requests.
#[derive(Clone)]
pub struct HttpClient {
    client: Client,
    longest: usize,
}

impl HttpClient {
    /// Waits `connect` for a connection and `total` for everything, and reads `longest` bytes at most.
    pub fn new(connect: Duration, total: Duration, longest: usize) -> Result<Self, HttpError> {
        let client = Client::builder()
            .redirect(Policy::none())
            .timeout(total)
            .connect_timeout(connect)
            .user_agent("alveole")
            .build()
            .map_err(|error| HttpError::Setup(error.to_string()))?;
        Ok(Self { client, longest })
    }

    /// The answer, whatever its status.
    pub async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, HttpError> {
        let request = request.try_into().map_err(|_| HttpError::Request)?;
        self.execute(request).await
    }

    /// The answer, if it comes within the time given, which may be shorter than the client's.
    pub async fn send_within(
        &self,
        request: Request<Vec<u8>>,
        within: Duration,
    ) -> Result<Response<Vec<u8>>, HttpError> {
        let mut request: reqwest::Request = request.try_into().map_err(|_| HttpError::Request)?;
        *request.timeout_mut() = Some(within);
        self.execute(request).await
    }

    async fn execute(&self, request: reqwest::Request) -> Result<Response<Vec<u8>>, HttpError> {
        let mut answer = self.client.execute(request).await.map_err(|error| kind(&error))?;
        let mut response = Response::new(Vec::new());
        *response.status_mut() = answer.status();
        std::mem::swap(response.headers_mut(), answer.headers_mut());
        while let Some(chunk) = answer.chunk().await.map_err(|error| kind(&error))? {
            if response.body().len() + chunk.len() > self.longest {
                return Err(HttpError::TooLong(self.longest));
            }
            response.body_mut().extend_from_slice(&chunk);
        }
        Ok(response)
    }
}

fn kind(error: &reqwest::Error) -> HttpError {
    if error.is_timeout() {
        HttpError::Timeout
    } else if error.is_connect() {
        HttpError::Unreachable
    } else {
        HttpError::Broken
    }
}

/// A URL below `base`, with these query parameters. None when `base` is no URL.
pub fn with_params(base: &str, path: &str, params: &[(&str, &str)]) -> Option<String> {
    let whole = format!("{}{path}", base.trim_end_matches('/'));
    let url =
        if params.is_empty() { Url::parse(&whole) } else { Url::parse_with_params(&whole, params) };
    url.ok().map(String::from)
}
