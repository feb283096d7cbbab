//! What the middlewares and handlers of all modules share.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use kernel::{Authenticator, BoxFuture, Clock, KeyedDigest, Limiter, cidr::Cidr};
use tokio::sync::watch;

use super::{
    codes::Codes,
    dashboard::Dashboard,
    export::ExportPart,
    incoming::Pace,
    live::{LiveFeed, LiveRule},
    origins::Origins,
    routes::RouteTable,
    trace::Tracing,
};

/// The state of one dependency.
#[derive(Debug, Clone)]
pub struct Dependency {
    /// `database`, `cache`.
    pub name: &'static str,
    /// Which kind it is (`sqlite`, `postgres`, `redis`).
    pub kind: &'static str,
    /// Whether it answers.
    pub up: bool,
    /// Whether nothing works without it.
    pub needed: bool,
}

/// Asks every dependency how it is.
pub type Probe = Arc<dyn Fn() -> BoxFuture<'static, Vec<Dependency>> + Send + Sync>;

/// Renders `/metrics`.
pub type Scrape = Arc<dyn Fn() -> String + Send + Sync>;

/// The numbers the HTTP layer goes by.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of a body.
    pub max_body_bytes: usize,
    /// From the first byte of a request to its answer.
    pub request_timeout: Duration,
    /// How slowly a body may arrive.
    pub pace: Pace,
    /// Requests worked on at once; more are answered 503.
    pub max_in_flight: usize,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Cidr>,
    /// Whether clients reach us by TLS (through a proxy), so that HSTS makes sense.
    pub behind_tls: bool,
    /// How long what is open may take to end when the server is being stopped.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_body_bytes: 1 << 20,
            request_timeout: Duration::from_secs(30),
            pace: Pace { grace: Duration::from_secs(30), min_rate: 1024 },
            max_in_flight: 10_000,
            trusted_proxies: Vec::new(),
            behind_tls: false,
            drain: Duration::from_secs(30),
        }
    }
}

/// What middlewares and handlers share.
pub struct State {
    /// Says who is calling.
    pub authenticator: Arc<dyn Authenticator>,
    /// What the fingerprints of requests are digested with.
    pub digests: Arc<dyn KeyedDigest>,
    /// Rate limits.
    pub limiter: Arc<dyn Limiter>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Live events.
    pub live_feed: Arc<LiveFeed>,
    /// Who sees the events of which kind.
    pub live_rules: Vec<LiveRule>,
    /// How the dependencies are.
    pub probe: Probe,
    /// The metrics.
    pub scrape: Scrape,
    /// How clients reach us.
    pub base_url: String,
    /// The origins whose pages may call.
    pub origins: Origins,
    /// The numbers.
    pub limits: Limits,
    /// Turns true when the server is being stopped.
    pub draining: watch::Receiver<bool>,
    /// Every route with its operations and rules.
    pub routes: RouteTable,
    /// The problem codes.
    pub codes: Codes,
    /// The counts of all modules.
    pub dashboard: Dashboard,
    /// The lists of the export of personal data.
    pub export: Vec<ExportPart>,
    /// What the rules of modules put into headers.
    pub values: BTreeMap<&'static str, String>,
    /// How requests are traced.
    pub tracing: Tracing,
    /// Requests being worked on.
    pub in_flight: AtomicUsize,
    /// True once a log line said that load is being shed; reset when it is over.
    pub shedding: AtomicBool,
}

impl State {
    /// True while the server is being stopped.
    pub fn is_draining(&self) -> bool {
        *self.draining.borrow()
    }

    /// Sets the metrics of what is counted anyway, so that counting costs requests nothing more.
    pub fn measure(&self) {
        let in_flight = self.in_flight.load(Ordering::Relaxed);
        metrics::gauge!("alveole_http_requests_in_flight").set(in_flight as f64);
        // So that it is there before the first time, and a rise can be seen.
        metrics::counter!("alveole_http_requests_shed_total").increment(0);
    }

    /// Counts a request in; `None` when there are too many.
    pub fn enter(self: &Arc<Self>) -> Option<InFlight> {
        let before = self.in_flight.fetch_add(1, Ordering::Relaxed);
        let guard = InFlight(Arc::clone(self));
        if before < self.limits.max_in_flight {
            self.shedding.store(false, Ordering::Relaxed);
            return Some(guard);
        }
        metrics::counter!("alveole_http_requests_shed_total").increment(1);
        if !self.shedding.swap(true, Ordering::Relaxed) {
            tracing::warn!(in_flight = before, "too many requests at once: shedding load");
        }
        None
    }
}

/// Counts a request out when dropped.
pub struct InFlight(Arc<State>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}
