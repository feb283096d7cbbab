//! What breaking the constraints of this domain's tables means.

use crate::constraint::Constraints;

pub(crate) const CONSTRAINTS: Constraints = Constraints {
    unique: &[("task_tags_pkey", "task_tags.task_id, task_tags.tag", "task_tags.tag")],
    missing: &[
        ("tasks_owner", "tasks.owner"),
        ("tasks_assignee", "tasks.assignee"),
        ("task_comments_task", "comments.task"),
        ("task_comments_author", "comments.author"),
        ("task_tags_task", "task_tags.task"),
    ],
};
