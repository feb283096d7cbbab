//! Places for work that takes a thread for a while, and a bounded queue in front of them.

use std::sync::Arc;

use tokio::{sync::Semaphore, task::spawn_blocking};

/// At most `places` run at once and `queue` wait; who comes then is turned away at once.
#[derive(Debug)]
pub(crate) struct Pool {
    /// One for each who runs or waits.
    tickets: Arc<Semaphore>,
    /// One for each who runs.
    places: Arc<Semaphore>,
}

/// Why work was not done.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum PoolError {
    /// All places are taken and the queue is full.
    Full,
    /// It panicked, or the runtime is ending.
    Failed(String),
}

impl Pool {
    pub(crate) fn new(places: usize, queue: usize) -> Self {
        let places = places.clamp(1, Semaphore::MAX_PERMITS);
        let tickets = places.saturating_add(queue).min(Semaphore::MAX_PERMITS);
        Self {
            tickets: Arc::new(Semaphore::new(tickets)),
            places: Arc::new(Semaphore::new(places)),
        }
    }

    /// Runs `work` on a thread when there is a place. Who goes away before costs nothing; work that
    /// has begun keeps its place until it is done, whoever still waits for it.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, PoolError> {
        let tickets = Arc::clone(&self.tickets);
        let ticket = tickets.try_acquire_owned().map_err(|_| PoolError::Full)?;
        let places = Arc::clone(&self.places);
        let failed = |error: &dyn std::fmt::Display| PoolError::Failed(error.to_string());
        let place = places.acquire_owned().await.map_err(|error| failed(&error))?;
        let held = move || {
            let _held = (ticket, place);
            work()
        };
        spawn_blocking(held).await.map_err(|error| failed(&error))
    }
}

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

    #[tokio::test]
    async fn who_finds_the_queue_full_is_turned_away_and_the_others_are_served() {
        let pool = Pool::new(1, 1);
        let (go, wait) = mpsc::channel::<()>();
        let mut first = pin!(pool.run(move || wait.recv().is_ok()));
        assert!(poll_once(first.as_mut()).await.is_pending());
        let mut second = pin!(pool.run(|| true));
        assert!(poll_once(second.as_mut()).await.is_pending());
        assert_eq!(pool.run(|| true).await, Err(PoolError::Full));
        go.send(()).unwrap();
        assert_eq!((first.await, second.await), (Ok(true), Ok(true)));
        assert_eq!(pool.run(|| 7).await, Ok(7));
    }

    #[tokio::test]
    async fn who_leaves_before_its_turn_leaves_nothing() {
        let pool = Pool::new(1, 1);
        let (go, wait) = mpsc::channel::<()>();
        let mut first = pin!(pool.run(move || wait.recv().is_ok()));
        assert!(poll_once(first.as_mut()).await.is_pending());
        {
            let mut second = pin!(pool.run(|| -> bool { panic!("its turn never comes") }));
            assert!(poll_once(second.as_mut()).await.is_pending());
        }
        let mut third = pin!(pool.run(|| true));
        assert!(poll_once(third.as_mut()).await.is_pending());
        go.send(()).unwrap();
        assert_eq!((first.await, third.await), (Ok(true), Ok(true)));
    }

    #[tokio::test]
    async fn a_panic_gives_its_place_back() {
        let pool = Pool::new(1, 0);
        let failed = pool.run(|| -> bool { panic!("on purpose") }).await;
        assert!(matches!(failed, Err(PoolError::Failed(_))));
        assert_eq!(pool.run(|| 7).await, Ok(7));
    }
}
