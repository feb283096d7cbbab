//! A bounded queue that many threads take from.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

/// What waits in a queue.
pub(super) trait Queued {
    /// Whose it is: only so many of one owner are worked on simultaneously.
    fn owner(&self) -> &'static str;
}

pub(super) struct Queue<T> {
    state: Mutex<State<T>>,
    filled: Condvar,
    length: usize,
    /// How many of one owner may be worked on simultaneously.
    most: usize,
}

struct State<T> {
    waiting: VecDeque<T>,
    /// Owners, and how many of theirs are being worked on. There are as many as faces, so few.
    running: Vec<(&'static str, usize)>,
    /// Threads that sleep; waking costs a system call, so nobody is woken when nobody sleeps.
    asleep: usize,
    closed: bool,
}

impl<T: Queued> State<T> {
    /// Adds one to what is being worked on of an owner.
    fn count(&mut self, owner: &'static str) {
        match self.running.iter_mut().find(|(name, _)| *name == owner) {
            Some((_, count)) => *count += 1,
            None => self.running.push((owner, 1)),
        }
    }

    /// The oldest whose owner may have one more.
    fn take(&mut self, most: usize) -> Option<T> {
        let full: Vec<&'static str> = self
            .running
            .iter()
            .filter(|(_, count)| *count >= most)
            .map(|(name, _)| *name)
            .collect();
        let at = match full.as_slice() {
            [] => 0,
            full => self.waiting.iter().position(|item| !full.contains(&item.owner()))?,
        };
        let item = self.waiting.remove(at)?;
        self.count(item.owner());
        Some(item)
    }
}

impl<T: Queued> Queue<T> {
    /// With room for `length`, of which at most `most` of one owner are worked on simultaneously.
    pub(super) fn new(length: usize, most: usize) -> Self {
        let state =
            State { waiting: VecDeque::new(), running: Vec::new(), asleep: 0, closed: false };
        Self { state: Mutex::new(state), filled: Condvar::new(), length, most }
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

    /// Takes one, waiting for it; `None` when it is closed and empty. [`Queue::done`] must follow.
    pub(super) fn pop(&self) -> Option<T> {
        let mut state = self.state();
        loop {
            if let Some(item) = state.take(self.most) {
                return Some(item);
            }
            if state.closed && state.waiting.is_empty() {
                return None;
            }
            state.asleep += 1;
            state = self.filled.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.asleep -= 1;
        }
    }

    /// One of `owner` that was taken has been worked on.
    pub(super) fn done(&self, owner: &'static str) {
        let mut state = self.state();
        let mut was_full = false;
        if let Some((_, count)) = state.running.iter_mut().find(|(name, _)| *name == owner) {
            was_full = *count >= self.most;
            *count = count.saturating_sub(1);
        }
        let wake = was_full && state.asleep > 0 && !state.waiting.is_empty();
        let closed = state.closed;
        drop(state);
        if closed {
            // Each thread that sleeps looks whether this was the end.
            self.filled.notify_all();
        } else if wake {
            self.filled.notify_one();
        }
    }

    /// Takes what is there, at most `most` in all, waiting for the first; empty when closed.
    /// When more are `expected`, they are given `patience` to come. For a queue with one thread,
    /// which counts no owners.
    pub(super) fn drain(&self, most: usize, expected: usize, patience: Duration) -> Vec<T> {
        let Some(first) = self.pop() else { return Vec::new() };
        self.done(first.owner());
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

#[cfg(test)]
mod tests {
    use super::*;

    impl Queued for &'static str {
        fn owner(&self) -> &'static str {
            self
        }
    }

    #[test]
    fn one_owner_leaves_room_for_the_others() {
        let queue = Queue::new(10, 2);
        for item in ["a", "a", "a", "b", "a"] {
            assert!(queue.push(item));
        }
        assert_eq!([queue.pop(), queue.pop(), queue.pop()], [Some("a"), Some("a"), Some("b")]);
        queue.done("b");
        assert_eq!(queue.len(), 2);
        queue.done("a");
        assert_eq!(queue.pop(), Some("a"));
        thread::scope(|scope| {
            let last = scope.spawn(|| queue.pop());
            thread::sleep(Duration::from_millis(20));
            queue.done("a");
            assert_eq!(last.join().unwrap(), Some("a"));
            queue.close();
            assert_eq!(queue.pop(), None);
        });
    }
}
