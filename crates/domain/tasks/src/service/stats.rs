//! Counts of the tasks in sight.

use std::collections::BTreeMap;

use kernel::{Actor, Date, FieldError, Permission, Timestamp, UserId};

use super::Tasks;
use crate::{
    error::TaskError,
    policy,
    query::{Agenda, TaskCounts, TaskInterval},
};

/// The most days of one request.
pub const DAYS_MAX: i64 = 366;

const DAY: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);

/// Statistics.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskStats {
    /// All tasks in sight.
    pub total: u64,
    /// By `Status::rank`.
    pub by_status: [u64; 3],
    /// By `Priority::rank`.
    pub by_priority: [u64; 3],
    /// Due before now and not completed.
    pub overdue: u64,
    /// Completed of all, 0 to 1; 0 when there are none.
    pub completion_rate: f64,
    /// Each day asked for, in order.
    pub days: Vec<DayStats>,
}

/// One day, in UTC.
#[derive(Debug, Clone, PartialEq)]
pub struct DayStats {
    /// The day.
    pub date: Date,
    /// Tasks made that day.
    pub created: u64,
    /// Tasks completed that day.
    pub completed: u64,
    /// Of those made that day, the part that is completed by now, 0 to 1.
    pub completion_rate: f64,
    /// Of those completed that day: how long half of them took at most.
    pub median_completion_seconds: Option<u64>,
}

impl Tasks {
    /// What a person has to do until `end`, and did since a moment. Without a caller: for reports to that
    /// person.
    pub async fn agenda(
        &self,
        person: UserId,
        end: Timestamp,
        since: Timestamp,
    ) -> Result<Agenda, TaskError> {
        let now = self.clock.now();
        self.work.read_slow(move |tx| Ok(tx.tasks().agenda(person, now, end, since)?)).await
    }

    /// Counts the tasks in the caller's sight, and each day from `from` to `to`, both included.
    pub async fn stats(&self, actor: &Actor, from: Date, to: Date) -> Result<TaskStats, TaskError> {
        actor.require(Permission::TasksRead)?;
        check_range(from, to)?;
        let (visible, now) = (policy::visibility_of(actor), self.clock.now());
        // One transaction, so that counts and days tell of the same moment.
        let (counts, intervals) = self
            .work
            .read_slow(move |tx| {
                let counts = tx.tasks().counts(visible, now)?;
                let intervals =
                    tx.tasks().intervals(visible, from.start(), to.start().plus(DAY))?;
                Ok::<_, TaskError>((counts, intervals))
            })
            .await?;
        Ok(count(&counts, &intervals, from, to))
    }
}

fn check_range(from: Date, to: Date) -> Result<(), TaskError> {
    let fault = match to.days_since(from) {
        ..0 => FieldError::new("to", "tasks.range_reversed", "must not be before `from`"),
        0..DAYS_MAX => return Ok(()),
        _ => FieldError::new(
            "to",
            "tasks.range_too_long",
            format!("must be at most {DAYS_MAX} days from `from`"),
        ),
    };
    Err(TaskError::Invalid(vec![fault]))
}

#[derive(Default)]
struct Day {
    created: u64,
    created_and_done: u64,
    /// Microseconds from making to completion.
    took: Vec<u128>,
}

fn count(counts: &TaskCounts, intervals: &[TaskInterval], from: Date, to: Date) -> TaskStats {
    let mut days: BTreeMap<Date, Day> = BTreeMap::new();
    for interval in intervals {
        let made = days.entry(interval.created_at.date()).or_default();
        made.created += 1;
        if let Some(at) = interval.completed_at {
            made.created_and_done += 1;
            let took = at.since(interval.created_at).as_micros();
            days.entry(at.date()).or_default().took.push(took);
        }
    }
    let [_, _, completed] = counts.by_status;
    let total: u64 = counts.by_status.iter().sum();
    TaskStats {
        total,
        by_status: counts.by_status,
        by_priority: counts.by_priority,
        overdue: counts.overdue,
        completion_rate: rate(completed, total),
        days: (0..=to.days_since(from))
            .map(|index| {
                let date = from.offset(index);
                describe(date, days.remove(&date).unwrap_or_default())
            })
            .collect(),
    }
}

fn describe(date: Date, mut day: Day) -> DayStats {
    DayStats {
        date,
        created: day.created,
        completed: day.took.len() as u64,
        completion_rate: rate(day.created_and_done, day.created),
        median_completion_seconds: median(&mut day.took)
            .map(|micros| u64::try_from(micros / 1_000_000).unwrap_or(u64::MAX)),
    }
}

fn rate(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// The middle value; of an even number, the mean of the middle two.
fn median(values: &mut [u128]) -> Option<u128> {
    values.sort_unstable();
    let upper = values.get(values.len() / 2)?;
    if values.len() % 2 == 1 {
        return Some(*upper);
    }
    let lower = values.get((values.len() / 2).checked_sub(1)?)?;
    Some(u128::midpoint(*lower, *upper))
}

#[cfg(test)]
mod tests {
    use kernel::Timestamp;

    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    fn day(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    fn interval(created: &str, completed: Option<&str>) -> TaskInterval {
        TaskInterval { created_at: at(created), completed_at: completed.map(at) }
    }

    #[test]
    fn the_median_is_the_middle_or_the_mean_of_the_middle_two() {
        assert_eq!(median(&mut []), None);
        assert_eq!(median(&mut [5]), Some(5));
        assert_eq!(median(&mut [9, 1]), Some(5));
        assert_eq!(median(&mut [9, 1, 2]), Some(2));
        assert_eq!(median(&mut [4, 1, 100, 2]), Some(3));
    }

    #[test]
    fn each_day_counts_what_was_made_and_what_was_completed_on_it() {
        let intervals = [
            interval("2026-02-01T00:00:00Z", Some("2026-02-01T00:00:10Z")),
            interval("2026-02-01T23:59:59.999999Z", None),
            interval("2026-02-01T12:00:00Z", Some("2026-02-03T12:00:00Z")),
            interval("2026-01-01T00:00:00Z", Some("2026-02-01T00:00:00Z")),
        ];
        let counts = TaskCounts { by_status: [1, 0, 3], by_priority: [0, 4, 0], overdue: 1 };
        let stats = count(&counts, &intervals, day("2026-02-01"), day("2026-02-03"));
        assert_eq!((stats.total, stats.overdue), (4, 1));
        assert!((stats.completion_rate - 0.75).abs() < f64::EPSILON);
        let counts: Vec<_> = stats
            .days
            .iter()
            .map(|day| (day.date.to_string(), day.created, day.completed))
            .collect();
        assert_eq!(
            counts,
            [
                ("2026-02-01".to_owned(), 3, 2),
                ("2026-02-02".to_owned(), 0, 0),
                ("2026-02-03".to_owned(), 0, 1),
            ]
        );
        assert!((stats.days[0].completion_rate - 2.0 / 3.0).abs() < f64::EPSILON);
        assert_eq!(stats.days[0].median_completion_seconds, Some(5 + 31 * 43_200));
        assert_eq!(stats.days[1].median_completion_seconds, None);
        assert_eq!(stats.days[2].median_completion_seconds, Some(2 * 86_400));
    }

    #[test]
    fn a_range_is_forward_and_at_most_a_leap_year_long() {
        let from = day("2024-01-01");
        assert!(check_range(from, from).is_ok());
        assert!(check_range(from, day("2024-12-31")).is_ok());
        for to in ["2025-01-01", "2023-12-31"] {
            assert!(matches!(check_range(from, day(to)), Err(TaskError::Invalid(_))), "{to}");
        }
    }
}
