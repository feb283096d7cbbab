//! Reminders: once of each due time, and of nothing that is over with.

use std::time::Duration;

use kernel::{Clock as _, Patch, Timestamp};
use pollster::block_on;
use tasks::{
    TaskId,
    commands::{CreateTask, UpdateTask},
    events::{DUE_SOON, OVERDUE},
    values::Status,
};

use crate::fixture::{Fixture, status, title};

const HOUR: Duration = Duration::from_secs(3600);

impl Fixture {
    fn after(&self, seconds: u64) -> Timestamp {
        self.clock.now().plus(Duration::from_secs(seconds))
    }

    fn due(&self, seconds: u64) -> TaskId {
        let due = Some(self.after(seconds));
        self.create(CreateTask { due, ..CreateTask::titled(title("t")) }).unwrap().id
    }

    /// Looks, and returns how many were reminded of.
    fn remind(&self) -> u64 {
        block_on(self.tasks.remind(HOUR)).unwrap()
    }

    fn said(&self) -> Vec<(String, i64)> {
        let all = self.events().into_iter();
        let said = all.filter(|event| [DUE_SOON, OVERDUE].contains(&event.name.as_str()));
        said.map(|event| (event.name, event.subject)).collect()
    }
}

#[test]
fn a_due_time_is_said_once_before_and_once_after() {
    let fixture = Fixture::new();
    let id = fixture.due(2 * 3600);
    assert_eq!(fixture.remind(), 0, "it is too early");
    fixture.clock.advance(HOUR);
    assert_eq!((fixture.remind(), fixture.remind()), (1, 0));
    fixture.clock.advance(HOUR + Duration::from_micros(1));
    assert_eq!((fixture.remind(), fixture.remind()), (1, 0));
    let said = [DUE_SOON, OVERDUE].map(|name| (name.to_owned(), id.get()));
    assert_eq!(fixture.said(), said);
    // Another due time is said anew.
    let due = Patch::Set(fixture.after(60));
    fixture.update(&fixture.ada, id, UpdateTask { due, ..UpdateTask::default() }).unwrap();
    assert_eq!((fixture.remind(), fixture.remind()), (1, 0));
    assert_eq!(fixture.said().last(), Some(&said[0]));
}

#[test]
fn nothing_is_said_of_what_is_finished_or_deleted() {
    let fixture = Fixture::new();
    let [finished, deleted, late] = [fixture.due(60), fixture.due(60), fixture.due(60)];
    fixture.update(&fixture.ada, finished, status(Status::Completed)).unwrap();
    fixture.remove(&fixture.ada, deleted).unwrap();
    // While no process looked, the time went by: nothing is due soon any more.
    fixture.clock.advance(HOUR);
    assert_eq!(fixture.remind(), 1);
    assert_eq!(fixture.said(), [(OVERDUE.to_owned(), late.get())]);
}

#[test]
fn many_are_reminded_of_in_small_units() {
    let fixture = Fixture::new();
    for _ in 0..450 {
        fixture.due(60);
    }
    assert_eq!((fixture.remind(), fixture.remind()), (450, 0));
}
