//! The routes of products: the catalogue as anybody sees it, what is done to it, and what people
//! own.

pub mod admin;
pub mod catalog;
pub mod categories;
pub mod dto;
pub mod import;
pub mod owned;

use products::ProductError;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{etag, problem::Problem};

/// Registers the room's routes; fixed paths before those with an id.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(catalog::list)
        .service(catalog::search)
        .service(catalog::read)
        .service(categories::list)
        .service(categories::create)
        .service(categories::read)
        .service(categories::update)
        .service(categories::remove)
        .service(import::import)
        .service(admin::list)
        .service(admin::create)
        .service(admin::read)
        .service(admin::update)
        .service(admin::remove)
        .service(admin::ledger)
        .service(admin::move_stock)
        .service(owned::warranty)
        .service(owned::list)
        .service(owned::create)
        .service(owned::read)
        .service(owned::update)
        .service(owned::remove);
}

/// This room's failures; a stale write is told the current state.
impl From<ProductError> for Problem {
    fn from(error: ProductError) -> Self {
        let problem = Self::from_fault(&error);
        match &error {
            ProductError::MissingPermission(permission) => problem.with_permission(permission),
            ProductError::Stale(product) => problem
                .with_current(dto::ProductBody::from(product.as_ref()), dto::product_etag(product)),
            ProductError::CategoryStale(category) => problem.with_current(
                dto::CategoryBody::from(category.as_ref()),
                etag::of(category.version, ""),
            ),
            ProductError::OwnedStale(holding) => problem
                .with_current(dto::OwnedBody::from(holding.as_ref()), dto::owned_etag(holding)),
            _ => problem,
        }
    }
}
