//! Runs the kernel's kits of cache and limiter and the chat's of hints on Redis, twice: on a server that is simply there,
//! and on one that was stopped and started again after the adapter had connected. Then what only
//! this adapter promises: that nothing fails while Redis is away.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_macros,
    reason = "what cannot be set up is a failed test, and what is skipped must be said"
)]

mod away;
mod cached;
mod server;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use adapter_redis::{
    InvalidationBus, RedisCache, RedisConfig, RedisConnection, RedisLimiter, RedisNotifier,
};
use chat::kit::notifier;
use kernel::{
    BoxFuture, Limiter, UserId,
    kit::Case,
    kit::{self, Pass, cache, limiter},
};
use libtest_mimic::{Arguments, Trial};
use memory::{MemoryCache, MemoryLimiter};

use crate::server::Server;

/// How long cached values live in these tests: longer than a case takes on a busy machine, short
/// enough to wait for.
const TTL: Duration = Duration::from_millis(1500);

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = cached::trials();
    match server::shared_url() {
        Some(_) => {
            trials.extend(kits("redis", || None));
            if Server::is_installed() {
                trials.extend(kits("redis_restarted", || Some(Server::start())));
                trials.extend(away::trials());
            } else {
                eprintln!(
                    "SKIPPED: what happens while Redis is away: it takes a redis-server of our own \
                     to stop (install the package redis-server)"
                );
            }
        }
        None => eprintln!(
            "SKIPPED: everything on Redis: there is none at TEST_REDIS_URL or 127.0.0.1:6379, and \
             no redis-server is installed to start one"
        ),
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// Every case of both kits. With a server of its own, a case finds it restarted.
fn kits(place: &'static str, own: fn() -> Option<Server>) -> Vec<Trial> {
    let mut trials = trials(place, "cache", cache::CASES, own, shared_cache);
    trials.extend(self::trials(place, "announced", cache::CASES, own, bus_cache));
    trials.extend(self::trials(place, "limiter", limiter::CASES, own, shared_limiter));
    trials.extend(self::trials(place, "notifier", notifier::CASES, own, notifiers));
    trials
}

fn trials<G: 'static>(
    place: &'static str,
    kit: &'static str,
    cases: &'static [Case<G>],
    own: fn() -> Option<Server>,
    fixture: fn([Arc<RedisConnection>; 2]) -> BoxFuture<'static, G>,
) -> Vec<Trial> {
    let trial = move |case: &'static Case<G>| {
        Trial::test(format!("{place}::{kit}::{}", case.name), move || {
            let mut own = own();
            let url = own.as_ref().map_or_else(|| server::shared_url().unwrap(), |own| own.url());
            on_a_runtime(async move {
                let connections = connections(&url).await;
                let fixture = fixture(connections.clone()).await;
                if let Some(own) = &mut own {
                    own.restart();
                    // Noticed by whoever asks next, then by the keeper.
                    for connection in &connections {
                        until("Redis is noticed to be back", || async {
                            let limiter = probe(connection);
                            limiter.check("probe", "").await;
                            connection.is_up()
                        })
                        .await;
                    }
                    tokio::time::sleep(Duration::from_millis(700)).await;
                }
                (case.run)(fixture).await;
            });
            Ok(())
        })
    };
    cases.iter().map(trial).collect()
}

/// Runs a test on threads of its own.
pub(crate) fn on_a_runtime(test: impl Future<Output = ()>) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.unwrap().block_on(test);
}

/// Waits for at most 20 seconds.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, ask: impl Fn() -> F) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !ask().await {
        assert!(Instant::now() < deadline, "in 20 s it did not happen that {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The links of two replicas that see nothing of other tests.
pub(crate) async fn connections(url: &str) -> [Arc<RedisConnection>; 2] {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let mut config = RedisConfig::new(url);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    config.prefix = format!("alveole-test-{}-{count}", std::process::id());
    // Other tests compete for the machine: slowness is not what these are about.
    config.timeout = Duration::from_secs(5);
    let connections =
        [RedisConnection::open(&config).unwrap(), RedisConnection::open(&config).unwrap()];
    for connection in &connections {
        tokio::spawn(Arc::clone(connection).keep());
        until("Redis answers", || async { connection.is_up() }).await;
    }
    connections
}

pub(crate) fn probe(connection: &Arc<RedisConnection>) -> RedisLimiter {
    let quota = kernel::Quota { calls: 1_000_000, per: Duration::from_secs(1) };
    let in_process: Arc<dyn Limiter> = Arc::new(MemoryLimiter::new([("probe", quota)]));
    RedisLimiter::new(Arc::clone(connection), [("probe", quota)], in_process)
}

pub(crate) fn pass() -> Pass {
    Arc::new(|time| Box::pin(tokio::time::sleep(time)))
}

fn shared_cache(connections: [Arc<RedisConnection>; 2]) -> BoxFuture<'static, cache::Fixture> {
    let views = connections.map(|connection| {
        let view: cache::Subject = Arc::new(RedisCache::<UserId, String>::new(connection, TTL));
        view
    });
    Box::pin(async move { cache::Fixture { views, ttl: TTL, pass: pass() } })
}

fn bus_cache(connections: [Arc<RedisConnection>; 2]) -> BoxFuture<'static, cache::Fixture> {
    Box::pin(async move {
        let mut views: Vec<cache::Subject> = Vec::new();
        for connection in connections {
            let inner = Arc::new(MemoryCache::<(u64, UserId), String>::new(100, TTL));
            let view = InvalidationBus::new(connection, "text", inner);
            tokio::spawn(Arc::clone(&view).listen());
            until("evictions are heard", || async { view.is_tuned() }).await;
            views.push(view);
        }
        let views: [cache::Subject; 2] = views.try_into().ok().unwrap();
        cache::Fixture { views, ttl: TTL, pass: pass() }
    })
}

fn notifiers(connections: [Arc<RedisConnection>; 2]) -> BoxFuture<'static, notifier::Fixture> {
    let processes = connections.map(|connection| {
        let (notifier, notifications) = RedisNotifier::new(connection);
        tokio::spawn(notifications.run());
        notifier as Arc<dyn chat::outbound::Notifier>
    });
    Box::pin(async move { notifier::Fixture { processes } })
}

fn shared_limiter(connections: [Arc<RedisConnection>; 2]) -> BoxFuture<'static, limiter::Fixture> {
    let views = connections.map(|connection| {
        let in_process: Arc<dyn Limiter> = Arc::new(MemoryLimiter::new(kit::limiter::POLICIES));
        let view: limiter::Subject =
            Arc::new(RedisLimiter::new(connection, kit::limiter::POLICIES, in_process));
        view
    });
    Box::pin(async move { limiter::Fixture { views, pass: pass() } })
}
