//! Who may do what. Pure. Whoever may not know that a task exists is told that it does not; whoever
//! sees it is told what is missing.

use kernel::{Actor, Own, Permission};

use crate::{
    commands::UpdateTask,
    error::TaskError,
    query::Visibility,
    task::{Comment, Task},
};

/// Whose tasks a caller sees.
pub fn visibility_of(actor: &Actor) -> Visibility {
    if actor.may(Permission::TasksManage) { Visibility::All } else { Visibility::Of(actor.user) }
}

/// A task belongs to its owner and its assignee. Others need `tasks:manage` to change it.
pub fn own(actor: &Actor, task: &Task) -> Own {
    Own::of(actor, [Some(task.owner), task.assignee].into_iter().flatten())
}

/// Owner, assignee and `tasks:manage` see a task.
pub fn may_see(actor: &Actor, task: &Task) -> Result<(), TaskError> {
    let seen = match visibility_of(actor) {
        Visibility::All => true,
        Visibility::Of(user) => task.owner == user || task.assignee == Some(user),
    };
    if seen { Ok(()) } else { Err(TaskError::NotFound(task.id)) }
}

/// Owner and `tasks:manage` change everything, the assignee the status and nothing else.
pub fn may_edit(actor: &Actor, task: &Task, update: &UpdateTask) -> Result<(), TaskError> {
    if update.is_status_only() {
        return may_see(actor, task);
    }
    must_keep(actor, task, "Changing more than the status")
}

/// Owner and `tasks:manage` say who is to do it.
pub fn may_assign(actor: &Actor, task: &Task) -> Result<(), TaskError> {
    must_keep(actor, task, "Assigning a task")
}

/// Owner and `tasks:manage` delete.
pub fn may_delete(actor: &Actor, task: &Task) -> Result<(), TaskError> {
    must_keep(actor, task, "Deleting a task")
}

/// Owner and `tasks:manage` bring back.
pub fn may_restore(actor: &Actor, task: &Task) -> Result<(), TaskError> {
    must_keep(actor, task, "Restoring a task")
}

/// Whoever sees a task may remark on it.
pub fn may_comment(actor: &Actor, task: &Task) -> Result<(), TaskError> {
    may_see(actor, task)
}

/// Authors change their own comments, as long as they see the task. Nobody puts words into
/// somebody else's mouth.
pub fn may_edit_comment(actor: &Actor, task: &Task, comment: &Comment) -> Result<(), TaskError> {
    may_see(actor, task)?;
    if comment.author == actor.user { Ok(()) } else { Err(TaskError::NotAuthor) }
}

/// The author, the task's owner and `tasks:manage` remove a comment.
pub fn may_remove_comment(actor: &Actor, task: &Task, comment: &Comment) -> Result<(), TaskError> {
    may_see(actor, task)?;
    if comment.author == actor.user {
        return Ok(());
    }
    must_keep(actor, task, "Deleting somebody else's comment")
}

fn must_keep(actor: &Actor, task: &Task, what: &'static str) -> Result<(), TaskError> {
    if task.owner == actor.user || actor.may(Permission::TasksManage) {
        return Ok(());
    }
    may_see(actor, task)?;
    Err(TaskError::Forbidden { what })
}

#[cfg(test)]
mod tests {
    use kernel::{Patch, Role, Timestamp, UserId};

    use super::*;
    use crate::values::{
        CommentId, CommentText, Description, Priority, Status, Tags, TaskId, Title,
    };

    fn user(id: i64) -> UserId {
        UserId::parse(id).unwrap()
    }

    fn actor(id: i64, role: Role) -> Actor {
        Actor::new(user(id), role)
    }

    fn moment() -> Timestamp {
        Timestamp::parse("2026-11-21T00:00:00Z").unwrap()
    }

    /// Owned by 1, assigned to 2.
    fn task() -> Task {
        Task {
            id: TaskId::parse(7).unwrap(),
            title: Title::parse("t").unwrap(),
            description: Description::empty(),
            status: Status::Pending,
            priority: Priority::Medium,
            due: None,
            owner: user(1),
            assignee: Some(user(2)),
            tags: Tags::default(),
            completed_at: None,
            created_at: moment(),
            updated_at: moment(),
            deleted_at: None,
            version: 1,
        }
    }

    fn comment_by(author: i64) -> Comment {
        Comment {
            id: CommentId::parse(3).unwrap(),
            task: task().id,
            author: user(author),
            content: CommentText::parse("c").unwrap(),
            created_at: moment(),
            updated_at: moment(),
            version: 1,
        }
    }

    #[derive(Debug, PartialEq)]
    enum Answer {
        Yes,
        Forbidden,
        Unseen,
    }
    use Answer::{Forbidden, Unseen, Yes};

    fn answer(result: Result<(), TaskError>) -> Answer {
        match result {
            Ok(()) => Yes,
            Err(TaskError::Forbidden { .. } | TaskError::NotAuthor) => Forbidden,
            Err(TaskError::NotFound(_)) => Unseen,
            Err(other) => panic!("{other:?}"),
        }
    }

    /// Owner, assignee, stranger, moderator, admin.
    fn everybody() -> [Actor; 5] {
        [
            actor(1, Role::User),
            actor(2, Role::User),
            actor(3, Role::User),
            actor(4, Role::Moderator),
            actor(5, Role::Admin),
        ]
    }

    fn answers(rule: impl Fn(&Actor) -> Result<(), TaskError>) -> [Answer; 5] {
        everybody().map(|actor| answer(rule(&actor)))
    }

    #[test]
    fn owner_assignee_and_admins_see_a_task() {
        assert_eq!(answers(|a| may_see(a, &task())), [Yes, Yes, Unseen, Unseen, Yes]);
        assert_eq!(answers(|a| may_comment(a, &task())), [Yes, Yes, Unseen, Unseen, Yes]);
    }

    #[test]
    fn what_is_listed_is_what_can_be_seen() {
        for actor in everybody() {
            let filter = crate::query::TaskFilter::all(visibility_of(&actor), moment());
            assert_eq!(filter.matches(&task()), may_see(&actor, &task()).is_ok(), "{actor:?}");
        }
    }

    #[test]
    fn the_assignee_changes_the_status_and_nothing_else() {
        let status = UpdateTask { status: Some(Status::Completed), ..UpdateTask::default() };
        assert_eq!(answers(|a| may_edit(a, &task(), &status)), [Yes, Yes, Unseen, Unseen, Yes]);
        let some_more = [
            UpdateTask { title: Some(Title::parse("x").unwrap()), ..status.clone() },
            UpdateTask { description: Some(Description::empty()), ..status.clone() },
            UpdateTask { priority: Some(Priority::High), ..status.clone() },
            UpdateTask { due: Patch::Clear, ..status.clone() },
            UpdateTask { assignee: Patch::Clear, ..status.clone() },
            UpdateTask { tags: Some(Tags::default()), ..status },
        ];
        for update in some_more {
            assert_eq!(
                answers(|a| may_edit(a, &task(), &update)),
                [Yes, Forbidden, Unseen, Unseen, Yes],
                "{update:?}"
            );
        }
    }

    #[test]
    fn only_owner_and_admins_assign_delete_and_restore() {
        for rule in [may_assign, may_delete, may_restore] {
            assert_eq!(answers(|a| rule(a, &task())), [Yes, Forbidden, Unseen, Unseen, Yes]);
        }
    }

    #[test]
    fn only_authors_change_comments_and_only_while_they_see_the_task() {
        let rule = |author: i64| answers(|a| may_edit_comment(a, &task(), &comment_by(author)));
        assert_eq!(rule(1), [Yes, Forbidden, Unseen, Unseen, Forbidden]);
        assert_eq!(rule(2), [Forbidden, Yes, Unseen, Unseen, Forbidden]);
        assert_eq!(rule(3), [Forbidden, Forbidden, Unseen, Unseen, Forbidden]);
        assert_eq!(rule(5), [Forbidden, Forbidden, Unseen, Unseen, Yes]);
    }

    #[test]
    fn author_owner_and_admins_remove_comments() {
        let rule = |author: i64| answers(|a| may_remove_comment(a, &task(), &comment_by(author)));
        assert_eq!(rule(1), [Yes, Forbidden, Unseen, Unseen, Yes]);
        assert_eq!(rule(2), [Yes, Yes, Unseen, Unseen, Yes]);
        assert_eq!(rule(3), [Yes, Forbidden, Unseen, Unseen, Yes]);
    }
}
