//! What the program needs to know of tasks.

use std::{sync::Arc, time::Duration};

use kernel::{Actor, Chore, Cursor, Runs};
use rest::{
    Module,
    dashboard::{Count, CountPart},
    export::{ExportList, ExportPage, ExportPart},
    module::PathParameter,
    problem::Problem,
};
use tasks::{
    TaskError, Tasks,
    query::Relation,
    values::{CommentId, Status},
};

use crate::{
    Failure, codes,
    dto::{CommentBody, TaskBody},
    events, present, routes,
};

/// From one count of the tasks to the next.
const COUNT: Duration = Duration::from_secs(60);

const OWNED: ExportList =
    ExportList { name: "tasks", about: "The tasks they own.", schema: "tasks.Task" };
const ASSIGNED: ExportList = ExportList {
    name: "assigned_tasks",
    about: "Other people's tasks that are assigned to them.",
    schema: "tasks.Task",
};
const COMMENTS: ExportList =
    ExportList { name: "comments", about: "What they wrote on tasks.", schema: "tasks.Comment" };

/// The module as the document describes it, without its service.
pub fn description() -> Module {
    Module {
        tags: &[
            ("tasks", "Tasks, their attachments and live events"),
            ("comments", "Comments on tasks"),
        ],
        codes: &[codes::CODES],
        event_types: tasks::events::TYPES,
        routes,
        parameters: &[PathParameter {
            name: "comment_id",
            about: "The number of the comment",
            example: "1",
            pattern: None,
        }],
        export_lists: &[OWNED, ASSIGNED, COMMENTS],
        counts: &COUNTS,
        ..Module::new("tasks")
    }
}

/// The module.
pub fn module(tasks: Arc<Tasks>) -> Module {
    let warmed = Arc::clone(&tasks);
    let (owned, assigned, comments) = (Arc::clone(&tasks), Arc::clone(&tasks), Arc::clone(&tasks));
    Module {
        chores: vec![count(&tasks)],
        count_parts: vec![CountPart::of(&tasks, &COUNTS, counts)],
        live: vec![events::rule(&tasks)],
        export: vec![
            ExportPart::new(OWNED, move |actor, after| {
                export(Arc::clone(&owned), actor, after, Relation::Owner)
            }),
            ExportPart::new(ASSIGNED, move |actor, after| {
                export(Arc::clone(&assigned), actor, after, Relation::Assignee)
            }),
            ExportPart::new(COMMENTS, move |actor, after| {
                export_comments(Arc::clone(&comments), actor, after)
            }),
        ],
        warm_up: Some(Arc::new(move |limit| {
            let tasks = Arc::clone(&warmed);
            Box::pin(async move { tasks.warm_up(limit).await.map_err(|error| error.to_string()) })
        })),
        ..description()
    }
    .service(tasks)
}

/// On the dashboard.
const COUNTS: [Count; 1] = [Count { name: "tasks_count", about: "Tasks that are not deleted" }];

async fn counts(tasks: Arc<Tasks>) -> Result<Vec<u64>, Problem> {
    Ok(vec![tasks.record_metrics().await.map_err(present)?.iter().sum()])
}

/// The gauge of tasks by status.
fn count(tasks: &Arc<Tasks>) -> Chore {
    Chore::of(tasks, "tasks.count", Runs::EachProcess(COUNT), |tasks| async move {
        for (status, count) in Status::ALL.iter().zip(tasks.record_metrics().await?) {
            metrics::gauge!("alveole_tasks", "status" => status.as_str()).set(count as f64);
        }
        Ok::<_, TaskError>(0)
    })
}

async fn export(
    tasks: Arc<Tasks>,
    actor: Actor,
    after: Option<String>,
    relation: Relation,
) -> Result<ExportPage, Problem> {
    let cursor = after.and_then(|raw| Cursor::decode(&raw).ok());
    let page = tasks.export_own(&actor, relation, cursor).await.map_err(Failure::from)?;
    Ok(ExportPage::new(page.items.iter().map(TaskBody::from), page.next.map(|next| next.encode())))
}

async fn export_comments(
    tasks: Arc<Tasks>,
    actor: Actor,
    after: Option<String>,
) -> Result<ExportPage, Problem> {
    let after: Option<CommentId> = after.and_then(|raw| raw.parse().ok());
    let found = tasks.own_comments(&actor, after).await.map_err(Failure::from)?;
    let next = found.last().map(|comment| comment.id.to_string());
    Ok(ExportPage::new(found.iter().map(CommentBody::from), next))
}
