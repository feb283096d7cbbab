//! Who is to be reminded of what is due.

use kernel::Timestamp;

use super::{Fixture, ids, moment};
use crate::{
    task::{NewTask, Reminder, Task},
    values::Status,
};

impl Fixture {
    fn due(&self, at: i64) -> NewTask {
        NewTask { due: Some(moment(at)), ..self.plain("due") }
    }

    async fn to_remind(&self, now: i64, soon: i64, limit: u32) -> Vec<i64> {
        let (now, soon) = (moment(now), moment(soon));
        ids(&self.write(move |tx| tx.tasks().to_remind(now, soon, limit)).await)
    }

    async fn remind_of(&self, task: &Task, said: Reminder) {
        let task = task.clone();
        self.write(move |tx| tx.tasks().reminded(&task, said)).await;
    }

    async fn save(&self, task: Task) -> Task {
        self.write(move |tx| {
            let mut task = task.clone();
            tx.tasks().save(&mut task)?;
            Ok(task)
        })
        .await
    }
}

const NONE: [i64; 0] = [];

pub(super) async fn t13_live_open_tasks_are_due_soon_and_then_overdue(fixture: Fixture) {
    let task = fixture.insert(fixture.due(10)).await;
    let id = task.id.get();
    let _never = fixture.insert(fixture.plain("never due")).await;
    let done =
        NewTask { status: Status::Completed, completed_at: Some(moment(1)), ..fixture.due(5) };
    fixture.insert(done).await;
    let deleted = fixture.insert(fixture.due(5)).await;
    fixture.delete(&deleted, moment(2)).await;
    let begun = NewTask { status: Status::InProgress, ..fixture.due(30) };
    let begun = fixture.insert(begun).await;

    assert_eq!(fixture.to_remind(1, 9, 10).await, NONE);
    assert_eq!(fixture.to_remind(1, 10, 10).await, [id]);
    fixture.remind_of(&task, Reminder::DueSoon).await;
    assert_eq!(fixture.to_remind(2, 12, 10).await, NONE, "it was said");
    assert_eq!(
        fixture.to_remind(10, 20, 10).await,
        NONE,
        "it is not over before its moment has passed"
    );
    assert_eq!(fixture.to_remind(11, 20, 10).await, [id]);
    fixture.remind_of(&task, Reminder::Overdue).await;
    assert_eq!(fixture.to_remind(12, 29, 10).await, NONE);
    // Nothing was said before it was over.
    assert_eq!(fixture.to_remind(40, 50, 10).await, [begun.id.get()]);
    fixture.remind_of(&begun, Reminder::Overdue).await;
    assert_eq!(fixture.to_remind(99, 99, 10).await, NONE);
    // One that is finished after the first reminder is not overdue.
    let task = fixture.insert(fixture.due(60)).await;
    fixture.remind_of(&task, Reminder::DueSoon).await;
    fixture.save(Task { status: Status::Completed, completed_at: Some(moment(55)), ..task }).await;
    assert_eq!(fixture.to_remind(99, 99, 10).await, NONE);
}

pub(super) async fn t13_those_due_first_come_first_within_the_limit(fixture: Fixture) {
    let late = fixture.insert(fixture.due(30)).await;
    let early = fixture.insert(fixture.due(10)).await;
    let same = fixture.insert(fixture.due(10)).await;
    let [late_id, early_id, same_id] = [late.id.get(), early.id.get(), same.id.get()];
    assert_eq!(fixture.to_remind(1, 40, 10).await, [early_id, same_id, late_id]);
    assert_eq!(fixture.to_remind(1, 40, 2).await, [early_id, same_id]);
    fixture.remind_of(&early, Reminder::DueSoon).await;
    assert_eq!(fixture.to_remind(1, 40, 2).await, [same_id, late_id]);
    // What is over is served although others wait for their first reminder.
    let mut found = fixture.to_remind(20, 40, 10).await;
    found.sort_unstable();
    assert_eq!(found, [late_id, early_id, same_id]);
    assert_eq!(fixture.to_remind(20, 40, 1).await.len(), 1);
}

pub(super) async fn t14_another_due_time_is_said_anew(fixture: Fixture) {
    let task = fixture.insert(fixture.due(10)).await;
    let id = task.id.get();
    fixture.remind_of(&task, Reminder::Overdue).await;
    assert_eq!(fixture.to_remind(50, 60, 10).await, NONE);
    let moved = fixture.save(Task { due: Some(moment(70)), ..task }).await;
    assert_eq!(fixture.to_remind(50, 60, 10).await, NONE);
    assert_eq!(fixture.to_remind(50, 70, 10).await, [id]);
    fixture.remind_of(&moved, Reminder::DueSoon).await;
    let never = fixture.save(Task { due: None, ..moved }).await;
    assert_eq!(fixture.to_remind(99, 99, 10).await, NONE);
    let back = fixture.save(Task { due: Some(moment(70)), ..never }).await;
    assert_eq!(fixture.to_remind(60, 70, 10).await, NONE, "of this one it was said");
    assert_eq!(fixture.to_remind(71, 80, 10).await, [id]);
    fixture.save(Task { due: Some(Timestamp::MAX), ..back }).await;
    assert_eq!(fixture.to_remind(99, 99, 10).await, NONE);
}

pub(super) async fn t14_a_reminder_is_no_change_of_the_task(fixture: Fixture) {
    let task = fixture.insert(fixture.due(10)).await;
    fixture.remind_of(&task, Reminder::DueSoon).await;
    assert_eq!(fixture.get(task.id).await, Some(task.clone()));
    let saved = fixture.save(task.clone()).await;
    assert_eq!(saved.version, task.version + 1);
    assert_eq!(fixture.to_remind(1, 40, 10).await, NONE, "a save keeps what was said");
}

pub(super) async fn t15_an_agenda_counts_what_a_person_is_to_do(fixture: Fixture) {
    let (ada, grace) = (fixture.people[0], fixture.people[1]);
    let done = |at, due| NewTask {
        status: Status::Completed,
        completed_at: Some(moment(at)),
        ..fixture.due(due)
    };
    for new in [
        fixture.due(9),
        NewTask { status: Status::InProgress, ..fixture.due(9) },
        fixture.due(10),
        fixture.due(19),
        fixture.due(20),
        fixture.plain("never due"),
        done(4, 12),
        done(5, 12),
        done(6, 2),
        // Someone else is to do these, and they are in no sum of their owner.
        NewTask { assignee: Some(grace), ..fixture.due(9) },
        NewTask { assignee: Some(grace), ..done(7, 9) },
        NewTask { assignee: Some(ada), owner: grace, ..fixture.due(11) },
        NewTask { owner: grace, ..fixture.due(12) },
    ] {
        fixture.insert(new).await;
    }
    let gone = fixture.insert(fixture.due(9)).await;
    fixture.delete(&gone, moment(10)).await;
    let agenda = async |person| {
        let found = fixture
            .read(move |tx| tx.tasks().agenda(person, moment(10), moment(20), moment(5)))
            .await;
        (found.due, found.overdue, found.done)
    };
    assert_eq!(agenda(ada).await, (3, 2, 2));
    assert_eq!(agenda(grace).await, (1, 1, 1));
}
