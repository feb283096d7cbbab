//! bcrypt over a SHA-384 pre-hash, on threads of its own.
//!
//! bcrypt reads 72 bytes and stops at NUL. So what it hashes is the base64 of the SHA-384 of the
//! password: always 64 ASCII characters, whatever was typed. The stored text begins with a scheme
//! tag, so that another scheme can follow without guessing.

use std::{
    sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha384};
use tokio::sync::oneshot;
use users::{
    ports::{HashError, Match, Passwords},
    values::{Password, PasswordHash},
};

/// Tags a hash made by this scheme; a bcrypt string follows.
const SCHEME: &str = "$alveole$v=1$bcrypt-sha384";
/// Below this bcrypt does not go.
const COST_MIN: u32 = 4;
/// Above this one comparison takes many seconds, and a handful of them stop every sign-in.
const COST_MAX: u32 = 16;

/// One unit of hashing, run on a thread of the pool.
type Job = Box<dyn FnOnce() + Send>;

/// Hashes passwords on a few threads with a bounded queue: a storm of sign-ins waits or is told to
/// come again, and never takes the threads that answer other requests.
pub struct BcryptPasswords {
    queue: SyncSender<Job>,
    cost: u32,
    // What an unknown account's password is compared with, so that it takes as long.
    dummy: String,
}

impl BcryptPasswords {
    /// `cost` 4 to 16 (held there), `threads` and `queue` at least 1.
    pub fn new(cost: u32, threads: usize, queue: usize) -> Self {
        let cost = cost.clamp(COST_MIN, COST_MAX);
        let (sender, receiver) = sync_channel::<Job>(queue.max(1));
        let receiver = Arc::new(Mutex::new(receiver));
        for number in 0..threads.max(1) {
            let jobs = Arc::clone(&receiver);
            let spawned =
                thread::Builder::new().name(format!("bcrypt-{number}")).spawn(move || work(&jobs));
            if let Err(error) = spawned {
                tracing::error!(%error, "a hashing thread could not be started");
            }
        }
        Self { queue: sender, cost, dummy: dummy(cost) }
    }

    /// Runs `job` on the pool. A caller that went away before its turn costs nothing.
    async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, HashError> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move || {
            if !answer.is_closed() {
                // The caller may go away while we work; then nobody wants the result.
                let _ = answer.send(job());
            }
        });
        self.queue.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => HashError::Overloaded,
            TrySendError::Disconnected(_) => HashError::Failed("no hashing thread is left".into()),
        })?;
        answered.await.map_err(|_| HashError::Failed("the hashing thread gave no answer".into()))?
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

/// Compares with a bcrypt string; tells whether it matches and with which cost it was made.
fn verify(password: impl AsRef<[u8]>, hash: &str) -> Result<(bool, u32), HashError> {
    let cost = cost_of(hash).filter(|cost| *cost <= COST_MAX);
    let cost = cost.ok_or_else(|| failed("a stored hash has a cost that is out of range"))?;
    Ok((bcrypt::verify(password, hash).map_err(failed)?, cost))
}

fn compare(password: &str, stored: &str, cost: u32) -> Result<Match, HashError> {
    let (matches, outdated) = if let Some(hash) = stored.strip_prefix(SCHEME) {
        let (matches, made_with) = verify(pre_hash(password), hash)?;
        (matches, made_with < cost)
    } else if stored.starts_with("$2") {
        // A plain bcrypt hash that was brought in from elsewhere.
        (verify(password, stored)?.0, true)
    } else {
        return Err(failed("a stored hash has an unknown scheme"));
    };
    Ok(match (matches, outdated) {
        (true, false) => Match::Yes,
        (true, true) => Match::YesButOutdated,
        (false, _) => Match::No,
    })
}

#[async_trait]
impl Passwords for BcryptPasswords {
    async fn hash(&self, password: Password) -> Result<PasswordHash, HashError> {
        let cost = self.cost;
        self.run(move || {
            let hash = bcrypt::hash(pre_hash(password.expose()), cost).map_err(failed)?;
            PasswordHash::parse(&format!("{SCHEME}{hash}")).map_err(failed)
        })
        .await
    }

    async fn verify(
        &self,
        password: Password,
        stored: Option<PasswordHash>,
    ) -> Result<Match, HashError> {
        let cost = self.cost;
        let dummy = format!("{SCHEME}{}", self.dummy);
        self.run(move || match stored {
            Some(stored) => compare(password.expose(), stored.expose(), cost),
            // The same work, and never a match.
            None => compare(password.expose(), &dummy, cost).map(|_| Match::No),
        })
        .await
    }
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
    async fn weaker_and_foreign_hashes_are_told_apart() {
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
        assert_eq!(BcryptPasswords::new(0, 0, 0).cost, 4);
        assert_eq!(BcryptPasswords::new(31, 1, 1).cost, 16);
    }

    /// Keeps the only thread busy until the sender is used.
    fn occupy(hasher: &BcryptPasswords) -> std::sync::mpsc::Sender<()> {
        let (release, released) = std::sync::mpsc::channel::<()>();
        let (started, start) = std::sync::mpsc::channel();
        hasher
            .queue
            .try_send(Box::new(move || {
                started.send(()).unwrap();
                let _ = released.recv();
            }))
            .unwrap();
        start.recv().unwrap();
        release
    }

    #[tokio::test]
    async fn who_went_away_before_the_turn_came_costs_nothing() {
        let hasher = BcryptPasswords::new(4, 1, 8);
        let release = occupy(&hasher);
        let worked = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let work = Arc::clone(&worked);
        let gone = hasher.run(move || {
            work.store(true, std::sync::atomic::Ordering::SeqCst);
            Ok(())
        });
        tokio::time::timeout(std::time::Duration::from_millis(20), gone).await.unwrap_err();
        release.send(()).unwrap();
        // The next in the queue is served after the one that went away was passed over.
        hasher.hash(password("some password")).await.unwrap();
        assert!(!worked.load(std::sync::atomic::Ordering::SeqCst));
    }

    #[tokio::test]
    async fn a_panic_costs_one_answer_and_no_thread() {
        let hasher = BcryptPasswords::new(4, 1, 8);
        let answer = hasher.run::<()>(|| panic!("on purpose")).await;
        assert!(matches!(answer, Err(HashError::Failed(_))), "{answer:?}");
        assert!(hasher.hash(password("some password")).await.is_ok());
    }

    /// The dummy is a well-formed hash of today's cost, so comparing with it is the same work.
    #[tokio::test]
    async fn an_unknown_account_is_compared_too() {
        let hasher = BcryptPasswords::new(6, 1, 8);
        assert_eq!(cost_of(&hasher.dummy), Some(6));
        assert!(bcrypt::verify("x", &hasher.dummy).is_ok(), "it must not fail early");
        assert_eq!(hasher.verify(password("x"), None).await, Ok(Match::No));
    }

    #[tokio::test]
    async fn a_full_queue_says_so_at_once() {
        let hasher = BcryptPasswords::new(4, 1, 2);
        let release = occupy(&hasher);
        let mut waiting: Vec<_> =
            (0..2).map(|_| Box::pin(hasher.hash(password("some password")))).collect();
        for wait in &mut waiting {
            let soon = std::time::Duration::from_millis(5);
            tokio::time::timeout(soon, wait).await.unwrap_err();
        }
        assert_eq!(hasher.hash(password("some password")).await, Err(HashError::Overloaded));
        assert_eq!(hasher.verify(password("x"), None).await, Err(HashError::Overloaded));
        release.send(()).unwrap();
        for wait in waiting {
            assert!(wait.await.is_ok());
        }
    }
}
