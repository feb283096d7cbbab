//! The conformance kits of the ports that belong to no room: the cache, the limiter, and what every
//! transaction has. Whoever writes an adapter gives each case a fresh ground and knows whether every
//! promise is kept. Failures are panics.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a kit is made of tests: its failures are panics"
)]

pub mod cache;
pub mod chores;
pub mod claims;
mod common;
pub mod emails;
pub mod inbox;
pub mod limiter;
pub mod retries;

pub use common::Ground as CommonGround;

use std::{future::poll_fn, sync::Arc, task::Poll, time::Duration};

use crate::{BoxFuture, bench::Case};

/// Lets time go by: by sleeping, or by moving the clock that the adapter was given.
pub type Pass = Arc<dyn Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync>;

/// The cases of what every transaction has, by port.
pub const COMMON: [(&str, &[Case<CommonGround>]); 4] = [
    ("chores", chores::CASES),
    ("emails", emails::CASES),
    ("inbox", inbox::CASES),
    ("retries", retries::CASES),
];

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
