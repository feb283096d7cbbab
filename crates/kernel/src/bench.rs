//! What a conformance kit is made of.
//!
//! A kit is a list of [`Case`]s; whoever writes an adapter runs each of them on a fresh, empty
//! store and knows whether every promise of the port is kept. Failures are panics, so a kit runs
//! under any test framework.

use std::{future::poll_fn, task::Poll};

use crate::BoxFuture;

/// One promise, tested on the ground `G` that the room's kit asks for.
pub struct Case<G: 'static> {
    /// The promise's number, then what it says: `t2_a_stale_save_changes_nothing`.
    pub name: &'static str,
    /// Panics when the promise is broken.
    pub run: fn(G) -> BoxFuture<'static, ()>,
}

/// Runs many futures at once on one task; adapters run their units on threads of their own, so
/// these truly meet. Gives what each came to, in order.
pub async fn together<T>(futures: Vec<BoxFuture<'_, T>>) -> Vec<T> {
    let mut running: Vec<(BoxFuture<'_, T>, Option<T>)> =
        futures.into_iter().map(|future| (future, None)).collect();
    poll_fn(|context| {
        let mut waiting = false;
        for (future, done) in &mut running {
            if done.is_none() {
                match future.as_mut().poll(context) {
                    Poll::Ready(value) => *done = Some(value),
                    Poll::Pending => waiting = true,
                }
            }
        }
        if waiting { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    running.into_iter().filter_map(|(_, done)| done).collect()
}
