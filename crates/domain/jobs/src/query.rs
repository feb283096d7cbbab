//! How jobs are looked for, and what is counted of them.

use std::time::Duration;

use kernel::{
    Job, JobId, SortKey, Timestamp,
    job::JobState,
    page::{Direction, SortValue},
};

/// Which jobs; every field that is set must match.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JobFilter {
    /// In this state.
    pub state: Option<JobState>,
    /// Of this kind.
    pub kind: Option<String>,
    /// In this queue.
    pub queue: Option<String>,
    /// In this lane.
    pub lane: Option<String>,
    /// Of this schedule.
    pub schedule: Option<String>,
    /// In the batch with this follow-up.
    pub batch: Option<JobId>,
    /// Due strictly before.
    pub due_before: Option<Timestamp>,
}

impl JobFilter {
    /// True when `job` is one of them.
    pub fn matches(&self, job: &Job) -> bool {
        self.state.is_none_or(|state| state == job.state)
            && self.kind.as_ref().is_none_or(|kind| *kind == job.kind)
            && self.queue.as_ref().is_none_or(|queue| *queue == job.queue)
            && self.lane.as_ref().is_none_or(|lane| job.lane.as_ref() == Some(lane))
            && self.schedule.as_ref().is_none_or(|name| job.schedule.as_ref() == Some(name))
            && self.batch.is_none_or(|batch| job.batch == Some(batch))
            && self.due_before.is_none_or(|before| job.due_at < before)
    }
}

/// What jobs can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobSort {
    /// By number.
    Id,
    /// When it may be claimed next.
    DueAt,
    /// When it was enqueued, or retried by hand.
    EnqueuedAt,
}

impl JobSort {
    /// Every field, as the contract names it.
    pub const ALL: [(&'static str, Self); 3] =
        [("id", Self::Id), ("due_at", Self::DueAt), ("enqueued_at", Self::EnqueuedAt)];

    /// The value a job is sorted by.
    pub const fn sort_value(self, job: &Job) -> SortValue {
        SortValue::Number(match self {
            Self::Id => job.id.get(),
            Self::DueAt => job.due_at.micros(),
            Self::EnqueuedAt => job.enqueued_at.micros(),
        })
    }
}

/// The order when the caller asks for none: the newest first.
pub const DEFAULT_ORDER: [SortKey<JobSort>; 1] =
    [SortKey { field: JobSort::Id, direction: Direction::Descending }];

/// How many jobs of a queue are in one state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Depth {
    /// The queue.
    pub queue: String,
    /// The state: one that has not ended, or dead.
    pub state: JobState,
    /// How many.
    pub count: u64,
    /// When the first of them is due.
    pub first_due: Option<Timestamp>,
}

/// How background work does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Health {
    /// Jobs that were given up lately.
    pub failed_jobs: u64,
    /// Events that consumers gave up, and no one has retried.
    pub dead_letters: u64,
    /// When a back-up was last made, as far as jobs are kept.
    pub backed_up_at: Option<Timestamp>,
}

/// One run that ended well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// The queue.
    pub queue: String,
    /// How long it took.
    pub took: Duration,
}

/// The span that rates and durations are counted over.
pub const SPAN: Duration = Duration::from_secs(300);
/// The most runs that they are counted from.
pub const MOST_RUNS: u32 = 10_000;

/// What is known of a queue.
#[derive(Debug, Clone, PartialEq)]
pub struct QueueStats {
    /// The queue.
    pub queue: String,
    /// Jobs in each state, by [`JobState::rank`]; those that succeeded or were cancelled are not counted.
    pub by_state: [u64; 7],
    /// How long the job that is due first has been due.
    pub oldest_due: Option<Duration>,
    /// Jobs a minute that succeeded within [`SPAN`].
    pub per_minute: f64,
    /// Half of their last runs took no longer.
    pub p50: Option<Duration>,
    /// Of a hundred of their last runs 99 took no longer.
    pub p99: Option<Duration>,
}

/// Puts the counts of each queue together.
pub fn stats(depths: Vec<Depth>, mut runs: Vec<Ran>, now: Timestamp) -> Vec<QueueStats> {
    let mut queues: Vec<String> = depths.iter().map(|depth| depth.queue.clone()).collect();
    queues.extend(runs.iter().map(|ran| ran.queue.clone()));
    queues.sort_unstable();
    queues.dedup();
    runs.sort_by_key(|ran| ran.took);
    let one = |queue: String| {
        let mut by_state = [0; 7];
        let mut first_due: Option<Timestamp> = None;
        for depth in depths.iter().filter(|depth| depth.queue == queue) {
            let place = usize::try_from(depth.state.rank()).ok();
            if let Some(count) = place.and_then(|place| by_state.get_mut(place)) {
                *count += depth.count;
            }
            if matches!(depth.state, JobState::Queued | JobState::Retrying) {
                first_due = [first_due, depth.first_due].into_iter().flatten().min();
            }
        }
        let took: Vec<Duration> =
            runs.iter().filter(|ran| ran.queue == queue).map(|ran| ran.took).collect();
        let at = |hundredth: usize| took.get((took.len().saturating_sub(1)) * hundredth / 100);
        QueueStats {
            queue,
            by_state,
            oldest_due: first_due.filter(|due| *due <= now).map(|due| now.since(due)),
            per_minute: took.len() as f64 * 60.0 / SPAN.as_secs_f64(),
            p50: at(50).copied(),
            p99: at(99).copied(),
        }
    };
    queues.into_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_of_a_queue_are_put_together() {
        let now = Timestamp::from_micros(10_000_000).unwrap();
        let depth = |queue: &str, state, count, due| Depth {
            queue: queue.to_owned(),
            state,
            count,
            first_due: Some(Timestamp::from_micros(due).unwrap()),
        };
        let ran = |millis| Ran { queue: "a".to_owned(), took: Duration::from_millis(millis) };
        let found = stats(
            vec![
                depth("b", JobState::Queued, 1, 11_000_000),
                depth("a", JobState::Running, 2, 1),
                depth("a", JobState::Queued, 3, 8_000_000),
                depth("a", JobState::Retrying, 4, 9_000_000),
            ],
            (1..=100).rev().map(ran).collect(),
            now,
        );
        let [a, b] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(
            (a.by_state, a.oldest_due),
            ([3, 4, 2, 0, 0, 0, 0], Some(Duration::from_secs(2)))
        );
        let millis = |found: Option<Duration>| found.map(|took| took.as_millis());
        assert_eq!((millis(a.p50), millis(a.p99)), (Some(50), Some(99)));
        assert!((a.per_minute - 20.0).abs() < 1e-9);
        assert_eq!((b.oldest_due, b.p50), (None, None), "it is due later");
    }
}
