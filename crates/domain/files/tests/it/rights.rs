//! Who may do what.

use files::{FileError, file::Attached, service::NewUpload};
use kernel::{Actor, PageRequest, Permissions};
use pollster::block_on;

use crate::house::{House, code, fresh, named};

impl House {
    /// A file of `actor` on this task.
    fn attach(&self, actor: &Actor, task: i64) -> Result<files::File, FileError> {
        let what = NewUpload { attached: Some(Attached::Task(task)), ..named("a.txt") };
        let words = format!("attached by {}", actor.user);
        self.put_as(actor, what, words.as_bytes(), None).map(fresh)
    }

    /// What is attached to a task, as seen by `actor`.
    fn attached(&self, actor: &Actor, task: i64) -> Result<usize, FileError> {
        let page = block_on(self.files.attachments(actor, task, PageRequest::default()));
        page.map(|page| page.items.len())
    }
}

#[test]
fn without_the_permission_nothing_goes() {
    let house = House::new();
    let id = house.text("a.txt", "what nobody may touch").id;
    let bare = Actor { permissions: Permissions::NONE, ..house.ada.clone() };
    for outcome in [
        code(house.begin(&bare, named("a"))),
        code(block_on(house.files.get(&bare, id))),
        code(house.content(&bare, id)),
        code(house.remove(&bare, id)),
        code(block_on(house.files.shares(&bare, id))),
    ] {
        assert_eq!(outcome, "auth.missing_permission");
    }
}

#[test]
fn strangers_are_told_that_there_is_nothing() {
    let house = House::new();
    let id = house.text("a.txt", "nothing that concerns others").id;
    assert_eq!(code(block_on(house.files.get(&house.eve, id))), "files.not_found");
    assert_eq!(code(house.remove(&house.eve, id)), "files.not_found");
    assert_eq!(code(block_on(house.files.remove(&house.ada, id, Some(2)))), "files.stale");
    assert_eq!(code(house.remove(&house.root, id)), "ok");
    assert_eq!(code(house.remove(&house.ada, id)), "files.not_found");
}

#[test]
fn whoever_sees_a_task_sees_and_adds_what_is_attached() {
    let house = House::new();
    let task = house.db.add_task(house.ada.user, house.bob.user).unwrap();
    let ours = house.attach(&house.ada, task).unwrap();
    let theirs = house.attach(&house.bob, task).unwrap();
    assert_eq!(code(house.attach(&house.eve, task)), "tasks.not_found");
    assert_eq!(code(house.attach(&house.ada, task + 1)), "tasks.not_found");
    for actor in [&house.ada, &house.bob, &house.root] {
        assert_eq!(house.attached(actor, task).unwrap(), 2);
        assert_eq!(code(house.content(actor, ours.id)), "ok");
    }
    assert_eq!(code(house.attached(&house.eve, task)), "tasks.not_found");
    assert_eq!(code(house.content(&house.eve, ours.id)), "files.not_found");
    let detach = |actor, id| code(block_on(house.files.detach(actor, task, id)));
    assert_eq!(detach(&house.eve, ours.id), "tasks.not_found");
    assert_eq!(detach(&house.bob, ours.id), "files.forbidden");
    assert_eq!(code(house.remove(&house.bob, ours.id)), "files.forbidden");
    assert_eq!(detach(&house.ada, theirs.id), "ok");
    assert_eq!(detach(&house.ada, ours.id), "ok");
    assert_eq!(detach(&house.ada, ours.id), "files.not_found");
    assert_eq!(house.objects(), 0);
}
