//! `flows.notify_jobs`: administrators hear of jobs that were given up, once an hour for a kind. It only writes rows, so it happens
//! exactly once.

use std::sync::Arc;

use kernel::{Consumer, Event, Permission, Timestamp, job::DEAD};
use notifications::{
    Kind, Notice, Notifications, Recipient,
    kind::SubjectKind,
    notification::Subject,
    values::{Dedupe, Params},
};
use serde_json::Value;

use super::notify;
use crate::{FlowError, unreadable};

/// The most characters of what makes two notifications the same.
const LONGEST: usize = 100;

/// The consumer.
pub fn consumer(notifications: Arc<Notifications>) -> Consumer {
    notify::consumer("flows.notify_jobs", &[DEAD], notifications, notices)
}

fn notices(event: &Event) -> Result<Vec<Notice>, FlowError> {
    let text = |name| event.payload.get(name).and_then(Value::as_str);
    let kind = text("kind").ok_or_else(|| unreadable(event, "its payload has no `kind`"))?;
    Ok(vec![Notice {
        kind: Kind::JobDead,
        subject: Some(Subject { kind: SubjectKind::Job, id: event.subject }),
        actor: event.actor,
        // A storm of one kind is one notification: whatever breaks a job breaks its like.
        same: Dedupe::parse(&once(kind, event.at)).ok(),
        params: Params::default()
            .with("job", &event.subject.to_string())
            .with("kind", kind)
            .with("error", text("error").unwrap_or_default()),
        to: vec![Recipient::Holders(Permission::JobsManage)],
    }])
}

/// The same for jobs of one kind that are given up within one hour of the day.
fn once(kind: &str, at: Timestamp) -> String {
    let hour = at.seconds().div_euclid(3600);
    format!("dead:{hour}:{kind}").chars().take(LONGEST).collect()
}
