//! A bounded queue that many threads take from.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

pub(super) struct Queue<T> {
    state: Mutex<State<T>>,
    filled: Condvar,
    length: usize,
}

struct State<T> {
    waiting: VecDeque<T>,
    /// Threads that sleep; waking costs a system call, so nobody is woken when nobody sleeps.
    asleep: usize,
    closed: bool,
}

impl<T> Queue<T> {
    pub(super) fn new(length: usize) -> Self {
        let state = State { waiting: VecDeque::new(), asleep: 0, closed: false };
        Self { state: Mutex::new(state), filled: Condvar::new(), length }
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts one in; false when it is full or closed.
    pub(super) fn push(&self, item: T) -> bool {
        let mut state = self.state();
        if state.closed || state.waiting.len() >= self.length {
            return false;
        }
        state.waiting.push_back(item);
        let wake = state.asleep > 0;
        drop(state);
        if wake {
            self.filled.notify_one();
        }
        true
    }

    /// Takes one, waiting for it; `None` when it is closed and empty.
    pub(super) fn pop(&self) -> Option<T> {
        let mut state = self.state();
        loop {
            if let Some(item) = state.waiting.pop_front() {
                return Some(item);
            }
            if state.closed {
                return None;
            }
            state.asleep += 1;
            state = self.filled.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.asleep -= 1;
        }
    }

    /// Takes what is there, at most `most` in all, waiting for the first; empty when closed.
    /// When more are `expected`, they are given `patience` to come.
    pub(super) fn drain(&self, most: usize, expected: usize, patience: Duration) -> Vec<T> {
        let Some(first) = self.pop() else { return Vec::new() };
        let since = Instant::now();
        while self.len() + 1 < expected && since.elapsed() < patience {
            // Shorter than what a wake-up for each of them would cost together.
            thread::sleep(Duration::from_micros(50));
        }
        let mut state = self.state();
        let more = state.waiting.len().min(most.saturating_sub(1));
        let mut items = Vec::with_capacity(more + 1);
        items.push(first);
        items.extend(state.waiting.drain(..more));
        items
    }

    /// No more go in; who waits finds the end when it is empty.
    pub(super) fn close(&self) {
        self.state().closed = true;
        self.filled.notify_all();
    }

    pub(super) fn len(&self) -> usize {
        self.state().waiting.len()
    }
}
