//! Deliveries, tests, replays and the types of events: parse, call, present.

use actix_web::{HttpResponse, get, http::StatusCode, post, web::Data};
use rest::{
    call::{Body, Call},
    reply::{self, Envelope, PageEnvelope},
};
use webhooks::{DeliveryId, Webhooks, query::ORDER};

use crate::{
    Answer,
    dto::{
        self, DeliveryBody, DeliveryViewBody, DeliveryWord, EventTypeBody, ReplayBody,
        ReplayedBody, TestBody,
    },
};

/// List the types of events
///
/// What endpoints can hear: of each the schema of its data, and an example.
#[utoipa::path(
    tag = "webhooks",
    operation_id = "webhooks_event_types",
    responses((status = 200, description = "The types, by name", body = Envelope<Vec<EventTypeBody>>)),
    extensions(("x-alveole" = json!({"permission": "signed-in"})))
)]
#[get("/webhooks/event-types")]
pub(crate) async fn types(call: Call, webhooks: Data<Webhooks>) -> Answer {
    call.caller()?;
    call.no_query()?;
    let types = webhooks.types();
    Ok(reply::ok(types.iter().map(EventTypeBody::from).collect::<Vec<_>>()))
}

/// Test an endpoint
///
/// Sends a message immediately and answers how that went. The endpoint's health does not change.
#[utoipa::path(
    tag = "webhooks",
    operation_id = "webhooks_test",
    request_body = TestBody,
    responses((status = 200, description = "The delivery and its attempt", body = Envelope<DeliveryViewBody>)),
    extensions(("x-alveole" = json!({
        "permission": "webhooks:write", "codes": ["webhooks.no_secrets"]
    })))
)]
#[post("/webhooks/endpoints/{id}/test")]
pub(crate) async fn test(call: Call, webhooks: Data<Webhooks>, body: Body) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let name = dto::test(&body)?;
    let view = webhooks.test(&actor, id, name).await?;
    Ok(reply::ok(DeliveryViewBody::from(&view)))
}

/// Send events of the past again
///
/// At most 1 000 for each call.
#[utoipa::path(
    tag = "webhooks",
    operation_id = "webhooks_replay",
    request_body = ReplayBody,
    responses(
        (status = 202, description = "How many are due now", body = Envelope<ReplayedBody>),
        (status = 410, description = "Events behind `from` are missing"),
        (status = 422, description = "The endpoint is disabled")
    ),
    extensions(("x-alveole" = json!({
        "permission": "webhooks:write", "codes": ["webhooks.disabled"]
    })))
)]
#[post("/webhooks/endpoints/{id}/replay")]
pub(crate) async fn replay(call: Call, webhooks: Data<Webhooks>, body: Body) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let command = dto::replay(&body)?;
    let count = webhooks.replay(&actor, id, command).await?;
    let mut response: HttpResponse = reply::ok(ReplayedBody { count });
    *response.status_mut() = StatusCode::ACCEPTED;
    Ok(response)
}

/// List deliveries of an endpoint
///
/// The newest first.
#[utoipa::path(
    tag = "webhooks",
    operation_id = "webhooks_deliveries",
    params(("state" = Option<DeliveryWord>, Query, nullable = false, description = "Only those in this state")),
    responses((status = 200, description = "A page of deliveries", body = PageEnvelope<DeliveryBody>)),
    extensions(("x-alveole" = json!({"permission": "webhooks:write", "paged": true})))
)]
#[get("/webhooks/endpoints/{id}/deliveries")]
pub(crate) async fn list(call: Call, webhooks: Data<Webhooks>) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    let mut query = call.query();
    let filter = dto::filter(&mut query);
    let request = query.page_in_order(ORDER.text, ORDER.directions.len());
    query.finish()?;
    let page = webhooks.deliveries(&actor, id, filter, request.clone()).await?;
    Ok(reply::page(&call, &request, page.map(|shown| DeliveryBody::from(&shown))))
}

/// Read a delivery
///
/// With what is sent, and its attempts.
#[utoipa::path(
    tag = "webhooks",
    operation_id = "webhooks_delivery",
    responses((status = 200, description = "The delivery", body = Envelope<DeliveryViewBody>)),
    extensions(("x-alveole" = json!({
        "permission": "webhooks:write", "codes": ["webhooks.delivery_not_found"]
    })))
)]
#[get("/webhooks/deliveries/{id}")]
pub(crate) async fn read(call: Call, webhooks: Data<Webhooks>) -> Answer {
    let actor = call.actor()?;
    let id: DeliveryId = call.id("id")?;
    call.no_query()?;
    let view = webhooks.delivery(&actor, id).await?;
    Ok(reply::ok(DeliveryViewBody::from(&view)))
}

/// Retry a delivery
///
/// One that failed or was cancelled is due now, with all of its attempts.
#[utoipa::path(
    tag = "webhooks",
    operation_id = "webhooks_retry",
    responses(
        (status = 200, description = "The delivery as it is now", body = Envelope<DeliveryViewBody>),
        (status = 409, description = "It neither failed nor was cancelled")
    ),
    extensions(("x-alveole" = json!({
        "permission": "webhooks:write",
        "codes": ["webhooks.delivery_not_found", "webhooks.delivery_state"]
    })))
)]
#[post("/webhooks/deliveries/{id}/retry")]
pub(crate) async fn retry(call: Call, webhooks: Data<Webhooks>) -> Answer {
    let actor = call.actor()?;
    let id: DeliveryId = call.id("id")?;
    call.no_query()?;
    let view = webhooks.retry(&actor, id).await?;
    Ok(reply::ok(DeliveryViewBody::from(&view)))
}
