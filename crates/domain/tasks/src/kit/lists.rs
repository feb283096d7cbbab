//! Pages and filters. What is expected is reckoned here, in plain Rust, from the
//! definitions in `query`.

use std::cmp::Ordering;

use kernel::{
    Page, PageRequest, Paging, SearchQuery, SortKey, Timestamp,
    page::{Direction, SortValue},
};

use super::{DAY, Fixture, ODD_TEXTS, ids, moment, tags, title};
use crate::{
    query::{TaskFilter, TaskSort, Visibility},
    task::{NewTask, Task},
    values::{Priority, Status, Tag},
};

use Direction::{Ascending, Descending};

/// Twenty-six tasks with many equal values, of all three people.
pub(super) async fn crowd(fixture: &Fixture) -> Vec<Task> {
    let titles = ["b", "B", "a", "ä", "Z", "z", "10", "9", "%", "_", "b"];
    let mut tasks = Vec::new();
    for number in 0..26_usize {
        let micros = i64::try_from(number).unwrap();
        let status = Status::ALL[number % 3];
        let created_at = moment(micros % 4);
        let new = NewTask {
            title: title(titles[number % titles.len()]),
            status,
            priority: Priority::ALL[number / 2 % 3],
            due: (number % 5 > 1).then(|| moment(0).plus(DAY * u32::try_from(number % 7).unwrap())),
            owner: fixture.people[number % 2],
            assignee: [None, Some(fixture.people[1]), Some(fixture.people[2])][number / 3 % 3],
            tags: [tags(&[]), tags(&["home"]), tags(&["Home", "home_%"]), tags(&["work", "home"])]
                [number % 4]
                .clone(),
            completed_at: (status == Status::Completed).then(|| moment(50 + micros)),
            created_at,
            ..fixture.plain("x")
        };
        tasks.push(fixture.insert(new).await);
    }
    // Changed and deleted rows, so that creation is not the order of everything.
    for number in [20, 3, 11] {
        let mut task = tasks[number].clone();
        task.updated_at = moment(60);
        tasks[number] = fixture
            .write(move |tx| {
                let mut task = task.clone();
                tx.tasks().save(&mut task)?;
                Ok(task)
            })
            .await;
    }
    for number in [25, 13, 0] {
        fixture.delete(&tasks.remove(number), moment(70)).await;
    }
    tasks
}

pub(super) fn everything() -> TaskFilter {
    TaskFilter::all(Visibility::All, moment(0).plus(DAY * 3))
}

pub(super) fn by(field: TaskSort, direction: Direction) -> SortKey<TaskSort> {
    SortKey { field, direction }
}

async fn page(
    fixture: &Fixture,
    filter: &TaskFilter,
    order: &[SortKey<TaskSort>],
    paging: Paging,
    limit: u32,
) -> Page<Task> {
    let (filter, order) = (filter.clone(), order.to_vec());
    let request = PageRequest { paging, limit };
    fixture.read(move |tx| tx.tasks().list(&filter, &order, &request)).await
}

/// Everything that matches, page after page by number; checks what the pages say of themselves.
pub(super) async fn by_number(
    fixture: &Fixture,
    filter: &TaskFilter,
    order: &[SortKey<TaskSort>],
    limit: u32,
) -> Vec<Task> {
    let mut all = Vec::new();
    let mut totals = Vec::new();
    for number in 1.. {
        let page = page(fixture, filter, order, Paging::Number(number), limit).await;
        assert_eq!(page.next, None, "numbered pages have no cursor");
        assert!(page.items.len() <= limit as usize);
        totals.push(page.total);
        let last = page.items.is_empty();
        all.extend(page.items);
        if last {
            break;
        }
    }
    let total = Some(all.len() as u64);
    assert!(totals.iter().all(|counted| *counted == total), "{totals:?} but {total:?}");
    all
}

/// The same, page after page by cursor; each cursor makes the journey to a client and back.
async fn by_cursor(
    fixture: &Fixture,
    filter: &TaskFilter,
    order: &[SortKey<TaskSort>],
    limit: u32,
) -> Vec<Task> {
    let mut all = Vec::new();
    let mut cursor = None;
    loop {
        let page = page(fixture, filter, order, Paging::Cursor(cursor), limit).await;
        assert_eq!(page.total, None, "cursor pages are not counted");
        let full = page.items.len() == limit as usize;
        all.extend(page.items);
        let Some(next) = page.next else { return all };
        assert!(full, "only a full page has a next one");
        assert_eq!(next.order, kernel::page::order_text(order, &TaskSort::ALL));
        cursor = Some(kernel::Cursor::decode(&next.encode()).unwrap());
        assert_eq!(cursor.as_ref(), Some(&next));
    }
}

/// What the order is by definition.
fn sorted(tasks: &[Task], order: &[SortKey<TaskSort>]) -> Vec<i64> {
    let directed = |ordering: Ordering, direction| match direction {
        Ascending => ordering,
        Descending => ordering.reverse(),
    };
    let mut tasks = tasks.to_vec();
    tasks.sort_by(|a, b| {
        for key in order {
            let ordering = match (key.field.sort_value(a), key.field.sort_value(b)) {
                (SortValue::Nothing, SortValue::Nothing) => Ordering::Equal,
                (SortValue::Nothing, _) => Ordering::Greater,
                (_, SortValue::Nothing) => Ordering::Less,
                (left, right) => directed(left.cmp(&right), key.direction),
            };
            if ordering != Ordering::Equal {
                return ordering;
            }
        }
        directed(a.id.cmp(&b.id), order.last().map_or(Ascending, |key| key.direction))
    });
    ids(&tasks)
}

async fn check_order(fixture: &Fixture, tasks: &[Task], order: &[SortKey<TaskSort>]) {
    let expected = sorted(tasks, order);
    for limit in [4, 100] {
        let numbered = by_number(fixture, &everything(), order, limit).await;
        assert_eq!(ids(&numbered), expected, "by number, {order:?}, limit {limit}");
        let followed = by_cursor(fixture, &everything(), order, limit).await;
        assert_eq!(ids(&followed), expected, "by cursor, {order:?}, limit {limit}");
    }
    let alone = by_cursor(fixture, &everything(), order, 1).await;
    assert_eq!(ids(&alone), expected, "by cursor one by one, {order:?}");
}

pub(super) async fn t7_every_order_is_the_same_by_number_and_by_cursor(fixture: Fixture) {
    let tasks = crowd(&fixture).await;
    for (_, field) in TaskSort::ALL {
        for direction in [Ascending, Descending] {
            check_order(&fixture, &tasks, &[by(field, direction)]).await;
        }
    }
}

pub(super) async fn t7_two_keys_order_one_after_the_other(fixture: Fixture) {
    let tasks = crowd(&fixture).await;
    let pairs = [
        (TaskSort::DueDate, TaskSort::Title),
        (TaskSort::Status, TaskSort::DueDate),
        (TaskSort::Title, TaskSort::Priority),
    ];
    for (first, second) in pairs {
        for (a, b) in [(Ascending, Descending), (Descending, Ascending), (Descending, Descending)] {
            check_order(&fixture, &tasks, &[by(first, a), by(second, b)]).await;
        }
    }
}

async fn check_filter(fixture: &Fixture, tasks: &[Task], filter: &TaskFilter) -> usize {
    let order = [by(TaskSort::Title, Ascending)];
    let matching: Vec<Task> = tasks.iter().filter(|task| filter.matches(task)).cloned().collect();
    let expected = sorted(&matching, &order);
    let numbered = by_number(fixture, filter, &order, 5).await;
    assert_eq!(ids(&numbered), expected, "{filter:?}");
    let followed = by_cursor(fixture, filter, &order, 5).await;
    assert_eq!(followed, numbered, "{filter:?}");
    matching.len()
}

/// One filter for each field, and some of their edges.
fn filters(fixture: &Fixture, tasks: &[Task]) -> Vec<TaskFilter> {
    let all = everything();
    let edge = tasks.iter().find_map(|task| task.due).unwrap();
    let mut filters = vec![all.clone()];
    for person in fixture.people.iter().copied().chain([fixture.suspended]) {
        filters.push(TaskFilter { visible: Visibility::Of(person), ..all.clone() });
        filters.push(TaskFilter { owner: Some(person), ..all.clone() });
        filters.push(TaskFilter { assignee: Some(person), ..all.clone() });
    }
    for status in Status::ALL {
        filters.push(TaskFilter { status: Some(*status), ..all.clone() });
    }
    for priority in Priority::ALL {
        filters.push(TaskFilter { priority: Some(*priority), ..all.clone() });
    }
    for tag in ["home", "Home", "home_%", "work", "%", "hom"] {
        filters.push(TaskFilter { tag: Some(Tag::parse(tag).unwrap()), ..all.clone() });
    }
    for now in [edge, Timestamp::MIN, Timestamp::MAX, moment(0).plus(DAY * 3)] {
        for overdue in [true, false] {
            filters.push(TaskFilter { overdue: Some(overdue), now, ..all.clone() });
        }
        filters.push(TaskFilter { due_before: Some(now), ..all.clone() });
        filters.push(TaskFilter { due_after: Some(now), ..all.clone() });
    }
    filters.push(TaskFilter { text: Some(SearchQuery::parse("b").unwrap()), ..all });
    filters
}

pub(super) async fn t7_every_filter_gives_exactly_what_matches(fixture: Fixture) {
    let tasks = crowd(&fixture).await;
    let mut narrowed = 0;
    for filter in filters(&fixture, &tasks) {
        let count = check_filter(&fixture, &tasks, &filter).await;
        narrowed += usize::from(count > 0 && count < tasks.len());
    }
    assert!(narrowed > 20, "the crowd is too even to tell the filters apart");
}

pub(super) async fn t7_filters_are_joined_by_and(fixture: Fixture) {
    let tasks = crowd(&fixture).await;
    let (me, helper) = (fixture.owner(), fixture.helper());
    let all = everything();
    let narrow = [
        TaskFilter {
            status: Some(Status::Pending),
            visible: Visibility::Of(helper),
            ..all.clone()
        },
        TaskFilter { owner: Some(me), assignee: Some(helper), ..all.clone() },
        TaskFilter {
            visible: Visibility::Of(fixture.third()),
            tag: Some(Tag::parse("home").unwrap()),
            due_after: Some(moment(0)),
            due_before: Some(moment(0).plus(DAY * 6)),
            ..all.clone()
        },
        TaskFilter {
            text: Some(SearchQuery::parse("b").unwrap()),
            overdue: Some(false),
            visible: Visibility::Of(helper),
            ..all
        },
    ];
    for filter in narrow {
        let count = check_filter(&fixture, &tasks, &filter).await;
        assert!(count > 0 && count < tasks.len(), "{filter:?} tells nothing");
    }
}

pub(super) async fn t7_deleted_tasks_are_on_no_page(fixture: Fixture) {
    let task = fixture.insert(fixture.plain("gone")).await;
    fixture.delete(&task, moment(1)).await;
    for visible in [Visibility::All, Visibility::Of(fixture.owner())] {
        let mut filter = TaskFilter::all(visible, moment(0));
        assert_eq!(by_number(&fixture, &filter, &[by(TaskSort::Id, Ascending)], 5).await, []);
        filter.text = Some(SearchQuery::parse("gone").unwrap());
        assert_eq!(by_cursor(&fixture, &filter, &[by(TaskSort::Id, Ascending)], 5).await, []);
    }
}

pub(super) async fn t7_tags_are_literal_and_know_case(fixture: Fixture) {
    let mut tasks = Vec::new();
    for text in ODD_TEXTS {
        let new = NewTask { tags: tags(&["always", text]), ..fixture.plain("t") };
        tasks.push(fixture.insert(new).await);
    }
    for (text, task) in ODD_TEXTS.iter().zip(&tasks) {
        let filter = TaskFilter { tag: Some(Tag::parse(text).unwrap()), ..everything() };
        let found = by_number(&fixture, &filter, &[by(TaskSort::Id, Ascending)], 50).await;
        assert_eq!(found, std::slice::from_ref(task), "{text:?}");
    }
    for nothing in ["Always", "alway%", "_lways", "%", "a\"", "always\",\"", "ALWAYS"] {
        let filter = TaskFilter { tag: Some(Tag::parse(nothing).unwrap()), ..everything() };
        let found = by_number(&fixture, &filter, &[by(TaskSort::Id, Ascending)], 50).await;
        assert_eq!(found, [], "{nothing:?}");
    }
}

pub(super) async fn t7_a_cursor_leads_on_when_its_row_is_gone(fixture: Fixture) {
    let tasks = crowd(&fixture).await;
    for (_, field) in TaskSort::ALL {
        let order = [by(field, Descending)];
        let expected = sorted(&tasks, &order);
        let first = page(&fixture, &everything(), &order, Paging::Cursor(None), 6).await;
        let gone = first.items.last().unwrap().clone();
        let gone = fixture.delete(&gone, moment(80)).await;
        let rest = page(&fixture, &everything(), &order, Paging::Cursor(first.next), 100).await;
        assert_eq!(ids(&rest.items), expected[6..], "{field:?}");
        fixture
            .write(move |tx| {
                let mut back = Task { deleted_at: None, ..gone.clone() };
                tx.tasks().save(&mut back)
            })
            .await;
    }
}

pub(super) async fn t8_the_empty_and_the_last_page_say_so(fixture: Fixture) {
    let order = [by(TaskSort::CreatedAt, Descending)];
    let nothing = page(&fixture, &everything(), &order, Paging::Number(1), 5).await;
    assert_eq!(nothing, Page { items: vec![], total: Some(0), next: None });
    let nothing = page(&fixture, &everything(), &order, Paging::Cursor(None), 5).await;
    assert_eq!(nothing, Page { items: vec![], total: None, next: None });

    for number in 0..10 {
        fixture.insert(fixture.plain(&format!("{number}"))).await;
    }
    // The last page is full, and still the last.
    let first = page(&fixture, &everything(), &order, Paging::Cursor(None), 5).await;
    assert!(first.next.is_some());
    let last = page(&fixture, &everything(), &order, Paging::Cursor(first.next), 5).await;
    assert_eq!((last.items.len(), last.next), (5, None));
    let whole = page(&fixture, &everything(), &order, Paging::Cursor(None), 10).await;
    assert_eq!((whole.items.len(), whole.next), (10, None));
    let behind = page(&fixture, &everything(), &order, Paging::Number(3), 5).await;
    assert_eq!(behind, Page { items: vec![], total: Some(10), next: None });
    let part = page(&fixture, &everything(), &order, Paging::Number(4), 3).await;
    assert_eq!((part.items.len(), part.total), (1, Some(10)));
}

pub(super) async fn t8_a_page_may_have_five_hundred_rows(fixture: Fixture) {
    let new = fixture.plain("one of many");
    fixture
        .write(move |tx| {
            for _ in 0..501 {
                tx.tasks().insert(&new)?;
            }
            Ok(())
        })
        .await;
    let order = [by(TaskSort::Id, Ascending)];
    let first = page(&fixture, &everything(), &order, Paging::Cursor(None), 500).await;
    assert_eq!(first.items.len(), 500);
    let last = page(&fixture, &everything(), &order, Paging::Cursor(first.next), 500).await;
    assert_eq!((last.items.len(), last.next), (1, None));
}
