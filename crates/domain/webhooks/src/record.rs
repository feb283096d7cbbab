//! The stored form of endpoints and deliveries.

use kernel::{
    EventId, Position, Timestamp,
    record::{CorruptColumn, Record, known, moment, read, user},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    delivery::{Cause, Delivery, DeliveryState},
    endpoint::{Endpoint, Gap, Health, Reason, State},
    secrets::SealedSecret,
    values::{DeliveryId, Description, EndpointId, EndpointUrl, MessageId, Patterns, Rate},
};

/// The body of a request.
#[derive(Serialize)]
struct Body<'a> {
    r#type: &'a str,
    timestamp: String,
    id: &'a str,
    data: &'a Value,
}

/// What is stored, signed and sent for an event of this name: its members in a fixed order.
pub fn body(name: &str, at: Timestamp, id: &str, data: &Value) -> String {
    let body = Body { r#type: name, timestamp: at.to_string(), id, data };
    // Texts and values always have a form in JSON.
    serde_json::to_string(&body).unwrap_or_default()
}

/// An endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is the endpoint's field of that name")]
pub struct EndpointRecord {
    pub id: i64,
    pub user_id: i64,
    pub url: String,
    pub patterns: String,
    pub description: String,
    pub ordered: i16,
    pub rate: Option<i64>,
    pub state: i16,
    pub reason: Option<i16>,
    pub secret: String,
    pub old_secret: Option<String>,
    pub old_until: Option<i64>,
    pub streak: i64,
    pub failing_since: Option<i64>,
    pub warned: i16,
    pub wait_until: Option<i64>,
    pub last_success_at: Option<i64>,
    pub last_failure_at: Option<i64>,
    /// 0 is before the first event.
    pub behind_at: Option<i64>,
    /// JSON: places and times.
    pub missed: String,
    pub run: i64,
    pub enabled_at: i64,
    pub created_at: i64,
    pub updated_at: i64,
    pub version: i64,
}

impl Record for EndpointRecord {
    const NAME: &'static str = "webhook_endpoints";
    const VERSION: u32 = 1;
}

/// How stores keep a place.
pub fn place(position: Position) -> i64 {
    position.event().map_or(0, EventId::get)
}

/// The place that stores keep so.
pub fn position(column: &'static str, raw: i64) -> Result<Position, CorruptColumn> {
    match raw {
        0 => Ok(Position::START),
        raw => Ok(Position::after(Some(read(column, EventId::parse(raw))?))),
    }
}

fn gaps_to_json(gaps: &[Gap]) -> String {
    let rows: Vec<[i64; 3]> =
        gaps.iter().map(|gap| [gap.from.get(), gap.to.get(), gap.at.micros()]).collect();
    // Numbers always have a form in JSON.
    serde_json::to_string(&rows).unwrap_or_else(|_| "[]".to_owned())
}

fn gaps_of_json(raw: &str) -> Result<Vec<Gap>, CorruptColumn> {
    let rows: Vec<[i64; 3]> = read("missed", serde_json::from_str(raw))?;
    let gap = |[from, to, at]: [i64; 3]| {
        Ok(Gap {
            from: read("missed", EventId::parse(from))?,
            to: read("missed", EventId::parse(to))?,
            at: moment("missed", at)?,
        })
    };
    rows.into_iter().map(gap).collect()
}

impl From<&Endpoint> for EndpointRecord {
    fn from(endpoint: &Endpoint) -> Self {
        let Endpoint {
            id,
            owner,
            url,
            patterns,
            description,
            ordered,
            rate,
            state,
            reason,
            secret,
            old_secret,
            health,
            behind,
            missed,
            run,
            enabled_at,
            created_at,
            updated_at,
            version,
        } = endpoint;
        let Health { streak, failing_since, warned, wait_until, last_success_at, last_failure_at } =
            *health;
        Self {
            id: id.get(),
            user_id: owner.get(),
            url: url.as_str().to_owned(),
            patterns: patterns.to_string(),
            description: description.as_str().to_owned(),
            ordered: i16::from(*ordered),
            rate: rate.map(Rate::get),
            state: state.rank(),
            reason: reason.map(Reason::rank),
            secret: secret.expose().to_owned(),
            old_secret: old_secret.as_ref().map(|(secret, _)| secret.expose().to_owned()),
            old_until: old_secret.as_ref().map(|(_, until)| until.micros()),
            streak: streak.into(),
            failing_since: failing_since.map(Timestamp::micros),
            warned: i16::from(warned),
            wait_until: wait_until.map(Timestamp::micros),
            last_success_at: last_success_at.map(Timestamp::micros),
            last_failure_at: last_failure_at.map(Timestamp::micros),
            behind_at: behind.map(place),
            missed: gaps_to_json(missed),
            run: *run,
            enabled_at: enabled_at.micros(),
            created_at: created_at.micros(),
            updated_at: updated_at.micros(),
            version: *version,
        }
    }
}

impl TryFrom<EndpointRecord> for Endpoint {
    type Error = CorruptColumn;

    fn try_from(r: EndpointRecord) -> Result<Self, CorruptColumn> {
        let at = |column, raw: Option<i64>| raw.map(|raw| moment(column, raw)).transpose();
        let old_until = at("old_until", r.old_until)?;
        Ok(Self {
            id: read("id", EndpointId::parse(r.id))?,
            owner: user("user_id", r.user_id)?,
            url: read("url", EndpointUrl::parse(&r.url))?,
            patterns: read("patterns", Patterns::parse(&r.patterns))?,
            description: read("description", Description::parse(&r.description))?,
            ordered: r.ordered != 0,
            rate: r.rate.map(|rate| read("rate", Rate::parse(rate))).transpose()?,
            state: known("state", State::from_rank(r.state))?,
            reason: r
                .reason
                .map(|reason| known("reason", Reason::from_rank(reason)))
                .transpose()?,
            secret: SealedSecret::new(r.secret),
            old_secret: r.old_secret.map(SealedSecret::new).zip(old_until),
            health: Health {
                streak: read("streak", u32::try_from(r.streak))?,
                failing_since: at("failing_since", r.failing_since)?,
                warned: r.warned != 0,
                wait_until: at("wait_until", r.wait_until)?,
                last_success_at: at("last_success_at", r.last_success_at)?,
                last_failure_at: at("last_failure_at", r.last_failure_at)?,
            },
            behind: r.behind_at.map(|raw| position("behind_at", raw)).transpose()?,
            missed: gaps_of_json(&r.missed)?,
            run: r.run,
            enabled_at: moment("enabled_at", r.enabled_at)?,
            created_at: moment("created_at", r.created_at)?,
            updated_at: moment("updated_at", r.updated_at)?,
            version: r.version,
        })
    }
}

/// A delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is the delivery's field of that name")]
pub struct DeliveryRecord {
    pub id: i64,
    pub endpoint_id: i64,
    pub message_id: i64,
    pub cause: i16,
    pub state: i16,
    pub attempt: i64,
    pub tries: i64,
    pub due_at: i64,
    pub created_at: i64,
    pub finished_at: Option<i64>,
}

impl Record for DeliveryRecord {
    const NAME: &'static str = "webhook_deliveries";
    const VERSION: u32 = 1;
}

impl TryFrom<DeliveryRecord> for Delivery {
    type Error = CorruptColumn;

    fn try_from(r: DeliveryRecord) -> Result<Self, CorruptColumn> {
        Ok(Self {
            id: read("id", DeliveryId::parse(r.id))?,
            endpoint: read("endpoint_id", EndpointId::parse(r.endpoint_id))?,
            message: read("message_id", MessageId::parse(r.message_id))?,
            cause: known("cause", Cause::from_rank(r.cause))?,
            state: known("state", DeliveryState::from_rank(r.state))?,
            attempt: read("attempt", u32::try_from(r.attempt))?,
            tries: read("tries", u32::try_from(r.tries))?,
            due_at: moment("due_at", r.due_at)?,
            created_at: moment("created_at", r.created_at)?,
            finished_at: r.finished_at.map(|at| moment("finished_at", at)).transpose()?,
        })
    }
}
