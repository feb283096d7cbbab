//! The embedded cache. A hit is one lookup in moka and one more reference to the value; all the
//! book-keeping below is for misses only.
//!
//! **Single flight.** The first to miss a key puts a *flight* into the table of its shard and
//! loads while holding the flight's gate; the others wait at the gate. Three ends:
//!
//! * it found a value: the value is kept, the flight leaves the table, those at the gate take it;
//! * it found nothing: those at the gate run their own loaders, all at once. They cannot be told
//!   "nothing", because a loader also gives nothing when it failed, and only its own caller knows
//!   which it was;
//! * it went away half-way (its client hung up, its loader panicked): the gate opens and the next
//!   one at it loads.
//!
//! **Evictions.** `put`, `evict` and the keeping of a loaded value happen under the shard's lock.
//! The first two also take the key's flight out of the table, so that its value is not kept and
//! who comes later starts anew. The lock is never held across an `.await`.

use std::{
    collections::HashMap,
    hash::{BuildHasher, Hash, RandomState},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use kernel::{BoxFuture, Cache};

/// Enough that two misses seldom meet at one lock.
const SHARDS: usize = 64;

/// What became of a load, for those who wait for it.
enum Outcome<V> {
    /// Nobody finished loading yet.
    Open,
    /// It found this.
    Found(Arc<V>),
    /// It found nothing, or failed.
    Nothing,
}

/// One load that several may wait for.
type Flight<V> = Arc<tokio::sync::Mutex<Outcome<V>>>;

struct Shard<K, V> {
    flights: HashMap<K, Flight<V>>,
    /// Counts `put`s and `evict`s, for loads that are in no flight.
    changes: u64,
}

/// Keeps values in process: at most `capacity` of them, each for at most `ttl`.
pub struct MemoryCache<K, V> {
    kept: moka::sync::Cache<K, Arc<V>>,
    shards: Box<[Mutex<Shard<K, V>>]>,
    hasher: RandomState,
}

impl<K, V> MemoryCache<K, V>
where
    K: Eq + Hash + Clone + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    /// An empty cache.
    pub fn new(capacity: u64, ttl: Duration) -> Self {
        let shard = || Mutex::new(Shard { flights: HashMap::new(), changes: 0 });
        Self {
            kept: moka::sync::Cache::builder().max_capacity(capacity).time_to_live(ttl).build(),
            shards: (0..SHARDS).map(|_| shard()).collect(),
            hasher: RandomState::new(),
        }
    }

    fn shard(&self, key: &K) -> MutexGuard<'_, Shard<K, V>> {
        let place = self.hasher.hash_one(key) as usize % SHARDS;
        #[expect(clippy::indexing_slicing, reason = "there are SHARDS of them")]
        let shard = &self.shards[place];
        shard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes what is being loaded for `key` unfit to be kept.
    fn invalidate(shard: &mut Shard<K, V>, key: &K) {
        shard.flights.remove(key);
        shard.changes = shard.changes.wrapping_add(1);
    }

    /// The kept value, or a seat in the flight that loads it.
    fn board(&self, key: K) -> Result<Arc<V>, Seat<'_, K, V>> {
        let mut shard = self.shard(&key);
        // A flight that has just landed left its value here, under this lock.
        if let Some(value) = self.kept.get(&key) {
            return Ok(value);
        }
        let flight = shard
            .flights
            .entry(key.clone())
            .or_insert_with(|| Arc::new(tokio::sync::Mutex::new(Outcome::Open)));
        let flight = Arc::clone(flight);
        drop(shard);
        Err(Seat { cache: self, key, flight })
    }

    /// Ends a flight and keeps what it found, unless it was outdated meanwhile.
    fn land(&self, seat: &Seat<'_, K, V>, value: Option<&Arc<V>>) {
        let mut shard = self.shard(&seat.key);
        let current = shard.flights.get(&seat.key);
        if current.is_some_and(|flight| Arc::ptr_eq(flight, &seat.flight)) {
            shard.flights.remove(&seat.key);
            if let Some(value) = value {
                self.kept.insert(seat.key.clone(), Arc::clone(value));
            }
        }
    }

    /// Loads outside of any flight.
    async fn load_alone(&self, key: &K, loader: BoxFuture<'_, Option<V>>) -> Option<Arc<V>> {
        let before = self.shard(key).changes;
        let value = Arc::new(loader.await?);
        let shard = self.shard(key);
        if shard.changes == before {
            self.kept.insert(key.clone(), Arc::clone(&value));
        }
        Some(value)
    }
}

/// Somebody's part in a flight. The last one to leave takes the flight out of the table, however
/// it ended, so that the table holds only what is being loaded.
struct Seat<'a, K, V>
where
    K: Eq + Hash + Clone + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    cache: &'a MemoryCache<K, V>,
    key: K,
    flight: Flight<V>,
}

impl<K, V> Drop for Seat<'_, K, V>
where
    K: Eq + Hash + Clone + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    fn drop(&mut self) {
        let mut shard = self.cache.shard(&self.key);
        let current = shard.flights.get(&self.key);
        // Seats are taken under the shard's lock, so nobody joins while we count: the table's
        // reference and ours are the last two.
        if current.is_some_and(|flight| Arc::ptr_eq(flight, &self.flight))
            && Arc::strong_count(&self.flight) == 2
        {
            shard.flights.remove(&self.key);
        }
    }
}

#[async_trait]
impl<K, V> Cache<K, V> for MemoryCache<K, V>
where
    K: Eq + Hash + Clone + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    async fn get(&self, key: &K) -> Option<Arc<V>> {
        self.kept.get(key)
    }

    async fn put(&self, key: K, value: Arc<V>) {
        let mut shard = self.shard(&key);
        Self::invalidate(&mut shard, &key);
        self.kept.insert(key, value);
    }

    async fn evict(&self, key: &K) {
        let mut shard = self.shard(key);
        Self::invalidate(&mut shard, key);
        self.kept.invalidate(key);
    }

    async fn load(&self, key: K, loader: BoxFuture<'_, Option<V>>) -> Option<Arc<V>> {
        if let Some(value) = self.kept.get(&key) {
            return Some(value);
        }
        let seat = match self.board(key) {
            Ok(value) => return Some(value),
            Err(seat) => seat,
        };
        // The gate borrows the seat, so it is open before the seat is left.
        let mut gate = seat.flight.lock().await;
        match &*gate {
            Outcome::Found(value) => return Some(Arc::clone(value)),
            Outcome::Nothing => {
                drop(gate);
                return self.load_alone(&seat.key, loader).await;
            }
            Outcome::Open => {}
        }
        let value = loader.await.map(Arc::new);
        self.land(&seat, value.as_ref());
        *gate = value.clone().map_or(Outcome::Nothing, Outcome::Found);
        value
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            Barrier,
            atomic::{AtomicU32, Ordering},
        },
        task::{Context, Waker},
        thread,
    };

    use pollster::block_on;
    use tokio::sync::oneshot;

    use super::*;

    type Words = MemoryCache<u32, String>;

    fn cache() -> Words {
        MemoryCache::new(100, Duration::from_mins(1))
    }

    fn found(text: &str) -> BoxFuture<'static, Option<String>> {
        let text = text.to_owned();
        Box::pin(async move { Some(text) })
    }

    fn nothing() -> BoxFuture<'static, Option<String>> {
        Box::pin(async { None })
    }

    /// A loader that ends when it is told to, with what it is told.
    fn held() -> (oneshot::Sender<Option<String>>, BoxFuture<'static, Option<String>>) {
        let (tell, told) = oneshot::channel();
        (tell, Box::pin(async move { told.await.unwrap_or(None) }))
    }

    fn text(value: Option<Arc<String>>) -> Option<String> {
        value.map(|text| (*text).clone())
    }

    fn poll<T>(future: &mut BoxFuture<'_, T>) -> std::task::Poll<T> {
        future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    }

    fn flights(cache: &Words) -> usize {
        cache.shards.iter().map(|shard| shard.lock().unwrap().flights.len()).sum()
    }

    #[test]
    fn c3_many_simultaneously_run_one_loader() {
        const THREADS: usize = 16;
        for _ in 0..20 {
            let cache = cache();
            let runs = AtomicU32::new(0);
            let start = Barrier::new(THREADS);
            thread::scope(|scope| {
                for _ in 0..THREADS {
                    scope.spawn(|| {
                        start.wait();
                        let loader: BoxFuture<'_, Option<String>> = Box::pin(async {
                            runs.fetch_add(1, Ordering::SeqCst);
                            thread::sleep(Duration::from_millis(2));
                            Some("a".to_owned())
                        });
                        let value = block_on(cache.load(1, loader));
                        assert_eq!(text(value).as_deref(), Some("a"));
                    });
                }
            });
            assert_eq!(runs.load(Ordering::SeqCst), 1);
            assert_eq!(flights(&cache), 0);
        }
    }

    #[test]
    fn c3_who_comes_as_a_flight_lands_takes_its_value() {
        let cache = cache();
        block_on(cache.put(1, Arc::new("a".to_owned())));
        assert!(cache.board(1).is_ok_and(|value| *value == "a"));
        assert_eq!(flights(&cache), 0);
    }

    #[test]
    fn c4_a_loader_that_finds_nothing_leaves_nothing_behind() {
        let cache = cache();
        block_on(async {
            assert_eq!(cache.load(1, nothing()).await, None);
            assert_eq!(cache.get(&1).await, None);
            assert_eq!(flights(&cache), 0);
            assert_eq!(text(cache.load(1, found("a")).await).as_deref(), Some("a"));
        });
    }

    #[test]
    fn c4_those_who_waited_for_nothing_load_themselves() {
        let cache = cache();
        let (tell, loader) = held();
        let mut first = cache.load(1, loader);
        let mut second = cache.load(1, found("b"));
        assert!(poll(&mut first).is_pending());
        assert!(poll(&mut second).is_pending());
        tell.send(None).unwrap();
        assert_eq!(block_on(first), None);
        assert_eq!(text(block_on(second)).as_deref(), Some("b"));
        assert_eq!(text(block_on(cache.get(&1))).as_deref(), Some("b"));
        assert_eq!(flights(&cache), 0);
    }

    #[test]
    fn c4_a_loader_that_panics_harms_nobody() {
        let cache = cache();
        let bad: BoxFuture<'_, Option<String>> = Box::pin(async { panic!("on purpose") });
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            block_on(cache.load(1, bad));
        }));
        assert!(outcome.is_err());
        assert_eq!(flights(&cache), 0);
        assert_eq!(text(block_on(cache.load(1, found("a")))).as_deref(), Some("a"));
    }

    #[test]
    fn c5_a_value_that_was_being_loaded_when_evicted_is_given_and_not_kept() {
        let cache = cache();
        let (tell, loader) = held();
        let mut early = cache.load(1, loader);
        assert!(poll(&mut early).is_pending());
        block_on(cache.evict(&1));
        // Who comes after the eviction does not get the old value either.
        assert_eq!(text(block_on(cache.load(1, found("new")))).as_deref(), Some("new"));
        tell.send(Some("old".to_owned())).unwrap();
        assert_eq!(text(block_on(early)).as_deref(), Some("old"));
        assert_eq!(text(block_on(cache.get(&1))).as_deref(), Some("new"));
        assert_eq!(flights(&cache), 0);
    }

    #[test]
    fn c5_holds_for_those_who_load_alone() {
        let cache = cache();
        let (tell_first, loader) = held();
        let mut first = cache.load(1, loader);
        let (tell_second, loader) = held();
        let mut second = cache.load(1, loader);
        assert!(poll(&mut first).is_pending());
        assert!(poll(&mut second).is_pending());
        tell_first.send(None).unwrap();
        assert!(poll(&mut first).is_ready());
        assert!(poll(&mut second).is_pending());
        block_on(cache.evict(&1));
        tell_second.send(Some("old".to_owned())).unwrap();
        assert_eq!(text(block_on(second)).as_deref(), Some("old"));
        assert_eq!(block_on(cache.get(&1)), None);
    }

    #[test]
    fn c5_nobody_who_loads_after_an_evict_sees_what_was_before() {
        let cache: MemoryCache<u32, u32> = MemoryCache::new(100, Duration::from_mins(1));
        let truth = AtomicU32::new(0);
        let load = || {
            let loader: BoxFuture<'_, Option<u32>> = Box::pin(async {
                let value = truth.load(Ordering::SeqCst);
                thread::yield_now();
                // Now and then a load fails, so that loads outside of flights meet evictions too.
                (!value.is_multiple_of(5)).then_some(value)
            });
            block_on(cache.load(1, loader)).map(|value| *value)
        };
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..5_000 {
                        let new = truth.fetch_add(1, Ordering::SeqCst) + 1;
                        block_on(cache.evict(&1));
                        assert!(load().is_none_or(|seen| seen >= new));
                    }
                });
            }
        });
    }

    #[test]
    fn a_put_is_not_overwritten_by_a_load_that_began_before() {
        let cache = cache();
        let (tell, loader) = held();
        let mut early = cache.load(1, loader);
        assert!(poll(&mut early).is_pending());
        block_on(cache.put(1, Arc::new("new".to_owned())));
        tell.send(Some("old".to_owned())).unwrap();
        assert_eq!(text(block_on(early)).as_deref(), Some("old"));
        assert_eq!(text(block_on(cache.get(&1))).as_deref(), Some("new"));
    }

    #[test]
    fn when_the_loading_caller_goes_away_the_next_one_loads() {
        let cache = cache();
        let (_tell, loader) = held();
        let mut first = cache.load(1, loader);
        let mut second = cache.load(1, found("b"));
        let third = cache.load(1, found("c"));
        assert!(poll(&mut first).is_pending());
        assert!(poll(&mut second).is_pending());
        drop(first);
        assert_eq!(text(block_on(second)).as_deref(), Some("b"));
        assert_eq!(text(block_on(third)).as_deref(), Some("b"));
        assert_eq!(flights(&cache), 0);
    }

    #[test]
    fn callers_that_all_go_away_leave_no_flight_behind() {
        let cache = cache();
        let (_tell, loader) = held();
        let mut first = cache.load(1, loader);
        let mut second = cache.load(1, found("b"));
        assert!(poll(&mut first).is_pending());
        assert!(poll(&mut second).is_pending());
        drop(second);
        assert_eq!(flights(&cache), 1);
        drop(first);
        assert_eq!(flights(&cache), 0);
        assert_eq!(text(block_on(cache.load(1, found("c")))).as_deref(), Some("c"));
    }
}
