//! `flows.notify_monitoring`: those who may read monitoring hear of alerts that fire, go on, are resolved or flap. It
//! only writes rows, so it happens exactly once.

use std::sync::Arc;

use kernel::{Consumer, Event, Permission};
use monitoring::events::{FIRED, FLAPPING, REPEATED, RESOLVED};
use notifications::{
    Kind, Notice, Notifications, Recipient, kind::SubjectKind, notification::Subject,
    values::Params,
};
use serde_json::Value;

use super::notify;
use crate::{FlowError, unreadable};

/// The consumer.
pub fn consumer(notifications: Arc<Notifications>) -> Consumer {
    let events = &[FIRED, REPEATED, RESOLVED, FLAPPING];
    notify::consumer("flows.notify_monitoring", events, notifications, notices)
}

fn notices(event: &Event) -> Result<Vec<Notice>, FlowError> {
    let field = |name| event.payload.get(name);
    let text = |name| field(name).and_then(Value::as_str);
    let rule = text("rule").ok_or_else(|| unreadable(event, "its payload has no `rule`"))?;
    // Silenced, or flapping and mentioned before.
    if field("notify").and_then(Value::as_bool) == Some(false) {
        return Ok(Vec::new());
    }
    let change = event.name.split('.').nth(1).unwrap_or_default();
    let number = |name| field(name).and_then(Value::as_f64).map(short).unwrap_or_default();
    Ok(vec![Notice {
        kind: Kind::MonitoringAlert,
        subject: Some(Subject { kind: SubjectKind::Alert, id: event.subject }),
        actor: event.actor,
        same: None,
        params: Params::default()
            .with("rule", rule)
            .with("series", text("series").unwrap_or_default())
            .with("replica", text("replica").unwrap_or_default())
            .with("value", &number("value"))
            .with("change", change)
            .with("cause", &cause(event)),
        to: vec![Recipient::Holders(Permission::MonitoringRead)],
    }])
}

/// Two digits behind the point at most.
fn short(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The busiest of each kind, as `GET /tasks 81.5 %, alveole (42) 95 %`.
fn cause(event: &Event) -> String {
    let first = |kind: &str| {
        let busy = event.payload.get("cause")?.get(kind)?.get(0)?;
        let percent = short(busy.get("percent")?.as_f64()?);
        Some(format!("{} {percent} %", busy.get("name")?.as_str()?))
    };
    let named: Vec<String> =
        ["routes", "jobs", "processes"].into_iter().filter_map(first).collect();
    named.join(", ")
}
