#![doc = include_str!("../README.md")]

pub mod admin;
pub mod catalog;
pub mod categories;
pub mod codes;
mod csv_lines;
pub mod dto;
pub mod import;
mod module;
pub mod owned;

use products::ProductError;
use rest::{etag, problem::Problem, rules::RequestRule};
use utoipa_actix_web::service_config::ServiceConfig;

pub use module::{description, module};

/// Registers the operations; fixed paths before those with an id.
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

/// What the routes ask of the code around their handlers. An import bounds its own time: reading the
/// body by half of the request time-out, writing it by ten minutes.
pub const RULES: &[RequestRule] =
    &[RequestRule::new("/admin/products/import").method("POST").no_deadline()];

rest::failure!(ProductError, present);

/// A stale write gets the current state.
fn present(error: ProductError) -> Problem {
    let problem = Problem::from_error(&error);
    match &error {
        ProductError::MissingPermission(permission) => problem.with_permission(permission),
        ProductError::Stale(product) => problem
            .with_current(dto::ProductBody::from(product.as_ref()), dto::product_etag(product)),
        ProductError::CategoryStale(category) => problem.with_current(
            dto::CategoryBody::from(category.as_ref()),
            etag::of(category.version, ""),
        ),
        ProductError::OwnedStale(view) => {
            problem.with_current(dto::OwnedBody::from(view.as_ref()), dto::owned_etag(view))
        }
        _ => problem,
    }
}
