//! Counts for the statistics.

use kernel::Timestamp;

use super::{DAY, Fixture, id_set, lists::crowd, moment};
use crate::query::{TaskCounts, TaskFilter, Visibility};

pub(super) async fn t10_counts_agree_with_the_list(fixture: Fixture) {
    let tasks = crowd(&fixture).await;
    let sights =
        [Visibility::All, Visibility::Of(fixture.owner()), Visibility::Of(fixture.third())];
    for visible in sights.into_iter().chain([Visibility::Of(fixture.suspended)]) {
        for now in [moment(0), moment(0).plus(DAY * 3), Timestamp::MIN, Timestamp::MAX] {
            let filter = TaskFilter::all(visible, now);
            let mut expected = TaskCounts::default();
            for task in tasks.iter().filter(|task| filter.matches(task)) {
                expected.by_status[usize::try_from(task.status.rank()).unwrap()] += 1;
                expected.by_priority[usize::try_from(task.priority.rank()).unwrap()] += 1;
                expected.overdue += u64::from(task.is_overdue(now));
            }
            let counts = fixture.read(move |tx| tx.tasks().counts(visible, now)).await;
            assert_eq!(counts, expected, "{visible:?} at {now}");
        }
    }
}

pub(super) async fn t10_intervals_agree_with_the_list(fixture: Fixture) {
    let tasks = crowd(&fixture).await;
    let ranges = [
        (moment(0), moment(4)),
        (moment(1), moment(2)),
        (moment(55), moment(65)),
        (moment(2), moment(2)),
        (Timestamp::MIN, Timestamp::MAX),
    ];
    for visible in [Visibility::All, Visibility::Of(fixture.helper())] {
        for (from, to) in ranges {
            let filter = TaskFilter::all(visible, moment(0));
            let within = |at: Timestamp| from <= at && at < to;
            let mut expected: Vec<_> = tasks
                .iter()
                .filter(|task| filter.matches(task))
                .filter(|task| within(task.created_at) || task.completed_at.is_some_and(within))
                .map(|task| (task.created_at, task.completed_at))
                .collect();
            let intervals = fixture.read(move |tx| tx.tasks().intervals(visible, from, to)).await;
            let mut given: Vec<_> = intervals
                .iter()
                .map(|interval| (interval.created_at, interval.completed_at))
                .collect();
            expected.sort_unstable();
            given.sort_unstable();
            assert_eq!(given, expected, "{visible:?} {from} .. {to}");
        }
    }
    assert_eq!(id_set(&tasks).len(), 23);
}
