//! Categories: read by anybody, kept by those with `catalog:manage`.

use actix_web::{delete, get, post, route, web::Data};
use products::Products;
use rest::{
    call::{Body, Call},
    etag,
    reply::{self, Done, Envelope},
};

use super::dto::{self, CategoryBody, CreateCategoryBody, UpdateCategoryBody};
use crate::Answer;

/// List categories
///
/// All of them, by number; `parent_id` makes a tree of them.
#[utoipa::path(
    tag = "products",
    operation_id = "categories_list",
    responses((status = 200, description = "The categories", body = Envelope<Vec<CategoryBody>>)),
    extensions(("x-alveole" = json!({"permission": "public", "conditional": "read"})))
)]
#[get("/categories")]
pub(crate) async fn list(call: Call, products: Data<Products>) -> Answer {
    call.no_query()?;
    let all = products.categories().await?;
    reply::public(&call, all.iter().map(CategoryBody::from).collect::<Vec<_>>())
}

/// Create a category
#[utoipa::path(
    tag = "catalog",
    operation_id = "admin_categories_create",
    request_body = CreateCategoryBody,
    responses((status = 201, description = "The new category", body = Envelope<CategoryBody>)),
    extensions(("x-alveole" = json!({"permission": "catalog:manage", "idempotent": true, "tagged": true})))
)]
#[post("/admin/categories")]
pub(crate) async fn create(call: Call, products: Data<Products>, body: Body) -> Answer {
    let actor = call.actor()?;
    call.no_query()?;
    let command = dto::create_category(&body)?;
    let idempotent = reply::idempotent(&call, &body, dto::category_created)?;
    let outcome = products.create_category(&actor, idempotent, command).await?;
    reply::outcome(outcome, dto::category_created)
}

/// Read a category
#[utoipa::path(
    tag = "catalog",
    operation_id = "admin_categories_read",
    responses((status = 200, description = "The category", body = Envelope<CategoryBody>)),
    extensions(("x-alveole" = json!({"permission": "catalog:manage", "conditional": "read"})))
)]
#[get("/admin/categories/{id}")]
pub(crate) async fn read(call: Call, products: Data<Products>) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let category = products.category(&actor, id).await?;
    let tag = etag::of(category.version, "");
    reply::tagged_unless_known(&call, CategoryBody::from(&category), &tag)
}

/// Change a category
///
/// A merge patch: what is absent stays, null clears. It cannot be put below itself.
#[utoipa::path(
    tag = "catalog",
    operation_id = "admin_categories_update",
    request_body = UpdateCategoryBody,
    responses((status = 200, description = "The category as it is now", body = Envelope<CategoryBody>)),
    extensions(("x-alveole" = json!({"permission": "catalog:manage", "conditional": "write"})))
)]
#[route("/admin/categories/{id}", method = "PUT", method = "PATCH")]
pub(crate) async fn update(call: Call, products: Data<Products>, body: Body) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    let update = dto::update_category(&body)?;
    let expected = call.expected()?;
    let category = products.update_category(&actor, id, expected, update).await?;
    Ok(reply::tagged(CategoryBody::from(&category), &etag::of(category.version, "")))
}

/// Delete a category
///
/// Only while nothing is in it: 409 otherwise.
#[utoipa::path(
    tag = "catalog",
    operation_id = "admin_categories_delete",
    responses((status = 200, description = "It is deleted", body = Done)),
    extensions(("x-alveole" = json!({"permission": "catalog:manage", "conditional": "write"})))
)]
#[delete("/admin/categories/{id}")]
pub(crate) async fn remove(call: Call, products: Data<Products>) -> Answer {
    let actor = call.actor()?;
    let id = call.id("id")?;
    call.no_query()?;
    products.remove_category(&actor, id, call.expected()?).await?;
    Ok(reply::done("Category deleted."))
}
