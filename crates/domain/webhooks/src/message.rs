//! Messages: what is sent for an event. The body is written once and sent byte for byte.

use kernel::{Audience, Epoch, Event, EventId, Timestamp, UserId};
use serde_json::Value;

use crate::{record::body, values::MessageId};

/// The type of a test message that names no other.
pub const TEST: &str = "webhook.test.v1";

/// A message that has no id in the store yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// `webhook-id`: the same at each attempt, and never that of another event, even after a restore.
    pub wire_id: String,
    /// The event; `None` for a test.
    pub event: Option<EventId>,
    /// Its name.
    pub name: String,
    /// When it happened.
    pub at: Timestamp,
    /// What it happened to.
    pub subject: i64,
    /// Who may see it.
    pub audience: Vec<Audience>,
    /// What is signed and sent.
    pub body: String,
}

impl NewMessage {
    /// The message of an event in the feed of this epoch.
    pub fn of(event: &Event, epoch: Epoch) -> Self {
        let wire_id = format!("evt_{epoch}_{}", event.id);
        let body = body(&event.name, event.at, &wire_id, &event.payload);
        Self {
            wire_id,
            event: Some(event.id),
            name: event.name.clone(),
            at: event.at,
            subject: event.subject,
            audience: event.audience.clone(),
            body,
        }
    }

    /// A message that says that no event happened. `number` makes its id its own.
    pub fn test(name: &str, owner: UserId, data: &Value, at: Timestamp, number: u64) -> Self {
        let wire_id = format!("test_{:x}_{number:x}", at.micros());
        let body = body(name, at, &wire_id, data);
        Self {
            wire_id,
            event: None,
            name: name.to_owned(),
            at,
            subject: owner.get(),
            audience: vec![owner.into()],
            body,
        }
    }
}

/// A message in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Assigned by the store.
    pub id: MessageId,
    /// What was stored.
    pub content: NewMessage,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_says_what_happened_in_a_fixed_order() {
        let event = Event {
            id: EventId::parse(42).unwrap(),
            name: "task.created.v1".to_owned(),
            at: Timestamp::parse("2026-11-23T10:00:00Z").unwrap(),
            actor: None,
            subject: 7,
            audience: vec![Audience::EVERYONE],
            payload: serde_json::json!({"id": 7, "title": "é"}),
            request_id: None,
            traceparent: None,
        };
        let message = NewMessage::of(&event, Epoch::from_number(255));
        assert_eq!(
            message.body,
            r#"{"type":"task.created.v1","timestamp":"2026-11-23T10:00:00Z","id":"evt_ff_42","data":{"id":7,"title":"é"}}"#
        );
        assert!(!message.wire_id.contains('.'), "receivers split what is signed at dots");
        let other = NewMessage::of(&event, Epoch::from_number(256));
        assert_ne!(other.wire_id, message.wire_id);
    }
}
