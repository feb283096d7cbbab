//! The cache that replicas share. Its values are in Redis; every replica sees every eviction at
//! once.
//!
//! **Single flight over replicas.** Who misses a key asks for its *lease*, in the same step. The
//! holder loads and keeps what it found; the others look again until the value is there or the
//! lease is gone. Within a process the first caller does that for all: the others wait at its *gate*,
//! so that a thousand misses are not a thousand questions. If it found nothing, those at the gate
//! run their own loaders, all at once: a loader also gives nothing when it failed, and only its own
//! caller knows which it was.
//!
//! **Evictions.** An eviction deletes value and lease. A load whose lease is gone keeps nothing
//! (C5), whoever evicted on whichever replica.
//!
//! **Away.** Then there is neither value nor lease: everybody loads for themselves.

use std::{
    collections::HashMap,
    fmt::Display,
    hash::{BuildHasher as _, Hash, RandomState},
    marker::PhantomData,
    sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use async_trait::async_trait;
use deadpool_redis::redis::{self, Script};
use kernel::{BoxFuture, Cache};
use tokio::{runtime::Handle, sync::Mutex as Gate, time::sleep};

use crate::{
    cached::{Cached, decode, encode, kind},
    connection::{Purpose, RedisConnection},
};

/// How long a load may take before somebody else may load too.
const LEASE: Duration = Duration::from_secs(3);
/// The first pause before looking again; each is twice the last, up to the greatest.
const FIRST_PAUSE: Duration = Duration::from_millis(2);
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

/// KEYS value, lease; ARGV token, lease in ms. Gives the value, or whether the lease is ours.
static BOARD: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local value = redis.call('GET', KEYS[1])
        if value then return {value, 0} end
        if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then return {false, 1} end
        return {false, 0}",
    )
});

/// KEYS value, lease; ARGV token, value, life in ms. Keeps the value if the lease is still ours.
static LAND: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
        redis.call('DEL', KEYS[2])
        redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
        return 1",
    )
});

/// KEYS lease; ARGV token. Gives the lease back if it is still ours.
static LEAVE: LazyLock<Script> = LazyLock::new(|| {
    Script::new("if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end")
});

/// KEYS value, lease; ARGV value, life in ms.
static PUT: LazyLock<Script> = LazyLock::new(|| {
    Script::new("redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) redis.call('DEL', KEYS[2])")
});

/// Keeps values in Redis for at most `ttl`, each for a little less, so that what was loaded
/// together does not expire together.
pub struct RedisCache<K, V> {
    connection: Arc<RedisConnection>,
    ttl: Duration,
    gates: Mutex<HashMap<K, Weak<Gate<Barren>>>>,
    chance: RandomState,
    value: PhantomData<fn() -> V>,
}

/// Whether the one who loaded found nothing.
type Barren = bool;

/// What looking for a key came to.
enum Boarded<V> {
    /// There is a value.
    Found(Arc<V>),
    /// We are to load; this is our token.
    Ours(String),
    /// Somebody else loads.
    Theirs,
    /// Redis is away.
    Away,
}

impl<K, V> RedisCache<K, V>
where
    K: Display + Eq + Hash + Clone + Send + Sync + 'static,
    V: Cached,
{
    /// A view of the values of this kind; every view of the same link's installation shares them.
    pub fn new(connection: Arc<RedisConnection>, ttl: Duration) -> Self {
        Self {
            connection,
            ttl,
            gates: Mutex::default(),
            chance: RandomState::new(),
            value: PhantomData,
        }
    }

    /// The keys of value and lease.
    fn keys(&self, key: &K) -> (String, String) {
        let value = self.connection.key(format_args!("cache:{}:{key}", kind::<V>()));
        let lease = format!("{value}:lease");
        (value, lease)
    }

    /// A number that nobody else draws.
    fn draw(&self) -> u64 {
        use std::sync::atomic::{AtomicU64, Ordering};
        static COUNT: AtomicU64 = AtomicU64::new(0);
        self.chance.hash_one(COUNT.fetch_add(1, Ordering::Relaxed))
    }

    /// Between nine tenths and the whole of the life, in milliseconds.
    fn life(&self) -> u64 {
        let whole = u64::try_from(self.ttl.as_millis()).unwrap_or(u64::MAX).max(1);
        whole - self.draw() % (whole / 10 + 1)
    }

    fn decoded(bytes: &[u8]) -> Option<Arc<V>> {
        let value = decode::<V>(bytes);
        if value.is_none() {
            tracing::warn!(kind = %kind::<V>(), "a cached value cannot be read and is not used");
        }
        value.map(Arc::new)
    }

    async fn board(&self, value: &str, lease: &str) -> Boarded<V> {
        let token = format!("{:016x}{:016x}", self.draw(), self.draw());
        let arguments = [token.clone().into_bytes(), millis(LEASE)];
        let answer: Option<(Option<Vec<u8>>, u8)> =
            self.connection.run(Purpose::Cache, &BOARD, &[value, lease], &arguments).await;
        match answer {
            None => Boarded::Away,
            Some((Some(bytes), _)) => match Self::decoded(&bytes) {
                Some(found) => Boarded::Found(found),
                // Of no use to anybody: as if it were not there.
                None => {
                    self.connection.forget(&[value]).await;
                    Boarded::Theirs
                }
            },
            Some((None, 1)) => Boarded::Ours(token),
            Some((None, _)) => Boarded::Theirs,
        }
    }

    /// The gate of a key within this process.
    fn gate(&self, key: &K) -> Arc<Gate<Barren>> {
        let mut gates = self.gates();
        if let Some(gate) = gates.get(key).and_then(Weak::upgrade) {
            return gate;
        }
        gates.retain(|_, gate| gate.strong_count() > 0);
        let gate = Arc::new(Gate::new(false));
        gates.insert(key.clone(), Arc::downgrade(&gate));
        gate
    }

    fn gates(&self) -> MutexGuard<'_, HashMap<K, Weak<Gate<Barren>>>> {
        self.gates.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a value that somebody else loads, or for our turn to load it.
    async fn wait(&self, value: &str, lease: &str) -> Boarded<V> {
        let mut pause = FIRST_PAUSE;
        let mut waited = Duration::ZERO;
        loop {
            match self.board(value, lease).await {
                Boarded::Theirs if waited < LEASE => {
                    sleep(pause).await;
                    waited += pause;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                done => return done,
            }
        }
    }
}

#[async_trait]
impl<K, V> Cache<K, V> for RedisCache<K, V>
where
    K: Display + Eq + Hash + Clone + Send + Sync + 'static,
    V: Cached,
{
    async fn get(&self, key: &K) -> Option<Arc<V>> {
        let (value, _) = self.keys(key);
        let mut command = redis::cmd("GET");
        command.arg(value);
        let bytes: Option<Vec<u8>> = self.connection.ask(Purpose::Cache, &command).await?;
        Self::decoded(&bytes?)
    }

    async fn put(&self, key: K, new: Arc<V>) {
        self.gates().remove(&key);
        let (value, lease) = self.keys(&key);
        let arguments = [encode(&*new), self.life().to_string().into_bytes()];
        let kept: Option<()> =
            self.connection.run(Purpose::Cache, &PUT, &[&value, &lease], &arguments).await;
        if kept.is_none() {
            // What is there is older than what we were given.
            self.connection.forget(&[&value, &lease]).await;
        }
    }

    async fn evict(&self, key: &K) {
        // Who comes from now on does not wait for a load that began before.
        self.gates().remove(key);
        let (value, lease) = self.keys(key);
        self.connection.forget(&[&value, &lease]).await;
    }

    async fn load(&self, key: K, loader: BoxFuture<'_, Option<V>>) -> Option<Arc<V>> {
        let (value, lease) = self.keys(&key);
        let gate = self.gate(&key);
        let mut first = gate.try_lock().ok();
        if first.is_none() && *gate.lock().await {
            return loader.await.map(Arc::new);
        }
        let token = match self.wait(&value, &lease).await {
            Boarded::Found(found) => return Some(found),
            Boarded::Ours(token) => token,
            // Nobody is to wait for a load that keeps nothing.
            Boarded::Theirs | Boarded::Away => {
                drop(first);
                return loader.await.map(Arc::new);
            }
        };
        let mut seat = Seat { connection: &self.connection, lease: &lease, token: Some(token) };
        let Some(found) = loader.await.map(Arc::new) else {
            if let Some(barren) = &mut first {
                **barren = true;
                // Who comes from now on starts anew.
                self.gates().remove(&key);
            }
            return None;
        };
        if let Some(token) = seat.token.take() {
            let life = self.life().to_string().into_bytes();
            let arguments = [token.into_bytes(), encode(&*found), life];
            let _: Option<u8> =
                self.connection.run(Purpose::Cache, &LAND, &[&value, &lease], &arguments).await;
        }
        Some(found)
    }
}

/// A lease that is given back when the load finds nothing or its caller goes away.
struct Seat<'a> {
    connection: &'a Arc<RedisConnection>,
    lease: &'a str,
    token: Option<String>,
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let (Some(token), Ok(runtime)) = (self.token.take(), Handle::try_current()) else { return };
        let (connection, lease) = (Arc::clone(self.connection), self.lease.to_owned());
        // If it does not get through, the lease ends by itself.
        runtime.spawn(async move {
            let _: Option<()> =
                connection.run(Purpose::Cache, &LEAVE, &[&lease], &[token.into_bytes()]).await;
        });
    }
}

fn millis(time: Duration) -> Vec<u8> {
    time.as_millis().to_string().into_bytes()
}
