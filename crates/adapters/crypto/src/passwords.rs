//! bcrypt over a SHA-384 pre-hash, on threads of its own.
//!
//! bcrypt reads 72 bytes and stops at NUL. So what it hashes is the base64 of the SHA-384 of the
//! password: always 64 ASCII characters, whatever was typed. The stored text begins with a scheme
//! tag, so that another scheme can follow without guessing.
//!
//! **Equal work.** A failed comparison always costs as many bcrypt rounds as today's cost, whatever
//! the stored hash cost and whether there is one: a hash of cost 10 under cost 12 is followed by
//! comparisons of costs 10 and 11 that match nothing, because 2^10 + 2^10 + 2^11 = 2^12. A stored
//! hash that costs more than today's cost raises the work of all comparisons to its own from the
//! first time it is seen, because time cannot be taken away. A comparison that matches is not
//! topped up: its caller knows the password.
//!
//! **The queue.** As many comparisons run as there are threads; further callers wait in the order of
//! arrival. A caller that would wait longer than [`PATIENCE`], by the time that hashing lately took,
//! is refused immediately, and a caller that drops its future gives its place up.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering},
        mpsc::{self, Receiver, Sender},
    },
    thread,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha384};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError, oneshot};
use users::{
    ports::{HashError, HashTurn, Match, Passwords},
    values::{Password, PasswordHash},
};

use crate::common::is_common;

/// Tags a hash made by this scheme; a bcrypt string follows.
const SCHEME: &str = "$alveole$v=1$bcrypt-sha384";
/// Below this bcrypt does not go.
const COST_MIN: u32 = 4;
/// Above this one comparison takes many seconds, and a handful of them stop every sign-in.
const COST_MAX: u32 = 16;
/// The longest wait for a thread that a caller is accepted for.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// One unit of hashing, run on a thread of the pool.
type Job = Box<dyn FnOnce() + Send>;

/// Hashes passwords on a few threads of its own, so that a storm of sign-ins never takes the threads
/// that answer other requests.
pub struct BcryptPasswords {
    pool: Arc<Pool>,
}

impl BcryptPasswords {
    /// `cost` 4 to 16 (held there), `threads` at least 1; at most `queue` callers wait, at least 1.
    pub fn new(cost: u32, threads: usize, queue: usize) -> Self {
        let cost = cost.clamp(COST_MIN, COST_MAX);
        let (jobs, receiver) = mpsc::channel::<Job>();
        let receiver = Arc::new(Mutex::new(receiver));
        let mut size = 0;
        for number in 0..threads.max(1) {
            let jobs = Arc::clone(&receiver);
            let spawned =
                thread::Builder::new().name(format!("bcrypt-{number}")).spawn(move || work(&jobs));
            match spawned {
                Ok(_) => size += 1,
                Err(error) => tracing::error!(%error, "a hashing thread could not be started"),
            }
        }
        let pool = Pool {
            jobs,
            cost,
            size,
            queue: queue.max(1),
            turns: Arc::new(Semaphore::new(size)),
            waiting: AtomicUsize::new(0),
            pace: AtomicU64::new(micros(estimate(cost))),
            level: AtomicU32::new(cost),
            rounds: AtomicU64::new(0),
        };
        Self { pool: Arc::new(pool) }
    }
}

/// The threads and the queue in front of them.
struct Pool {
    // Holds no more jobs than there are threads: each needs a turn.
    jobs: Sender<Job>,
    cost: u32,
    size: usize,
    queue: usize,
    turns: Arc<Semaphore>,
    waiting: AtomicUsize,
    /// Microseconds that one job lately took.
    pace: AtomicU64,
    /// The cost that failed comparisons amount to.
    level: AtomicU32,
    /// bcrypt rounds worked so far; tests compare work by it, not by time.
    rounds: AtomicU64,
}

/// A place in the queue, given up when it is dropped.
struct Place<'a>(&'a AtomicUsize);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Pool {
    /// Waits for a thread, if the wait is bearable.
    async fn turn(&self) -> Result<OwnedSemaphorePermit, HashError> {
        if self.size == 0 {
            return Err(HashError::Failed("no hashing thread could be started".into()));
        }
        let gone = || HashError::Failed("the hashing threads have ended".into());
        match Arc::clone(&self.turns).try_acquire_owned() {
            Ok(permit) => return Ok(permit),
            Err(TryAcquireError::NoPermits) => {}
            Err(TryAcquireError::Closed) => return Err(gone()),
        }
        let ahead = self.waiting.fetch_add(1, Ordering::SeqCst);
        let _place = Place(&self.waiting);
        let wait = self.wait_behind(ahead);
        if ahead >= self.queue || wait > PATIENCE {
            return Err(HashError::Overloaded(wait.saturating_sub(PATIENCE)));
        }
        Arc::clone(&self.turns).acquire_owned().await.map_err(|_| gone())
    }

    /// How long a caller behind so many others waits for a thread.
    fn wait_behind(&self, ahead: usize) -> Duration {
        let turns = u64::try_from(ahead).unwrap_or(u64::MAX).saturating_add(1);
        let pace = self.pace.load(Ordering::Relaxed);
        let threads = u64::try_from(self.size).unwrap_or(u64::MAX).max(1);
        Duration::from_micros(pace.saturating_mul(turns) / threads)
    }

    /// Learns how long hashing takes.
    fn timed<T>(&self, hashing: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let result = hashing();
        self.learn(begun.elapsed());
        result
    }

    /// An eighth of the difference counts.
    fn learn(&self, took: Duration) {
        let before = self.pace.load(Ordering::Relaxed);
        self.pace.store(before - before / 8 + micros(took) / 8, Ordering::Relaxed);
    }

    /// Compares with a bcrypt string; says whether it matches.
    fn bcrypt(&self, password: &[u8], hash: &str, cost: u32) -> Result<bool, HashError> {
        self.rounds.fetch_add(1 << cost, Ordering::Relaxed);
        bcrypt::verify(password, hash).map_err(failed)
    }

    fn hash(&self, password: &Password) -> Result<PasswordHash, HashError> {
        self.rounds.fetch_add(1 << self.cost, Ordering::Relaxed);
        let hash = bcrypt::hash(pre_hash(password.expose()), self.cost).map_err(failed)?;
        PasswordHash::parse(&format!("{SCHEME}{hash}")).map_err(failed)
    }

    /// Compares, and does the rest of the work of [`Self::level`] when it does not match.
    fn compare(
        &self,
        password: &Password,
        stored: Option<&PasswordHash>,
    ) -> Result<Match, HashError> {
        let hashed = pre_hash(password.expose());
        let Some(stored) = stored else {
            let level = self.level.load(Ordering::Relaxed);
            self.bcrypt(hashed.as_bytes(), &dummy(level), level)?;
            return Ok(Match::No);
        };
        let (hash, given, own) = match stored.expose().strip_prefix(SCHEME) {
            Some(hash) => (hash, hashed.as_bytes(), true),
            // A plain bcrypt hash that was brought in from elsewhere.
            None if stored.expose().starts_with("$2") => {
                (stored.expose(), password.expose().as_bytes(), false)
            }
            None => return Err(failed("a stored hash has an unknown scheme")),
        };
        let cost = cost_of(hash).filter(|cost| (COST_MIN..=COST_MAX).contains(cost));
        let cost = cost.ok_or_else(|| failed("a stored hash has a cost that is out of range"))?;
        let matches = self.bcrypt(given, hash, cost)?;
        let level = self.raise(cost);
        if matches {
            let outdated = !own || cost < self.cost;
            return Ok(if outdated { Match::YesButOutdated } else { Match::Yes });
        }
        for cost in cost..level {
            self.bcrypt(hashed.as_bytes(), &dummy(cost), cost)?;
        }
        Ok(Match::No)
    }

    /// The cost that failed comparisons amount to, now that a stored hash of `cost` was seen.
    fn raise(&self, cost: u32) -> u32 {
        let before = self.level.fetch_max(cost, Ordering::Relaxed);
        if before < cost {
            tracing::warn!(
                cost,
                configured = self.cost,
                "a stored password costs more than auth.bcrypt_cost: so does every failed sign-in"
            );
        }
        before.max(cost)
    }
}

/// How long one hash of this cost takes on this machine, from one of the lowest cost.
fn estimate(cost: u32) -> Duration {
    let once = || {
        let begun = Instant::now();
        // Only its time counts.
        let _ = bcrypt::verify("x", &dummy(COST_MIN));
        begun.elapsed()
    };
    // The least disturbed of three.
    once().min(once()).min(once()).saturating_mul(1 << (cost - COST_MIN))
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// A thread of the pool, for one caller at a time.
struct BcryptTurn {
    pool: Arc<Pool>,
    // Shared with the job: the thread stays taken until the work ends, also when the caller is gone.
    permit: Arc<OwnedSemaphorePermit>,
}

impl BcryptTurn {
    async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Pool) -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, HashError> {
        let (answer, answered) = oneshot::channel();
        let (pool, permit) = (Arc::clone(&self.pool), Arc::clone(&self.permit));
        let job: Job = Box::new(move || {
            // Dropped at the end, and also when the job panics.
            let _permit = permit;
            if answer.is_closed() {
                return;
            }
            let result = job(&pool);
            // The caller may have gone while we worked; then the result has no reader.
            let _ = answer.send(result);
        });
        let gone = || HashError::Failed("the hashing threads have ended".into());
        self.pool.jobs.send(job).map_err(|_| gone())?;
        answered.await.map_err(|_| HashError::Failed("the hashing thread gave no answer".into()))?
    }
}

#[async_trait]
impl HashTurn for BcryptTurn {
    async fn hash(&self, password: Password) -> Result<PasswordHash, HashError> {
        self.run(move |pool| pool.timed(|| pool.hash(&password))).await
    }

    async fn verify(
        &self,
        password: Password,
        stored: Option<PasswordHash>,
    ) -> Result<Match, HashError> {
        self.run(move |pool| pool.timed(|| pool.compare(&password, stored.as_ref()))).await
    }

    async fn is_common(&self, password: Password) -> Result<bool, HashError> {
        self.run(move |_| Ok(is_common(password.expose()))).await
    }
}

#[async_trait]
impl Passwords for BcryptPasswords {
    async fn turn(&self) -> Result<Box<dyn HashTurn>, HashError> {
        let permit = Arc::new(self.pool.turn().await?);
        Ok(Box::new(BcryptTurn { pool: Arc::clone(&self.pool), permit }))
    }
}

/// A bcrypt string of this cost that no password was hashed to: salt and hash are all zero bits.
fn dummy(cost: u32) -> String {
    format!("$2b${cost:02}${}", ".".repeat(53))
}

fn work(jobs: &Mutex<Receiver<Job>>) {
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        // A panic in one comparison must not end the thread; its caller hears that no answer came.
        if std::panic::catch_unwind(std::panic::AssertUnwindSafe(job)).is_err() {
            tracing::error!("hashing a password panicked");
        }
    }
}

/// 64 ASCII characters that stand for the whole password.
fn pre_hash(password: &str) -> String {
    STANDARD.encode(Sha384::digest(password.as_bytes()))
}

fn failed(error: impl std::fmt::Display) -> HashError {
    HashError::Failed(error.to_string())
}

/// The cost that a bcrypt string names.
fn cost_of(hash: &str) -> Option<u32> {
    hash.split('$').nth(2)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(raw: &str) -> Password {
        Password::attempt(raw)
    }

    fn foreign(raw: &str) -> PasswordHash {
        PasswordHash::parse(&bcrypt::hash(raw, 4).unwrap()).unwrap()
    }

    /// The rounds that `work` costs.
    async fn rounds<T>(hasher: &BcryptPasswords, work: impl Future<Output = T>) -> u64 {
        let before = hasher.pool.rounds.load(Ordering::SeqCst);
        work.await;
        hasher.pool.rounds.load(Ordering::SeqCst) - before
    }

    #[tokio::test]
    async fn a_password_matches_its_hash_only() {
        let hasher = BcryptPasswords::new(4, 1, 8);
        let hash = hasher.hash(password("correct horse")).await.unwrap();
        assert!(hash.expose().starts_with(SCHEME));
        let verify = async |raw: &str| hasher.verify(password(raw), Some(hash.clone())).await;
        assert_eq!(verify("correct horse").await, Ok(Match::Yes));
        assert_eq!(verify("correct horse ").await, Ok(Match::No));
        assert_eq!(verify("").await, Ok(Match::No));
    }

    #[tokio::test]
    async fn every_character_counts_even_past_72_bytes() {
        let hasher = BcryptPasswords::new(4, 1, 8);
        for long in ["x".repeat(128), "ä".repeat(64), format!("a\0{}", "b".repeat(20))] {
            let hash = hasher.hash(password(&long)).await.unwrap();
            let mut other = long.clone();
            other.pop();
            other.push('!');
            assert_eq!(hasher.verify(password(&long), Some(hash.clone())).await, Ok(Match::Yes));
            assert_eq!(hasher.verify(password(&other), Some(hash)).await, Ok(Match::No));
        }
    }

    #[tokio::test]
    async fn weaker_and_foreign_hashes_are_distinguished() {
        let old = BcryptPasswords::new(4, 1, 8).hash(password("pass phrase")).await.unwrap();
        let hasher = BcryptPasswords::new(5, 1, 8);
        assert_eq!(
            hasher.verify(password("pass phrase"), Some(old)).await,
            Ok(Match::YesButOutdated)
        );
        let foreign = foreign("pass phrase");
        let verdict = hasher.verify(password("pass phrase"), Some(foreign.clone())).await;
        assert_eq!(verdict, Ok(Match::YesButOutdated));
        let wrong = hasher.verify(password("another"), Some(foreign.clone())).await;
        assert_eq!(wrong, Ok(Match::No));
        let weaker = BcryptPasswords::new(4, 1, 8);
        let strong = hasher.hash(password("pass phrase")).await.unwrap();
        assert_eq!(weaker.verify(password("pass phrase"), Some(strong)).await, Ok(Match::Yes));
    }

    #[tokio::test]
    async fn a_hash_that_cannot_be_read_is_a_failure_not_a_mismatch() {
        let hasher = BcryptPasswords::new(4, 1, 8);
        let good = hasher.hash(password("pass phrase")).await.unwrap();
        let costly = foreign("pass phrase").expose().replace("$04$", "$31$");
        for stored in
            ["$argon2id$…", "$2b$", "$2b$04$short", SCHEME, "x", &good.expose()[..70], &costly]
        {
            let stored = PasswordHash::parse(stored).unwrap();
            let shown = format!("{stored:?} {}", stored.expose());
            let verdict = hasher.verify(password("pass phrase"), Some(stored)).await;
            assert!(matches!(verdict, Err(HashError::Failed(_))), "{shown}: {verdict:?}");
        }
    }

    #[test]
    fn costs_are_held_within_what_is_bearable() {
        assert_eq!(BcryptPasswords::new(0, 0, 0).pool.cost, 4);
        assert_eq!(BcryptPasswords::new(31, 1, 1).pool.cost, 16);
    }

    #[tokio::test]
    async fn a_wrong_password_costs_the_same_for_every_account_and_for_none() {
        let wrong = || password("another");
        // Raised from 4 to 7, and lowered again: what was stored costs less, as much, and more.
        for cost in [7, 5] {
            let hasher = BcryptPasswords::new(cost, 1, 8);
            let mut stored = vec![None, Some(foreign("pass phrase"))];
            for made_with in [4, 5, 6, 7] {
                let maker = BcryptPasswords::new(made_with, 1, 8);
                stored.push(Some(maker.hash(password("pass phrase")).await.unwrap()));
            }
            // The first comparison with the costly hash teaches its cost.
            hasher.verify(wrong(), stored.last().unwrap().clone()).await.unwrap();
            for hash in stored {
                let shown = format!("{:?}", hash.as_ref().map(PasswordHash::expose));
                let worked = rounds(&hasher, hasher.verify(wrong(), hash)).await;
                assert_eq!(worked, 1 << 7, "under cost {cost}: {shown}");
            }
        }
    }

    #[tokio::test]
    async fn a_right_password_costs_no_more_than_its_hash() {
        let old = BcryptPasswords::new(4, 1, 8).hash(password("pass phrase")).await.unwrap();
        let hasher = BcryptPasswords::new(6, 1, 8);
        let right = hasher.verify(password("pass phrase"), Some(old));
        assert_eq!(rounds(&hasher, right).await, 1 << 4);
        assert_eq!(rounds(&hasher, hasher.hash(password("pass phrase"))).await, 1 << 6);
    }

    const SOON: Duration = Duration::from_millis(20);

    #[tokio::test]
    async fn a_caller_that_is_gone_gives_its_place_up() {
        let hasher = BcryptPasswords::new(4, 1, 2);
        let busy = hasher.turn().await.unwrap();
        for _ in 0..10 {
            // Each waits, and goes.
            let waiting = hasher.hash(password("some password"));
            tokio::time::timeout(SOON / 10, waiting).await.unwrap_err();
        }
        assert_eq!(hasher.pool.waiting.load(Ordering::SeqCst), 0);
        let next = hasher.hash(password("some password"));
        let worked = rounds(&hasher, async { tokio::join!(next, async { drop(busy) }) }).await;
        assert_eq!(worked, 1 << 4, "only the one who stayed was served");
    }

    #[tokio::test]
    async fn a_caller_that_goes_while_it_is_served_keeps_the_thread_until_the_end() {
        let hasher = BcryptPasswords::new(4, 1, 8);
        let permit = Arc::new(hasher.pool.turn().await.unwrap());
        let turn = BcryptTurn { pool: Arc::clone(&hasher.pool), permit };
        let (release, released) = mpsc::channel::<()>();
        let long = turn.run(move |_| Ok(released.recv().is_ok()));
        tokio::time::timeout(SOON, long).await.unwrap_err();
        drop(turn);
        assert_eq!(hasher.pool.turns.available_permits(), 0);
        release.send(()).unwrap();
        assert!(hasher.hash(password("some password")).await.is_ok());
    }

    #[tokio::test]
    async fn a_panic_costs_one_answer_and_no_thread() {
        let hasher = BcryptPasswords::new(4, 1, 8);
        let permit = Arc::new(hasher.pool.turn().await.unwrap());
        let turn = BcryptTurn { pool: Arc::clone(&hasher.pool), permit };
        let answer = turn.run::<()>(|_| panic!("on purpose")).await;
        assert!(matches!(answer, Err(HashError::Failed(_))), "{answer:?}");
        drop(turn);
        assert!(hasher.hash(password("some password")).await.is_ok());
    }

    #[tokio::test]
    async fn a_full_queue_refuses_immediately() {
        let hasher = BcryptPasswords::new(4, 1, 2);
        let busy = hasher.turn().await.unwrap();
        let mut waiting: Vec<_> =
            (0..2).map(|_| Box::pin(hasher.hash(password("some password")))).collect();
        for wait in &mut waiting {
            tokio::time::timeout(SOON / 4, wait).await.unwrap_err();
        }
        let refused = hasher.hash(password("some password")).await;
        assert!(matches!(refused, Err(HashError::Overloaded(_))), "{refused:?}");
        let refused = hasher.verify(password("x"), None).await;
        assert!(matches!(refused, Err(HashError::Overloaded(_))), "{refused:?}");
        drop(busy);
        for wait in waiting {
            assert!(wait.await.is_ok());
        }
    }

    #[tokio::test]
    async fn a_caller_that_could_not_be_served_in_time_is_refused_immediately() {
        let hasher = BcryptPasswords::new(4, 2, 1000);
        // As if each hash took two seconds: five wait at most five seconds behind two threads.
        hasher.pool.pace.store(2_000_000, Ordering::SeqCst);
        let _busy = (hasher.turn().await.unwrap(), hasher.turn().await.unwrap());
        let mut waiting: Vec<_> = (0..5).map(|_| Box::pin(hasher.turn())).collect();
        for wait in &mut waiting {
            assert!(tokio::time::timeout(SOON / 10, wait).await.is_err(), "it may wait");
        }
        let refused = hasher.turn().await.err();
        assert_eq!(refused, Some(HashError::Overloaded(Duration::from_secs(1))));
        drop(waiting);
        assert!(tokio::time::timeout(SOON / 10, hasher.turn()).await.is_err(), "it may wait again");
    }

    #[test]
    fn the_pace_follows_what_hashing_takes() {
        let hasher = BcryptPasswords::new(4, 1, 8);
        for _ in 0..60 {
            hasher.pool.learn(Duration::from_millis(800));
        }
        let pace = hasher.pool.wait_behind(0);
        assert!((700..=800).contains(&pace.as_millis()), "{pace:?}");
        assert_eq!(hasher.pool.wait_behind(2), pace * 3);
    }
}
