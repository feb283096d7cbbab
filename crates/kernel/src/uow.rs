//! The unit of work: store ports are synchronous and exist only inside a transaction; everything
//! that waits for the outside world exists only outside of one. Because the closure is not async,
//! nobody can hold a transaction open across a network call: it does not compile.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
};

use crate::{
    Acts, EmailQueue, EventRetries, IdempotencyStore, Inbox, Jobs, Leases, Outbox, StoreError,
};

/// A boxed future that may move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What a unit of work will do, so that the store can give it the right lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// Short reads; a write fails.
    Read,
    /// Reads that may take long (search, export, reports), kept off the lane of short ones.
    Slow,
    /// Reads and writes, all or none.
    Write,
}

/// How the closure wants its transaction to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Keep everything.
    Commit,
    /// Keep nothing.
    RollBack,
}

/// The erased body of a unit of work. It may be run again from the start after a deadlock.
pub type Work<Tx> = Box<dyn FnMut(&mut Tx) -> Verdict + Send>;

/// Runs closures in transactions.
///
/// * U1 what a committed unit wrote is there for the next one;
/// * U2 `RollBack` leaves nothing behind;
/// * U3 a panic in the closure leaves nothing behind, is reported as `Internal` and does not harm
///   later units;
/// * U4 a unit in which a store call failed does not commit, even when the closure says so; a
///   refusal that wrote nothing, such as [`StoreError::Stale`], is a failure too;
/// * U5 a write in a `Read` or `Slow` unit fails;
/// * U6 `run` answers only after the commit is durable;
/// * U7 a caller that goes away does not stop a write half-way.
pub trait UnitOfWork<Tx: ?Sized>: Send + Sync {
    /// Runs `work` and ends its transaction as it says.
    fn run(&self, access: Access, work: Work<Tx>) -> BoxFuture<'_, Result<(), StoreError>>;
}

impl<Tx: ?Sized + 'static> dyn UnitOfWork<Tx> {
    /// Runs `f` in a transaction that is kept when it gives `Ok`.
    pub async fn write<T, E, F>(&self, f: F) -> Result<T, E>
    where
        F: FnMut(&mut Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.run_erased(Access::Write, f).await
    }

    /// Runs `f` where nothing can be written.
    pub async fn read<T, E, F>(&self, f: F) -> Result<T, E>
    where
        F: FnMut(&mut Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.run_erased(Access::Read, f).await
    }

    /// As `read`, on the lane for work that may take long.
    pub async fn read_slow<T, E, F>(&self, f: F) -> Result<T, E>
    where
        F: FnMut(&mut Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.run_erased(Access::Slow, f).await
    }

    /// The one place where a closure's result is carried across the erased boundary.
    async fn run_erased<T, E, F>(&self, access: Access, mut f: F) -> Result<T, E>
    where
        F: FnMut(&mut Tx) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let slot: Arc<Mutex<Option<Result<T, E>>>> = Arc::new(Mutex::new(None));
        let inside = Arc::clone(&slot);
        let work: Work<Tx> = Box::new(move |tx| {
            let result = f(tx);
            let verdict = if result.is_ok() { Verdict::Commit } else { Verdict::RollBack };
            *inside.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
            verdict
        });
        let ended = self.run(access, work).await;
        let result = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        match (result, ended) {
            // The closure's own refusal is the better answer than "rolled back".
            (Some(Err(error)), _) => Err(error),
            (_, Err(error)) => Err(error.into()),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (None, Ok(())) => {
                Err(StoreError::Internal("the unit of work never ran".to_owned()).into())
            }
        }
    }
}

/// What every room's transaction offers besides its own stores.
pub trait CommonTx {
    /// Events that leave with this transaction.
    fn outbox(&mut self) -> &mut dyn Outbox;
    /// What consumers have handled.
    fn inbox(&mut self) -> &mut dyn Inbox;
    /// What consumers could not handle yet.
    fn retries(&mut self) -> &mut dyn EventRetries;
    /// Idempotency records.
    fn idempotency(&mut self) -> &mut dyn IdempotencyStore;
    /// Work that one process at a time does.
    fn leases(&mut self) -> &mut dyn Leases;
    /// Letters that leave after this transaction.
    fn emails(&mut self) -> &mut dyn EmailQueue;
    /// Work for after this transaction.
    fn jobs(&mut self) -> &mut dyn Jobs;
    /// What is done to things of others, for the audit trail.
    fn acts(&mut self) -> &mut dyn Acts;
}

/// Declares which ports a transaction shows to each domain, and the unit of work for each: the
/// transaction implements every port itself, a domain sees its own ones only.
///
/// `$db` has a method `execute(access, work)` that runs a boxed `FnMut(&mut $tx) -> Verdict` and
/// returns a boxed future of `Result<(), StoreError>`. A face may stand under a `#[cfg]`.
///
/// ```ignore
/// faces!(DieselTx, Db;
///     tasks::TasksTx { tasks: tasks::TaskStore, comments: tasks::CommentStore }
///     products::ProductsTx { products: products::ProductStore });
/// ```
#[macro_export]
macro_rules! faces {
    ($tx:ty, $db:ty; $($(#[$on:meta])* $face:path { $($name:ident: $port:path),+ $(,)? })+) => { $(
        $(#[$on])*
        impl $face for $tx {
            $(fn $name(&mut self) -> &mut dyn $port { self })+
        }

        $(#[$on])*
        impl $crate::UnitOfWork<dyn $face> for $db {
            fn run(
                &self,
                access: $crate::Access,
                mut work: $crate::Work<dyn $face>,
            ) -> $crate::BoxFuture<'_, Result<(), $crate::StoreError>> {
                self.execute(access, stringify!($face), Box::new(move |tx| work(tx)))
            }
        }
    )+ };
}
