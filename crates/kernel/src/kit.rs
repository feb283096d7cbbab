//! The conformance kits of the ports that belong to no room: the cache, the limiter, and what every
//! transaction has. An adapter gives each case a fresh ground and knows whether every
//! promise is kept. Failures are panics.
#![cfg_attr(
    feature = "kit",
    expect(
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unwrap_used,
        reason = "a kit is made of tests: its failures are panics"
    )
)]

mod case;

#[cfg(feature = "kit")]
pub mod cache;
#[cfg(feature = "kit")]
pub mod claims;
#[cfg(feature = "kit")]
mod common;
#[cfg(feature = "kit")]
mod deliver;
#[cfg(feature = "kit")]
pub mod emails;
#[cfg(feature = "kit")]
pub mod inbox;
#[cfg(feature = "kit")]
mod job_ends;
#[cfg(feature = "kit")]
mod job_lanes;
#[cfg(feature = "kit")]
mod job_model;
#[cfg(feature = "kit")]
pub mod jobs;
#[cfg(feature = "kit")]
pub mod limiter;
#[cfg(feature = "kit")]
pub mod outbox;
#[cfg(feature = "kit")]
pub mod retries;

#[cfg(feature = "kit")]
use std::{future::poll_fn, sync::Arc, task::Poll, time::Duration};

pub use case::{Case, ODD_TEXTS, long, moment, nobody, planned_panic, together};
#[cfg(feature = "kit")]
pub use common::Fixture as CommonFixture;
#[cfg(feature = "kit")]
pub use deliver::deliver;

#[cfg(feature = "kit")]
use crate::BoxFuture;

/// Lets time go by: by sleeping, or by moving the clock that the adapter was given.
#[cfg(feature = "kit")]
pub type Pass = Arc<dyn Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync>;

/// The cases of what every transaction has, by port.
#[cfg(feature = "kit")]
pub const COMMON: [(&str, &[Case<CommonFixture>]); 5] = [
    ("emails", emails::CASES),
    ("inbox", inbox::CASES),
    ("jobs", jobs::CASES),
    ("outbox", outbox::CASES),
    ("retries", retries::CASES),
];

/// Gives the others a turn.
#[cfg(feature = "kit")]
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
