//! What a conformance kit needs of a store under test.
//!
//! A kit is a list of [`Case`]s; whoever writes an adapter runs each of them on a fresh, empty
//! store and knows whether every promise of the port is kept. Failures are panics, so a kit runs
//! under any test framework.

use std::sync::Arc;

use crate::{BoxFuture, UnitOfWork};

/// Gives an empty, isolated store for each case.
pub trait Bench<Tx: ?Sized>: Send + Sync {
    /// A new, empty store. It lives as long as the returned value.
    fn fresh(&self) -> Arc<dyn UnitOfWork<Tx>>;
    /// Runs a future to its end (adapters differ in the runtime they need).
    fn block_on(&self, future: BoxFuture<'_, ()>);
}

/// One promise, tested.
pub struct Case<Tx: ?Sized + 'static> {
    /// The promise's number, then what it says: `t2_a_stale_save_changes_nothing`.
    pub name: &'static str,
    /// Panics when the promise is broken.
    pub run: fn(Arc<dyn UnitOfWork<Tx>>) -> BoxFuture<'static, ()>,
}
