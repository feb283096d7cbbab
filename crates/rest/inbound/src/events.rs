//! Events that other programs sent: parse, call, present.

use actix_web::{get, http::StatusCode, post, web::Data};
use inbound::{
    Inbound, SourceName, State,
    query::{EVENTS, EventFilter},
    values::EventType,
};
use rest::{
    call::Call,
    fields::Reason,
    query::Query,
    reply::{self, Envelope, PageEnvelope},
};
use utoipa::IntoParams;

use crate::{
    Answer,
    dto::{EventBody, EventViewBody, StateWord, event_etag},
};

/// Which events.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FilterParams {
    /// Of one source.
    #[param(nullable = false, example = "stripe")]
    pub source: Option<String>,
    /// Of one type.
    #[param(
        nullable = false,
        rename = "type",
        min_length = 1,
        max_length = 200,
        example = "payment_intent.succeeded"
    )]
    pub kind: Option<String>,
    /// In one state.
    #[param(nullable = false)]
    pub state: Option<StateWord>,
}

/// Reads the name of a source.
pub(crate) fn source(raw: &str) -> Result<SourceName, Reason> {
    SourceName::parse(raw).map_err(|error| ("webhooks.source_name_invalid", error.to_string()))
}

fn filter(query: &mut Query) -> EventFilter {
    let kind = |raw: &str| {
        EventType::parse(raw).map_err(|error| ("webhooks.event_type_invalid", error.to_string()))
    };
    let state = |raw: &str| {
        let message = || "must be received, processed, ignored, superseded or failed".to_owned();
        State::parse(raw).ok_or_else(|| ("webhooks.event_state_unknown", message()))
    };
    EventFilter {
        source: query.optional("source", source),
        kind: query.optional("type", kind),
        state: query.optional("state", state),
    }
}

/// List events that other programs sent
///
/// The newest first.
#[utoipa::path(
    tag = "inbound",
    operation_id = "webhook_events_list",
    params(FilterParams),
    responses((status = 200, description = "A page of events", body = PageEnvelope<EventBody>)),
    extensions(("x-alveole" = json!({"permission": "webhooks:manage", "paged": true})))
)]
#[get("/admin/webhooks/events")]
pub(crate) async fn list(call: Call, inbound: Data<Inbound>) -> Answer {
    let actor = call.actor()?;
    let mut query = call.query();
    let filter = filter(&mut query);
    let request = query.page_in_order(EVENTS.text, EVENTS.directions.len());
    query.finish()?;
    let page = inbound.events(&actor, filter, request.clone()).await?;
    Ok(reply::page(&call, &request, page.map(|event| EventBody::from(&event))))
}

/// Read an event that another program sent
///
/// With its headers, and its body byte for byte.
#[utoipa::path(
    tag = "inbound",
    operation_id = "webhook_events_read",
    responses(
        (status = 200, description = "The event", body = Envelope<EventViewBody>),
        (status = 404, description = "There is no such event")
    ),
    extensions(("x-alveole" = json!({
        "permission": "webhooks:manage", "conditional": "read", "codes": ["webhooks.event_not_found"]
    })))
)]
#[get("/admin/webhooks/events/{id}")]
pub(crate) async fn read(call: Call, inbound: Data<Inbound>) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let (event, content) = inbound.event(&actor, id).await?;
    let body = EventViewBody::new(&event, &content);
    reply::tagged_unless_known(&call, body, &event_etag(&event))
}

/// Process an event again
///
/// One that failed, or that was ignored.
#[utoipa::path(
    tag = "inbound",
    operation_id = "webhook_events_retry",
    responses(
        (status = 202, description = "A worker will process it", body = Envelope<EventBody>),
        (status = 404, description = "There is no such event"),
        (status = 409, description = "It neither failed nor was ignored")
    ),
    extensions(("x-alveole" = json!({
        "permission": "webhooks:manage", "codes": ["webhooks.event_state", "webhooks.event_not_found"]
    })))
)]
#[post("/admin/webhooks/events/{id}/retry")]
pub(crate) async fn retry(call: Call, inbound: Data<Inbound>) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let event = inbound.retry(&actor, id).await?;
    let mut response = reply::ok(EventBody::from(&event));
    *response.status_mut() = StatusCode::ACCEPTED;
    Ok(response)
}
