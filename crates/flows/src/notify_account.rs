//! `flows.notify_account`: people hear what happened to their account, even of their own acts: it may not
//! have been them. It only writes rows, so it happens exactly once.

use std::sync::Arc;

use kernel::{Consumer, Event};
use notifications::{Kind, Notice, Notifications, Recipient, service::EMAILED, values::Params};
use serde_json::Value;
use users::events::SECURITY;

use super::notify;
use crate::{FlowError, unreadable, user_of};

/// What the domain of accounts sends an email of by itself.
const EMAILED_ACTIONS: [&str; 6] = [
    "email_changed",
    "new_device",
    "password_changed",
    "phone_changed",
    "phone_removed",
    "provider_linked",
];

/// The consumer.
pub fn consumer(notifications: Arc<Notifications>) -> Consumer {
    notify::consumer("flows.notify_account", &[SECURITY], notifications, notices)
}

fn notices(event: &Event) -> Result<Vec<Notice>, FlowError> {
    let action = event.payload.get("action").and_then(Value::as_str);
    let action = action.ok_or_else(|| unreadable(event, "its payload has no `action`"))?;
    let mut params = Params::default().with("action", action);
    if EMAILED_ACTIONS.contains(&action) {
        params = params.with(EMAILED, "true");
    }
    let to = vec![Recipient::Person(user_of(event)?)];
    let kind = Kind::AccountSecurity;
    Ok(vec![Notice { kind, subject: None, actor: None, params, to, same: None }])
}
