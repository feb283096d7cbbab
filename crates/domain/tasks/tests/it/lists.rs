//! Lists, exports, statistics.

use kernel::{Date, PageRequest, Paging, SearchQuery};
use pollster::block_on;
use tasks::{
    commands::CreateTask,
    query::{DEFAULT_ORDER, TaskFilter, Visibility},
    service::EXPORT_PAGE,
    values::Status,
};

use crate::fixture::{Fixture, faulty, fresh, moment, status, title};

fn everything() -> TaskFilter {
    // What a caller claims to see does not count.
    TaskFilter::all(Visibility::All, moment("2000-01-01T00:00:00Z"))
}

#[test]
fn everybody_lists_what_they_see_whatever_they_ask_for() {
    let fixture = Fixture::new();
    let (shared, mine) = (fixture.shared().id, fixture.task("mine").id);
    let theirs = CreateTask::titled(title("theirs"));
    let theirs = fresh(block_on(fixture.tasks.create(&fixture.eve, None, theirs)).unwrap()).id;
    let ids = |actor, filter| {
        let order = DEFAULT_ORDER.to_vec();
        let page = block_on(fixture.tasks.list(actor, filter, order, PageRequest::default()));
        page.unwrap().items.iter().map(|task| task.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(&fixture.ada, everything()), [mine, shared]);
    assert_eq!(ids(&fixture.bob, everything()), [shared]);
    assert_eq!(ids(&fixture.eve, everything()), [theirs]);
    assert_eq!(ids(&fixture.root, everything()), [theirs, mine, shared]);
    let words = TaskFilter { text: SearchQuery::parse("the").ok(), ..everything() };
    assert_eq!(ids(&fixture.root, words.clone()), [theirs]);
    assert_eq!(ids(&fixture.ada, words), []);
}

#[test]
fn overdue_is_judged_by_our_clock() {
    let fixture = Fixture::new();
    let due = Some(moment("2026-11-21T07:59:59Z"));
    fixture.create(CreateTask { due, ..CreateTask::titled(title("late")) }).unwrap();
    let filter = TaskFilter { overdue: Some(true), ..everything() };
    let order = DEFAULT_ORDER.to_vec();
    let page = block_on(fixture.tasks.list(&fixture.ada, filter, order, <_>::default())).unwrap();
    assert_eq!(page.total, Some(1));
}

#[test]
fn an_export_goes_page_by_page_to_the_end() {
    let fixture = Fixture::new();
    let count = EXPORT_PAGE as usize + 3;
    for number in 0..count {
        fixture.task(&format!("{number}"));
    }
    let mut exported = Vec::new();
    let mut cursor = None;
    loop {
        let order = DEFAULT_ORDER.to_vec();
        let page =
            block_on(fixture.tasks.export(&fixture.ada, everything(), order, cursor)).unwrap();
        exported.extend(page.items);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let order = DEFAULT_ORDER.to_vec();
    let request = PageRequest { paging: Paging::Cursor(None), limit: 5000 };
    let whole = block_on(fixture.tasks.list(&fixture.ada, everything(), order, request)).unwrap();
    assert_eq!(exported, whole.items);
    assert_eq!(exported.len(), count);
    let order = DEFAULT_ORDER.to_vec();
    let nothing = block_on(fixture.tasks.export(&fixture.eve, everything(), order, None)).unwrap();
    assert!(nothing.items.is_empty());
}

#[test]
fn statistics_count_what_the_caller_sees() {
    let fixture = Fixture::new();
    let day = |text| Date::parse(text).unwrap();
    let stats =
        |actor| block_on(fixture.tasks.stats(actor, day("2026-11-20"), day("2026-11-22"))).unwrap();
    assert!(stats(&fixture.ada).completion_rate.abs() < f64::EPSILON, "nothing of nothing is none");
    let id = fixture.task("a").id;
    fixture.shared();
    fixture.clock.advance(std::time::Duration::from_secs(90));
    fixture.update(&fixture.ada, id, status(Status::Completed)).unwrap();
    let seen = stats(&fixture.ada);
    assert_eq!((seen.total, seen.by_status, seen.by_priority), (2, [1, 0, 1], [0, 2, 0]));
    let days: Vec<_> = seen
        .days
        .iter()
        .map(|day| (day.created, day.completed, day.median_completion_seconds))
        .collect();
    assert_eq!(days, [(0, 0, None), (2, 1, Some(90)), (0, 0, None)]);
    assert!((seen.days[1].completion_rate - 0.5).abs() < f64::EPSILON);
    assert_eq!(stats(&fixture.bob).total, 1);
    assert_eq!(stats(&fixture.eve).total, 0);
}

#[test]
fn a_range_of_days_is_forward_and_bounded() {
    let fixture = Fixture::new();
    let stats = |from, to| {
        let (from, to) = (Date::parse(from).unwrap(), Date::parse(to).unwrap());
        block_on(fixture.tasks.stats(&fixture.ada, from, to))
    };
    let reversed = stats("2026-11-21", "2026-11-20").unwrap_err();
    assert_eq!(faulty(&reversed), [("to", "tasks.range_reversed")]);
    let long = stats("2026-01-01", "2027-01-02").unwrap_err();
    assert_eq!(faulty(&long), [("to", "tasks.range_too_long")]);
    assert_eq!(stats("2024-01-01", "2024-12-31").unwrap().days.len(), 366);
    let last = stats("9999-12-31", "9999-12-31").unwrap();
    assert_eq!(last.days.len(), 1);
}
