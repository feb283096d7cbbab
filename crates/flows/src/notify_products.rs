//! `flows.notify_products`: the owner hears that a warranty ends soon. It only writes rows, so it happens
//! exactly once.

use std::sync::Arc;

use kernel::{Consumer, Event, UserId};
use notifications::{
    Kind, Notice, Notifications, Recipient, kind::SubjectKind, notification::Subject,
    values::Params,
};
use products::events::WARRANTY_EXPIRING;
use serde_json::Value;

use super::notify;
use crate::{FlowError, unreadable};

/// The consumer.
pub fn consumer(notifications: Arc<Notifications>) -> Consumer {
    notify::consumer("flows.notify_products", &[WARRANTY_EXPIRING], notifications, notices)
}

fn notices(event: &Event) -> Result<Vec<Notice>, FlowError> {
    let field = |name: &str| event.payload.get(name);
    let owner = field("user_id").and_then(Value::as_i64).and_then(|id| UserId::parse(id).ok());
    let owner = owner.ok_or_else(|| unreadable(event, "its payload has no `user_id`"))?;
    let text = |name| field(name).and_then(Value::as_str).unwrap_or_default();
    Ok(vec![Notice {
        kind: Kind::WarrantyExpiring,
        subject: Some(Subject { kind: SubjectKind::OwnedProduct, id: event.subject }),
        actor: event.actor,
        params: Params::default()
            .with("product", text("product_name"))
            .with("expires", text("warranty_expires")),
        to: vec![Recipient::Person(owner)],
        same: None,
    }])
}
