//! Live events of tasks: what `GET /events` shows of them, less what concerns others.

use std::sync::Arc;

use actix_web::{get, web::Data};
use kernel::{Entitlement, Permission};
use rest::{call::Call, follow, live::LiveRule};
use tasks::Tasks;

use crate::{Answer, Failure};

/// Who sees events of tasks.
pub(crate) fn rule(tasks: &Arc<Tasks>) -> LiveRule {
    let tasks = Arc::clone(tasks);
    let rule = LiveRule::new("task", Permission::TasksRead).managed_by(Permission::TasksManage);
    LiveRule {
        still_visible: Some(Arc::new(move |actor, past| {
            let tasks = Arc::clone(&tasks);
            Box::pin(async move {
                let visible = tasks.still_visible(&actor, past).await;
                visible.map_err(|error| Failure::from(error).into())
            })
        })),
        ..rule
    }
}

/// Follow changes of tasks
///
/// Server-Sent Events: `id` is the event's place in the feed, `event` its name (`task.updated.v1`),
/// `data` its envelope. Only events of tasks that the caller owns or is assigned to are sent.
/// Without `Last-Event-ID` the stream begins with what happens next; with it, behind that event. The
/// first block is an `id` without data: a connection that breaks before the first event resumes there.
/// Ids are opaque; `X-Feed-Cursor` of a list is one, and so is the number of an event, as `data` has it.
/// A stream that cannot go on without a gap sends `event: reset` and ends; one that is to begin behind a
/// gap is refused with 410.
/// A browser, which cannot set headers here, passes `?ticket=` from `POST /auth/ticket`.
#[utoipa::path(
    tag = "tasks",
    operation_id = "tasks_events",
    params(
        ("Last-Event-ID" = Option<String>, Header, nullable = false, description = "The last event seen"),
        ("ticket" = Option<String>, Query, nullable = false, description = "A ticket instead of a token")
    ),
    responses(
        (status = 200, description = "The events", body = String, content_type = "text/event-stream"),
        (status = 410, description = "Events behind `Last-Event-ID` are missing; `oldest` and `head` say from where to go on")
    ),
    extensions(("x-alveole" = json!({"permission": "tasks:read", "ticket": true})))
)]
#[get("/tasks/events")]
pub(crate) async fn events(call: Call, tasks: Data<Tasks>) -> Answer {
    let mut query = call.query();
    let needs = Entitlement { permission: Some(Permission::TasksRead), ..Entitlement::default() };
    let actor = follow::caller_or_ticket(&call, &mut query, needs).await?;
    query.finish()?;
    let seen = follow::last_event_id(&call)?;
    let sight = follow::Sight::own(actor, rule(&tasks));
    Ok(follow::stream(&call, tasks.event_feed(), sight, seen).await?)
}
