//! What the log says once a minute and not with each request: that something which everybody needs does
//! not answer.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How long a warning stands for those like it.
const PAUSE: Duration = Duration::from_secs(60);
/// More subjects than this are forgotten together; there are as many as codes and drivers.
const MOST: usize = 1000;

/// The subject of whatever says that the database does not answer.
pub const STORE: &str = "store";

struct Warned {
    at: Instant,
    withheld: u64,
}

static WARNED: Mutex<BTreeMap<String, Warned>> = Mutex::new(BTreeMap::new());

/// Whether a warning about a subject is due: then how many were withheld since the last one.
pub fn due(subject: &str) -> Option<u64> {
    due_at(&WARNED, subject, Instant::now())
}

fn due_at(warned: &Mutex<BTreeMap<String, Warned>>, subject: &str, now: Instant) -> Option<u64> {
    let mut warned = warned.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(last) = warned.get_mut(subject) {
        if now.duration_since(last.at) < PAUSE {
            last.withheld += 1;
            return None;
        }
        let withheld = last.withheld;
        *last = Warned { at: now, withheld: 0 };
        return Some(withheld);
    }
    if warned.len() >= MOST {
        warned.clear();
    }
    warned.insert(subject.to_owned(), Warned { at: now, withheld: 0 });
    Some(0)
}

/// A warning about a subject, at most once a minute; those between are for debugging.
/// `warn_once_a_minute!(subject; fields, "message")`
#[macro_export]
macro_rules! warn_once_a_minute {
    ($subject:expr; $($line:tt)+) => {
        match $crate::quiet::due($subject) {
            Some(withheld) => tracing::warn!(withheld, $($line)+),
            None => tracing::debug!($($line)+),
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_mentioned_once_a_minute() {
        let warned = Mutex::default();
        let start = Instant::now();
        let at = |seconds, subject| due_at(&warned, subject, start + Duration::from_secs(seconds));
        assert_eq!(at(0, "store"), Some(0));
        assert_eq!(at(1, "store"), None);
        assert_eq!(at(59, "store"), None);
        assert_eq!(at(59, "storage"), Some(0), "another has its own");
        assert_eq!(at(60, "store"), Some(2));
        assert_eq!(at(61, "store"), None);
    }
}
