//! Remarks.

use kernel::Actor;
use pollster::block_on;
use tasks::{Comment, CommentId, TaskError, TaskId, values::CommentText};

use crate::house::{House, fresh};

fn words(text: &str) -> CommentText {
    CommentText::parse(text).unwrap()
}

impl House {
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
    let house = House::new();
    let id = house.shared().id;
    for actor in [&house.ada, &house.bob, &house.root] {
        house.say(actor, id, "hello").unwrap();
    }
    assert!(matches!(house.say(&house.eve, id, "hello"), Err(TaskError::NotFound(_))));
    let page = block_on(house.tasks.comments(&house.bob, id, <_>::default())).unwrap();
    let authors: Vec<_> = page.items.iter().map(|comment| comment.author).collect();
    assert_eq!(authors, [house.ada.user, house.bob.user, house.root.user]);
    let event = house.events().pop().unwrap();
    assert_eq!(event.name, "task.commented.v1");
    assert_eq!(event.audience, [house.ada.user, house.bob.user]);
    assert_eq!(event.payload["id"], id.get());
    assert_eq!(event.payload["comment"]["content"], "hello");
}

#[test]
fn only_the_author_changes_a_comment() {
    let house = House::new();
    let id = house.shared().id;
    let comment = house.say(&house.bob, id, "v1").unwrap();
    for actor in [&house.ada, &house.root] {
        let refused = house.rewrite(actor, &comment, None, "v2").unwrap_err();
        assert!(matches!(refused, TaskError::NotAuthor), "{refused:?}");
    }
    let refused = house.rewrite(&house.eve, &comment, None, "v2").unwrap_err();
    assert!(matches!(refused, TaskError::NotFound(_)), "{refused:?}");
    house.tick();
    let second = house.rewrite(&house.bob, &comment, Some(1), "v2").unwrap();
    assert_eq!((second.version, second.content.as_str()), (2, "v2"));
    assert!(second.updated_at > comment.updated_at);
    let same = house.rewrite(&house.bob, &comment, Some(2), "v2").unwrap();
    assert_eq!(same, second, "the same words are no change");
    let stale = house.rewrite(&house.bob, &comment, Some(1), "v3").unwrap_err();
    assert!(matches!(&stale, TaskError::CommentStale(now) if **now == second), "{stale:?}");
    // Bob no longer sees the task, so he sees no comments of it, not even his own.
    block_on(house.tasks.assign(&house.ada, id, None, None)).unwrap();
    let gone = house.rewrite(&house.bob, &comment, None, "v3").unwrap_err();
    assert!(matches!(gone, TaskError::NotFound(_)), "{gone:?}");
}

#[test]
fn author_owner_and_admins_remove_a_comment() {
    let house = House::new();
    let id = house.shared().id;
    for actor in [&house.bob, &house.ada, &house.root] {
        let comment = house.say(&house.bob, id, "x").unwrap();
        house.unsay(actor, &comment).unwrap();
        let twice = house.unsay(actor, &comment).unwrap_err();
        assert!(matches!(twice, TaskError::CommentNotFound(_)), "{twice:?}");
    }
    let comment = house.say(&house.ada, id, "x").unwrap();
    let refused = house.unsay(&house.bob, &comment).unwrap_err();
    assert!(matches!(refused, TaskError::Forbidden { .. }), "{refused:?}");
    let unseen = house.unsay(&house.eve, &comment).unwrap_err();
    assert!(matches!(unseen, TaskError::NotFound(_)), "{unseen:?}");
    let tasks = &house.tasks;
    let stale = block_on(tasks.remove_comment(&house.ada, id, comment.id, Some(2))).unwrap_err();
    assert!(matches!(stale, TaskError::CommentStale(_)), "{stale:?}");
}

#[test]
fn a_missing_comment_does_not_tell_strangers_that_the_task_is_there() {
    let house = House::new();
    let id = house.shared().id;
    let comment = CommentId::parse(999).unwrap();
    let answer = |actor| block_on(house.tasks.remove_comment(actor, id, comment, None));
    assert!(matches!(answer(&house.eve), Err(TaskError::NotFound(_))));
    assert!(matches!(answer(&house.bob), Err(TaskError::CommentNotFound(_))));
}
