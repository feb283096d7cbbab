//! Counts for the statistics.

use kernel::Timestamp;

use super::{DAY, Ground, id_set, lists::crowd, moment};
use crate::query::{Tally, TaskFilter, Visibility};

pub(super) async fn t10_tally_agrees_with_the_list(ground: Ground) {
    let tasks = crowd(&ground).await;
    let sights = [Visibility::All, Visibility::Of(ground.owner()), Visibility::Of(ground.third())];
    for visible in sights.into_iter().chain([Visibility::Of(ground.suspended)]) {
        for now in [moment(0), moment(0).plus(DAY * 3), Timestamp::MIN, Timestamp::MAX] {
            let filter = TaskFilter::all(visible, now);
            let mut expected = Tally::default();
            for task in tasks.iter().filter(|task| filter.matches(task)) {
                expected.by_status[usize::try_from(task.status.rank()).unwrap()] += 1;
                expected.by_priority[usize::try_from(task.priority.rank()).unwrap()] += 1;
                expected.overdue += u64::from(task.is_overdue(now));
            }
            let tally = ground.read(move |tx| tx.tasks().tally(visible, now)).await;
            assert_eq!(tally, expected, "{visible:?} at {now}");
        }
    }
}

pub(super) async fn t10_spans_agree_with_the_list(ground: Ground) {
    let tasks = crowd(&ground).await;
    let ranges = [
        (moment(0), moment(4)),
        (moment(1), moment(2)),
        (moment(55), moment(65)),
        (moment(2), moment(2)),
        (Timestamp::MIN, Timestamp::MAX),
    ];
    for visible in [Visibility::All, Visibility::Of(ground.helper())] {
        for (from, to) in ranges {
            let filter = TaskFilter::all(visible, moment(0));
            let within = |at: Timestamp| from <= at && at < to;
            let mut expected: Vec<_> = tasks
                .iter()
                .filter(|task| filter.matches(task))
                .filter(|task| within(task.created_at) || task.completed_at.is_some_and(within))
                .map(|task| (task.created_at, task.completed_at))
                .collect();
            let spans = ground.read(move |tx| tx.tasks().spans(visible, from, to)).await;
            let mut given: Vec<_> =
                spans.iter().map(|span| (span.created_at, span.completed_at)).collect();
            expected.sort_unstable();
            given.sort_unstable();
            assert_eq!(given, expected, "{visible:?} {from} .. {to}");
        }
    }
    assert_eq!(id_set(&tasks).len(), 23);
}
