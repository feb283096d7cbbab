//! Schedules: the entity, and which of its ticks enqueue jobs.

use kernel::{MissedTicks, NewJob, Overlap, Timestamp, job::Meeting, job::Release};
use serde_json::Value;

use crate::ports::Ticks;

/// A tick that is served later than this was missed.
pub const GRACE: std::time::Duration = std::time::Duration::from_secs(60);
/// The most missed ticks that enqueue jobs.
pub const MOST_CAUGHT_UP: usize = 100;
/// The most missed ticks that are counted at a time: ten weeks of minutes.
pub const MOST_COUNTED: usize = 100_000;

/// When jobs of a kind are enqueued.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// Its name.
    pub name: String,
    /// The kind of its jobs.
    pub kind: String,
    /// What their handler is given.
    pub args: Value,
    /// Five fields, or a name such as `@daily`.
    pub cron: String,
    /// The zone in which `cron` is read.
    pub zone: String,
    /// False while nothing ticks.
    pub enabled: bool,
    /// What becomes of ticks that came while no process ran.
    pub missed: MissedTicks,
    /// What a tick does while the job of an earlier one has not ended.
    pub overlap: Overlap,
    /// The next tick; none while nothing ticks.
    pub next_at: Option<Timestamp>,
    /// The last tick that enqueued a job.
    pub last_at: Option<Timestamp>,
    /// Ticks that were missed so far.
    pub missed_count: i64,
    /// Counts the changes by administrators, from 1.
    pub version: i64,
}

impl Schedule {
    /// The key of its jobs, or the name of their lane.
    fn key(&self) -> String {
        format!("schedule:{}", self.name)
    }

    /// A job of it: `job` in the way that `overlap` says.
    pub fn job(&self, job: NewJob, tick_at: Option<Timestamp>) -> NewJob {
        let job = job.of_schedule(self.name.as_str(), tick_at);
        match self.overlap {
            Overlap::Skip => job.unique(self.key(), Release::Finish, Meeting::Keep),
            Overlap::Queue => job.in_lane(self.key()),
            Overlap::Allow => job,
        }
    }

    /// What is due at `now`; none while nothing is. What `ticks` says of the pattern decides, so that a
    /// clock that was set back repeats nothing: the next tick is always later than the last.
    pub fn due(&self, ticks: &dyn Ticks, now: Timestamp) -> Option<Due> {
        let expected = self.next_at.filter(|at| *at <= now)?;
        let mut all = Vec::new();
        let mut count: usize = 0;
        let mut next = Some(expected);
        while let Some(at) = next.filter(|at| *at <= now) {
            if count >= MOST_COUNTED {
                all = last_before(ticks, now);
                next = ticks.after(now);
                break;
            }
            count += 1;
            if all.len() > MOST_CAUGHT_UP * 2 {
                all.drain(..MOST_CAUGHT_UP);
            }
            all.push(at);
            next = ticks.after(at);
        }
        let last = all.last().copied().unwrap_or(expected);
        let is_in_time = now.since(last) <= GRACE;
        let missed = count - usize::from(is_in_time);
        let keep = match self.missed {
            MissedTicks::Skip => usize::from(is_in_time),
            MissedTicks::Last => 1,
            MissedTicks::All => MOST_CAUGHT_UP + usize::from(is_in_time),
        };
        all.drain(..all.len().saturating_sub(keep));
        let next = if self.enabled { next } else { None };
        Some(Due { expected, served: all, missed: missed as u64, first: expected, last, next })
    }
}

/// The last ticks until `now`, in order.
fn last_before(ticks: &dyn Ticks, now: Timestamp) -> Vec<Timestamp> {
    let mut found = Vec::new();
    let mut next = ticks.before(now);
    while let Some(at) = next.filter(|_| found.len() <= MOST_CAUGHT_UP) {
        found.push(at);
        next = ticks.before(at.minus(std::time::Duration::from_micros(1)));
    }
    found.reverse();
    found
}

/// What is due of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The tick that it waited for.
    pub expected: Timestamp,
    /// The ticks that enqueue jobs, in order.
    pub served: Vec<Timestamp>,
    /// How many were missed, whether they enqueue jobs or not.
    pub missed: u64,
    /// The first tick that is due.
    pub first: Timestamp,
    /// The last one.
    pub last: Timestamp,
    /// The tick after now.
    pub next: Option<Timestamp>,
}

/// A tick of the near future.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// When.
    pub at: Timestamp,
    /// The same as the clocks of the zone show it, in RFC 3339.
    pub local: String,
}
