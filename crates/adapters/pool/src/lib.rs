//! Bounded work on threads: places, a bounded queue in front of them, and a budget of memory.

use std::sync::Arc;

use tokio::{
    sync::{AcquireError, OwnedSemaphorePermit, Semaphore},
    task::spawn_blocking,
};

/// Bytes of memory that work may use, counted across all pools that share the budget.
#[derive(Debug, Clone)]
pub struct Budget {
    units: u32,
    free: Arc<Semaphore>,
}

/// Bytes are counted in units of this many, rounded up.
const UNIT: u64 = 4096;

impl Budget {
    /// A budget of `bytes`, at least one page.
    pub fn new(bytes: u64) -> Self {
        let most = u32::try_from(Semaphore::MAX_PERMITS).unwrap_or(u32::MAX);
        let units = u32::try_from(bytes / UNIT).unwrap_or(most).clamp(1, most);
        Self { units, free: Arc::new(Semaphore::new(units as usize)) }
    }

    /// The whole of it, in bytes.
    pub fn bytes(&self) -> u64 {
        u64::from(self.units) * UNIT
    }

    fn units(&self, bytes: u64) -> Result<u32, PoolError> {
        let units = u32::try_from(bytes.div_ceil(UNIT)).ok().filter(|units| *units <= self.units);
        units.ok_or(PoolError::TooHeavy { needed: bytes, limit: self.bytes() })
    }
}

/// At most `places` pieces of work run simultaneously and `queue` wait.
#[derive(Debug)]
pub struct Pool {
    /// One for each caller that runs or waits.
    tickets: Arc<Semaphore>,
    /// One for each caller that runs.
    places: Arc<Semaphore>,
    memory: Budget,
}

/// Why work was not done.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PoolError {
    /// All places are taken and the queue is full.
    #[error("too much work is waiting")]
    Full,
    /// It would need more memory than the whole budget.
    #[error("the work needs {needed} bytes of memory; {limit} are available")]
    TooHeavy {
        /// Bytes that it asked for.
        needed: u64,
        /// Bytes of the budget.
        limit: u64,
    },
    /// It panicked, or the runtime is ending.
    #[error("{0}")]
    Failed(String),
}

impl Pool {
    /// A pool that takes its memory from `memory`.
    pub fn new(places: usize, queue: usize, memory: Budget) -> Self {
        let places = places.clamp(1, Semaphore::MAX_PERMITS);
        let tickets = places.saturating_add(queue).min(Semaphore::MAX_PERMITS);
        Self {
            tickets: Arc::new(Semaphore::new(tickets)),
            places: Arc::new(Semaphore::new(places)),
            memory,
        }
    }

    /// Joins the queue. Errors: `Full`.
    pub fn join(&self) -> Result<Ticket, PoolError> {
        let queued = Arc::clone(&self.tickets).try_acquire_owned().map_err(|_| PoolError::Full)?;
        Ok(Ticket { places: Arc::clone(&self.places), memory: self.memory.clone(), queued })
    }

    /// Runs `work`, which needs `bytes` of memory, when there is a place and the memory.
    pub async fn run<T: Send + 'static>(
        &self,
        bytes: u64,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, PoolError> {
        self.join()?.run(bytes, work).await
    }
}

/// A claim to a place, given back when it is dropped.
#[derive(Debug)]
pub struct Ticket {
    places: Arc<Semaphore>,
    memory: Budget,
    queued: OwnedSemaphorePermit,
}

impl Ticket {
    /// Looks at what is to be done, on a thread, without a place and without waiting for others. It
    /// must be short and need little memory.
    pub async fn look<T: Send + 'static>(
        self,
        look: impl FnOnce() -> T + Send + 'static,
    ) -> Result<(Self, T), PoolError> {
        on_a_thread(move || {
            let seen = look();
            (self, seen)
        })
        .await
    }

    /// Runs `work` on a thread when there is a place and `bytes` of memory. Work that has begun keeps
    /// both until it is done, also when the caller has gone. Errors: `TooHeavy`, immediately.
    pub async fn run<T: Send + 'static>(
        self,
        bytes: u64,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, PoolError> {
        let units = self.memory.units(bytes)?;
        let failed = |error: AcquireError| PoolError::Failed(error.to_string());
        let place = self.places.acquire_owned().await.map_err(failed)?;
        let memory = self.memory.free.acquire_many_owned(units).await.map_err(failed)?;
        let queued = self.queued;
        on_a_thread(move || {
            let _held = (queued, place, memory);
            work()
        })
        .await
    }
}

async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, PoolError> {
    spawn_blocking(work).await.map_err(|error| PoolError::Failed(error.to_string()))
}

/// The README's example is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;

#[cfg(test)]
mod tests {
    use std::{
        future::poll_fn,
        pin::{Pin, pin},
        sync::mpsc,
        task::Poll,
    };

    use super::*;

    async fn poll_once<T>(mut future: Pin<&mut impl Future<Output = T>>) -> Poll<T> {
        poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await
    }

    fn plenty() -> Budget {
        Budget::new(1 << 30)
    }

    #[tokio::test]
    async fn a_full_queue_refuses_the_next_caller_and_serves_the_others() {
        let pool = Pool::new(1, 1, plenty());
        let (go, wait) = mpsc::channel::<()>();
        let mut first = pin!(pool.run(1, move || wait.recv().is_ok()));
        assert!(poll_once(first.as_mut()).await.is_pending());
        let mut second = pin!(pool.run(1, || true));
        assert!(poll_once(second.as_mut()).await.is_pending());
        assert_eq!(pool.run(1, || true).await, Err(PoolError::Full));
        go.send(()).unwrap();
        assert_eq!((first.await, second.await), (Ok(true), Ok(true)));
        assert_eq!(pool.run(1, || 7).await, Ok(7));
    }

    #[tokio::test]
    async fn a_caller_that_leaves_before_its_turn_costs_nothing() {
        let pool = Pool::new(1, 1, plenty());
        let (go, wait) = mpsc::channel::<()>();
        let mut first = pin!(pool.run(1, move || wait.recv().is_ok()));
        assert!(poll_once(first.as_mut()).await.is_pending());
        {
            let mut second = pin!(pool.run(1, || -> bool { panic!("its turn never comes") }));
            assert!(poll_once(second.as_mut()).await.is_pending());
        }
        let mut third = pin!(pool.run(1, || true));
        assert!(poll_once(third.as_mut()).await.is_pending());
        go.send(()).unwrap();
        assert_eq!((first.await, third.await), (Ok(true), Ok(true)));
    }

    #[tokio::test]
    async fn a_panic_gives_its_place_back() {
        let pool = Pool::new(1, 0, plenty());
        let failed = pool.run(1, || -> bool { panic!("on purpose") }).await;
        assert!(matches!(failed, Err(PoolError::Failed(_))));
        assert_eq!(pool.run(1, || 7).await, Ok(7));
    }

    #[tokio::test]
    async fn two_pools_share_one_budget() {
        let memory = Budget::new(100 * UNIT);
        let (pictures, documents) = (Pool::new(4, 4, memory.clone()), Pool::new(4, 4, memory));
        let (go, wait) = mpsc::channel::<()>();
        let mut first = pin!(pictures.run(60 * UNIT, move || wait.recv().is_ok()));
        assert!(poll_once(first.as_mut()).await.is_pending());
        let mut second = pin!(documents.run(41 * UNIT, || true));
        assert!(poll_once(second.as_mut()).await.is_pending());
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        assert!(poll_once(second.as_mut()).await.is_pending(), "60 + 41 of 100");
        go.send(()).unwrap();
        assert_eq!((first.await, second.await), (Ok(true), Ok(true)));
    }

    #[tokio::test]
    async fn work_that_never_fits_is_refused_immediately() {
        let pool = Pool::new(1, 0, Budget::new(100 * UNIT));
        let refused = pool.run(100 * UNIT + 1, || true).await;
        let expected = PoolError::TooHeavy { needed: 100 * UNIT + 1, limit: 100 * UNIT };
        assert_eq!(refused, Err(expected));
        assert_eq!(pool.run(100 * UNIT, || true).await, Ok(true), "the place is free again");
    }

    #[tokio::test]
    async fn a_caller_that_leaves_gives_its_memory_back() {
        let pool = Pool::new(2, 2, Budget::new(100 * UNIT));
        let (go, wait) = mpsc::channel::<()>();
        let mut first = pin!(pool.run(60 * UNIT, move || wait.recv().is_ok()));
        assert!(poll_once(first.as_mut()).await.is_pending());
        {
            let mut second = pin!(pool.run(60 * UNIT, || -> bool { panic!("never its turn") }));
            assert!(poll_once(second.as_mut()).await.is_pending());
        }
        assert_eq!(pool.run(40 * UNIT, || true).await, Ok(true));
        go.send(()).unwrap();
        assert_eq!(first.await, Ok(true));
        assert_eq!(pool.run(100 * UNIT, || true).await, Ok(true));
    }
}
