//! `flows.notify_account`: people hear what happened to their account, even of their own acts: it may not
//! have been them. It only writes rows, so it happens exactly once.

use std::sync::Arc;

use kernel::{Consumer, Delivery, Event};
use notifications::{Kind, Notice, Notifications, Recipient, service::EMAILED, values::Params};
use serde_json::Value;
use users::events::SECURITY;

use crate::{FlowError, unreadable, user_of};

/// What the domain of accounts sends an email of by itself.
const EMAILED_ACTIONS: [&str; 4] =
    ["email_changed", "new_device", "password_changed", "provider_linked"];

/// The consumer.
pub fn consumer(notifications: Arc<Notifications>) -> Consumer {
    Consumer::exactly_once("flows.notify_account", &[SECURITY], move |delivery| {
        let notifications = Arc::clone(&notifications);
        async move { Ok(run(&notifications, delivery).await?) }
    })
}

async fn run(notifications: &Notifications, delivery: Delivery) -> Result<(), FlowError> {
    let notice = notice(&delivery.event)?;
    notifications.notify(delivery, vec![notice]).await?;
    Ok(())
}

fn notice(event: &Event) -> Result<Notice, FlowError> {
    let action = event.payload.get("action").and_then(Value::as_str);
    let action = action.ok_or_else(|| unreadable(event, "its payload has no `action`"))?;
    let mut params = Params::default().with("action", action);
    if EMAILED_ACTIONS.contains(&action) {
        params = params.with(EMAILED, "true");
    }
    let to = vec![Recipient::Person(user_of(event)?)];
    Ok(Notice { kind: Kind::AccountSecurity, subject: None, actor: None, params, to, same: None })
}
