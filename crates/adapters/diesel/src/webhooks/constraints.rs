//! What breaking the constraints of this domain means.

use crate::constraint::Constraints;

pub(crate) const CONSTRAINTS: Constraints = Constraints {
    unique: &[("webhook_messages_event", "webhook_messages.event_id", "webhook_messages.event")],
    missing: &[("webhook_endpoints_owner", "webhook_endpoints.owner")],
};
