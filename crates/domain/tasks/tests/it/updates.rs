//! Changes: versions, events, deletion and return.

use std::time::Duration;

use kernel::{Audience, Patch, Permission};
use pollster::block_on;
use tasks::{
    TaskError,
    commands::UpdateTask,
    values::{Priority, Status},
};

use crate::fixture::{Fixture, status, titled};

#[test]
fn an_old_version_is_refused_with_the_present_state() {
    let fixture = Fixture::new();
    let id = fixture.task("v1").id;
    let now = block_on(fixture.tasks.update(&fixture.ada, id, Some(1), titled("v2"))).unwrap();
    assert_eq!(now.version, 2);
    let answers = [
        block_on(fixture.tasks.update(&fixture.ada, id, Some(1), titled("v3"))).map(drop),
        block_on(fixture.tasks.update(&fixture.ada, id, Some(3), titled("v3"))).map(drop),
        block_on(fixture.tasks.assign(&fixture.ada, id, Some(1), None)).map(drop),
        block_on(fixture.tasks.remove(&fixture.ada, id, Some(1))),
    ];
    for answer in answers {
        assert!(
            matches!(&answer, Err(TaskError::Stale(current)) if **current == now),
            "{answer:?}"
        );
    }
    assert_eq!(*fixture.get(&fixture.ada, id).unwrap(), now);
    block_on(fixture.tasks.remove(&fixture.ada, id, Some(2))).unwrap();
}

#[test]
fn a_change_of_nothing_is_no_change() {
    let fixture = Fixture::new();
    let task = fixture.shared();
    fixture.tick();
    let same = UpdateTask {
        title: Some(task.title.clone()),
        description: Some(task.description.clone()),
        status: Some(task.status),
        priority: Some(task.priority),
        due: Patch::Clear,
        assignee: Patch::Set(fixture.bob.user),
        tags: Some(task.tags.clone()),
    };
    for update in [same, UpdateTask::default()] {
        assert_eq!(fixture.update(&fixture.ada, task.id, update).unwrap(), task);
    }
    let assigned =
        block_on(fixture.tasks.assign(&fixture.ada, task.id, None, Some(fixture.bob.user)));
    assert_eq!(assigned.unwrap(), task);
    assert_eq!(fixture.event_names(), ["task.created.v1"]);
}

#[test]
fn each_use_case_publishes_what_it_did() {
    let fixture = Fixture::new();
    let (ada, bob) = (&fixture.ada, &fixture.bob);
    let id = fixture.task("t").id;
    fixture.update(ada, id, titled("u")).unwrap();
    fixture.update(ada, id, status(Status::InProgress)).unwrap();
    fixture.update(ada, id, status(Status::Completed)).unwrap();
    block_on(fixture.tasks.assign(ada, id, None, Some(bob.user))).unwrap();
    block_on(fixture.tasks.assign(ada, id, None, None)).unwrap();
    let all = UpdateTask {
        priority: Some(Priority::High),
        assignee: Patch::Set(bob.user),
        ..UpdateTask::default()
    };
    fixture.update(ada, id, all).unwrap();
    fixture.remove(ada, id).unwrap();
    block_on(fixture.tasks.restore(ada, id)).unwrap();
    let events = fixture.events();
    let names: Vec<&str> = events.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "task.created.v1",
            "task.updated.v1",
            "task.updated.v1",
            "task.completed.v1",
            "task.assigned.v1",
            "task.assigned.v1",
            "task.updated.v1",
            "task.assigned.v1",
            "task.deleted.v1",
            "task.restored.v1",
        ]
    );
    let audiences: Vec<usize> = events.iter().map(|event| event.audience.len()).collect();
    // Whoever is no longer the assignee hears of that once more.
    // Besides the people: whoever manages tasks.
    assert_eq!(audiences, [2, 2, 2, 2, 3, 3, 3, 3, 3, 3]);
    for event in &events {
        assert_eq!(event.subject, id.get());
        assert_eq!(event.actor, Some(ada.user));
        assert_eq!(event.request_id.as_deref(), Some("req-ada"));
        assert_eq!(event.payload["id"], id.get());
        assert!(event.audience.contains(&ada.user.into()));
    }
    let managers = Audience::holders(Permission::TasksManage);
    assert_eq!(events[5].audience, [ada.user.into(), bob.user.into(), managers]);
    assert!(events[5].payload["assignee_id"].is_null());
    let versions: Vec<_> = events.iter().map(|event| event.payload["version"].as_i64()).collect();
    assert_eq!(versions, [1, 2, 3, 4, 5, 6, 7, 7, 8, 9].map(Some));
}

#[test]
fn owner_and_assignee_in_one_person_hear_once() {
    let fixture = Fixture::new();
    let id = fixture.task("t").id;
    block_on(fixture.tasks.assign(&fixture.ada, id, None, Some(fixture.ada.user))).unwrap();
    fixture.update(&fixture.root, id, titled("u")).unwrap();
    for event in fixture.events() {
        let managers = Audience::holders(Permission::TasksManage);
        assert_eq!(event.audience, [fixture.ada.user.into(), managers]);
    }
}

#[test]
fn completion_is_noted_and_taken_back() {
    let fixture = Fixture::new();
    let id = fixture.task("t").id;
    fixture.tick();
    let done = fixture.update(&fixture.ada, id, status(Status::Completed)).unwrap();
    assert_eq!(done.completed_at, Some(done.updated_at));
    fixture.tick();
    let again = fixture.update(&fixture.ada, id, titled("still done")).unwrap();
    assert_eq!(again.completed_at, done.completed_at, "it was completed when it was completed");
    let reopened = fixture.update(&fixture.ada, id, status(Status::Pending)).unwrap();
    assert_eq!(reopened.completed_at, None);
    let names = fixture.event_names();
    assert_eq!(names[1..], ["task.completed.v1", "task.updated.v1", "task.updated.v1"]);
}

#[test]
fn a_deleted_task_is_gone_until_it_is_restored() {
    let fixture = Fixture::new();
    let task = fixture.shared();
    let id = task.id;
    fixture.remove(&fixture.ada, id).unwrap();
    let answers = [
        fixture.get(&fixture.ada, id).map(drop),
        fixture.update(&fixture.ada, id, titled("x")).map(drop),
        fixture.remove(&fixture.ada, id),
        block_on(fixture.tasks.assign(&fixture.ada, id, None, None)).map(drop),
        block_on(fixture.tasks.comments(&fixture.ada, id, <_>::default())).map(drop),
    ];
    for answer in answers {
        assert!(matches!(answer, Err(TaskError::NotFound(_))), "{answer:?}");
    }
    let refused = block_on(fixture.tasks.restore(&fixture.bob, id)).unwrap_err();
    assert!(matches!(refused, TaskError::Forbidden { .. }), "{refused:?}");
    let back = block_on(fixture.tasks.restore(&fixture.ada, id)).unwrap();
    assert_eq!((back.version, back.deleted_at), (3, None));
    assert_eq!(*fixture.get(&fixture.bob, id).unwrap(), back);
    let twice = block_on(fixture.tasks.restore(&fixture.ada, id)).unwrap_err();
    assert!(matches!(twice, TaskError::NotDeleted), "{twice:?}");
}

#[test]
fn a_restored_task_is_nobodys_who_left_meanwhile() {
    let fixture = Fixture::new();
    let id = fixture.shared().id;
    fixture.remove(&fixture.ada, id).unwrap();
    fixture.store.db.suspend(fixture.bob.user).unwrap();
    assert_eq!(block_on(fixture.tasks.restore(&fixture.ada, id)).unwrap().assignee, None);
}

#[test]
fn purging_is_for_good_and_for_what_was_deleted_long_ago() {
    let fixture = Fixture::new();
    let kept = fixture.task("kept").id;
    // More than one batch.
    let old: Vec<_> = (0..450).map(|n| fixture.task(&format!("{n}")).id).collect();
    for id in &old {
        fixture.remove(&fixture.ada, *id).unwrap();
    }
    fixture.clock.advance(Duration::from_secs(100));
    let fresh = fixture.task("fresh").id;
    fixture.remove(&fixture.ada, fresh).unwrap();
    fixture.clock.advance(Duration::from_secs(50));
    let purge = || block_on(fixture.tasks.purge(Duration::from_secs(100))).unwrap();
    assert_eq!((purge(), purge()), (450, 0));
    for id in old.iter().take(3) {
        let gone = block_on(fixture.tasks.restore(&fixture.ada, *id)).unwrap_err();
        assert!(matches!(gone, TaskError::NotFound(_)), "{gone:?}");
    }
    block_on(fixture.tasks.restore(&fixture.ada, fresh)).unwrap();
    assert!(fixture.get(&fixture.ada, kept).is_ok());
}
