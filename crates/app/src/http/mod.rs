//! The HTTP side: the route table and nothing else. Rooms register their handlers with
//! `service`, which takes documented handlers only, so that no route exists without its operation.

pub mod auth;
pub mod authz;
pub mod call;
pub mod cidr;
pub mod client;
pub mod codes;
pub mod context;
pub mod docs;
pub mod documents;
pub mod etag;
pub mod fields;
pub mod files;
pub mod gate;
pub mod keys;
pub mod ops;
pub mod problem;
pub mod products;
pub mod query;
pub mod reply;
pub mod routes;
pub mod rules;
pub mod state;
mod stream;
pub mod tasks;
pub mod url;
pub mod users;

use routes::{RouteError, RouteTable};
use utoipa_actix_web::{scope, service_config::ServiceConfig};

/// Where the API is mounted.
pub const BASE: &str = "/api/v1";

/// Every route of a document and of the pages beside it, with the rules of every domain.
///
/// # Errors
/// When they contradict one another.
pub fn route_table(document: &str) -> Result<RouteTable, RouteError> {
    let rules = [auth::RULES, users::RULES, files::RULES, documents::RULES];
    RouteTable::new(document, BASE, &rules, docs::PAGES)
}

/// Every documented route.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(
            scope(BASE)
                .configure(tasks::routes)
                .configure(products::routes)
                .configure(auth::routes)
                .configure(authz::routes)
                // `/users/me/avatar` goes before `/users/{id}`.
                .configure(files::routes)
                .configure(documents::handlers::routes)
                .configure(users::routes),
        )
        .service(ops::health)
        .service(ops::ready)
        .service(ops::metrics)
        .service(keys::jwks);
}
