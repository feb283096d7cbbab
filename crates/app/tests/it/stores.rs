//! Stores that fail in one way.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use kernel::{Access, BoxFuture, CommonTx, StoreError, UnitOfWork, Work};

type Inner<T = dyn CommonTx> = Arc<dyn UnitOfWork<T>>;

/// Every write unit panics the test.
pub(crate) struct ReadOnly<T: ?Sized>(pub(crate) Inner<T>);

impl<T: ?Sized> UnitOfWork<T> for ReadOnly<T> {
    fn run(&self, access: Access, work: Work<T>) -> BoxFuture<'_, Result<(), StoreError>> {
        assert_ne!(access, Access::Write, "nothing may be written here");
        self.0.run(access, work)
    }
}

/// A store that can be away.
pub(crate) struct Away {
    pub(crate) inner: Inner,
    pub(crate) is_away: AtomicBool,
}

impl UnitOfWork<dyn CommonTx> for Away {
    fn run(
        &self,
        access: Access,
        work: Work<dyn CommonTx>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        if self.is_away.load(Ordering::SeqCst) {
            return Box::pin(async { Err(StoreError::Unavailable("away".to_owned())) });
        }
        self.inner.run(access, work)
    }
}
