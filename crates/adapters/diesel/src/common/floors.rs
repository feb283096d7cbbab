//! Where PostgreSQL begins to look for rows that are due.
//!
//! A finished row leaves an entry in the index of open rows. VACUUM cannot remove the entry while an older
//! transaction could see it, such as a report or a back-up that runs for hours. A scan from the start of the index
//! reads all of these entries for each row that it claims. So a process remembers a value before which it found
//! nothing, and its scans begin there. Another process may commit a row before that value late, so the process
//! also scans from the start at times; the longer such a scan takes, the less often.
//!
//! The sequencer of events has no floor: an event that is found late would get a place after a later event of the same
//! subject.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// How often a process looks from the beginning, at most.
const EVERY: Duration = Duration::from_secs(1);
/// The part of the time that it may spend on that: one of so many.
const SHARE: u32 = 20;
/// How many floors are remembered, at most. There are as many as sets of kinds are claimed together.
const MOST: usize = 256;

/// The places of a process.
#[derive(Default)]
pub(crate) struct Floors(Mutex<HashMap<String, Floor>>);

struct Floor {
    from: i64,
    looked: Instant,
    took: Duration,
}

impl Floor {
    fn is_due(&self) -> bool {
        self.looked.elapsed() >= EVERY.max(self.took.saturating_mul(SHARE))
    }
}

/// A look that has begun.
pub(crate) struct Look {
    key: String,
    from: Option<i64>,
    since: Instant,
}

impl Look {
    /// Where it begins; `None`: at the beginning.
    pub(crate) const fn from(&self) -> Option<i64> {
        self.from
    }
}

impl Floors {
    fn all(&self) -> MutexGuard<'_, HashMap<String, Floor>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to look.
    pub(crate) fn look(&self, key: String) -> Look {
        let from = self.all().get(&key).filter(|floor| !floor.is_due()).map(|floor| floor.from);
        Look { key, from, since: Instant::now() }
    }

    /// Ends a look. `empty_before`: there is nothing before this place that anyone could take.
    pub(crate) fn looked(&self, look: Look, empty_before: Option<i64>) {
        let mut all = self.all();
        match (all.get_mut(&look.key), look.from) {
            (Some(floor), from) => {
                if from.is_none() {
                    (floor.looked, floor.took) = (Instant::now(), look.since.elapsed());
                }
                floor.from = empty_before.unwrap_or(floor.from).max(floor.from);
            }
            (None, None) => {
                if let Some(from) = empty_before {
                    if all.len() >= MOST {
                        all.clear();
                    }
                    let (looked, took) = (Instant::now(), look.since.elapsed());
                    all.insert(look.key, Floor { from, looked, took });
                }
            }
            // It was lowered meanwhile.
            (None, Some(_)) => {}
        }
    }

    /// A row may be taken from this place on. Floors behind it are forgotten.
    pub(crate) fn lower(&self, to: i64) {
        self.all().retain(|_, floor| floor.from <= to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_begins_where_nothing_was_before() {
        let floors = Floors::default();
        let look = floors.look("a".to_owned());
        assert_eq!(look.from(), None);
        floors.looked(look, Some(7));
        let look = floors.look("a".to_owned());
        assert_eq!(look.from(), Some(7));
        floors.looked(look, Some(5));
        assert_eq!(floors.look("a".to_owned()).from(), Some(7));
        assert_eq!(floors.look("b".to_owned()).from(), None);
        floors.lower(7);
        assert_eq!(floors.look("a".to_owned()).from(), Some(7));
        floors.lower(6);
        assert_eq!(floors.look("a".to_owned()).from(), None);
    }

    #[test]
    fn what_is_lowered_during_a_look_stays_low() {
        let floors = Floors::default();
        let look = floors.look("a".to_owned());
        floors.looked(look, Some(7));
        let look = floors.look("a".to_owned());
        floors.lower(3);
        floors.looked(look, Some(9));
        assert_eq!(floors.look("a".to_owned()).from(), None);
    }

    #[test]
    fn the_beginning_is_looked_at_from_time_to_time() {
        let floor = |ago: u64, took: u64| Floor {
            from: 1,
            looked: Instant::now().checked_sub(Duration::from_millis(ago)).unwrap(),
            took: Duration::from_millis(took),
        };
        assert!(!floor(500, 0).is_due());
        assert!(floor(1500, 10).is_due());
        assert!(!floor(1500, 200).is_due());
        assert!(floor(4500, 200).is_due());
    }
}
