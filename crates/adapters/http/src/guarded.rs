//! Requests to addresses that callers of an API choose.
//!
//! Such a caller may name an address inside our network, or a name that leads there, now or at the next
//! question. So the address is judged in the resolver that the connection is made with: the address that
//! is checked is the one that is used. Addresses in URLs never reach a resolver and are judged before.

use std::{
    error::Error as StdError,
    fmt, io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use http::{HeaderMap, StatusCode};
use kernel::{BoxFuture, cidr::AddressRules};
use reqwest::{
    Client, Url,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect::Policy,
};

use crate::HttpError;

/// Asks for the addresses of a name.
pub type Lookup = Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync>;

/// The system's resolver.
pub fn system_lookup() -> Lookup {
    Arc::new(|name| {
        Box::pin(async move {
            Ok(tokio::net::lookup_host((name, 0)).await?.map(|found| found.ip()).collect())
        })
    })
}

/// Why there is no answer. `Display` names neither addresses nor contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GuardedError {
    /// The host is, or has, an address that may not be called.
    #[error("the address may not be called")]
    Forbidden,
    /// The name has no address.
    #[error("the name cannot be resolved")]
    Resolve,
    /// No connection.
    #[error("it cannot be reached")]
    Connect,
    /// The certificate is not valid, or no TLS can be spoken.
    #[error("its certificate is not valid, or it speaks no TLS")]
    Tls,
    /// It took longer than it may.
    #[error("it did not answer in time")]
    Timeout,
    /// The connection ended before the answer, the answer is no HTTP, or the request was none.
    #[error("the connection broke")]
    Broken,
}

/// The beginning of an answer.
#[derive(Debug)]
pub struct Beginning {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// What came of its body within the bounds of length and time.
    pub body: Vec<u8>,
}

/// Sends requests to public addresses only, without proxies and without following redirects.
#[derive(Clone)]
pub struct GuardedClient {
    client: Client,
    rules: Arc<AddressRules>,
    longest: usize,
}

impl GuardedClient {
    /// Reads `longest` bytes of an answer at most. With `https_only` it makes no plain requests.
    ///
    /// # Errors
    /// When there is no TLS, as without certificates of authorities.
    pub fn new(
        rules: AddressRules,
        https_only: bool,
        longest: usize,
        lookup: Lookup,
    ) -> Result<Self, HttpError> {
        let rules = Arc::new(rules);
        let client = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .https_only(https_only)
            .dns_resolver(Guard { rules: Arc::clone(&rules), lookup })
            .pool_max_idle_per_host(4)
            .pool_idle_timeout(Duration::from_secs(30))
            .user_agent("alveole")
            .build()
            .map_err(|error| HttpError::Setup(error.to_string()))?;
        Ok(Self { client, rules, longest })
    }

    /// Posts a body. Everything together takes `within` at most; what comes of the body after that, or
    /// behind the first bytes, is not waited for.
    ///
    /// # Errors
    /// When there is no status.
    pub async fn post(
        &self,
        url: &str,
        headers: HeaderMap,
        body: Vec<u8>,
        within: Duration,
    ) -> Result<Beginning, GuardedError> {
        let url = Url::parse(url).map_err(|_| GuardedError::Broken)?;
        let literal: Option<IpAddr> = match url.host() {
            Some(url::Host::Ipv4(address)) => Some(address.into()),
            Some(url::Host::Ipv6(address)) => Some(address.into()),
            Some(url::Host::Domain(_)) => None,
            None => return Err(GuardedError::Broken),
        };
        if literal.is_some_and(|address| !self.rules.permit(address)) {
            return Err(GuardedError::Forbidden);
        }
        let request = self.client.post(url).headers(headers).body(body).timeout(within);
        let mut answer = request.send().await.map_err(|error| kind(&error))?;
        let mut begun = Beginning {
            status: answer.status(),
            headers: std::mem::take(answer.headers_mut()),
            body: Vec::new(),
        };
        // A body that ends too late, or never, does not change what the status says.
        while let Ok(Some(chunk)) = answer.chunk().await {
            let room = self.longest.saturating_sub(begun.body.len());
            begun.body.extend(chunk.iter().take(room));
            if chunk.len() >= room {
                break;
            }
        }
        Ok(begun)
    }
}

/// Resolves names, and hands out addresses only when each of them may be called.
struct Guard {
    rules: Arc<AddressRules>,
    lookup: Lookup,
}

/// A name has an address that may not be called.
#[derive(Debug)]
struct Forbidden;

/// A name has no address.
#[derive(Debug)]
struct Unresolved;

impl fmt::Display for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&GuardedError::Forbidden, f)
    }
}

impl fmt::Display for Unresolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&GuardedError::Resolve, f)
    }
}

impl StdError for Forbidden {}
impl StdError for Unresolved {}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let found = (self.lookup)(name.as_str().to_owned());
        let rules = Arc::clone(&self.rules);
        Box::pin(async move {
            let found = found.await.map_err(|_| Unresolved)?;
            if found.is_empty() {
                return Err(Unresolved.into());
            }
            // One forbidden address among public ones is an attack, not a choice.
            if !found.iter().all(|address| rules.permit(*address)) {
                return Err(Forbidden.into());
            }
            let addresses: Addrs =
                Box::new(found.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}

/// What an error of reqwest means. Its causes say more than it does itself.
fn kind(error: &reqwest::Error) -> GuardedError {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    let mut invalid = false;
    while let Some(one) = cause {
        if one.is::<Forbidden>() {
            return GuardedError::Forbidden;
        }
        if one.is::<Unresolved>() {
            return GuardedError::Resolve;
        }
        // The way in which rustls reports a handshake that failed. An error within an error of I/O is not its source.
        let mut io = one.downcast_ref::<io::Error>();
        while let Some(error) = io {
            invalid |= error.kind() == io::ErrorKind::InvalidData;
            io = error.get_ref().and_then(|inner| inner.downcast_ref());
        }
        cause = one.source();
    }
    if error.is_timeout() {
        GuardedError::Timeout
    } else if error.is_connect() {
        if invalid { GuardedError::Tls } else { GuardedError::Connect }
    } else {
        GuardedError::Broken
    }
}
