//! The conformance kits of the ports that belong to no room: the cache and the limiter. Whoever
//! writes an adapter gives each case a fresh ground and knows whether every promise is kept.
//! Failures are panics.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a kit is made of tests: its failures are panics"
)]

pub mod cache;
pub mod limiter;

use std::{future::poll_fn, sync::Arc, task::Poll, time::Duration};

use crate::BoxFuture;

/// Lets time go by: by sleeping, or by moving the clock that the adapter was given.
pub type Pass = Arc<dyn Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync>;

/// Gives the others a turn.
async fn yield_now() {
    let mut yielded = false;
    poll_fn(|context| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
