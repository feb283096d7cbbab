//! Who may do what, through the use cases.

use kernel::Patch;
use pollster::block_on;
use tasks::{TaskError, commands::UpdateTask, values::Status};

use crate::house::{House, faulty, no_task, nobody, status, titled};

#[test]
fn the_assignee_moves_the_status_and_nothing_else() {
    let house = House::new();
    let id = house.shared().id;
    let moved = house.update(&house.bob, id, status(Status::InProgress)).unwrap();
    assert_eq!((moved.status, moved.version), (Status::InProgress, 2));
    let both = UpdateTask { status: Some(Status::Completed), ..titled("mine") };
    for update in [titled("mine"), both, UpdateTask { assignee: Patch::Clear, ..<_>::default() }] {
        let refused = house.update(&house.bob, id, update).unwrap_err();
        assert!(matches!(refused, TaskError::Forbidden { .. }), "{refused:?}");
    }
    let removed = house.remove(&house.bob, id).unwrap_err();
    assert!(matches!(removed, TaskError::Forbidden { .. }), "{removed:?}");
    let given_away = block_on(house.tasks.assign(&house.bob, id, None, None)).unwrap_err();
    assert!(matches!(given_away, TaskError::Forbidden { .. }), "{given_away:?}");
    assert_eq!(*house.get(&house.ada, id).unwrap(), moved, "nothing else happened");
}

#[test]
fn strangers_are_told_that_there_is_no_such_task() {
    let house = House::new();
    let id = house.shared().id;
    let eve = &house.eve;
    let answers = [
        house.get(eve, id).map(drop),
        house.update(eve, id, titled("x")).map(drop),
        house.update(eve, id, status(Status::Completed)).map(drop),
        house.remove(eve, id),
        block_on(house.tasks.assign(eve, id, None, Some(eve.user))).map(drop),
        block_on(house.tasks.restore(eve, id)).map(drop),
        block_on(house.tasks.comments(eve, id, <_>::default())).map(drop),
        // A wrong version tells no more than a right one.
        block_on(house.tasks.update(eve, id, Some(9), titled("x"))).map(drop),
    ];
    for answer in answers {
        assert!(matches!(answer, Err(TaskError::NotFound(named)) if named == id), "{answer:?}");
    }
    assert!(matches!(house.get(&house.ada, no_task()), Err(TaskError::NotFound(_))));
}

#[test]
fn admins_do_everything_to_everybodys_tasks() {
    let house = House::new();
    let (id, root) = (house.shared().id, &house.root);
    house.update(root, id, titled("tidied")).unwrap();
    block_on(house.tasks.assign(root, id, None, Some(house.eve.user))).unwrap();
    house.remove(root, id).unwrap();
    let back = block_on(house.tasks.restore(root, id)).unwrap();
    assert_eq!((back.owner, back.assignee), (house.ada.user, Some(house.eve.user)));
    assert!(house.get(&house.eve, id).is_ok());
    assert!(matches!(house.get(&house.bob, id), Err(TaskError::NotFound(_))), "no longer his");
}

#[test]
fn tasks_are_given_to_active_people_only() {
    let house = House::new();
    let id = house.task("t").id;
    house.store.db.suspend(house.eve.user).unwrap();
    for unknown in [nobody(), house.eve.user] {
        let command = tasks::commands::CreateTask {
            assignee: Some(unknown),
            ..tasks::commands::CreateTask::titled(crate::house::title("x"))
        };
        let refused = house.create(command).unwrap_err();
        assert_eq!(faulty(&refused), [("/assignee_id", "tasks.assignee_unknown")]);
        let update = UpdateTask { assignee: Patch::Set(unknown), ..<_>::default() };
        let refused = house.update(&house.ada, id, update).unwrap_err();
        assert_eq!(faulty(&refused), [("/assignee_id", "tasks.assignee_unknown")]);
        let refused = block_on(house.tasks.assign(&house.ada, id, None, Some(unknown)));
        assert_eq!(faulty(&refused.unwrap_err()), [("/user_id", "tasks.assignee_unknown")]);
    }
    assert_eq!(house.event_names(), ["task.created.v1"]);
}

#[test]
fn whoever_was_suspended_since_keeps_the_task_until_somebody_decides() {
    let house = House::new();
    let task = house.shared();
    house.store.db.suspend(house.bob.user).unwrap();
    let same = UpdateTask { assignee: Patch::Set(house.bob.user), ..titled("renamed") };
    let renamed = house.update(&house.ada, task.id, same).unwrap();
    assert_eq!((renamed.assignee, renamed.version), (Some(house.bob.user), 2));
}
