//! The way to Redis: a few multiplexed connections that all callers share, whether it answers, and
//! the evictions it is owed.
//!
//! **Away.** The first command that gets no answer marks the link as away: until the keeper has
//! had an answer again, callers are told "no" at once instead of waiting one by one. The keeper
//! asks every quarter of a second then.
//!
//! **Owed.** An eviction that did not reach Redis is remembered and made up for before the link is
//! used again, so that an outage leaves no outdated value behind. If there are too many, all cached
//! values are dropped instead.

use std::{
    collections::HashSet,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use deadpool_redis::{
    Connection, Manager, Pool, PoolError,
    redis::{
        self, AsyncConnectionConfig, Client, Cmd, FromRedisValue, RedisError, RedisResult, Script,
        ServerErrorKind, TlsCertificates, aio::MultiplexedConnection,
    },
};
use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};
use tracing::{Instrument as _, Span};

/// How often a link that works is looked after.
const LOOK: Duration = Duration::from_secs(1);
/// How often one that does not is tried.
const RETRY: Duration = Duration::from_millis(250);
/// Evictions that are remembered one by one.
const MOST_OWED: usize = 10_000;
/// Server errors are logged no more often than this.
const QUIET: Duration = Duration::from_secs(10);

/// How Redis is reached.
#[derive(Clone)]
pub struct RedisConfig {
    /// `redis://[user[:password]@]host[:port][/database]`, or `rediss://` by TLS.
    pub url: String,
    /// What every key and channel begins with, so that several installations can share a server.
    pub prefix: String,
    /// Connections; each carries any number of commands at once.
    pub connections: usize,
    /// How long an answer may take before Redis counts as away.
    pub timeout: Duration,
    /// The certificates, in PEM, of the authorities that are trusted instead of the system's.
    pub authorities: Option<Vec<u8>>,
}

impl RedisConfig {
    /// The usual settings.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            prefix: "alveole".to_owned(),
            connections: 2,
            timeout: Duration::from_millis(500),
            authorities: None,
        }
    }
}

/// The address may hold a password.
impl fmt::Debug for RedisConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisConfig")
            .field("url", &"…")
            .field("prefix", &self.prefix)
            .field("connections", &self.connections)
            .field("timeout", &self.timeout)
            .field("authorities", &self.authorities.is_some())
            .finish()
    }
}

/// Why a link cannot be opened. That Redis does not answer is no reason.
#[derive(Debug, thiserror::Error)]
pub enum RedisConnectionError {
    /// The address cannot be read.
    #[error("the Redis URL cannot be read: {0}")]
    Url(String),
    /// The pool cannot be built.
    #[error("the Redis connections cannot be set up: {0}")]
    Pool(String),
}

/// What a command is for, as metrics name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Cache,
    Limiter,
    Live,
}

impl Purpose {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Cache => "cache",
            Self::Limiter => "limiter",
            Self::Live => "live",
        }
    }
}

/// Keys that Redis must forget before it is believed again.
#[derive(Default)]
struct Owed {
    keys: HashSet<String>,
    everything: bool,
}

impl Owed {
    fn is_empty(&self) -> bool {
        self.keys.is_empty() && !self.everything
    }
}

/// The way to Redis, shared by everything that uses it.
pub struct RedisConnection {
    prefix: String,
    timeout: Duration,
    client: Client,
    pool: Pool,
    lines: Box<[RwLock<Option<Connection>>]>,
    turn: AtomicUsize,
    up: AtomicBool,
    owed: Mutex<Owed>,
    trouble: Notify,
    opened: Instant,
    warned: AtomicU64,
}

impl RedisConnection {
    /// Reads the address; connects when [`RedisConnection::keep`] runs.
    pub fn open(config: &RedisConfig) -> Result<Arc<Self>, RedisConnectionError> {
        let unreadable = |error: RedisError| RedisConnectionError::Url(error.to_string());
        let client = match &config.authorities {
            None => Client::open(config.url.as_str()),
            Some(pem) => {
                let root_cert = Some(pem.clone());
                let certificates = TlsCertificates { client_tls: None, root_cert };
                Client::build_with_tls(config.url.as_str(), certificates)
            }
        }
        .map_err(unreadable)?;
        let patience = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(config.timeout))
            .set_response_timeout(Some(config.timeout));
        let manager = Manager::new_with_config(client.get_connection_info().clone(), patience)
            .map_err(unreadable)?;
        let connections = config.connections.max(1);
        let pool = Pool::builder(manager)
            .max_size(connections)
            .build()
            .map_err(|error| RedisConnectionError::Pool(error.to_string()))?;
        metrics::gauge!("alveole_redis_up").set(0.0);
        // A counter that appears with its first failure hides that failure from `increase()`.
        for why in [Purpose::Cache, Purpose::Limiter, Purpose::Live] {
            metrics::counter!("alveole_redis_failures_total", "use" => why.as_str()).increment(0);
        }
        Ok(Arc::new(Self {
            prefix: config.prefix.clone(),
            timeout: config.timeout,
            client,
            pool,
            lines: (0..connections).map(|_| RwLock::new(None)).collect(),
            turn: AtomicUsize::new(0),
            up: AtomicBool::new(false),
            owed: Mutex::default(),
            trouble: Notify::new(),
            opened: Instant::now(),
            warned: AtomicU64::new(0),
        }))
    }

    /// True while Redis answers.
    pub fn is_up(&self) -> bool {
        self.up.load(Ordering::Acquire)
    }

    /// Connects, and looks after the connections for ever. To be spawned once.
    pub async fn keep(self: Arc<Self>) {
        loop {
            let sound = self.connect().await && self.replay_evictions().await;
            if !sound {
                self.mark_down("it cannot be reached");
            }
            tokio::select! {
                () = self.trouble.notified() => sleep(RETRY / 5).await,
                () = sleep(if sound { LOOK } else { RETRY }) => {}
            }
        }
    }

    /// Connects, as far as it works at once: for who would rather not start away.
    pub async fn first_try(&self) {
        let _ = self.connect().await && self.replay_evictions().await;
    }

    pub(crate) fn key(&self, place: fmt::Arguments<'_>) -> String {
        format!("{}:{place}", self.prefix)
    }

    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// A connection that can subscribe, outside of the pool.
    pub(crate) async fn listener(&self) -> Option<redis::aio::PubSub> {
        timeout(self.timeout * 4, self.client.get_async_pubsub()).await.ok()?.ok()
    }

    /// Sends a command; `None` when Redis is away or refuses.
    pub(crate) async fn ask<T: FromRedisValue>(&self, why: Purpose, command: &Cmd) -> Option<T> {
        let mut line = self.line()?;
        let started = Instant::now();
        let answer = command.query_async(&mut line).instrument(span(why, "command")).await;
        self.judge(why, "command", started, answer)
    }

    /// Runs a script; `None` when Redis is away or refuses.
    pub(crate) async fn run<T: FromRedisValue>(
        &self,
        why: Purpose,
        script: &Script,
        keys: &[&str],
        arguments: &[Vec<u8>],
    ) -> Option<T> {
        let mut line = self.line()?;
        let mut call = script.prepare_invoke();
        for key in keys {
            call.key(*key);
        }
        for argument in arguments {
            call.arg(argument.as_slice());
        }
        let started = Instant::now();
        let answer = call.invoke_async(&mut line).instrument(span(why, "script")).await;
        self.judge(why, "script", started, answer)
    }

    /// Makes Redis forget these keys, now or as soon as it answers again.
    pub(crate) async fn forget(&self, keys: &[&str]) {
        let mut command = redis::cmd("DEL");
        command.arg(keys);
        if self.ask::<i64>(Purpose::Cache, &command).await.is_none() {
            let mut owed = self.owed();
            if owed.keys.len() + keys.len() > MOST_OWED {
                owed.keys.clear();
                owed.everything = true;
            }
            if !owed.everything {
                owed.keys.extend(keys.iter().map(|key| (*key).to_owned()));
            }
            // Under the lock, so that the keeper cannot find nothing owed and call it up after.
            self.down("an eviction did not reach it");
        }
    }

    fn owed(&self) -> MutexGuard<'_, Owed> {
        self.owed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One of the connections, in turn.
    fn line(&self) -> Option<MultiplexedConnection> {
        if !self.is_up() {
            return None;
        }
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let line = self.lines.get(turn % self.lines.len())?;
        line.read().unwrap_or_else(PoisonError::into_inner).as_deref().cloned()
    }

    fn judge<T>(
        &self,
        why: Purpose,
        what: &'static str,
        started: Instant,
        answer: RedisResult<T>,
    ) -> Option<T> {
        metrics::histogram!("alveole_redis_command_duration_seconds", "command" => what)
            .record(started.elapsed().as_secs_f64());
        let error = match answer {
            Ok(answer) => return Some(answer),
            Err(error) => error,
        };
        metrics::counter!("alveole_redis_failures_total", "use" => why.as_str()).increment(1);
        if is_away(&error) {
            self.down(&error.to_string());
        } else if self.may_warn() {
            tracing::warn!(%error, "Redis refused a command");
        }
        None
    }

    fn may_warn(&self) -> bool {
        let now = self.opened.elapsed().as_secs() + QUIET.as_secs();
        let last = self.warned.load(Ordering::Relaxed);
        now >= last + QUIET.as_secs()
            && self.warned.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// What callers do who had no answer: the keeper is to look at once.
    fn down(&self, why: &str) {
        self.mark_down(why);
        self.trouble.notify_one();
    }

    fn mark_down(&self, why: &str) {
        if self.up.swap(false, Ordering::AcqRel) {
            tracing::warn!(
                why,
                "Redis is away: values come from the database, limits are counted in process"
            );
        }
        metrics::gauge!("alveole_redis_up").set(0.0);
    }

    /// Sees that every connection answers; true when all do.
    async fn connect(&self) -> bool {
        for line in &self.lines {
            let current = line.read().unwrap_or_else(PoisonError::into_inner).as_deref().cloned();
            if let Some(mut current) = current {
                let pong: RedisResult<String> = redis::cmd("PING").query_async(&mut current).await;
                if pong.is_ok() {
                    continue;
                }
            }
            let broken = line.write().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(broken) = broken {
                // Not back into the pool: whoever came next would get it again.
                drop(Connection::take(broken));
            }
            match self.pool.get().await {
                Ok(fresh) => {
                    *line.write().unwrap_or_else(PoisonError::into_inner) = Some(fresh);
                }
                Err(error) => {
                    if self.is_up() || self.may_warn() {
                        let error = words(&error);
                        tracing::warn!(error, "a connection to Redis could not be made");
                    }
                    return false;
                }
            }
        }
        true
    }

    /// Makes up for owed evictions; then the link is up. False when that failed.
    async fn replay_evictions(&self) -> bool {
        loop {
            let (keys, everything) = {
                let mut owed = self.owed();
                if owed.is_empty() {
                    if !self.up.swap(true, Ordering::AcqRel) {
                        metrics::gauge!("alveole_redis_up").set(1.0);
                        tracing::info!("Redis answers");
                    }
                    return true;
                }
                let keys: Vec<String> = owed.keys.drain().collect();
                (keys, std::mem::take(&mut owed.everything))
            };
            let line = self.lines.first().and_then(|line| {
                line.read().unwrap_or_else(PoisonError::into_inner).as_deref().cloned()
            });
            let paid = match line {
                Some(mut line) if everything => self.flush(&mut line).await.is_ok(),
                Some(mut line) => {
                    let mut command = redis::cmd("DEL");
                    command.arg(&keys);
                    command.query_async::<i64>(&mut line).await.is_ok()
                }
                None => false,
            };
            if !paid {
                let mut owed = self.owed();
                owed.keys.extend(keys);
                owed.everything |= everything;
                return false;
            }
        }
    }

    /// Drops every cached value of this installation.
    async fn flush(&self, line: &mut MultiplexedConnection) -> RedisResult<()> {
        let pattern = self.key(format_args!("cache:*"));
        let mut cursor = 0_u64;
        loop {
            let mut scan = redis::cmd("SCAN");
            scan.arg(cursor).arg("MATCH").arg(&pattern).arg("COUNT").arg(1000);
            let (next, keys): (u64, Vec<String>) = scan.query_async(line).await?;
            if !keys.is_empty() {
                let mut command = redis::cmd("UNLINK");
                command.arg(&keys);
                command.query_async::<i64>(line).await?;
            }
            if next == 0 {
                return Ok(());
            }
            cursor = next;
        }
    }
}

/// Around a command, for traces; nobody wants it unless they are exported.
fn span(why: Purpose, what: &'static str) -> Span {
    tracing::info_span!(
        target: "otel",
        "redis",
        otel.name = format_args!("redis {}", why.as_str()),
        otel.kind = "client",
        db.system.name = "redis",
        db.operation.name = what,
    )
}

/// True when the error says that Redis cannot be used now, rather than that it did not like one
/// command.
fn is_away(error: &RedisError) -> bool {
    error.is_io_error()
        || error.is_timeout()
        || error.is_connection_dropped()
        || error.is_unrecoverable_error()
        || matches!(
            error.kind(),
            redis::ErrorKind::Server(
                ServerErrorKind::BusyLoading
                    | ServerErrorKind::MasterDown
                    | ServerErrorKind::ReadOnly
            )
        )
}

/// Why there is no connection; without the address, which may hold a password.
fn words(error: &PoolError) -> String {
    match error {
        PoolError::Backend(error) => error.to_string(),
        other => other.to_string(),
    }
}
