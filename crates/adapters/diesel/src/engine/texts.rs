//! What domains say to those of other processes: short texts that may be lost.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Texts that wait to be sent; more are dropped.
const WAITING: usize = 256;

/// What hears texts of other processes.
pub type HeardText = Arc<dyn Fn(&str) + Send + Sync>;

#[derive(Default)]
pub(super) struct Texts {
    pub(super) waiting: Mutex<VecDeque<String>>,
    pub(super) listeners: Mutex<Vec<HeardText>>,
}

pub(super) fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Texts {
    pub(super) fn push(&self, text: String) {
        let mut waiting = guard(&self.waiting);
        if waiting.len() < WAITING {
            waiting.push_back(text);
        }
    }

    pub(super) fn listen(&self, heard: HeardText) {
        guard(&self.listeners).push(heard);
    }
}
