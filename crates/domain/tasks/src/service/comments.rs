//! Remarks on tasks.

use kernel::{
    Act, ActTarget, Actor, Idempotent, Outcome, Own, Page, PageRequest, Permission, act::publish,
    idempotency,
};

use super::{EXPORT_PAGE, Tasks};
use crate::{
    error::TaskError,
    events::Cause,
    policy,
    ports::TasksTx,
    task::{Comment, NewComment, Task},
    values::{CommentId, CommentText, TaskId},
};

impl Tasks {
    /// A page of a task's comments, oldest first.
    pub async fn comments(
        &self,
        actor: &Actor,
        task: TaskId,
        page: PageRequest,
    ) -> Result<Page<Comment>, TaskError> {
        actor.require(Permission::TasksRead)?;
        let actor = actor.clone();
        self.work
            .read(move |tx| {
                let found = tx.tasks().get(task)?.ok_or(TaskError::NotFound(task))?;
                policy::may_see(&actor, &found)?;
                Ok(tx.comments().list(task, &page)?)
            })
            .await
    }

    /// The next of the caller's own comments, oldest first; at most [`EXPORT_PAGE`].
    pub async fn own_comments(
        &self,
        actor: &Actor,
        after: Option<CommentId>,
    ) -> Result<Vec<Comment>, TaskError> {
        let author = actor.user;
        self.work
            .read_slow(move |tx| Ok(tx.comments().of_author(author, after, EXPORT_PAGE)?))
            .await
    }

    /// One comment.
    pub async fn read_comment(
        &self,
        actor: &Actor,
        task: TaskId,
        id: CommentId,
    ) -> Result<Comment, TaskError> {
        actor.require(Permission::TasksRead)?;
        let actor = actor.clone();
        self.work
            .read(move |tx| {
                let found = tx.tasks().get(task)?.ok_or(TaskError::NotFound(task))?;
                policy::may_see(&actor, &found)?;
                tx.comments().get(task, id)?.ok_or(TaskError::CommentNotFound(id))
            })
            .await
    }

    /// Remarks on a task.
    pub async fn comment(
        &self,
        actor: &Actor,
        idempotent: Option<Idempotent<Comment>>,
        task: TaskId,
        content: CommentText,
    ) -> Result<Outcome<Comment>, TaskError> {
        actor.require(Permission::TasksWrite)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        self.work
            .write(move |tx| {
                idempotency::run_once(tx, idempotent.as_ref(), now, |tx| {
                    let task = lock_live(tx, task)?;
                    policy::may_comment(&actor, &task)?;
                    let comment = tx.comments().insert(&NewComment {
                        task: task.id,
                        author: actor.user,
                        content: content.clone(),
                        created_at: now,
                    })?;
                    let own = policy::own(&actor, &task);
                    publish(tx, &actor, own, &Cause::by(&actor, now).commented(&task, &comment))?;
                    Ok(comment)
                })
            })
            .await
    }

    /// Rewrites a comment, only at version `expected` when that is said. The same words again are
    /// no change.
    pub async fn edit_comment(
        &self,
        actor: &Actor,
        task: TaskId,
        id: CommentId,
        expected: Option<i64>,
        content: CommentText,
    ) -> Result<Comment, TaskError> {
        actor.require(Permission::TasksWrite)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        self.work
            .write(move |tx| {
                let (task, comment) = lock_comment(tx, &actor, task, id)?;
                policy::may_edit_comment(&actor, &task, &comment)?;
                let mut comment = at_version(comment, expected)?;
                if comment.content != content {
                    comment.content = content.clone();
                    comment.updated_at = now;
                    tx.comments().save(&mut comment)?;
                }
                Ok(comment)
            })
            .await
    }

    /// Removes a comment for good, only at version `expected` when that is said.
    pub async fn remove_comment(
        &self,
        actor: &Actor,
        task: TaskId,
        id: CommentId,
        expected: Option<i64>,
    ) -> Result<(), TaskError> {
        actor.require(Permission::TasksWrite)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        self.work
            .write(move |tx| {
                let (task, comment) = lock_comment(tx, &actor, task, id)?;
                policy::may_remove_comment(&actor, &task, &comment)?;
                let author = at_version(comment, expected)?.author;
                tx.comments().remove(task.id, id)?;
                if Own::of(&actor, [author, task.owner]) == Own::No {
                    let target = ActTarget::numbered("task", task.id.get());
                    let act = Act::by(&actor, now, "task.comment_deleted", target);
                    tx.acts().record_act(&act.with_detail(format!("comment {id}")))?;
                }
                Ok(())
            })
            .await
    }
}

fn lock_live(tx: &mut dyn TasksTx, id: TaskId) -> Result<Task, TaskError> {
    let task = tx.tasks().lock(id)?.filter(|task| task.deleted_at.is_none());
    task.ok_or(TaskError::NotFound(id))
}

/// A comment under its locked task: whoever writes comments of a task holds the task, so that the
/// comment cannot change either. Sight is asked first: who does not see the task must not learn
/// that it is there from a missing comment.
fn lock_comment(
    tx: &mut dyn TasksTx,
    actor: &Actor,
    task: TaskId,
    id: CommentId,
) -> Result<(Task, Comment), TaskError> {
    let task = lock_live(tx, task)?;
    policy::may_see(actor, &task)?;
    let comment = tx.comments().get(task.id, id)?;
    let comment = comment.ok_or(TaskError::CommentNotFound(id))?;
    Ok((task, comment))
}

fn at_version(comment: Comment, expected: Option<i64>) -> Result<Comment, TaskError> {
    match expected {
        Some(version) if version != comment.version => {
            Err(TaskError::CommentStale(Box::new(comment)))
        }
        _ => Ok(comment),
    }
}
