//! Remarks.

use kernel::{Actor, Audience, Permission};
use pollster::block_on;
use tasks::{Comment, CommentId, TaskError, TaskId, values::CommentText};

use crate::fixture::{Fixture, fresh};

fn words(text: &str) -> CommentText {
    CommentText::parse(text).unwrap()
}

impl Fixture {
    fn say(&self, actor: &Actor, task: TaskId, text: &str) -> Result<Comment, TaskError> {
        block_on(self.tasks.comment(actor, None, task, words(text))).map(fresh)
    }

    fn rewrite(
        &self,
        actor: &Actor,
        comment: &Comment,
        expected: Option<i64>,
        text: &str,
    ) -> Result<Comment, TaskError> {
        let tasks = &self.tasks;
        block_on(tasks.edit_comment(actor, comment.task, comment.id, expected, words(text)))
    }

    fn unsay(&self, actor: &Actor, comment: &Comment) -> Result<(), TaskError> {
        block_on(self.tasks.remove_comment(actor, comment.task, comment.id, None))
    }
}

#[test]
fn whoever_sees_a_task_remarks_on_it() {
    let fixture = Fixture::new();
    let id = fixture.shared().id;
    for actor in [&fixture.ada, &fixture.bob, &fixture.root] {
        fixture.say(actor, id, "hello").unwrap();
    }
    assert!(matches!(fixture.say(&fixture.eve, id, "hello"), Err(TaskError::NotFound(_))));
    let page = block_on(fixture.tasks.comments(&fixture.bob, id, <_>::default())).unwrap();
    let authors: Vec<_> = page.items.iter().map(|comment| comment.author).collect();
    assert_eq!(authors, [fixture.ada.user, fixture.bob.user, fixture.root.user]);
    let event = fixture.events().pop().unwrap();
    assert_eq!(event.name, "task.commented.v1");
    let managers = Audience::holders(Permission::TasksManage);
    assert_eq!(event.audience, [fixture.ada.user.into(), fixture.bob.user.into(), managers]);
    assert_eq!(event.payload["id"], id.get());
    assert_eq!(event.payload["comment"]["content"], "hello");
}

#[test]
fn only_the_author_changes_a_comment() {
    let fixture = Fixture::new();
    let id = fixture.shared().id;
    let comment = fixture.say(&fixture.bob, id, "v1").unwrap();
    for actor in [&fixture.ada, &fixture.root] {
        let refused = fixture.rewrite(actor, &comment, None, "v2").unwrap_err();
        assert!(matches!(refused, TaskError::NotAuthor), "{refused:?}");
    }
    let refused = fixture.rewrite(&fixture.eve, &comment, None, "v2").unwrap_err();
    assert!(matches!(refused, TaskError::NotFound(_)), "{refused:?}");
    fixture.tick();
    let second = fixture.rewrite(&fixture.bob, &comment, Some(1), "v2").unwrap();
    assert_eq!((second.version, second.content.as_str()), (2, "v2"));
    assert!(second.updated_at > comment.updated_at);
    let same = fixture.rewrite(&fixture.bob, &comment, Some(2), "v2").unwrap();
    assert_eq!(same, second, "the same words are no change");
    let stale = fixture.rewrite(&fixture.bob, &comment, Some(1), "v3").unwrap_err();
    assert!(matches!(&stale, TaskError::CommentStale(now) if **now == second), "{stale:?}");
    // Bob no longer sees the task, so he sees no comments of it, not even his own.
    block_on(fixture.tasks.assign(&fixture.ada, id, None, None)).unwrap();
    let gone = fixture.rewrite(&fixture.bob, &comment, None, "v3").unwrap_err();
    assert!(matches!(gone, TaskError::NotFound(_)), "{gone:?}");
}

#[test]
fn author_owner_and_admins_remove_a_comment() {
    let fixture = Fixture::new();
    let id = fixture.shared().id;
    for actor in [&fixture.bob, &fixture.ada, &fixture.root] {
        let comment = fixture.say(&fixture.bob, id, "x").unwrap();
        fixture.unsay(actor, &comment).unwrap();
        let twice = fixture.unsay(actor, &comment).unwrap_err();
        assert!(matches!(twice, TaskError::CommentNotFound(_)), "{twice:?}");
    }
    let comment = fixture.say(&fixture.ada, id, "x").unwrap();
    let refused = fixture.unsay(&fixture.bob, &comment).unwrap_err();
    assert!(matches!(refused, TaskError::Forbidden { .. }), "{refused:?}");
    let unseen = fixture.unsay(&fixture.eve, &comment).unwrap_err();
    assert!(matches!(unseen, TaskError::NotFound(_)), "{unseen:?}");
    let tasks = &fixture.tasks;
    let stale = block_on(tasks.remove_comment(&fixture.ada, id, comment.id, Some(2))).unwrap_err();
    assert!(matches!(stale, TaskError::CommentStale(_)), "{stale:?}");
}

#[test]
fn a_missing_comment_does_not_show_strangers_that_the_task_exists() {
    let fixture = Fixture::new();
    let id = fixture.shared().id;
    let comment = CommentId::parse(999).unwrap();
    let answer = |actor| block_on(fixture.tasks.remove_comment(actor, id, comment, None));
    assert!(matches!(answer(&fixture.eve), Err(TaskError::NotFound(_))));
    assert!(matches!(answer(&fixture.bob), Err(TaskError::CommentNotFound(_))));
}
