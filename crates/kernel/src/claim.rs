//! Rows that are due at a time and are claimed under a lease: emails today, jobs and deliveries
//! later. One grammar, so that a process that dies delays its rows and loses none.
//!
//! `due_at` is the next moment at which a row may be claimed: its due time while it waits, the end
//! of its lease while a process works on it. So a claim is also the rescue of what a dead process
//! held, and no rescuer is needed. The lease says who should work; `run`, which only grows, says
//! whose result counts.

use std::time::Duration;

use crate::{StoreError, Timestamp};

/// One claim of one row. Whatever settles the row names it, and a later claim makes it stale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Claim<I> {
    /// The row.
    pub id: I,
    /// 1 for the first claim of the row; each claim adds one.
    pub run: i64,
}

/// A row that a process has claimed.
pub trait Claimed {
    /// The id of the row.
    type Id: Copy;
    /// The claim that returned it.
    fn claim(&self) -> Claim<Self::Id>;
}

/// A queue of rows that are due at a time.
///
/// * Q1 of many claims at the same moment each row is in one answer, and no answer has more than
///   `limit` rows;
/// * Q2 the rows that have been due longest are claimed first;
/// * Q3 no claim returns a row again before its lease ends; the first claim after that does, with
///   the next `run`;
/// * Q4 a method that is given a stale claim changes nothing and reports `Stale`;
/// * Q5 neither finished rows nor rows due later make a claim slower or are in its answer;
/// * Q6 `next_due` is a read, so looking at an idle queue writes nothing; it names the earliest
///   moment at which a claim returns a row.
pub trait ClaimQueue<T: Claimed> {
    /// Claims at most `limit` rows that are due at `now`, until the lease ends at `until`.
    /// The rows of one answer have no particular order.
    fn claim(&mut self, now: Timestamp, until: Timestamp, limit: u32)
    -> Result<Vec<T>, StoreError>;
    /// Ends the lease; the row is due again at `due`. Errors: Stale (Q4).
    fn postpone(&mut self, claim: Claim<T::Id>, due: Timestamp) -> Result<(), StoreError>;
    /// When the first of the rows is due; `None` when none waits.
    fn next_due(&mut self) -> Result<Option<Timestamp>, StoreError>;
}

/// The pause before the next attempt: `first` after the first failure, doubled by each one more, at
/// most `longest`. `chance` (0 to 1) spreads it from nine tenths to eleven tenths, so that what
/// failed together is not tried together.
pub fn backoff(first: Duration, longest: Duration, failures: u32, chance: f64) -> Duration {
    let doubled = 1_u32.checked_shl(failures.saturating_sub(1).min(31)).unwrap_or(u32::MAX);
    let whole = first.saturating_mul(doubled).min(longest);
    whole.mul_f64(0.2f64.mul_add(chance.clamp(0.0, 1.0), 0.9))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_are_spread() {
        let (first, longest) = (Duration::from_secs(1), Duration::from_secs(60));
        let middle = |failures| backoff(first, longest, failures, 0.5).as_secs_f64().round() as u64;
        let failures = [0, 1, 2, 3, 6, 7, 40, u32::MAX];
        assert_eq!(failures.map(middle), [1, 1, 2, 4, 32, 60, 60, 60]);
        assert_eq!(backoff(first, longest, 1, 0.0), Duration::from_millis(900));
        assert_eq!(backoff(first, longest, 1, 7.0), Duration::from_millis(1100));
    }
}
