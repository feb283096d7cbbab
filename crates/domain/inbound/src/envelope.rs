//! What is read of a delivery before it is stored. Nothing here fails: what cannot be read is stored, too.

use kernel::Timestamp;

use crate::{
    handlers,
    inbox::{self, Content},
    record::{GithubRecord, StripeRecord},
    values::{EventType, ExternalId, HeaderName, ObjectKey, Scheme},
};

/// Which event it is, what kind, and what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// What the sender calls it; the digest of the body where the sender says nothing.
    pub external_id: ExternalId,
    /// What kind of event it is.
    pub kind: EventType,
    /// What it is about.
    pub object: Option<ObjectKey>,
    /// When it happened, by the sender's clock.
    pub occurred_at: Option<Timestamp>,
    /// Whether something is done with events of this type.
    pub is_handled: bool,
}

impl Envelope {
    /// Reads a delivery of a scheme. `id_header` is where plain deliveries have their id.
    pub fn read(scheme: Scheme, id_header: Option<&HeaderName>, content: &Content) -> Self {
        let header = |name: &str| content.headers.get(name);
        match scheme {
            Scheme::Stripe => Self::stripe(content),
            Scheme::Github => Self::github(content),
            Scheme::Standard => {
                let body = inbox::object(&content.body);
                let kind = body.as_ref().and_then(|body| body.get("type")?.as_str());
                Self::without_handler(header("webhook-id"), kind, content)
            }
            Scheme::Hmac => {
                let id = id_header.and_then(|name| header(name.as_str()));
                let body = inbox::object(&content.body);
                let kind = body.as_ref().and_then(|body| body.get("type")?.as_str());
                Self::without_handler(id, kind, content)
            }
        }
    }

    fn without_handler(id: Option<&str>, kind: Option<&str>, content: &Content) -> Self {
        Self {
            external_id: ExternalId::of(id, &content.body),
            kind: EventType::of(kind),
            object: None,
            occurred_at: None,
            is_handled: false,
        }
    }

    fn stripe(content: &Content) -> Self {
        let Some(event) = StripeRecord::read(&content.body) else {
            return Self::without_handler(None, None, content);
        };
        let kind = EventType::of(Some(&event.kind));
        let object = handlers::stripe::object_of(&event);
        Self {
            external_id: ExternalId::of(Some(&event.id), &content.body),
            occurred_at: event.occurred_at(),
            is_handled: handlers::stripe::TYPES.contains(&kind.as_str()),
            object,
            kind,
        }
    }

    fn github(content: &Content) -> Self {
        let (id, kind) =
            (content.headers.get("x-github-delivery"), content.headers.get("x-github-event"));
        let plain = Self::without_handler(id, kind, content);
        if !handlers::github::TYPES.contains(&plain.kind.as_str()) {
            return plain;
        }
        let record = GithubRecord::read(&content.json());
        let object = record.as_ref().and_then(handlers::github::object_of);
        let occurred_at = record.as_ref().and_then(GithubRecord::occurred_at);
        Self { object, occurred_at, is_handled: true, ..plain }
    }
}
