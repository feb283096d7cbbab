//! Who may do what.

use files::{FileError, file::Attached, service::NewUpload};
use kernel::{Actor, PageRequest, Permissions};
use pollster::block_on;

use crate::fixture::{Fixture, code, fresh, named};

impl Fixture {
    /// A file of `actor` on this task.
    fn attach(&self, actor: &Actor, task: i64) -> Result<files::File, FileError> {
        let what = NewUpload { attached: Some(Attached::Task(task)), ..named("a.txt") };
        let words = format!("attached by {}", actor.user);
        self.put_as(actor, what, words.as_bytes(), None).map(|outcome| fresh(outcome).file)
    }

    /// What is attached to a task, as seen by `actor`.
    fn attached(&self, actor: &Actor, task: i64) -> Result<usize, FileError> {
        let page = block_on(self.files.attachments(actor, task, PageRequest::default()));
        page.map(|page| page.items.len())
    }
}

#[test]
fn without_the_permission_nothing_goes() {
    let fixture = Fixture::new();
    let id = fixture.text("a.txt", "what nobody may touch").id;
    let bare = Actor { permissions: Permissions::NONE, ..fixture.ada.clone() };
    for outcome in [
        code(fixture.begin(&bare, named("a"))),
        code(block_on(fixture.files.get(&bare, id))),
        code(fixture.content(&bare, id)),
        code(fixture.remove(&bare, id)),
        code(block_on(fixture.files.shares(&bare, id))),
    ] {
        assert_eq!(outcome, "auth.missing_permission");
    }
}

#[test]
fn strangers_get_not_found() {
    let fixture = Fixture::new();
    let id = fixture.text("a.txt", "nothing that concerns others").id;
    assert_eq!(code(block_on(fixture.files.get(&fixture.eve, id))), "files.not_found");
    assert_eq!(code(fixture.remove(&fixture.eve, id)), "files.not_found");
    assert_eq!(code(block_on(fixture.files.remove(&fixture.ada, id, Some(2)))), "files.stale");
    assert_eq!(code(fixture.remove(&fixture.root, id)), "ok");
    assert_eq!(code(fixture.remove(&fixture.ada, id)), "files.not_found");
}

#[test]
fn whoever_sees_a_task_sees_and_adds_what_is_attached() {
    let fixture = Fixture::new();
    let task = fixture.db.add_task(fixture.ada.user, fixture.bob.user).unwrap();
    let ours = fixture.attach(&fixture.ada, task).unwrap();
    let theirs = fixture.attach(&fixture.bob, task).unwrap();
    assert_eq!(code(fixture.attach(&fixture.eve, task)), "tasks.not_found");
    assert_eq!(code(fixture.attach(&fixture.ada, task + 1)), "tasks.not_found");
    for actor in [&fixture.ada, &fixture.bob, &fixture.root] {
        assert_eq!(fixture.attached(actor, task).unwrap(), 2);
        assert_eq!(code(fixture.content(actor, ours.id)), "ok");
    }
    assert_eq!(code(fixture.attached(&fixture.eve, task)), "tasks.not_found");
    assert_eq!(code(fixture.content(&fixture.eve, ours.id)), "files.not_found");
    let detach = |actor, id| code(block_on(fixture.files.detach(actor, task, id)));
    assert_eq!(detach(&fixture.eve, ours.id), "tasks.not_found");
    assert_eq!(detach(&fixture.bob, ours.id), "files.forbidden");
    assert_eq!(code(fixture.remove(&fixture.bob, ours.id)), "files.forbidden");
    assert_eq!(detach(&fixture.ada, theirs.id), "ok");
    assert_eq!(detach(&fixture.ada, ours.id), "ok");
    assert_eq!(detach(&fixture.ada, ours.id), "files.not_found");
    assert_eq!(fixture.objects(), 0);
}
