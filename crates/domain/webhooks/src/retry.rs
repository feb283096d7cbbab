//! When a failed delivery is tried again (W4, W5). Pure.

use std::time::Duration;

use kernel::Timestamp;

use crate::outbound::{Outcome, SendFault};

/// The pause after an answer that asks to slow down, at least.
const SLOW: Duration = Duration::from_secs(60);
/// The longest pause that a receiver may ask for.
const LONGEST_ASKED: Duration = Duration::from_hours(24);
/// How far a pause is spread.
const SPREAD: f64 = 0.2;

/// The pauses before the attempts that follow the first one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule(Vec<Duration>);

impl Default for Schedule {
    /// 5 s, 5 min, 30 min, 2, 5, 10, 14, 20, 24 h.
    fn default() -> Self {
        let hours = [2, 5, 10, 14, 20, 24].map(Duration::from_hours);
        let short = [Duration::from_secs(5), Duration::from_mins(5), Duration::from_mins(30)];
        Self(short.into_iter().chain(hours).collect())
    }
}

/// What follows from a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The endpoint took the message.
    Succeeded,
    /// It is tried again then.
    Again(Timestamp),
    /// It is given up.
    GivenUp,
    /// The endpoint wants no more messages.
    Gone,
}

impl Schedule {
    /// Of these pauses.
    pub const fn new(pauses: Vec<Duration>) -> Self {
        Self(pauses)
    }

    /// What follows from the outcome of an attempt. `attempt` counts from 1; `chance` (0 to 1) spreads the
    /// pause by a fifth in each direction.
    pub fn judge(&self, outcome: &Outcome, attempt: u32, now: Timestamp, chance: f64) -> Verdict {
        match (outcome.status, outcome.fault) {
            (Some(200..=299), None) => return Verdict::Succeeded,
            (Some(410), None) => return Verdict::Gone,
            _ => {}
        }
        let index = usize::try_from(attempt.saturating_sub(1)).unwrap_or(usize::MAX);
        let Some(pause) = self.0.get(index) else { return Verdict::GivenUp };
        let spread = (2.0 * SPREAD).mul_add(chance.clamp(0.0, 1.0), 1.0 - SPREAD);
        let pause = pause.mul_f64(spread).max(asked(outcome).unwrap_or_default());
        Verdict::Again(now.plus(pause))
    }
}

/// How long the receiver wants to be left alone.
pub fn asked(outcome: &Outcome) -> Option<Duration> {
    let said = outcome.retry_after.map(|pause| pause.min(LONGEST_ASKED));
    let slow = matches!(outcome.status, Some(429 | 502 | 504))
        || outcome.fault == Some(SendFault::Timeout);
    said.max(slow.then_some(SLOW))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(status: u16) -> Outcome {
        Outcome {
            duration: Duration::ZERO,
            status: Some(status),
            retry_after: None,
            fault: None,
            answer: String::new(),
        }
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_micros(0).unwrap().plus(Duration::from_secs(seconds))
    }

    #[test]
    fn w5_ten_attempts_and_no_more() {
        let schedule = Schedule::default();
        let pauses: Vec<Verdict> =
            (1..=10).map(|attempt| schedule.judge(&outcome(500), attempt, at(0), 0.5)).collect();
        let hour = 3600;
        let expected =
            [5, 300, 1800, 2 * hour, 5 * hour, 10 * hour, 14 * hour, 20 * hour, 24 * hour];
        let mut expected: Vec<Verdict> =
            expected.into_iter().map(|seconds| Verdict::Again(at(seconds))).collect();
        expected.push(Verdict::GivenUp);
        assert_eq!(pauses, expected);
        let early = schedule.judge(&outcome(500), 2, at(0), 0.0);
        let late = schedule.judge(&outcome(500), 2, at(0), 1.0);
        assert_eq!((early, late), (Verdict::Again(at(240)), Verdict::Again(at(360))));
    }

    #[test]
    fn w4_what_answers_mean() {
        let schedule = Schedule::default();
        for status in [200, 201, 204, 299] {
            assert_eq!(schedule.judge(&outcome(status), 1, at(0), 0.5), Verdict::Succeeded);
        }
        assert_eq!(schedule.judge(&outcome(410), 1, at(0), 0.5), Verdict::Gone);
        for status in [100, 199, 301, 302, 307, 400, 404, 500, 503] {
            assert_eq!(schedule.judge(&outcome(status), 1, at(0), 0.5), Verdict::Again(at(5)));
        }
        for status in [429, 502, 504] {
            assert_eq!(schedule.judge(&outcome(status), 1, at(0), 0.5), Verdict::Again(at(60)));
        }
        let slow = Outcome { status: None, fault: Some(SendFault::Timeout), ..outcome(0) };
        assert_eq!(schedule.judge(&slow, 1, at(0), 0.5), Verdict::Again(at(60)));
        let asks =
            |seconds| Outcome { retry_after: Some(Duration::from_secs(seconds)), ..outcome(503) };
        assert_eq!(schedule.judge(&asks(120), 1, at(0), 0.5), Verdict::Again(at(120)));
        assert_eq!(schedule.judge(&asks(1), 2, at(0), 0.5), Verdict::Again(at(300)));
        let day = 24 * 3600;
        assert_eq!(schedule.judge(&asks(10 * day), 1, at(0), 0.5), Verdict::Again(at(day)));
    }
}
