//! Who may do what, through the use cases.

use kernel::Patch;
use pollster::block_on;
use tasks::{TaskError, commands::UpdateTask, values::Status};

use crate::fixture::{Fixture, faulty, no_task, nobody, status, titled};

#[test]
fn the_assignee_moves_the_status_and_nothing_else() {
    let fixture = Fixture::new();
    let id = fixture.shared().id;
    let moved = fixture.update(&fixture.bob, id, status(Status::InProgress)).unwrap();
    assert_eq!((moved.status, moved.version), (Status::InProgress, 2));
    let both = UpdateTask { status: Some(Status::Completed), ..titled("mine") };
    for update in [titled("mine"), both, UpdateTask { assignee: Patch::Clear, ..<_>::default() }] {
        let refused = fixture.update(&fixture.bob, id, update).unwrap_err();
        assert!(matches!(refused, TaskError::Forbidden { .. }), "{refused:?}");
    }
    let removed = fixture.remove(&fixture.bob, id).unwrap_err();
    assert!(matches!(removed, TaskError::Forbidden { .. }), "{removed:?}");
    let given_away = block_on(fixture.tasks.assign(&fixture.bob, id, None, None)).unwrap_err();
    assert!(matches!(given_away, TaskError::Forbidden { .. }), "{given_away:?}");
    assert_eq!(*fixture.get(&fixture.ada, id).unwrap(), moved, "nothing else happened");
}

#[test]
fn strangers_get_not_found_for_a_task() {
    let fixture = Fixture::new();
    let id = fixture.shared().id;
    let eve = &fixture.eve;
    let answers = [
        fixture.get(eve, id).map(drop),
        fixture.update(eve, id, titled("x")).map(drop),
        fixture.update(eve, id, status(Status::Completed)).map(drop),
        fixture.remove(eve, id),
        block_on(fixture.tasks.assign(eve, id, None, Some(eve.user))).map(drop),
        block_on(fixture.tasks.restore(eve, id)).map(drop),
        block_on(fixture.tasks.comments(eve, id, <_>::default())).map(drop),
        // A wrong version tells no more than a right one.
        block_on(fixture.tasks.update(eve, id, Some(9), titled("x"))).map(drop),
    ];
    for answer in answers {
        assert!(matches!(answer, Err(TaskError::NotFound(named)) if named == id), "{answer:?}");
    }
    assert!(matches!(fixture.get(&fixture.ada, no_task()), Err(TaskError::NotFound(_))));
}

#[test]
fn admins_do_everything_to_everybodys_tasks() {
    let fixture = Fixture::new();
    let (id, root) = (fixture.shared().id, &fixture.root);
    fixture.update(root, id, titled("tidied")).unwrap();
    block_on(fixture.tasks.assign(root, id, None, Some(fixture.eve.user))).unwrap();
    fixture.remove(root, id).unwrap();
    let back = block_on(fixture.tasks.restore(root, id)).unwrap();
    assert_eq!((back.owner, back.assignee), (fixture.ada.user, Some(fixture.eve.user)));
    assert!(fixture.get(&fixture.eve, id).is_ok());
    assert!(matches!(fixture.get(&fixture.bob, id), Err(TaskError::NotFound(_))), "no longer his");
}

#[test]
fn tasks_are_given_to_active_people_only() {
    let fixture = Fixture::new();
    let id = fixture.task("t").id;
    fixture.store.db.suspend(fixture.eve.user).unwrap();
    for unknown in [nobody(), fixture.eve.user] {
        let command = tasks::commands::CreateTask {
            assignee: Some(unknown),
            ..tasks::commands::CreateTask::titled(crate::fixture::title("x"))
        };
        let refused = fixture.create(command).unwrap_err();
        assert_eq!(faulty(&refused), [("/assignee_id", "tasks.assignee_unknown")]);
        let update = UpdateTask { assignee: Patch::Set(unknown), ..<_>::default() };
        let refused = fixture.update(&fixture.ada, id, update).unwrap_err();
        assert_eq!(faulty(&refused), [("/assignee_id", "tasks.assignee_unknown")]);
        let refused = block_on(fixture.tasks.assign(&fixture.ada, id, None, Some(unknown)));
        assert_eq!(faulty(&refused.unwrap_err()), [("/user_id", "tasks.assignee_unknown")]);
    }
    assert_eq!(fixture.event_names(), ["task.created.v1"]);
}

#[test]
fn whoever_was_suspended_since_keeps_the_task_until_somebody_decides() {
    let fixture = Fixture::new();
    let task = fixture.shared();
    fixture.store.db.suspend(fixture.bob.user).unwrap();
    let same = UpdateTask { assignee: Patch::Set(fixture.bob.user), ..titled("renamed") };
    let renamed = fixture.update(&fixture.ada, task.id, same).unwrap();
    assert_eq!((renamed.assignee, renamed.version), (Some(fixture.bob.user), 2));
}
