//! What clients hear. The JSON is public: its shape is versioned by the event's name and kept in
//! `tests/events/`.

use std::collections::BTreeMap;

use kernel::{Audience, NewEvent, Permission, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    handlers::github::{PullRequest, Push, Repository},
    payment::Payment,
    values::{PaymentState, SourceName},
};

/// The money of a payment was collected.
pub const PAYMENT_SUCCEEDED: &str = "payment.succeeded.v1";
/// The money of a payment could not be collected.
pub const PAYMENT_FAILED: &str = "payment.failed.v1";
/// A payment was paid back, in part or as a whole.
pub const PAYMENT_REFUNDED: &str = "payment.refunded.v1";
/// Commits were pushed to a repository. Its subject is the repository, by GitHub's number.
pub const PUSHED: &str = "repository.pushed.v1";
/// A pull request changed. Its subject is the repository, by GitHub's number.
pub const PULL_REQUEST: &str = "repository.pull_request.v1";

/// Every event of this domain.
pub const ALL: [&str; 5] =
    [PAYMENT_SUCCEEDED, PAYMENT_FAILED, PAYMENT_REFUNDED, PUSHED, PULL_REQUEST];

/// A payment as events show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each field is the payment's field of that name")]
pub struct PaymentSnapshot {
    pub id: i64,
    pub provider: String,
    pub external_id: String,
    pub state: String,
    /// In the minor unit of the currency.
    pub amount: i64,
    pub amount_refunded: i64,
    pub currency: String,
    pub reference: Option<String>,
    pub user_id: Option<i64>,
    pub metadata: BTreeMap<String, String>,
    /// RFC 3339.
    pub occurred_at: String,
}

impl From<&Payment> for PaymentSnapshot {
    fn from(payment: &Payment) -> Self {
        let Payment {
            id,
            provider,
            external_id,
            state,
            amount,
            amount_refunded,
            currency,
            reference,
            user,
            metadata,
            occurred_at,
            created_at: _,
            updated_at: _,
            version: _,
        } = payment;
        Self {
            id: id.get(),
            provider: provider.as_str().to_owned(),
            external_id: external_id.as_str().to_owned(),
            state: state.as_str().to_owned(),
            amount: *amount,
            amount_refunded: *amount_refunded,
            currency: currency.clone(),
            reference: reference.clone(),
            user_id: user.map(kernel::UserId::get),
            metadata: metadata.all().clone(),
            occurred_at: occurred_at.to_string(),
        }
    }
}

/// An event that those hear who manage webhooks.
fn event(name: &'static str, subject: i64, payload: Value, at: Timestamp) -> NewEvent {
    NewEvent {
        name,
        at,
        actor: None,
        subject,
        audience: vec![Audience::holders(Permission::WebhooksManage)],
        payload,
        request_id: None,
    }
}

/// A payment came to its state.
pub fn payment(payment: &Payment, at: Timestamp) -> NewEvent {
    let name = match payment.state {
        PaymentState::Succeeded => PAYMENT_SUCCEEDED,
        PaymentState::Failed => PAYMENT_FAILED,
        PaymentState::PartiallyRefunded | PaymentState::Refunded => PAYMENT_REFUNDED,
    };
    event(name, payment.id.get(), json!(PaymentSnapshot::from(payment)), at)
}

/// Commits were pushed.
pub fn pushed(source: &SourceName, push: &Push, at: Timestamp) -> NewEvent {
    let Push { repository, reference, before, after, commits, is_forced, pusher } = push;
    let Repository { id, full_name } = repository;
    let payload = json!({
        "source": source.as_str(),
        "repository": { "id": id, "full_name": full_name },
        "ref": reference,
        "before": before,
        "after": after,
        "commits": commits,
        "forced": is_forced,
        "pusher": pusher,
    });
    event(PUSHED, *id, payload, at)
}

/// A pull request changed.
pub fn pull_request(source: &SourceName, request: &PullRequest, at: Timestamp) -> NewEvent {
    let PullRequest { repository, number, action, state, is_merged, title, author, updated_at } =
        request;
    let Repository { id, full_name } = repository;
    let payload = json!({
        "source": source.as_str(),
        "repository": { "id": id, "full_name": full_name },
        "number": number,
        "action": action,
        "state": state,
        "merged": is_merged,
        "title": title,
        "author": author,
        "updated_at": updated_at.to_string(),
    });
    event(PULL_REQUEST, *id, payload, at)
}
