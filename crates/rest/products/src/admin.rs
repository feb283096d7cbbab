//! What is done to the catalogue: parse, call, present.

use actix_web::{delete, get, post, route, web::Data};
use products::Products;
use products::query::{DEFAULT_ORDER, MOVEMENT_ORDER, ProductSort};
use rest::{
    call::{Body, Call},
    reply::{self, Done, Envelope, PageEnvelope},
};

use super::dto::{
    self, AdminParams, CreateProductBody, FilterParams, MoveStockBody, MovementBody, ProductBody,
    TextParams, UpdateProductBody, product_etag,
};
use crate::Answer;

/// List the catalogue
///
/// Every product, drafts and discontinued ones included.
#[utoipa::path(
    tag = "catalog",
    operation_id = "admin_products_list",
    params(FilterParams, TextParams, AdminParams),
    responses((status = 200, description = "A page of products", body = PageEnvelope<ProductBody>)),
    extensions(("x-alveole" = json!({"permission": "catalog:manage", "paged": true})))
)]
#[get("/admin/products")]
pub(crate) async fn list(call: Call, products: Data<Products>) -> Answer {
    let actor = call.actor()?;
    let mut query = call.query();
    let (filter, category) = dto::admin_filter(&mut query);
    let order = query.order(&ProductSort::ALL, &DEFAULT_ORDER);
    let request = query.page(&order, &ProductSort::ALL);
    query.finish()?;
    let page = products.list_all(&actor, filter, category, order, request.clone()).await?;
    Ok(reply::page(&call, &request, page.map(|product| ProductBody::from(&product))))
}

/// Create a product
///
/// What is in stock at first opens its ledger.
#[utoipa::path(
    tag = "catalog",
    operation_id = "admin_products_create",
    request_body = CreateProductBody,
    responses((status = 201, description = "The new product", body = Envelope<ProductBody>)),
    extensions(("x-alveole" = json!({"permission": "catalog:manage", "idempotent": true, "tagged": true})))
)]
#[post("/admin/products")]
pub(crate) async fn create(call: Call, products: Data<Products>, body: Body) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let command = dto::create(&body)?;
    let idempotent = reply::idempotent(&call, &body, dto::created)?;
    let outcome = products.create(&actor, idempotent, command).await?;
    reply::outcome(outcome, dto::created)
}

/// Read a product of the catalogue
///
/// Drafts included.
#[utoipa::path(
    tag = "catalog",
    operation_id = "admin_products_read",
    responses((status = 200, description = "The product", body = Envelope<ProductBody>)),
    extensions(("x-alveole" = json!({"permission": "catalog:manage", "conditional": "read"})))
)]
#[get("/admin/products/{id}")]
pub(crate) async fn read(call: Call, products: Data<Products>) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let product = products.inspect(&actor, id).await?;
    reply::tagged_unless_known(&call, ProductBody::from(&*product), &product_etag(&product))
}

/// Change a product
///
/// A merge patch: what is absent stays, null clears. The stock is not changed here. A movement of
/// stock does not outdate an `If-Match`.
#[utoipa::path(
    tag = "catalog",
    operation_id = "admin_products_update",
    request_body = UpdateProductBody,
    responses((status = 200, description = "The product as it is now", body = Envelope<ProductBody>)),
    extensions(("x-alveole" = json!({"permission": "catalog:manage", "conditional": "write"})))
)]
#[route("/admin/products/{id}", method = "PUT", method = "PATCH")]
pub(crate) async fn update(call: Call, products: Data<Products>, body: Body) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let update = dto::update(&body)?;
    let product = products.update(&actor, id, call.expected()?, update).await?;
    Ok(reply::tagged(ProductBody::from(&product), &product_etag(&product)))
}

/// Delete a product
///
/// For good, with its ledger; 409 while somebody owns one (set `status` to `discontinued` then).
#[utoipa::path(
    tag = "catalog",
    operation_id = "admin_products_delete",
    responses((status = 200, description = "It is deleted", body = Done)),
    extensions(("x-alveole" = json!({"permission": "catalog:manage", "conditional": "write"})))
)]
#[delete("/admin/products/{id}")]
pub(crate) async fn remove(call: Call, products: Data<Products>) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    products.remove(&actor, id, call.expected()?).await?;
    Ok(reply::done("Product deleted."))
}

/// List the movements of a product's stock
///
/// Newest first. Their sum is what is in stock.
#[utoipa::path(
    tag = "catalog",
    operation_id = "admin_products_ledger",
    responses((status = 200, description = "A page of movements", body = PageEnvelope<MovementBody>)),
    extensions(("x-alveole" = json!({"permission": "catalog:manage", "paged": true})))
)]
#[get("/admin/products/{id}/stock")]
pub(crate) async fn ledger(call: Call, products: Data<Products>) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    let mut query = call.query();
    let request = query.page_in_order(MOVEMENT_ORDER.text, MOVEMENT_ORDER.directions.len());
    query.finish()?;
    let page = products.movements(&actor, id, request.clone()).await?;
    Ok(reply::page(&call, &request, page.map(|movement| MovementBody::from(&movement))))
}

/// Move a product's stock
///
/// Adds `delta` to what is in stock and writes it into the ledger, both or neither. Never below 0:
/// 409 says how many there are.
#[utoipa::path(
    tag = "catalog",
    operation_id = "admin_products_move_stock",
    request_body = MoveStockBody,
    responses((status = 201, description = "The movement", body = Envelope<MovementBody>)),
    extensions(("x-alveole" = json!({"permission": "catalog:manage", "idempotent": true})))
)]
#[post("/admin/products/{id}/stock")]
pub(crate) async fn move_stock(call: Call, products: Data<Products>, body: Body) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let command = dto::move_stock(&body)?;
    let idempotent = reply::idempotent(&call, &body, dto::moved)?;
    let outcome = products.move_stock(&actor, idempotent, id, command).await?;
    reply::outcome(outcome, dto::moved)
}
