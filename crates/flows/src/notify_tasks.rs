//! `flows.notify_tasks`: who hears of what happens to tasks. It only writes rows, so it happens exactly once.
//!
//! | event | who | kind |
//! |---|---|---|
//! | created, assigned | the assignee | `task.assigned` |
//! | assigned | who was the assignee before | `task.unassigned` |
//! | commented | those named by `@username` who may see the task | `task.mentioned` |
//! | commented | the owner and the assignee | `task.commented` |
//! | due soon, overdue | the assignee, or the owner of a task that has none | `task.due_soon`, `task.overdue` |

use std::sync::Arc;

use kernel::{Consumer, Event, Permission, UserId, mention};
use notifications::{
    Kind, Notice, Notifications, Recipient,
    kind::SubjectKind,
    notification::Subject,
    values::{Dedupe, Params},
};
use serde_json::Value;
use tasks::events::{ASSIGNED, COMMENTED, CREATED, DUE_SOON, OVERDUE};

use super::notify;
use crate::{FlowError, unreadable};

/// How many names of one comment count.
const MENTIONS: usize = 20;

/// The consumer.
pub fn consumer(notifications: Arc<Notifications>) -> Consumer {
    notify::consumer(
        "flows.notify_tasks",
        &[CREATED, ASSIGNED, COMMENTED, DUE_SOON, OVERDUE],
        notifications,
        notices,
    )
}

fn notices(event: &Event) -> Result<Vec<Notice>, FlowError> {
    let title = event.payload.get("title").and_then(Value::as_str);
    let title = title.ok_or_else(|| unreadable(event, "its payload has no `title`"))?;
    let notice = |kind, to| Notice {
        kind,
        subject: Some(Subject { kind: SubjectKind::Task, id: event.subject }),
        actor: event.actor,
        params: Params::default().with("title", title),
        to,
        same: None,
    };
    let (owner, assignee) = (person(event, "user_id"), person(event, "assignee_id"));
    match event.name.as_str() {
        COMMENTED => {
            let content = event.payload.pointer("/comment/content").and_then(Value::as_str);
            let people: Vec<UserId> = owner.into_iter().chain(assignee).collect();
            let named = |username| Recipient::Named {
                username,
                among: people.clone(),
                or_holds: Permission::TasksManage,
            };
            let mentioned =
                mention::names(content.unwrap_or_default(), MENTIONS).into_iter().map(named);
            let mentioned = mentioned.collect();
            let all = people.iter().copied().map(Recipient::Person).collect();
            Ok(vec![notice(Kind::TaskMentioned, mentioned), notice(Kind::TaskCommented, all)])
        }
        DUE_SOON | OVERDUE => {
            let is_over = event.name == OVERDUE;
            let kind = if is_over { Kind::TaskOverdue } else { Kind::TaskDueSoon };
            let due = event.payload.get("due_date").and_then(Value::as_str);
            let due = due.ok_or_else(|| unreadable(event, "its payload has no `due_date`"))?;
            let to = assignee.or(owner).map(Recipient::Person).into_iter().collect();
            let notice = notice(kind, to);
            // Once for a task and a due time, whatever events say so.
            let same = Dedupe::parse(&format!("task:{}:{due}", event.subject)).ok();
            Ok(vec![Notice { params: notice.params.with("due", due), same, ..notice }])
        }
        ASSIGNED => {
            let former = person(event, "former_assignee_id").filter(|id| Some(*id) != assignee);
            Ok(vec![
                notice(Kind::TaskAssigned, assignee.map(Recipient::Person).into_iter().collect()),
                notice(Kind::TaskUnassigned, former.map(Recipient::Person).into_iter().collect()),
            ])
        }
        _ => {
            let to = assignee.map(Recipient::Person).into_iter().collect();
            Ok(vec![notice(Kind::TaskAssigned, to)])
        }
    }
}

/// A person that a field of the payload names.
fn person(event: &Event, field: &str) -> Option<UserId> {
    let id = event.payload.get(field)?.as_i64()?;
    UserId::parse(id).ok()
}
