//! What the caller owns: parse, call, present.

use actix_web::{delete, get, post, put};
use products::query::{OWNED_ORDER, OwnedFilter, OwnedSort, WARRANTY_ORDER, Warranty};

use super::dto::{
    self, CreateOwnedBody, OwnedBody, OwnedParams, UpdateOwnedBody, WarrantyParams, owned_etag,
};
use crate::http::{
    call::{Body, Call},
    problem::Answer,
    reply::{self, Done, Envelope, PageEnvelope},
};

/// List what one owns
#[utoipa::path(
    tag = "products",
    operation_id = "user_products_list",
    params(OwnedParams),
    responses((status = 200, description = "A page of things", body = PageEnvelope<OwnedBody>)),
    extensions(("x-alveole" = json!({"permission": "products:read", "paged": true})))
)]
#[get("/user-products")]
pub(crate) async fn list(call: Call) -> Answer {
    let actor = call.actor()?;
    let mut query = call.query();
    let filter = dto::owned_filter(&call, &mut query)?;
    let order = query.order(&OwnedSort::ALL, &OWNED_ORDER);
    let request = query.page(&order, &OwnedSort::ALL);
    query.finish()?;
    let page = call.state().products.owned_list(&actor, filter, order, request.clone()).await?;
    Ok(reply::page(&call, &request, page.map(|holding| OwnedBody::from(&holding))))
}

/// List warranties
///
/// Things whose warranty has a known end, what ends first in front. A warranty holds up to and on its last
/// day; `expiring` ones end within 30 days. Days are those of UTC.
#[utoipa::path(
    tag = "products",
    operation_id = "user_products_warranty",
    params(WarrantyParams, OwnedParams),
    responses((status = 200, description = "A page of things", body = PageEnvelope<OwnedBody>)),
    extensions(("x-alveole" = json!({"permission": "products:read", "paged": true})))
)]
#[get("/user-products/warranty")]
pub(crate) async fn warranty(call: Call) -> Answer {
    let actor = call.actor()?;
    let mut query = call.query();
    let wanted = query.optional("filter", dto::warranty).unwrap_or(Warranty::Known);
    let filter = dto::owned_filter(&call, &mut query)?;
    let order = query.order(&OwnedSort::ALL, &WARRANTY_ORDER);
    let request = query.page(&order, &OwnedSort::ALL);
    query.finish()?;
    let filter = OwnedFilter { warranty: Some(wanted), ..filter };
    let page = call.state().products.owned_list(&actor, filter, order, request.clone()).await?;
    Ok(reply::page(&call, &request, page.map(|holding| OwnedBody::from(&holding))))
}

/// Enter something one owns
#[utoipa::path(
    tag = "products",
    operation_id = "user_products_create",
    request_body = CreateOwnedBody,
    responses((status = 201, description = "The thing", body = Envelope<OwnedBody>)),
    extensions(("x-alveole" = json!({"permission": "products:write", "idempotent": true})))
)]
#[post("/user-products")]
pub(crate) async fn create(call: Call, body: Body) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let command = dto::create_owned(&body)?;
    let once = reply::once(&call, &body, dto::owned_created)?;
    let settled = call.state().products.own(&actor, once, command).await?;
    reply::settled(settled, dto::owned_created)
}

/// Read something one owns
#[utoipa::path(
    tag = "products",
    operation_id = "user_products_read",
    responses((status = 200, description = "The thing", body = Envelope<OwnedBody>)),
    extensions(("x-alveole" = json!({"permission": "products:read", "conditional": "read"})))
)]
#[get("/user-products/{id}")]
pub(crate) async fn read(call: Call) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let holding = call.state().products.owned(&actor, id).await?;
    reply::tagged_unless_known(&call, OwnedBody::from(&holding), &owned_etag(&holding))
}

/// Change something one owns
///
/// A merge patch: what is absent stays, null clears.
#[utoipa::path(
    tag = "products",
    operation_id = "user_products_update",
    request_body = UpdateOwnedBody,
    responses((status = 200, description = "The thing as it is now", body = Envelope<OwnedBody>)),
    extensions(("x-alveole" = json!({"permission": "products:write", "conditional": "write"})))
)]
#[put("/user-products/{id}")]
pub(crate) async fn update(call: Call, body: Body) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let update = dto::update_owned(&body)?;
    let holding = call.state().products.update_owned(&actor, id, call.expected()?, update).await?;
    Ok(reply::tagged(OwnedBody::from(&holding), &owned_etag(&holding)))
}

/// Delete something one owns
#[utoipa::path(
    tag = "products",
    operation_id = "user_products_delete",
    responses((status = 200, description = "It is deleted", body = Done)),
    extensions(("x-alveole" = json!({"permission": "products:write", "conditional": "write"})))
)]
#[delete("/user-products/{id}")]
pub(crate) async fn remove(call: Call) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    call.state().products.disown(&actor, id, call.expected()?).await?;
    Ok(reply::done("Deleted."))
}
