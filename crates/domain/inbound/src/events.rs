//! What clients hear. The JSON is public: its shape is versioned by the event's name and kept in
//! `tests/events/`.

use std::collections::BTreeMap;

use kernel::{Audience, NewEvent, Permission, Timestamp, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    handlers::github::{PullRequest, Push, Repository},
    payment::Payment,
    values::{PaymentId, PaymentState, SourceName},
};

kernel::event_types! {
    /// The money of a payment was collected; administrators hear of it.
    PAYMENT_SUCCEEDED = "payment.succeeded.v1": PaymentSnapshot,
    /// The money of a payment could not be collected; administrators hear of it.
    PAYMENT_FAILED = "payment.failed.v1": PaymentSnapshot,
    /// A payment was paid back, in part or as a whole; administrators hear of it.
    PAYMENT_REFUNDED = "payment.refunded.v1": PaymentSnapshot,
    /// Commits were pushed to a repository; administrators hear of it.
    PUSHED = "repository.pushed.v1": PushSnapshot,
    /// A pull request changed; administrators hear of it.
    PULL_REQUEST = "repository.pull_request.v1": PullRequestSnapshot,
}

/// A payment as events show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PaymentSnapshot {
    /// The payment.
    #[schemars(with = "PaymentId")]
    pub id: i64,
    /// The provider that reported it, such as `stripe`.
    pub provider: String,
    /// The provider's number of it.
    pub external_id: String,
    /// What became of it.
    #[schemars(with = "PaymentState")]
    pub state: String,
    /// In the minor unit of the currency.
    pub amount: i64,
    /// What was paid back of it.
    pub amount_refunded: i64,
    /// ISO 4217, such as `EUR`.
    pub currency: String,
    /// What it pays for: `order_id`, `deal_id`, `reference` or `client_reference_id` of its metadata.
    pub reference: Option<String>,
    /// The account that pays: `user_id` of its metadata.
    #[schemars(with = "Option<UserId>")]
    pub user_id: Option<i64>,
    /// What the provider keeps with it.
    pub metadata: BTreeMap<String, String>,
    /// When it came to this state, by the provider's clock.
    #[schemars(with = "Timestamp")]
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

/// A repository as events show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RepositorySnapshot {
    /// GitHub's number of it.
    pub id: i64,
    /// `owner/name`.
    pub full_name: String,
}

impl From<&Repository> for RepositorySnapshot {
    fn from(repository: &Repository) -> Self {
        let Repository { id, full_name } = repository;
        Self { id: *id, full_name: full_name.clone() }
    }
}

/// Commits that were pushed, as events show them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PushSnapshot {
    /// The source that reported them.
    pub source: String,
    /// Where they were pushed to.
    pub repository: RepositorySnapshot,
    /// The reference that moved, such as `refs/heads/main`.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The commit before; zeros for a new reference.
    pub before: String,
    /// The commit after; zeros for a deleted reference.
    pub after: String,
    /// How many commits.
    pub commits: u64,
    /// Whether history was rewritten.
    pub forced: bool,
    /// The account that pushed, in GitHub's name.
    pub pusher: Option<String>,
}

/// A pull request as events show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PullRequestSnapshot {
    /// The source that reported it.
    pub source: String,
    /// Where it is.
    pub repository: RepositorySnapshot,
    /// Its number in the repository.
    pub number: i64,
    /// What happened to it: GitHub's word, such as `opened` or `closed`.
    pub action: String,
    /// GitHub's word: `open` or `closed`.
    pub state: String,
    /// Whether it was merged.
    pub merged: bool,
    /// Its title.
    pub title: String,
    /// The account that opened it, in GitHub's name.
    pub author: Option<String>,
    /// When it changed, by GitHub's clock.
    #[schemars(with = "Timestamp")]
    pub updated_at: String,
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
    let payload = json!(PushSnapshot {
        source: source.as_str().to_owned(),
        repository: repository.into(),
        reference: reference.clone(),
        before: before.clone(),
        after: after.clone(),
        commits: *commits,
        forced: *is_forced,
        pusher: pusher.clone(),
    });
    event(PUSHED, repository.id, payload, at)
}

/// A pull request changed.
pub fn pull_request(source: &SourceName, request: &PullRequest, at: Timestamp) -> NewEvent {
    let PullRequest { repository, number, action, state, is_merged, title, author, updated_at } =
        request;
    let payload = json!(PullRequestSnapshot {
        source: source.as_str().to_owned(),
        repository: repository.into(),
        number: *number,
        action: action.clone(),
        state: state.clone(),
        merged: *is_merged,
        title: title.clone(),
        author: author.clone(),
        updated_at: updated_at.to_string(),
    });
    event(PULL_REQUEST, repository.id, payload, at)
}
