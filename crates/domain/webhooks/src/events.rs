//! What other domains and clients hear. The JSON is public: its shape is versioned by the event's
//! name and kept in `tests/events/`.

use kernel::{Actor, NewEvent, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::endpoint::{Endpoint, Reason};

/// An endpoint was created.
pub const CREATED: &str = "webhook.endpoint_created.v1";
/// An endpoint changed, was enabled, or got another secret.
pub const UPDATED: &str = "webhook.endpoint_updated.v1";
/// An endpoint was deleted.
pub const DELETED: &str = "webhook.endpoint_deleted.v1";
/// Every request to an endpoint has failed for half of the time after which it is disabled.
pub const FAILING: &str = "webhook.endpoint_failing.v1";
/// An endpoint was disabled.
pub const DISABLED: &str = "webhook.endpoint_disabled.v1";

/// Every event of this domain.
pub const ALL: [&str; 5] = [CREATED, UPDATED, DELETED, FAILING, DISABLED];

/// An endpoint as events show it. Its URL is not in it: it may hold a token of the receiver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each field is the endpoint's field of that name")]
pub struct EndpointSnapshot {
    pub id: i64,
    pub user_id: i64,
    pub description: String,
    pub events: Vec<String>,
    pub state: String,
    /// `manual`, `failing` or `gone`.
    pub reason: Option<String>,
    /// RFC 3339.
    pub failing_since: Option<String>,
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
