//! The stored forms of what this domain keeps, and the forms of what senders send: only the fields that are read.

use kernel::{
    JobId, Timestamp, UserId,
    record::{CorruptColumn, Record, known, moment, read, read_option},
};
use serde::{Deserialize, Serialize, de::IgnoredAny};
use serde_json::Value;

use crate::{
    inbox::InboundEvent,
    payment::{Metadata, Payment},
    source::{SealedSecrets, Source},
    values::{
        EventType, ExternalId, HeaderName, InboundEventId, MaxBytes, ObjectKey, PaymentId,
        PaymentState, Scheme, SourceName, State,
    },
};

/// A source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is the source's field of that name")]
pub struct SourceRecord {
    pub name: String,
    pub scheme: i16,
    pub header: Option<String>,
    pub id_header: Option<String>,
    pub max_bytes: i64,
    /// Sealed.
    pub secrets: Vec<u8>,
    /// A JSON array.
    pub hints: String,
    pub created_at: i64,
    pub updated_at: i64,
    pub version: i64,
}

impl Record for SourceRecord {
    const NAME: &'static str = "webhook_sources";
    const VERSION: u32 = 1;
}

impl From<&Source> for SourceRecord {
    fn from(source: &Source) -> Self {
        let Source {
            name,
            scheme,
            header,
            id_header,
            max_bytes,
            secrets,
            hints,
            created_at,
            updated_at,
            version,
        } = source;
        Self {
            name: name.as_str().to_owned(),
            scheme: scheme.rank(),
            header: header.as_ref().map(|name| name.as_str().to_owned()),
            id_header: id_header.as_ref().map(|name| name.as_str().to_owned()),
            max_bytes: max_bytes.get(),
            secrets: secrets.0.clone(),
            hints: serde_json::json!(hints).to_string(),
            created_at: created_at.micros(),
            updated_at: updated_at.micros(),
            version: *version,
        }
    }
}

impl TryFrom<SourceRecord> for Source {
    type Error = CorruptColumn;

    fn try_from(r: SourceRecord) -> Result<Self, CorruptColumn> {
        let header = |name: String| HeaderName::parse(&name);
        Ok(Self {
            name: read("name", SourceName::parse(&r.name))?,
            scheme: known("scheme", Scheme::from_rank(r.scheme))?,
            header: read_option("header", r.header, header)?,
            id_header: read_option("id_header", r.id_header, header)?,
            max_bytes: read("max_bytes", MaxBytes::parse(r.max_bytes))?,
            secrets: SealedSecrets(r.secrets),
            hints: read("hints", serde_json::from_str(&r.hints))?,
            created_at: moment("created_at", r.created_at)?,
            updated_at: moment("updated_at", r.updated_at)?,
            version: r.version,
        })
    }
}

/// An event, without what it said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is the event's field of that name")]
pub struct InboundEventRecord {
    pub id: i64,
    pub source: String,
    pub scheme: i16,
    pub external_id: String,
    pub kind: String,
    pub object: Option<String>,
    pub occurred_at: Option<i64>,
    pub received_at: i64,
    pub state: i16,
    pub job_id: Option<i64>,
    pub settled_at: Option<i64>,
}

impl Record for InboundEventRecord {
    const NAME: &'static str = "webhook_inbox";
    const VERSION: u32 = 1;
}

impl From<&InboundEvent> for InboundEventRecord {
    fn from(event: &InboundEvent) -> Self {
        let InboundEvent {
            id,
            source,
            scheme,
            external_id,
            kind,
            object,
            occurred_at,
            received_at,
            state,
            job,
            settled_at,
        } = event;
        Self {
            id: id.get(),
            source: source.as_str().to_owned(),
            scheme: scheme.rank(),
            external_id: external_id.as_str().to_owned(),
            kind: kind.as_str().to_owned(),
            object: object.as_ref().map(|object| object.as_str().to_owned()),
            occurred_at: occurred_at.map(Timestamp::micros),
            received_at: received_at.micros(),
            state: state.rank(),
            job_id: job.map(JobId::get),
            settled_at: settled_at.map(Timestamp::micros),
        }
    }
}

impl TryFrom<InboundEventRecord> for InboundEvent {
    type Error = CorruptColumn;

    fn try_from(r: InboundEventRecord) -> Result<Self, CorruptColumn> {
        Ok(Self {
            id: read("id", InboundEventId::parse(r.id))?,
            source: read("source", SourceName::parse(&r.source))?,
            scheme: known("scheme", Scheme::from_rank(r.scheme))?,
            external_id: read("external_id", ExternalId::parse(&r.external_id))?,
            kind: read("kind", EventType::parse(&r.kind))?,
            object: read_option("object", r.object, |object| ObjectKey::parse(&object))?,
            occurred_at: read_option("occurred_at", r.occurred_at, Timestamp::from_micros)?,
            received_at: moment("received_at", r.received_at)?,
            state: known("state", State::from_rank(r.state))?,
            job: read_option("job_id", r.job_id, JobId::parse)?,
            settled_at: read_option("settled_at", r.settled_at, Timestamp::from_micros)?,
        })
    }
}

/// A payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is the payment's field of that name")]
pub struct PaymentRecord {
    pub id: i64,
    pub provider: String,
    pub external_id: String,
    pub state: i16,
    pub amount: i64,
    pub amount_refunded: i64,
    pub currency: String,
    pub reference: Option<String>,
    pub user_id: Option<i64>,
    /// A JSON object of texts.
    pub metadata: String,
    pub occurred_at: i64,
    pub created_at: i64,
    pub updated_at: i64,
    pub version: i64,
}

impl Record for PaymentRecord {
    const NAME: &'static str = "payments";
    const VERSION: u32 = 1;
}

impl From<&Payment> for PaymentRecord {
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
            created_at,
            updated_at,
            version,
        } = payment;
        Self {
            id: id.get(),
            provider: provider.as_str().to_owned(),
            external_id: external_id.as_str().to_owned(),
            state: state.rank(),
            amount: *amount,
            amount_refunded: *amount_refunded,
            currency: currency.clone(),
            reference: reference.clone(),
            user_id: user.map(UserId::get),
            metadata: metadata.to_json(),
            occurred_at: occurred_at.micros(),
            created_at: created_at.micros(),
            updated_at: updated_at.micros(),
            version: *version,
        }
    }
}

impl TryFrom<PaymentRecord> for Payment {
    type Error = CorruptColumn;

    fn try_from(r: PaymentRecord) -> Result<Self, CorruptColumn> {
        Ok(Self {
            id: read("id", PaymentId::parse(r.id))?,
            provider: read("provider", SourceName::parse(&r.provider))?,
            external_id: read("external_id", ExternalId::parse(&r.external_id))?,
            state: known("state", PaymentState::from_rank(r.state))?,
            amount: r.amount,
            amount_refunded: r.amount_refunded,
            currency: r.currency,
            reference: r.reference,
            user: read_option("user_id", r.user_id, UserId::parse)?,
            metadata: known("metadata", Metadata::from_json(&r.metadata))?,
            occurred_at: moment("occurred_at", r.occurred_at)?,
            created_at: moment("created_at", r.created_at)?,
            updated_at: moment("updated_at", r.updated_at)?,
            version: r.version,
        })
    }
}

/// An event as Stripe sends it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct StripeRecord {
    /// `evt_…`.
    pub id: String,
    /// `payment_intent.succeeded` …
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default)]
    created: Value,
    #[serde(default)]
    data: Value,
}

/// What of Stripe's payment intents, charges and Checkout sessions is read. A field of another type counts as absent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "each field is Stripe's field of that name")]
pub struct StripeObject {
    pub id: Option<String>,
    pub payment_intent: Option<String>,
    pub payment_status: Option<String>,
    pub client_reference_id: Option<String>,
    /// `amount_total` of a session.
    pub amount: Option<i64>,
    pub amount_received: Option<i64>,
    pub amount_refunded: Option<i64>,
    pub refunded: Option<bool>,
    pub currency: Option<String>,
    pub metadata: Vec<(String, String)>,
}

impl StripeObject {
    /// True for a session whose payment was collected.
    pub fn is_paid_session(&self) -> bool {
        self.payment_status.as_deref() == Some("paid") && self.payment_intent.is_some()
    }
}

impl StripeRecord {
    /// Reads a body; nothing when it is no event.
    pub fn read(body: &[u8]) -> Option<Self> {
        serde_json::from_slice(body).ok()
    }

    /// When it happened.
    pub fn occurred_at(&self) -> Option<Timestamp> {
        let micros = self.created.as_i64()?.checked_mul(1_000_000)?;
        Timestamp::from_micros(micros).ok()
    }

    /// What it is about.
    pub fn object(&self) -> StripeObject {
        let Some(object) = self.data.get("object") else { return StripeObject::default() };
        let text = |name: &str| object.get(name)?.as_str().map(str::to_owned);
        let number = |name: &str| object.get(name)?.as_i64();
        // An object in full where the account asks for it.
        let expanded = || object.get("payment_intent")?.get("id")?.as_str().map(str::to_owned);
        let metadata = object.get("metadata").and_then(Value::as_object);
        let entry =
            |(name, value): (&String, &Value)| Some((name.clone(), value.as_str()?.to_owned()));
        StripeObject {
            id: text("id"),
            payment_intent: text("payment_intent").or_else(expanded),
            payment_status: text("payment_status"),
            client_reference_id: text("client_reference_id"),
            amount: number("amount").or_else(|| number("amount_total")),
            amount_received: number("amount_received"),
            amount_refunded: number("amount_refunded"),
            refunded: object.get("refunded").and_then(Value::as_bool),
            currency: text("currency"),
            metadata: metadata.into_iter().flatten().filter_map(entry).collect(),
        }
    }
}

/// What of GitHub's events is read.
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "each field is GitHub's field of that name")]
pub struct GithubRecord {
    pub repository: Option<GithubRepository>,
    #[serde(rename = "ref")]
    pub reference: Option<String>,
    pub before: Option<String>,
    pub after: Option<String>,
    pub forced: Option<bool>,
    pub commits: Option<Vec<IgnoredAny>>,
    pub pusher: Option<GithubPusher>,
    pub action: Option<String>,
    pub pull_request: Option<GithubPullRequest>,
}

/// Part of [`GithubRecord`].
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "each field is GitHub's field of that name")]
pub struct GithubRepository {
    pub id: Option<i64>,
    pub full_name: Option<String>,
}

/// Part of [`GithubRecord`].
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "each field is GitHub's field of that name")]
pub struct GithubPusher {
    pub name: Option<String>,
}

/// Part of [`GithubRecord`].
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "each field is GitHub's field of that name")]
pub struct GithubPullRequest {
    pub id: Option<i64>,
    pub number: Option<i64>,
    pub state: Option<String>,
    pub merged: Option<bool>,
    pub title: Option<String>,
    pub user: Option<GithubUser>,
    pub updated_at: Option<String>,
}

/// Part of [`GithubRecord`].
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "each field is GitHub's field of that name")]
pub struct GithubUser {
    pub login: Option<String>,
}

impl GithubRecord {
    /// Reads a body; nothing when it is no event.
    pub fn read(body: &[u8]) -> Option<Self> {
        serde_json::from_slice(body).ok()
    }

    /// When a pull request changed. Pushes are facts of their own, none of which supersedes another.
    pub fn occurred_at(&self) -> Option<Timestamp> {
        Timestamp::parse(self.pull_request.as_ref()?.updated_at.as_deref()?).ok()
    }
}
