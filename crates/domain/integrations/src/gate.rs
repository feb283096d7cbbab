//! When a provider is left alone: after failures in a row (a circuit breaker), when it asked for it, and when it
//! does not take our key.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use kernel::Timestamp;

use crate::outbound::ProviderError;

/// Failures in a row that open the breaker.
pub const FAILURES_IN_A_ROW: u32 = 5;
/// How far back failures are counted.
pub const WINDOW: Duration = Duration::from_secs(30);
/// Answers within the window before half of them failing opens the breaker.
pub const ENOUGH: usize = 10;
/// How long the breaker is open at first; each failed probe doubles it.
pub const FIRST_PAUSE: Duration = Duration::from_secs(30);
/// The longest that it is open.
pub const LONGEST_PAUSE: Duration = Duration::from_mins(10);
/// How long a provider that does not take our key is left alone.
pub const PARKED: Duration = Duration::from_hours(1);
/// How long a provider is left alone that was asked too often and names no time.
pub const LIMITED: Duration = Duration::from_mins(1);
/// The longest that a provider is left alone because it asked for it.
pub const LONGEST_LIMIT: Duration = Duration::from_hours(24);
/// A probe that told nothing for so long is forgotten.
const PROBE: Duration = Duration::from_secs(10);
/// Answers that are remembered at most.
const MOST: usize = 1000;

/// How a provider is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GateState {
    /// It is asked.
    Closed,
    /// One question finds out whether it answers again.
    HalfOpen,
    /// It failed too often.
    Open,
    /// We asked too often.
    Limited,
    /// It does not take our key.
    Parked,
}

impl GateState {
    /// Every state, from good to bad.
    pub const ALL: [Self; 5] =
        [Self::Closed, Self::HalfOpen, Self::Open, Self::Limited, Self::Parked];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::HalfOpen => "half_open",
            Self::Open => "open",
            Self::Limited => "limited",
            Self::Parked => "parked",
        }
    }
}

/// Decides whether a provider is asked.
#[derive(Debug, Default)]
pub struct Gate(Mutex<Record>);

#[derive(Debug, Default)]
struct Record {
    in_a_row: u32,
    recent: VecDeque<(Timestamp, bool)>,
    /// While the breaker is open or half open: until when, and how long that is.
    open: Option<(Timestamp, Duration)>,
    probe: Option<Timestamp>,
    limited: Option<Timestamp>,
    parked: Option<Timestamp>,
}

impl Gate {
    /// Whether the provider may be asked now; otherwise how long it is left alone. While the breaker is half open,
    /// one question at a time passes.
    pub fn admit(&self, now: Timestamp) -> Result<(), Duration> {
        let mut record = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match record.state(now) {
            (GateState::Closed, _) => Ok(()),
            (GateState::HalfOpen, _) => {
                if record.probe.is_some_and(|began| now.since(began) < PROBE) {
                    return Err(PROBE);
                }
                record.probe = Some(now);
                Ok(())
            }
            (_, until) => Err(until.map_or(Duration::ZERO, |until| until.since(now))),
        }
    }

    /// Learns how the provider answered. What is the caller's fault counts as an answer.
    pub fn learn<T>(&self, answer: &Result<T, ProviderError>, now: Timestamp) {
        let mut record = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        record.probe = None;
        let failed = match answer {
            Ok(_)
            | Err(
                ProviderError::Unknown
                | ProviderError::LanguageUnsupported
                | ProviderError::Refused,
            ) => false,
            Err(ProviderError::Limited { retry_after }) => {
                let pause = retry_after.unwrap_or(LIMITED).min(LONGEST_LIMIT);
                record.limited = record.limited.max(Some(now.plus(pause)));
                return;
            }
            Err(ProviderError::Rejected(_)) => {
                record.parked = Some(now.plus(PARKED));
                return;
            }
            Err(ProviderError::Failed(_) | ProviderError::Useless(_)) => true,
        };
        record.count(failed, now);
    }

    /// How the provider is, and until when.
    pub fn look(&self, now: Timestamp) -> (GateState, Option<Timestamp>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).state(now)
    }
}

impl Record {
    fn state(&self, now: Timestamp) -> (GateState, Option<Timestamp>) {
        let ahead = |until: Option<Timestamp>| until.filter(|until| *until > now);
        if let Some(until) = ahead(self.parked) {
            (GateState::Parked, Some(until))
        } else if let Some(until) = ahead(self.limited) {
            (GateState::Limited, Some(until))
        } else {
            match self.open {
                None => (GateState::Closed, None),
                Some((until, _)) if until > now => (GateState::Open, Some(until)),
                Some(_) => (GateState::HalfOpen, None),
            }
        }
    }

    fn count(&mut self, failed: bool, now: Timestamp) {
        if let Some((_, pause)) = self.open {
            if !failed {
                *self = Self { limited: self.limited, parked: self.parked, ..Self::default() };
            } else if self.state(now).0 != GateState::Open {
                let pause = (pause * 2).min(LONGEST_PAUSE);
                self.open = Some((now.plus(pause), pause));
            }
            return;
        }
        self.in_a_row = if failed { self.in_a_row + 1 } else { 0 };
        while self.recent.front().is_some_and(|(at, _)| now.since(*at) > WINDOW)
            || self.recent.len() >= MOST
        {
            self.recent.pop_front();
        }
        self.recent.push_back((now, failed));
        let failures = self.recent.iter().filter(|(_, failed)| *failed).count();
        let half = self.recent.len() >= ENOUGH && failures * 2 >= self.recent.len();
        if failed && (self.in_a_row >= FAILURES_IN_A_ROW || half) {
            self.open = Some((now.plus(FIRST_PAUSE), FIRST_PAUSE));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::MIN;

    fn failed() -> Result<(), ProviderError> {
        Err(ProviderError::Failed("planned".to_owned()))
    }

    fn at(seconds: u64) -> Timestamp {
        START.plus(Duration::from_secs(seconds))
    }

    #[test]
    fn g3_five_failures_in_a_row_open_it_and_one_probe_closes_it() {
        let gate = Gate::default();
        for _ in 0..4 {
            gate.learn(&failed(), at(0));
        }
        gate.learn(&Ok(()), at(0));
        for second in 1..=5 {
            assert_eq!(gate.admit(at(second)), Ok(()));
            gate.learn(&failed(), at(second));
        }
        assert_eq!(gate.admit(at(6)), Err(Duration::from_secs(29)));
        assert_eq!(gate.look(at(6)), (GateState::Open, Some(at(35))));
        assert_eq!(gate.look(at(35)), (GateState::HalfOpen, None));
        assert_eq!(gate.admit(at(35)), Ok(()));
        assert!(gate.admit(at(36)).is_err(), "one probe at a time");
        gate.learn(&Ok(()), at(36));
        assert_eq!(gate.look(at(36)), (GateState::Closed, None));
        gate.learn(&failed(), at(36));
        assert_eq!(gate.look(at(36)).0, GateState::Closed, "it starts afresh");
    }

    #[test]
    fn g3_each_failed_probe_doubles_the_pause_up_to_ten_minutes() {
        let gate = Gate::default();
        (0..5).for_each(|_| gate.learn(&failed(), START));
        let (mut now, mut pauses) = (START, Vec::new());
        for _ in 0..6 {
            let (_, until) = gate.look(now);
            let until = until.unwrap();
            pauses.push(until.since(now).as_secs());
            now = until;
            gate.admit(now).unwrap();
            gate.learn(&failed(), now);
        }
        assert_eq!(pauses, [30, 60, 120, 240, 480, 600]);
    }

    #[test]
    fn g3_half_of_ten_within_the_window_open_it() {
        let gate = Gate::default();
        for second in 0..9 {
            gate.learn(&if second % 2 == 0 { failed() } else { Ok(()) }, at(second));
        }
        assert_eq!(gate.look(at(9)).0, GateState::Closed, "nine are not enough");
        gate.learn(&Ok(()), at(9));
        gate.learn(&failed(), at(10));
        assert_eq!(gate.look(at(10)).0, GateState::Open);
        let old = Gate::default();
        for second in 0..10 {
            old.learn(&if second % 2 == 0 { failed() } else { Ok(()) }, at(second * 20));
        }
        assert_eq!(old.look(at(200)).0, GateState::Closed, "older answers do not count");
    }

    #[test]
    fn g3_a_probe_that_told_nothing_is_forgotten() {
        let gate = Gate::default();
        (0..5).for_each(|_| gate.learn(&failed(), START));
        assert_eq!(gate.admit(at(30)), Ok(()));
        assert!(gate.admit(at(39)).is_err());
        assert_eq!(gate.admit(at(40)), Ok(()));
    }

    #[test]
    fn g4_callers_faults_never_open_it() {
        let gate = Gate::default();
        for _ in 0..100 {
            gate.learn::<()>(&Err(ProviderError::Unknown), START);
            gate.learn::<()>(&Err(ProviderError::Refused), START);
            gate.learn::<()>(&Err(ProviderError::LanguageUnsupported), START);
        }
        assert_eq!(gate.look(START), (GateState::Closed, None));
    }

    #[test]
    fn g4_limits_hold_until_the_time_named_and_a_refused_key_parks() {
        let gate = Gate::default();
        let limited = |seconds: Option<u64>| -> Result<(), _> {
            Err(ProviderError::Limited { retry_after: seconds.map(Duration::from_secs) })
        };
        gate.learn(&limited(Some(7)), START);
        assert_eq!(gate.admit(START), Err(Duration::from_secs(7)));
        gate.learn(&limited(Some(1)), START);
        assert_eq!(gate.look(START), (GateState::Limited, Some(at(7))), "never shorter");
        assert_eq!(gate.admit(at(7)), Ok(()));
        gate.learn(&limited(None), at(7));
        assert_eq!(gate.admit(at(7)), Err(LIMITED));
        gate.learn::<()>(&Err(ProviderError::Rejected("403".to_owned())), at(8));
        assert_eq!(gate.look(at(8)), (GateState::Parked, Some(at(8).plus(PARKED))));
        assert_eq!(gate.admit(at(8).plus(PARKED)), Ok(()));
    }
}
