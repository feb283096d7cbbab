//! `flows.notify_webhooks`: the owner of an endpoint hears that it fails, and that it was disabled because of that.
//! It only writes rows, so it happens exactly once.

use std::sync::Arc;

use kernel::{Consumer, Event, UserId};
use notifications::{
    Kind, Notice, Notifications, Recipient, kind::SubjectKind, notification::Subject,
    values::Params,
};
use serde_json::Value;
use webhooks::events::{DISABLED, FAILING};

use super::notify;
use crate::{FlowError, unreadable};

/// The consumer.
pub fn consumer(notifications: Arc<Notifications>) -> Consumer {
    notify::consumer("flows.notify_webhooks", &[FAILING, DISABLED], notifications, notices)
}

fn notices(event: &Event) -> Result<Vec<Notice>, FlowError> {
    let text = |name| event.payload.get(name).and_then(Value::as_str);
    let owner = event.payload.get("user_id").and_then(Value::as_i64);
    let owner = owner.and_then(|id| UserId::parse(id).ok());
    let owner = owner.ok_or_else(|| unreadable(event, "its payload has no `user_id` of a user"))?;
    let kind = match (event.name.as_str(), text("reason")) {
        (FAILING, _) => Kind::WebhookFailing,
        // People know what they did themselves.
        (_, Some("manual")) => return Ok(Vec::new()),
        _ => Kind::WebhookDisabled,
    };
    Ok(vec![Notice {
        kind,
        subject: Some(Subject { kind: SubjectKind::WebhookEndpoint, id: event.subject }),
        actor: event.actor,
        same: None,
        params: Params::default()
            .with("endpoint", &event.subject.to_string())
            .with("description", text("description").unwrap_or_default())
            .with("reason", text("reason").unwrap_or_default()),
        to: vec![Recipient::Person(owner)],
    }])
}
