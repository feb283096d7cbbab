//! What other domains and clients hear. The JSON is public: its shape is versioned by the event's
//! name and kept in `tests/events/`.

use kernel::{Actor, NewEvent, Timestamp, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    endpoint::{Endpoint, Reason, State},
    values::EndpointId,
};

kernel::event_types! {
    /// An endpoint was created.
    CREATED = "webhook.endpoint_created.v1": EndpointSnapshot,
    /// An endpoint changed, was enabled, or got another secret.
    UPDATED = "webhook.endpoint_updated.v1": EndpointSnapshot,
    /// An endpoint was deleted.
    DELETED = "webhook.endpoint_deleted.v1": EndpointSnapshot,
    /// Every request to an endpoint has failed for half of the time after which it is disabled.
    FAILING = "webhook.endpoint_failing.v1": EndpointSnapshot,
    /// An endpoint was disabled.
    DISABLED = "webhook.endpoint_disabled.v1": EndpointSnapshot,
}

/// An endpoint as events show it. Its URL is not in it: it may hold a token of the receiver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EndpointSnapshot {
    /// The endpoint.
    #[schemars(with = "EndpointId")]
    pub id: i64,
    /// Its owner.
    #[schemars(with = "UserId")]
    pub user_id: i64,
    /// What its owner says of it.
    pub description: String,
    /// The events that it hears, such as `task.*`.
    pub events: Vec<String>,
    /// Whether messages are sent to it.
    #[schemars(with = "State")]
    pub state: String,
    /// Why it is disabled.
    #[schemars(with = "Option<Reason>")]
    pub reason: Option<String>,
    /// Since when every request to it has failed.
    #[schemars(with = "Option<Timestamp>")]
    pub failing_since: Option<String>,
    /// Counts the changes, from 1.
    #[schemars(range(min = 1))]
    pub version: i64,
}

impl From<&Endpoint> for EndpointSnapshot {
    fn from(endpoint: &Endpoint) -> Self {
        Self {
            id: endpoint.id.get(),
            user_id: endpoint.owner.get(),
            description: endpoint.description.as_str().to_owned(),
            events: endpoint.patterns.all().iter().map(|p| p.as_str().to_owned()).collect(),
            state: endpoint.state.as_str().to_owned(),
            reason: endpoint.reason.map(Reason::as_str).map(str::to_owned),
            failing_since: endpoint.health.failing_since.map(|at| at.to_string()),
            version: endpoint.version,
        }
    }
}

/// The event `name` of an endpoint: caused by `actor`, or by what its receiver answers.
pub fn event(
    name: &'static str,
    endpoint: &Endpoint,
    actor: Option<&Actor>,
    at: Timestamp,
) -> NewEvent {
    NewEvent {
        name,
        at,
        actor: actor.map(|actor| actor.user),
        subject: endpoint.id.get(),
        audience: vec![endpoint.owner.into()],
        payload: json!(EndpointSnapshot::from(endpoint)),
        request_id: actor.and_then(|actor| actor.request_id.as_deref().map(str::to_owned)),
    }
}
