//! A call that many wait for.

use std::{
    future::poll_fn,
    sync::{Mutex, PoisonError},
    task::{Poll, Waker},
};

/// What is on its way, and who waits for it.
pub(crate) struct Flight<T>(Mutex<State<T>>);

struct State<T> {
    landed: Option<T>,
    waiting: Vec<Waker>,
}

impl<T: Clone> Flight<T> {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(State { landed: None, waiting: Vec::new() }))
    }

    /// Ends it. Only the first result counts.
    pub(crate) fn land(&self, result: T) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.landed.is_some() {
            return;
        }
        state.landed = Some(result);
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Its result. Who stops waiting disturbs nobody.
    pub(crate) async fn result(&self) -> T {
        poll_fn(|context| {
            let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(result) = &state.landed {
                return Poll::Ready(result.clone());
            }
            if !state.waiting.iter().any(|waker| waker.will_wake(context.waker())) {
                state.waiting.push(context.waker().clone());
            }
            Poll::Pending
        })
        .await
    }
}
