//! The port that sends requests to endpoints.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;

/// How much of an answer is kept, in bytes.
pub const KEPT_ANSWER_BYTES: usize = 4096;

/// How much of an answer is read, in bytes. What comes after it is not waited for.
pub const READ_ANSWER_BYTES: usize = 64 * 1024;

/// A request to an endpoint: always POST, with a body of JSON.
#[derive(Debug, Clone)]
pub struct Request {
    /// The URL, in the form of [`UrlRules::parse`](crate::address::UrlRules::parse).
    pub url: String,
    /// Additional headers; the sender sets `content-type` and `user-agent`.
    pub headers: Vec<(&'static str, String)>,
    /// The body, sent byte for byte.
    pub body: Arc<[u8]>,
    /// How long connection, request and answer may take together.
    pub timeout: Duration,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// How long it took.
    pub duration: Duration,
    /// The status, if there was an answer.
    pub status: Option<u16>,
    /// What the answer's `Retry-After` says, from now; as a delay, whatever its notation.
    pub retry_after: Option<Duration>,
    /// Why there is no answer.
    pub fault: Option<SendFault>,
    /// The first [`KEPT_ANSWER_BYTES`] of the answer, with what is not UTF-8 replaced.
    pub answer: String,
}

/// Why a request has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendFault {
    /// The host is, or has, an address that may not be called.
    Forbidden,
    /// The name of the host has no address.
    Resolve,
    /// No connection.
    Connect,
    /// The certificate is not valid, or no TLS can be spoken.
    Tls,
    /// It took too long.
    Timeout,
    /// The connection ended before the answer, or the answer is no HTTP.
    Broken,
}

impl SendFault {
    /// Every fault.
    pub const ALL: [Self; 6] =
        [Self::Forbidden, Self::Resolve, Self::Connect, Self::Tls, Self::Timeout, Self::Broken];

    /// As clients and stores read it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Forbidden => "forbidden",
            Self::Resolve => "resolve",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::Broken => "broken",
        }
    }

    /// The fault of this name.
    pub fn parse(raw: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| fault.as_str() == raw)
    }
}

/// Sends requests to endpoints. It follows no redirects, uses no proxies, and never connects to an
/// address that the rules forbid: the address that is checked is the one that is used.
#[async_trait]
pub trait Sender: Send + Sync {
    /// Sends one request. It never takes longer than the request's timeout.
    async fn send(&self, request: Request) -> Outcome;
}
