//! Endpoints and deliveries as clients see and send them.

use kernel::{EventType, FeedCursor, Patch, Timestamp, UserId};
use rest::{
    call::Body,
    etag,
    fields::{Misread, Reason, TextCodes, integer, string, strings},
    problem::Problem,
    query::Query,
};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use webhooks::{
    Endpoint, Webhooks,
    commands::{CreateEndpoint, From as Begin, Only, Overlap, Replay, UpdateEndpoint, Whose},
    delivery::{Attempt, DeliveryState, Shown},
    endpoint::{Gap, Reason as Why},
    service::{DeliveryView, View},
    signature::SigningSecret,
    values::{Description, Pattern, Patterns, Rate},
};

use crate::Failure;

/// Whether an endpoint is served.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = webhooks::EndpointState)]
pub enum StateWord {
    /// Events are sent to it.
    Enabled,
    /// It stands still; nothing is lost meanwhile.
    Disabled,
}

/// Why an endpoint is disabled.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = webhooks::DisabledBecause)]
pub enum ReasonWord {
    /// Someone disabled it.
    Manual,
    /// Every request failed for days.
    Failing,
    /// It answered 410.
    Gone,
}

/// How far a delivery has come.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = webhooks::DeliveryState)]
pub enum DeliveryWord {
    /// It waits for its next attempt.
    Pending,
    /// The endpoint took it.
    Succeeded,
    /// It was given up.
    Failed,
    /// The owner of the endpoint may not see the event any more.
    Cancelled,
}

/// Why there is a delivery.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = webhooks::Cause)]
pub enum CauseWord {
    /// The event happened.
    Event,
    /// Someone had it sent again.
    Replay,
    /// Someone tests the endpoint.
    Test,
}

/// Why a request has no answer.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = webhooks::SendFault)]
pub enum FaultWord {
    /// The host has an address that may not be called.
    Forbidden,
    /// The name of the host has no address.
    Resolve,
    /// No connection.
    Connect,
    /// The certificate is not valid.
    Tls,
    /// It took too long.
    Timeout,
    /// The connection ended, or the answer is no HTTP.
    Broken,
}

/// A stretch of the feed that was removed before the endpoint came to it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = webhooks::Gap)]
pub struct GapBody {
    /// The first event that is missing.
    #[schema(minimum = 1, example = 1)]
    pub from: i64,
    /// The last one.
    #[schema(minimum = 1, example = 9)]
    pub to: i64,
    /// When that was found.
    #[schema(format = DateTime, example = "2026-11-21T08:00:00Z")]
    pub at: String,
}

/// An endpoint.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = webhooks::Endpoint)]
pub struct EndpointBody {
    /// Its number.
    #[schema(minimum = 1, example = 1)]
    pub id: i64,
    /// Its owner. It hears what this person may see.
    #[schema(minimum = 1, example = 1)]
    pub user_id: i64,
    /// Where messages go.
    #[schema(max_length = 2048, example = "https://example.com/hook")]
    pub url: String,
    /// The types of events that it hears.
    #[schema(min_items = 1, max_items = 50, example = json!(["task.*"]))]
    pub events: Vec<String>,
    /// For its owner.
    #[schema(max_length = 500, example = "The shop")]
    pub description: String,
    /// Whether an event is sent only after the one before succeeded or was given up.
    pub ordered: bool,
    /// Requests a second, at most.
    #[schema(minimum = 1, maximum = 1000)]
    pub rate: Option<i64>,
    /// Whether it is served.
    #[schema(value_type = StateWord)]
    pub state: &'static str,
    /// Why it is disabled.
    #[schema(value_type = Option<ReasonWord>)]
    pub reason: Option<&'static str>,
    /// How many places of the feed are in front of it; 0 when it keeps up.
    #[schema(minimum = 0, example = 0)]
    pub behind: u64,
    /// What was removed from the feed before the endpoint came to it; the latest last.
    pub missed: Vec<GapBody>,
    /// Failed requests in a row.
    #[schema(minimum = 0, example = 0)]
    pub failures: u32,
    /// Since when every request fails.
    #[schema(format = DateTime)]
    pub failing_since: Option<String>,
    /// Nothing is sent before this.
    #[schema(format = DateTime)]
    pub waits_until: Option<String>,
    /// The last success.
    #[schema(format = DateTime)]
    pub last_success_at: Option<String>,
    /// The last failure.
    #[schema(format = DateTime)]
    pub last_failure_at: Option<String>,
    /// Until when messages are signed with the secret before, too.
    #[schema(format = DateTime)]
    pub old_secret_until: Option<String>,
    /// The time of its creation.
    #[schema(format = DateTime, example = "2026-11-21T08:00:00Z")]
    pub created_at: String,
    /// The time of its last change.
    #[schema(format = DateTime, example = "2026-11-21T08:00:00Z")]
    pub updated_at: String,
    /// Counts the changes; the `ETag` begins with it.
    #[schema(minimum = 1, example = 1)]
    pub version: i64,
}

fn time(at: Option<Timestamp>) -> Option<String> {
    at.map(|at| at.to_string())
}

impl EndpointBody {
    fn new(endpoint: &Endpoint, behind: u64) -> Self {
        let health = endpoint.health;
        let gap =
            |gap: &Gap| GapBody { from: gap.from.get(), to: gap.to.get(), at: gap.at.to_string() };
        Self {
            id: endpoint.id.get(),
            user_id: endpoint.owner.get(),
            url: endpoint.url.as_str().to_owned(),
            events: endpoint.patterns.all().iter().map(|one| one.as_str().to_owned()).collect(),
            description: endpoint.description.as_str().to_owned(),
            ordered: endpoint.ordered,
            rate: endpoint.rate.map(Rate::get),
            state: endpoint.state.as_str(),
            reason: endpoint.reason.map(Why::as_str),
            behind,
            missed: endpoint.missed.iter().map(gap).collect(),
            failures: health.streak,
            failing_since: time(health.failing_since),
            waits_until: time(health.wait_until),
            last_success_at: time(health.last_success_at),
            last_failure_at: time(health.last_failure_at),
            old_secret_until: time(endpoint.old_secret.as_ref().map(|(_, until)| *until)),
            created_at: endpoint.created_at.to_string(),
            updated_at: endpoint.updated_at.to_string(),
            version: endpoint.version,
        }
    }

    /// The current state, for the answer to a stale write.
    pub fn stale(endpoint: &Endpoint) -> Self {
        Self::new(endpoint, 0)
    }
}

impl From<&View> for EndpointBody {
    fn from(view: &View) -> Self {
        Self::new(&view.endpoint, view.behind)
    }
}

/// The tag of an endpoint's representation: its version, and what else shows in it (FNV-1a).
pub fn etag_of(body: &EndpointBody) -> String {
    let text = serde_json::to_vec(body).unwrap_or_default();
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = text.iter().fold(0xcbf2_9ce4_8422_2325, step);
    etag::of(body.version, &format!("{hash:016x}"))
}

/// An endpoint with its secret, which is shown this once.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = webhooks::CreatedEndpoint)]
pub struct CreatedBody {
    /// The endpoint.
    #[serde(flatten)]
    pub endpoint: EndpointBody,
    /// What messages are signed with, for the libraries of Standard Webhooks.
    #[schema(example = "whsec_…")]
    pub secret: String,
}

impl CreatedBody {
    /// The endpoint and its secret.
    pub fn new(view: &View, secret: &SigningSecret) -> Self {
        Self { endpoint: EndpointBody::from(view), secret: secret.expose() }
    }
}

/// A new secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = webhooks::RotatedSecret)]
pub struct RotatedBody {
    /// What messages are signed with from now on.
    #[schema(example = "whsec_…")]
    pub secret: String,
    /// Until when they are signed with the secret before, too.
    #[schema(format = DateTime, example = "2026-11-22T08:00:00Z")]
    pub old_valid_until: Option<String>,
}

/// A new endpoint.
#[derive(Debug, ToSchema)]
#[schema(as = webhooks::CreateEndpoint, example = json!({
    "url": "https://example.com/hook", "events": ["task.*"], "description": "The shop"
}))]
pub struct CreateEndpointBody {
    /// Where messages go: https, on the public Internet.
    #[schema(min_length = 1, max_length = 2048)]
    pub url: String,
    /// Types of events, such as `task.created.v1`, `task.*`, or `*` for all.
    #[schema(min_items = 1, max_items = 50)]
    pub events: Vec<String>,
    /// For you.
    #[schema(max_length = 500)]
    pub description: Option<String>,
    /// Send an event only after the one before succeeded or was given up.
    pub ordered: Option<bool>,
    /// Requests a second, at most.
    #[schema(minimum = 1, maximum = 1000)]
    pub rate: Option<i64>,
    /// A cursor of the feed to begin behind; without it, the endpoint hears what happens next.
    #[schema(example = "18f2c7a.1042")]
    pub from: Option<String>,
}

/// A change of an endpoint, as a merge patch: an absent field stays, null clears.
#[derive(Debug, ToSchema)]
#[schema(as = webhooks::UpdateEndpoint, example = json!({"events": ["task.*", "file.*"]}))]
pub struct UpdateEndpointBody {
    /// A new address.
    #[schema(min_length = 1, max_length = 2048, nullable = false)]
    pub url: Option<String>,
    /// New types of events, in place of the old ones.
    #[schema(min_items = 1, max_items = 50, nullable = false)]
    pub events: Option<Vec<String>>,
    /// A new description; null empties it.
    #[schema(max_length = 500)]
    pub description: Option<String>,
    /// Whether an event waits for the one before.
    #[schema(nullable = false)]
    pub ordered: Option<bool>,
    /// A new rate; null takes the limit away.
    #[schema(minimum = 1, maximum = 1000)]
    pub rate: Option<i64>,
}

/// From where an endpoint goes on.
#[derive(Debug, ToSchema)]
#[schema(as = webhooks::EnableEndpoint, example = json!({"from": "cursor"}))]
pub struct EnableBody {
    /// `cursor` (where it stood still, the default), `now`, or a cursor of the feed.
    pub from: Option<String>,
}

/// How long the secret before still holds.
#[derive(Debug, ToSchema)]
#[schema(as = webhooks::RotateSecret, example = json!({"overlap_seconds": 86400}))]
pub struct RotateBody {
    /// In seconds; a day without it.
    #[schema(minimum = 0, maximum = 604_800)]
    pub overlap_seconds: Option<i64>,
}

/// What a test sends.
#[derive(Debug, ToSchema)]
#[schema(as = webhooks::TestEndpoint, example = json!({}))]
pub struct TestBody {
    /// A type that `GET /webhooks/event-types` lists: its example is sent. Without it, `webhook.test.v1`.
    pub r#type: Option<String>,
}

/// What is sent again.
#[derive(Debug, ToSchema)]
#[schema(as = webhooks::Replay, example = json!({"from": "0", "only": "failed"}))]
pub struct ReplayBody {
    /// A cursor of the feed, or an event's id; what follows behind it is sent.
    pub from: String,
    /// The last event that is sent; the end of the feed without it.
    pub to: Option<String>,
    /// `failed` (the default) or `all`.
    pub only: Option<String>,
}

/// How many are sent again.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = webhooks::Replayed)]
pub struct ReplayedBody {
    /// How many deliveries are due now; at most 1 000 for each call.
    #[schema(minimum = 0, example = 3)]
    pub count: u64,
}

/// A delivery.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = webhooks::Delivery)]
pub struct DeliveryBody {
    /// Its number.
    #[schema(minimum = 1, example = 1)]
    pub id: i64,
    /// The endpoint.
    #[schema(minimum = 1, example = 1)]
    pub endpoint_id: i64,
    /// The header `webhook-id` of each attempt.
    #[schema(example = "evt_18f2c7a_1042")]
    pub webhook_id: String,
    /// The type of the event.
    #[schema(example = "task.created.v1")]
    pub r#type: String,
    /// The event; none for a test.
    #[schema(minimum = 1, example = 1042)]
    pub event_id: Option<i64>,
    /// Why there is a delivery.
    #[schema(value_type = CauseWord)]
    pub cause: &'static str,
    /// How far it has come.
    #[schema(value_type = DeliveryWord)]
    pub state: &'static str,
    /// Attempts so far.
    #[schema(minimum = 0, example = 1)]
    pub tries: u32,
    /// The next attempt, while it is pending.
    #[schema(format = DateTime)]
    pub next_attempt_at: Option<String>,
    /// The time of its creation.
    #[schema(format = DateTime, example = "2026-11-21T08:00:00Z")]
    pub created_at: String,
    /// When it ended.
    #[schema(format = DateTime, example = "2026-11-21T08:00:01Z")]
    pub finished_at: Option<String>,
}

impl From<&Shown> for DeliveryBody {
    fn from(shown: &Shown) -> Self {
        let (delivery, content) = (&shown.delivery, &shown.message.content);
        let is_pending = delivery.state == DeliveryState::Pending;
        Self {
            id: delivery.id.get(),
            endpoint_id: delivery.endpoint.get(),
            webhook_id: content.wire_id.clone(),
            r#type: content.name.clone(),
            event_id: content.event.map(kernel::EventId::get),
            cause: delivery.cause.as_str(),
            state: delivery.state.as_str(),
            tries: delivery.tries,
            next_attempt_at: time(is_pending.then_some(delivery.due_at)),
            created_at: delivery.created_at.to_string(),
            finished_at: time(delivery.finished_at),
        }
    }
}

/// An attempt.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = webhooks::Attempt)]
pub struct AttemptBody {
    /// Counts from 1.
    #[schema(minimum = 1, example = 1)]
    pub number: u32,
    /// When it began.
    #[schema(format = DateTime, example = "2026-11-21T08:00:00Z")]
    pub at: String,
    /// How long it took, in milliseconds.
    #[schema(minimum = 0, example = 12)]
    pub duration_ms: u64,
    /// The status of the answer.
    #[schema(minimum = 100, maximum = 999, example = 200)]
    pub status: Option<u16>,
    /// Why there was none.
    #[schema(value_type = Option<FaultWord>)]
    pub fault: Option<&'static str>,
    /// The first 4 KiB of the answer.
    pub answer: String,
}

impl From<&Attempt> for AttemptBody {
    fn from(attempt: &Attempt) -> Self {
        Self {
            number: attempt.number,
            at: attempt.at.to_string(),
            duration_ms: u64::try_from(attempt.duration.as_millis()).unwrap_or(u64::MAX),
            status: attempt.status,
            fault: attempt.fault.map(webhooks::outbound::SendFault::as_str),
            answer: attempt.answer.clone(),
        }
    }
}

/// A delivery with what is sent, and its attempts.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = webhooks::DeliveryView)]
pub struct DeliveryViewBody {
    /// The delivery.
    #[serde(flatten)]
    pub delivery: DeliveryBody,
    /// The body of the request, byte for byte.
    #[schema(example = "{\"type\":\"task.created.v1\"}")]
    pub body: String,
    /// The attempts, the first one first.
    pub attempts: Vec<AttemptBody>,
}

impl From<&DeliveryView> for DeliveryViewBody {
    fn from(view: &DeliveryView) -> Self {
        Self {
            delivery: DeliveryBody::from(&view.shown),
            body: view.shown.message.content.body.clone(),
            attempts: view.attempts.iter().map(AttemptBody::from).collect(),
        }
    }
}

/// A type of event.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = webhooks::EventType)]
pub struct EventTypeBody {
    /// What endpoints name.
    #[schema(example = "task.created.v1")]
    pub name: String,
    /// When it happens.
    #[schema(example = "A task was created.")]
    pub description: String,
    /// The JSON Schema (draft 2020-12) of `data` in the body of a message. It allows further members: new ones may
    /// come without a new version of the type.
    #[schema(value_type = Object, example = json!({"type": "object"}))]
    pub schema: Value,
    /// An example of `data`.
    #[schema(value_type = Object, example = json!({"id": 1}))]
    pub example: Value,
}

impl From<&EventType> for EventTypeBody {
    fn from(of: &EventType) -> Self {
        Self {
            name: of.name.to_owned(),
            description: of.about.to_owned(),
            schema: (of.schema)(),
            example: of.data(),
        }
    }
}

const DESCRIPTION: TextCodes =
    TextCodes { empty: "webhooks.description_too_long", too_long: "webhooks.description_too_long" };

fn pattern(raw: &str) -> Result<Pattern, Reason> {
    Pattern::parse(raw).map_err(|error| ("webhooks.events_invalid", error.to_string()))
}

fn patterns(value: Value) -> Result<Patterns, Misread> {
    let all = strings(pattern)(value)?;
    Patterns::new(all)
        .map_err(|error| Misread::Reason(("webhooks.events_invalid", error.to_string())))
}

fn description(raw: &str) -> Result<Description, Reason> {
    Description::parse(raw).map_err(|error| DESCRIPTION.reason(error))
}

fn rate(raw: i64) -> Result<Rate, Reason> {
    Rate::parse(raw).map_err(|error| ("webhooks.rate_invalid", error.to_string()))
}

fn boolean(value: Value) -> Result<bool, Misread> {
    value.as_bool().ok_or(Misread::Type("true or false", value))
}

fn place(raw: &str) -> Result<FeedCursor, Reason> {
    raw.parse().map_err(|error: kernel::feed::FeedCursorError| {
        ("webhooks.from_invalid", error.to_string())
    })
}

fn text(raw: &str) -> Result<String, Reason> {
    Ok(raw.to_owned())
}

/// `POST /webhooks/endpoints`.
pub fn create(body: &Body) -> Result<CreateEndpoint, Problem> {
    let mut fields = body.fields()?;
    let url = fields.required("url", string(text));
    let patterns = fields.required("events", patterns);
    let description = fields.optional("description", string(description));
    let ordered = fields.optional("ordered", boolean).unwrap_or(false);
    let rate = fields.optional("rate", integer(rate));
    let from = fields.optional("from", string(place));
    let description = description.unwrap_or(Description::empty());
    let command = url.zip(patterns).map(|(url, patterns)| CreateEndpoint {
        url,
        patterns,
        description,
        ordered,
        rate,
        from,
    });
    fields.finish(command)
}

/// `PUT` and `PATCH /webhooks/endpoints/{id}`.
pub fn update(body: &Body, webhooks: &Webhooks) -> Result<UpdateEndpoint, Failure> {
    let mut fields = body.fields()?;
    let url = fields.keep("url", string(text));
    let patterns = fields.keep("events", patterns);
    let description = match fields.patch("description", string(description)) {
        Patch::Keep => None,
        Patch::Clear => Some(Description::empty()),
        Patch::Set(description) => Some(description),
    };
    let ordered = fields.keep("ordered", boolean);
    let rate = fields.patch("rate", integer(rate));
    let url = url.map(|url| webhooks.judge_url(&url)).transpose();
    let url = match url {
        Ok(url) => url,
        Err(webhooks::WebhookError::Invalid(faults)) => {
            fields.faults(faults);
            None
        }
        Err(error) => return Err(error.into()),
    };
    Ok(fields.finish(Some(UpdateEndpoint { url, patterns, description, ordered, rate }))?)
}

/// `POST …/enable`.
pub fn enable(body: &Body) -> Result<Begin, Problem> {
    let mut fields = body.fields()?;
    let from = fields.optional(
        "from",
        string(|raw| match raw {
            "cursor" => Ok(Begin::Cursor),
            "now" => Ok(Begin::Now),
            raw => place(raw).map(Begin::Place),
        }),
    );
    fields.finish(Some(from.unwrap_or(Begin::Cursor)))
}

/// For how long the old secret holds when a caller does not say.
const DAY: i64 = 86_400;

/// `POST …/secret/rotate`.
pub fn rotate(body: &Body) -> Result<Overlap, Problem> {
    let parse =
        |raw| Overlap::parse(raw).map_err(|error| ("webhooks.overlap_invalid", error.to_string()));
    let default = Overlap::parse(DAY).unwrap_or_default();
    let mut fields = body.fields()?;
    let overlap = fields.optional("overlap_seconds", integer(parse));
    fields.finish(Some(overlap.unwrap_or(default)))
}

/// `POST …/test`.
pub fn test(body: &Body) -> Result<Option<String>, Problem> {
    let mut fields = body.fields()?;
    let name = fields.optional("type", string(text));
    fields.finish(Some(name))
}

/// `POST …/replay`.
pub fn replay(body: &Body) -> Result<Replay, Problem> {
    let mut fields = body.fields()?;
    let from = fields.required("from", string(place));
    let to = fields.optional("to", string(place));
    let only = fields.optional(
        "only",
        string(|raw| match raw {
            "failed" => Ok(Only::Failed),
            "all" => Ok(Only::All),
            _ => Err(("webhooks.only_invalid", "must be failed or all".to_owned())),
        }),
    );
    let (to, only) = (to.and_then(|to| to.after), only.unwrap_or(Only::Failed));
    fields.finish(from.map(|from| Replay { from, to, only }))
}

/// Whose endpoints.
pub fn whose(query: &mut Query) -> Whose {
    let parse = |raw: &str| match raw {
        "*" => Ok(Whose::Everyone),
        raw => raw
            .parse::<UserId>()
            .map(Whose::Of)
            .map_err(|error| ("webhooks.owner_invalid", format!("{error}, or * for everyone"))),
    };
    query.optional("owner", parse).unwrap_or(Whose::Own)
}

/// Which deliveries.
pub fn filter(query: &mut Query) -> webhooks::delivery::Filter {
    let parse = |raw: &str| {
        let words: Vec<&str> = DeliveryState::ALL.iter().map(|state| state.as_str()).collect();
        DeliveryState::parse(raw)
            .ok_or(("webhooks.state_unknown", format!("must be one of {}", words.join(", "))))
    };
    webhooks::delivery::Filter { state: query.optional("state", parse) }
}
