//! Lists, and how a chart is cut into steps.

use std::time::Duration;

use kernel::page::FixedOrder;

use crate::values::{AlertState, Severity, Step};

/// The oldest rule first: the order that people made them in.
pub const RULES: FixedOrder =
    FixedOrder { text: "id", directions: &[], tie: kernel::page::Direction::Ascending };
/// The newest alert first.
pub const ALERTS: FixedOrder = FixedOrder::BY_ID_DESC;

/// Which alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AlertFilter {
    /// In this state.
    pub state: Option<AlertState>,
    /// With this severity.
    pub severity: Option<Severity>,
}

/// The most points of a series in one answer.
pub const MOST_POINTS: i64 = 600;

/// Where the points of a chart come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The samples of this process.
    Ring,
    /// Stored rows.
    Rows(Step),
}

/// How a chart is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Where its points come from.
    pub source: Source,
    /// From one point to the next, in milliseconds.
    pub step_ms: i64,
}

/// How long rows are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Rows of a minute.
    pub minutes: Duration,
    /// Rows of ten minutes.
    pub ten_minutes: Duration,
    /// Rows of an hour.
    pub hours: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        let days = |days: u64| Duration::from_hours(24 * days);
        Self { minutes: days(7), ten_minutes: days(90), hours: days(730) }
    }
}

impl Retention {
    /// How long rows of this length are kept.
    pub const fn of(&self, step: Step) -> Duration {
        match step {
            Step::Minute => self.minutes,
            Step::TenMinutes => self.ten_minutes,
            Step::Hour => self.hours,
        }
    }
}

/// How many parts of a size cover a length, which is positive.
const fn ceiling(length: i64, size: i64) -> i64 {
    (length - 1).div_euclid(size) + 1
}

/// How much longer than the ring a stretch may be: who asks for the last hour is answered a moment later.
const LATE_MS: i64 = 60_000;

/// What a chart may be made of.
#[derive(Debug, Clone, Copy)]
pub struct Stock {
    /// From one sample to the next, in milliseconds.
    pub interval_ms: i64,
    /// How far back the samples of this process go; none where other processes have samples, too.
    pub ring_ms: Option<i64>,
    /// How long rows are kept.
    pub retention: Retention,
}

impl Stock {
    /// The coarsest source that is fine enough and reaches back far enough, in steps that make at most
    /// [`MOST_POINTS`].
    pub fn plan(&self, from_ms: i64, to_ms: i64, step: Option<Duration>, now_ms: i64) -> Plan {
        let length = (to_ms - from_ms).max(1);
        // One point may lie before the first whole step.
        let least = ceiling(length, MOST_POINTS - 1);
        let wanted = step.map_or(0, |step| i64::try_from(step.as_millis()).unwrap_or(i64::MAX));
        let wanted = wanted.max(least);
        let age = now_ms - from_ms;
        let ring = self
            .ring_ms
            .filter(|ring| age <= ring + LATE_MS)
            .map(|_| (Source::Ring, self.interval_ms));
        let reaches = |step: Step| {
            let kept = i64::try_from(self.retention.of(step).as_millis()).unwrap_or(i64::MAX);
            age <= kept
        };
        let rows = Step::ALL
            .iter()
            .filter(|step| reaches(**step) || **step == Step::Hour)
            .map(|step| (Source::Rows(*step), step.seconds() * 1000));
        let all: Vec<(Source, i64)> = ring.into_iter().chain(rows).collect();
        let fine = all.iter().rev().find(|(_, base)| *base <= wanted);
        let (source, base) =
            fine.or(all.first()).copied().unwrap_or((Source::Rows(Step::Hour), 3_600_000));
        Plan { source, step_ms: ceiling(wanted, base) * base }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STOCK: Stock = Stock {
        interval_ms: 5000,
        ring_ms: Some(3_600_000),
        retention: Retention {
            minutes: Duration::from_hours(7 * 24),
            ten_minutes: Duration::from_hours(90 * 24),
            hours: Duration::from_hours(730 * 24),
        },
    };
    const NOW: i64 = 1_795_426_200_000;

    fn plan(hours: i64) -> (Source, i64) {
        let Plan { source, step_ms } = STOCK.plan(NOW - hours * 3_600_000, NOW, None, NOW);
        (source, step_ms / 1000)
    }

    #[test]
    fn a_chart_is_read_from_the_coarsest_rows_that_are_fine_enough() {
        assert_eq!(plan(1), (Source::Ring, 10));
        let late = STOCK.plan(NOW - 3_600_000, NOW, None, NOW + 1);
        assert_eq!(late, Plan { source: Source::Ring, step_ms: 10_000 }, "asked a moment ago");
        assert_eq!(plan(24), (Source::Rows(Step::Minute), 180));
        assert_eq!(plan(7 * 24), (Source::Rows(Step::TenMinutes), 1200));
        assert_eq!(plan(30 * 24), (Source::Rows(Step::Hour), 7200));
        assert_eq!(plan(2 * 365 * 24), (Source::Rows(Step::Hour), 30 * 3600));
        let old = STOCK.plan(NOW - 100 * 86_400_000, NOW - 99 * 86_400_000, None, NOW);
        assert_eq!(old, Plan { source: Source::Rows(Step::Hour), step_ms: 3_600_000 });
        let shared = Stock { ring_ms: None, ..STOCK };
        let hour = shared.plan(NOW - 3_600_000, NOW, None, NOW);
        assert_eq!(hour, Plan { source: Source::Rows(Step::Minute), step_ms: 60_000 });
    }

    #[test]
    fn any_range_has_at_most_600_points() {
        for length in [1, 999, 5000, 3_600_000, 3_600_001, 86_400_000, 7 << 36, 1 << 50] {
            for age in [0, 1000, 3_600_000, 1 << 36] {
                for step in [None, Some(Duration::from_millis(1)), Some(Duration::from_secs(7))] {
                    let to = NOW - age;
                    let from = to - length;
                    let step_ms = STOCK.plan(from, to, step, NOW).step_ms;
                    let points = (to - 1).div_euclid(step_ms) - from.div_euclid(step_ms) + 1;
                    assert!(points <= MOST_POINTS, "{length} {age}: {points} × {step_ms}");
                }
            }
        }
    }
}
