//! Sources, events and payments as clients see and send them.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use inbound::{
    InboundEvent, Payment, Scheme, Source,
    inbox::Content,
    service::PutSource,
    values::{HeaderName, MaxBytes},
};
use kernel::{JobId, Timestamp, UserId};
use rest::{
    call::Body,
    etag,
    fields::{Reason, integer, string, strings},
    problem::Problem,
};
use serde::Serialize;
use utoipa::ToSchema;

/// How a source signs what it sends.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = inbound::Scheme)]
pub enum SchemeWord {
    /// `Stripe-Signature`: a time and one or more signatures.
    Stripe,
    /// The header of GitHub, which has the hexadecimal HMAC-SHA256 of the body.
    Github,
    /// Standard Webhooks.
    Standard,
    /// The hexadecimal HMAC-SHA256 of the body, in a header that the source names.
    Hmac,
}

/// How far an event has come.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = inbound::State)]
pub enum StateWord {
    /// It is stored, and its job has not ended.
    Received,
    /// Its effect happened.
    Processed,
    /// Nothing is done with events of its type.
    Ignored,
    /// A newer event of the same object was applied before.
    Superseded,
    /// Its job was given up.
    Failed,
}

/// What became of a payment.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = inbound::PaymentState)]
pub enum PaymentStateWord {
    /// The provider could not collect it.
    Failed,
    /// The money was collected.
    Succeeded,
    /// A part was paid back.
    PartiallyRefunded,
    /// All of it was paid back.
    Refunded,
}

/// That a delivery was taken.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = inbound::Acceptance)]
pub struct AcceptanceBody {
    /// Always true: it is stored.
    #[schema(example = true)]
    pub received: bool,
    /// True when it was stored before.
    #[schema(example = false)]
    pub duplicate: bool,
}

/// A program whose deliveries are taken.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = inbound::Source)]
pub struct SourceBody {
    /// The last part of its URL.
    #[schema(example = "stripe")]
    pub name: String,
    /// How it signs.
    #[schema(value_type = SchemeWord)]
    pub scheme: &'static str,
    /// Where plain signatures are; null: `X-Signature`.
    #[schema(example = "x-shop-signature")]
    pub header: Option<String>,
    /// Where plain deliveries have their id; null: the digest of the body is the id.
    #[schema(example = "x-shop-id")]
    pub id_header: Option<String>,
    /// How many bytes a delivery may have.
    #[schema(minimum = 1, maximum = 26_214_400, example = 1_048_576)]
    pub max_bytes: i64,
    /// How many secrets it has.
    #[schema(minimum = 1, maximum = 5, example = 1)]
    pub secrets_count: usize,
    /// The last four characters of each secret.
    #[schema(example = json!(["x7Qp"]))]
    pub secrets_end_with: Vec<String>,
    /// When it was added.
    #[schema(format = DateTime, example = "2026-11-23T08:00:00Z")]
    pub created_at: String,
    /// When it was changed last.
    #[schema(format = DateTime, example = "2026-11-23T08:00:00Z")]
    pub updated_at: String,
    /// Counts the changes; the `ETag` without its quotes.
    #[schema(minimum = 1, example = 1)]
    pub version: i64,
}

impl From<&Source> for SourceBody {
    fn from(source: &Source) -> Self {
        let Source {
            name,
            scheme,
            header: signed_in,
            id_header,
            max_bytes,
            secrets: _,
            hints,
            created_at,
            updated_at,
            version,
        } = source;
        let header = |name: &Option<HeaderName>| name.as_ref().map(|name| name.as_str().to_owned());
        Self {
            name: name.as_str().to_owned(),
            scheme: scheme.as_str(),
            header: header(signed_in),
            id_header: header(id_header),
            max_bytes: max_bytes.get(),
            secrets_count: hints.len(),
            secrets_end_with: hints.clone(),
            created_at: created_at.to_string(),
            updated_at: updated_at.to_string(),
            version: *version,
        }
    }
}

/// The tag of a source's representation.
pub fn source_etag(source: &Source) -> String {
    etag::of(source.version, "")
}

/// A new source, or a change of one, as a merge patch: an absent field stays, null clears.
#[derive(Debug, ToSchema)]
#[schema(as = inbound::PutSource, example = json!({
    "scheme": "stripe", "secrets": ["whsec_an example of a secret"]
}))]
pub struct PutSourceBody {
    /// How it signs. A new source needs it; with another scheme, `secrets` is needed, too.
    #[schema(value_type = Option<SchemeWord>, nullable = false)]
    pub scheme: Option<String>,
    /// All of its secrets. They replace those that it had, and are not shown again.
    #[schema(nullable = false, min_items = 1, max_items = 5)]
    pub secrets: Option<Vec<String>>,
    /// Where plain signatures are.
    #[schema(min_length = 1, max_length = 100, pattern = "^[A-Za-z0-9-]+$")]
    pub header: Option<String>,
    /// Where plain deliveries have their id.
    #[schema(min_length = 1, max_length = 100, pattern = "^[A-Za-z0-9-]+$")]
    pub id_header: Option<String>,
    /// How many bytes a delivery may have; null: 25 MiB for github, 1 MiB for the others.
    #[schema(minimum = 1, maximum = 26_214_400)]
    pub max_bytes: Option<i64>,
}

fn scheme(raw: &str) -> Result<Scheme, Reason> {
    let message = || "must be stripe, github, standard or hmac".to_owned();
    Scheme::parse(raw).ok_or_else(|| ("webhooks.scheme_unknown", message()))
}

fn header(raw: &str) -> Result<HeaderName, Reason> {
    HeaderName::parse(raw).map_err(|error| ("webhooks.header_invalid", error.to_string()))
}

fn max_bytes(raw: i64) -> Result<MaxBytes, Reason> {
    MaxBytes::parse(raw).map_err(|error| ("webhooks.max_bytes_invalid", error.to_string()))
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "what `strings` takes; the domain knows the rules of each scheme"
)]
fn any(raw: &str) -> Result<String, Reason> {
    Ok(raw.to_owned())
}

/// `PUT` and `PATCH /admin/webhooks/sources/{source}`.
pub fn put_source(body: &Body) -> Result<PutSource, Problem> {
    let mut fields = body.fields()?;
    let scheme = fields.keep("scheme", string(scheme));
    let secrets = fields.keep("secrets", strings(any));
    let header_ = fields.patch("header", string(header));
    let id_header = fields.patch("id_header", string(header));
    let max_bytes = fields.patch("max_bytes", integer(max_bytes));
    fields.finish(Some(PutSource { scheme, secrets, header: header_, id_header, max_bytes }))
}

/// An event that another program sent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = inbound::Event)]
pub struct EventBody {
    /// Its number.
    #[schema(minimum = 1, example = 1)]
    pub id: i64,
    /// Who sent it.
    #[schema(example = "stripe")]
    pub source: String,
    /// How it was signed.
    #[schema(value_type = SchemeWord)]
    pub scheme: &'static str,
    /// What the sender calls it.
    #[schema(example = "evt_1")]
    pub external_id: String,
    /// What kind of event it is; `unknown` where the sender says nothing.
    #[serde(rename = "type")]
    #[schema(example = "payment_intent.succeeded")]
    pub kind: String,
    /// What it is about. Events of one object are processed one at a time.
    #[schema(example = "payment:pi_1")]
    pub object: Option<String>,
    /// When it happened, by the sender's clock.
    #[schema(format = DateTime, example = "2026-11-23T07:59:59Z")]
    pub occurred_at: Option<String>,
    /// When it came.
    #[schema(format = DateTime, example = "2026-11-23T08:00:00Z")]
    pub received_at: String,
    /// How far it has come.
    #[schema(value_type = StateWord)]
    pub state: &'static str,
    /// The job that processes it; `GET /admin/jobs/{id}` shows its runs and what failed.
    #[schema(minimum = 1)]
    pub job_id: Option<i64>,
    /// When it reached its state; null while it is received.
    #[schema(format = DateTime, example = "2026-11-23T08:00:01Z")]
    pub settled_at: Option<String>,
}

impl From<&InboundEvent> for EventBody {
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
        let time = |at: &Option<Timestamp>| at.map(|at| at.to_string());
        Self {
            id: id.get(),
            source: source.as_str().to_owned(),
            scheme: scheme.as_str(),
            external_id: external_id.as_str().to_owned(),
            kind: kind.as_str().to_owned(),
            object: object.as_ref().map(|object| object.as_str().to_owned()),
            occurred_at: time(occurred_at),
            received_at: received_at.to_string(),
            state: state.as_str(),
            job_id: job.map(JobId::get),
            settled_at: time(settled_at),
        }
    }
}

/// A header of a delivery.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = inbound::Header)]
pub struct HeaderBody {
    /// Lowercase.
    #[schema(example = "content-type")]
    pub name: String,
    /// As it came.
    #[schema(example = "application/json")]
    pub value: String,
}

/// An event, and what it said.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = inbound::EventWithContent)]
pub struct EventViewBody {
    /// The event.
    pub event: EventBody,
    /// The headers that are kept.
    pub headers: Vec<HeaderBody>,
    /// The body as text; null where it is not UTF-8.
    pub body: Option<String>,
    /// The body byte for byte, in base64; null where `body` has it.
    pub body_base64: Option<String>,
}

impl EventViewBody {
    /// Of an event and its content.
    pub fn new(event: &InboundEvent, content: &Content) -> Self {
        let headers = content.headers.all().iter();
        let headers = headers
            .map(|(name, value)| HeaderBody { name: name.clone(), value: value.clone() })
            .collect();
        let (body, body_base64) = match std::str::from_utf8(&content.body) {
            Ok(text) => (Some(text.to_owned()), None),
            Err(_) => (None, Some(STANDARD.encode(&content.body))),
        };
        Self { event: EventBody::from(event), headers, body, body_base64 }
    }
}

/// The tag of an event's representation.
pub fn event_etag(event: &InboundEvent) -> String {
    let (job, settled) =
        (event.job.map_or(0, JobId::get), event.settled_at.map_or(0, Timestamp::micros));
    etag::of(event.id.get(), &format!("{}-{job}-{settled}", event.state.rank()))
}

/// A payment that a provider reported.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = inbound::Payment)]
pub struct PaymentBody {
    /// Its number.
    #[schema(minimum = 1, example = 1)]
    pub id: i64,
    /// The source that reported it.
    #[schema(example = "stripe")]
    pub provider: String,
    /// What the provider calls it.
    #[schema(example = "pi_1")]
    pub external_id: String,
    /// What became of it.
    #[schema(value_type = PaymentStateWord)]
    pub state: &'static str,
    /// In the minor unit of the currency.
    #[schema(minimum = 0, example = 1999)]
    pub amount: i64,
    /// How much of it was paid back, in the same unit.
    #[schema(minimum = 0, example = 0)]
    pub amount_refunded: i64,
    /// ISO 4217.
    #[schema(min_length = 3, max_length = 3, example = "EUR")]
    pub currency: String,
    /// What it is for: `order_id`, `deal_id` or `reference` of the metadata.
    #[schema(example = "A-7")]
    pub reference: Option<String>,
    /// Who paid: `user_id` of the metadata.
    #[schema(minimum = 1)]
    pub user_id: Option<i64>,
    /// What the seller noted at the provider.
    #[schema(value_type = BTreeMap<String, String>, example = json!({"order_id": "A-7"}))]
    pub metadata: BTreeMap<String, String>,
    /// When it came to its state, by the provider's clock.
    #[schema(format = DateTime, example = "2026-11-23T07:59:59Z")]
    pub occurred_at: String,
    /// When it was reported first.
    #[schema(format = DateTime, example = "2026-11-23T08:00:00Z")]
    pub created_at: String,
    /// When it was changed last.
    #[schema(format = DateTime, example = "2026-11-23T08:00:00Z")]
    pub updated_at: String,
    /// Counts the changes; the `ETag` without its quotes.
    #[schema(minimum = 1, example = 1)]
    pub version: i64,
}

impl From<&Payment> for PaymentBody {
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
            state: state.as_str(),
            amount: *amount,
            amount_refunded: *amount_refunded,
            currency: currency.clone(),
            reference: reference.clone(),
            user_id: user.map(UserId::get),
            metadata: metadata.all().clone(),
            occurred_at: occurred_at.to_string(),
            created_at: created_at.to_string(),
            updated_at: updated_at.to_string(),
            version: *version,
        }
    }
}

/// The tag of a payment's representation.
pub fn payment_etag(payment: &Payment) -> String {
    etag::of(payment.version, "")
}
