//! What the caller owns: parse, call, present.

use actix_web::{delete, get, post, route, web::Data};
use products::Products;
use products::query::{
    OWNED_ORDER, OwnedProductFilter, OwnedProductSort, WARRANTY_ORDER, Warranty,
};
use rest::{
    call::{Body, Call},
    reply::{self, Done, Envelope, PageEnvelope},
};

use super::dto::{
    self, CreateOwnedBody, OwnedBody, OwnedParams, UpdateOwnedBody, WarrantyParams, owned_etag,
};
use crate::Answer;

/// List what one owns
#[utoipa::path(
    tag = "products",
    operation_id = "user_products_list",
    params(OwnedParams),
    responses((status = 200, description = "A page of things", body = PageEnvelope<OwnedBody>)),
    extensions(("x-alveole" = json!({"permission": "products:read", "paged": true})))
)]
#[get("/user-products")]
pub(crate) async fn list(call: Call, products: Data<Products>) -> Answer {
    let actor = call.actor()?;
    let mut query = call.query();
    let filter = dto::owned_filter(&call, &mut query)?;
    let order = query.order(&OwnedProductSort::ALL, &OWNED_ORDER);
    let request = query.page(&order, &OwnedProductSort::ALL);
    query.finish()?;
    let page = products.owned_list(&actor, filter, order, request.clone()).await?;
    Ok(reply::page(&call, &request, page.map(|view| OwnedBody::from(&view))))
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
pub(crate) async fn warranty(call: Call, products: Data<Products>) -> Answer {
    let actor = call.actor()?;
    let mut query = call.query();
    let wanted = query.optional("filter", dto::warranty).unwrap_or(Warranty::Known);
    let filter = dto::owned_filter(&call, &mut query)?;
    let order = query.order(&OwnedProductSort::ALL, &WARRANTY_ORDER);
    let request = query.page(&order, &OwnedProductSort::ALL);
    query.finish()?;
    let filter = OwnedProductFilter { warranty: Some(wanted), ..filter };
    let page = products.owned_list(&actor, filter, order, request.clone()).await?;
    Ok(reply::page(&call, &request, page.map(|view| OwnedBody::from(&view))))
}

/// Enter something one owns
#[utoipa::path(
    tag = "products",
    operation_id = "user_products_create",
    request_body = CreateOwnedBody,
    responses((status = 201, description = "The thing", body = Envelope<OwnedBody>)),
    extensions(("x-alveole" = json!({"permission": "products:write", "idempotent": true, "tagged": true})))
)]
#[post("/user-products")]
pub(crate) async fn create(call: Call, products: Data<Products>, body: Body) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let command = dto::create_owned(&body)?;
    let idempotent = reply::idempotent(&call, &body, dto::owned_created)?;
    let outcome = products.own(&actor, idempotent, command).await?;
    reply::outcome(outcome, dto::owned_created)
}

/// Read something one owns
#[utoipa::path(
    tag = "products",
    operation_id = "user_products_read",
    responses((status = 200, description = "The thing", body = Envelope<OwnedBody>)),
    extensions(("x-alveole" = json!({"permission": "products:read", "conditional": "read"})))
)]
#[get("/user-products/{id}")]
pub(crate) async fn read(call: Call, products: Data<Products>) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let view = products.owned(&actor, id).await?;
    reply::tagged_unless_known(&call, OwnedBody::from(&view), &owned_etag(&view))
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
#[route("/user-products/{id}", method = "PUT", method = "PATCH")]
pub(crate) async fn update(call: Call, products: Data<Products>, body: Body) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let update = dto::update_owned(&body)?;
    let view = products.update_owned(&actor, id, call.expected()?, update).await?;
    Ok(reply::tagged(OwnedBody::from(&view), &owned_etag(&view)))
}

/// Delete something one owns
#[utoipa::path(
    tag = "products",
    operation_id = "user_products_delete",
    responses((status = 200, description = "It is deleted", body = Done)),
    extensions(("x-alveole" = json!({"permission": "products:write", "conditional": "write"})))
)]
#[delete("/user-products/{id}")]
pub(crate) async fn remove(call: Call, products: Data<Products>) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    products.disown(&actor, id, call.expected()?).await?;
    Ok(reply::done("Deleted."))
}
