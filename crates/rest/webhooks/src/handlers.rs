//! Endpoints: parse, call, present.

use actix_web::{delete, get, post, route, web::Data};
use rest::{
    call::{Body, Call},
    reply::{self, Done, Envelope, PageEnvelope},
};
use webhooks::{EndpointId, Webhooks, query::ORDER, service::View};

use crate::{
    Answer,
    dto::{
        self, CreateEndpointBody, CreatedBody, EnableBody, EndpointBody, RotateBody, RotatedBody,
        UpdateEndpointBody, etag_of,
    },
};

fn shown(view: &View) -> actix_web::HttpResponse {
    let body = EndpointBody::from(view);
    let etag = etag_of(&body);
    reply::tagged(body, &etag)
}

/// List endpoints
///
/// Yours, the newest first. Administrators name another owner, or `*` for everyone.
#[utoipa::path(
    tag = "webhooks",
    operation_id = "webhooks_list",
    params(("owner" = Option<String>, Query, nullable = false, description = "Whose: an account's number, or `*`", example = "1")),
    responses(
        (status = 200, description = "A page of endpoints", body = PageEnvelope<EndpointBody>),
        (status = 403, description = "Only administrators see endpoints of others")
    ),
    extensions(("x-alveole" = json!({"permission": "webhooks:write", "paged": true})))
)]
#[get("/webhooks/endpoints")]
pub(crate) async fn list(call: Call, webhooks: Data<Webhooks>) -> Answer {
    let actor = call.actor()?;
    let mut query = call.query();
    let whose = dto::whose(&mut query);
    let request = query.page_in_order(ORDER.text, ORDER.directions.len());
    query.finish()?;
    let page = webhooks.list(&actor, whose, request.clone()).await?;
    Ok(reply::page(&call, &request, page.map(|view| EndpointBody::from(&view))))
}

/// Create an endpoint
///
/// It hears what happens next, signed with the `secret` of this answer, which is not shown again.
#[utoipa::path(
    tag = "webhooks",
    operation_id = "webhooks_create",
    request_body = CreateEndpointBody,
    responses(
        (status = 201, description = "The new endpoint and its secret", body = Envelope<CreatedBody>),
        (status = 409, description = "You have as many endpoints as you can have"),
        (status = 410, description = "Events behind `from` are missing")
    ),
    extensions(("x-alveole" = json!({
        "permission": "webhooks:write",
        "codes": ["webhooks.too_many", "webhooks.no_secrets"]
    })))
)]
#[post("/webhooks/endpoints")]
pub(crate) async fn create(call: Call, webhooks: Data<Webhooks>, body: Body) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    reply::never_again(&call)?;
    let command = dto::create(&body)?;
    let (view, secret) = webhooks.create(&actor, command).await?;
    let location = format!("/api/v1/webhooks/endpoints/{}", view.endpoint.id);
    Ok(reply::secret_made(CreatedBody::new(&view, &secret), &location))
}

/// Read an endpoint
///
/// With its health, and how far it is behind.
#[utoipa::path(
    tag = "webhooks",
    operation_id = "webhooks_read",
    responses((status = 200, description = "The endpoint", body = Envelope<EndpointBody>)),
    extensions(("x-alveole" = json!({"permission": "webhooks:write", "conditional": "read"})))
)]
#[get("/webhooks/endpoints/{id}")]
pub(crate) async fn read(call: Call, webhooks: Data<Webhooks>) -> Answer {
    let actor = call.actor()?;
    let id: EndpointId = call.id("id")?;
    call.no_query()?;
    let body = EndpointBody::from(&webhooks.get(&actor, id).await?);
    let etag = etag_of(&body);
    reply::tagged_unless_known(&call, body, &etag)
}

/// Change an endpoint
///
/// A merge patch: an absent field stays, null clears.
#[utoipa::path(
    tag = "webhooks",
    operation_id = "webhooks_update",
    request_body = UpdateEndpointBody,
    responses((status = 200, description = "The endpoint as it is now", body = Envelope<EndpointBody>)),
    extensions(("x-alveole" = json!({"permission": "webhooks:write", "conditional": "write"})))
)]
#[route("/webhooks/endpoints/{id}", method = "PUT", method = "PATCH")]
pub(crate) async fn update(call: Call, webhooks: Data<Webhooks>, body: Body) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let update = dto::update(&body, &webhooks)?;
    Ok(shown(&webhooks.update(&actor, id, call.expected()?, update).await?))
}

/// Delete an endpoint
///
/// With its deliveries, for good.
#[utoipa::path(
    tag = "webhooks",
    operation_id = "webhooks_delete",
    responses((status = 200, description = "It is deleted", body = Done)),
    extensions(("x-alveole" = json!({"permission": "webhooks:write", "conditional": "write"})))
)]
#[delete("/webhooks/endpoints/{id}")]
pub(crate) async fn remove(call: Call, webhooks: Data<Webhooks>) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    webhooks.remove(&actor, id, call.expected()?).await?;
    Ok(reply::done("Endpoint deleted."))
}

/// Enable an endpoint
///
/// It goes on where it stood still, at `now`, or behind a cursor of the feed. One that is enabled stays as it is.
#[utoipa::path(
    tag = "webhooks",
    operation_id = "webhooks_enable",
    request_body = EnableBody,
    responses(
        (status = 200, description = "The endpoint as it is now", body = Envelope<EndpointBody>),
        (status = 410, description = "Events behind `from` are missing")
    ),
    extensions(("x-alveole" = json!({"permission": "webhooks:write", "conditional": "write"})))
)]
#[post("/webhooks/endpoints/{id}/enable")]
pub(crate) async fn enable(call: Call, webhooks: Data<Webhooks>, body: Body) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let from = dto::enable(&body)?;
    Ok(shown(&webhooks.enable(&actor, id, call.expected()?, from).await?))
}

/// Disable an endpoint
///
/// It stands still. What happens meanwhile is sent when it is enabled, as long as the feed keeps it.
#[utoipa::path(
    tag = "webhooks",
    operation_id = "webhooks_disable",
    responses((status = 200, description = "The endpoint as it is now", body = Envelope<EndpointBody>)),
    extensions(("x-alveole" = json!({"permission": "webhooks:write", "conditional": "write"})))
)]
#[post("/webhooks/endpoints/{id}/disable")]
pub(crate) async fn disable(call: Call, webhooks: Data<Webhooks>) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    Ok(shown(&webhooks.disable(&actor, id, call.expected()?).await?))
}

/// Give an endpoint another secret
///
/// Messages are signed with both for as long as `overlap_seconds` says.
#[utoipa::path(
    tag = "webhooks",
    operation_id = "webhooks_rotate",
    request_body = RotateBody,
    responses((status = 200, description = "The new secret", body = Envelope<RotatedBody>)),
    extensions(("x-alveole" = json!({
        "permission": "webhooks:write", "codes": ["webhooks.no_secrets"]
    })))
)]
#[post("/webhooks/endpoints/{id}/secret/rotate")]
pub(crate) async fn rotate(call: Call, webhooks: Data<Webhooks>, body: Body) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    reply::never_again(&call)?;
    let overlap = dto::rotate(&body)?;
    let (secret, until) = webhooks.rotate(&actor, id, overlap).await?;
    let old_valid_until = until.map(|until| until.to_string());
    Ok(reply::secret(RotatedBody { secret: secret.expose(), old_valid_until }))
}
