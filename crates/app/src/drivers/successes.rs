//! Ends of runs that did their work, written together: what ends while one unit commits is in the next.

use std::sync::{Arc, Mutex, PoisonError};

use kernel::{JobId, StoreError, claim::Claim};
use tokio::sync::oneshot;

use super::Base;

/// Ends of one unit.
const MOST: usize = 128;

/// A run that waits for its end to be written.
type Waiting = (Claim<JobId>, oneshot::Sender<()>);

/// The ends that wait.
#[derive(Default)]
struct Queue {
    waiting: Vec<Waiting>,
    is_written: bool,
}

/// Writes the ends of runs that did their work.
#[derive(Clone)]
pub(super) struct Successes {
    base: Base,
    queue: Arc<Mutex<Queue>>,
}

impl Successes {
    pub(super) fn new(base: Base) -> Self {
        Self { base, queue: Arc::default() }
    }

    /// Ends a run; false when that was not possible: it was overtaken or cancelled, or the database does not
    /// answer.
    pub(super) async fn end(&self, claim: Claim<JobId>) -> bool {
        let (done, ended) = oneshot::channel();
        let begins = {
            let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
            queue.waiting.push((claim, done));
            !std::mem::replace(&mut queue.is_written, true)
        };
        if begins {
            // A task of its own: this one may be stopped, and others wait, too.
            tokio::spawn(self.clone().write());
        }
        ended.await.is_ok()
    }

    /// Up to [`MOST`] of the runs that wait. With none, the writer is done.
    fn take(&self) -> Vec<Waiting> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let count = queue.waiting.len().min(MOST);
        queue.is_written = count > 0;
        queue.waiting.drain(..count).collect()
    }

    async fn write(self) {
        loop {
            let waiting = self.take();
            if waiting.is_empty() {
                return;
            }
            let claims: Vec<Claim<JobId>> = waiting.iter().map(|(claim, _)| *claim).collect();
            let now = self.base.clock.now();
            let written: Result<Vec<bool>, StoreError> =
                self.base.work.write(move |tx| tx.jobs().succeed(&claims, now)).await;
            // A run that gets no answer writes its end alone, and learns why it failed.
            let ended = written.unwrap_or_default();
            for ((_, done), _) in waiting.into_iter().zip(ended).filter(|(_, ended)| *ended) {
                let _ = done.send(());
            }
        }
    }
}
