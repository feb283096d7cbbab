//! Hints between processes that are in one: for a program that is alone, and for tests.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chat::outbound::{Heard, Hint, Notifier};

type Listeners = Arc<Mutex<Vec<(usize, Heard)>>>;

/// One process among those that it was made with.
pub struct MemoryNotifier {
    number: usize,
    all: Listeners,
}

impl MemoryNotifier {
    /// A process that is alone: no other hears it.
    pub fn alone() -> Self {
        Self { number: 0, all: Listeners::default() }
    }

    /// Two that hear each other.
    pub fn pair() -> [Self; 2] {
        let all = Listeners::default();
        [0, 1].map(|number| Self { number, all: Arc::clone(&all) })
    }

    fn all(&self) -> MutexGuard<'_, Vec<(usize, Heard)>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Notifier for MemoryNotifier {
    fn notify(&self, hint: Hint) {
        let others: Vec<Heard> = {
            let all = self.all();
            let others = all.iter().filter(|(number, _)| *number != self.number);
            others.map(|(_, heard)| Arc::clone(heard)).collect()
        };
        for heard in others {
            heard(hint);
        }
    }

    fn listen(&self, heard: Heard) {
        self.all().push((self.number, heard));
    }
}
