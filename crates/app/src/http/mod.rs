//! The HTTP side: the route table and nothing else. Rooms register their handlers with
//! `service`, which takes documented handlers only, so that no route exists without its operation.

pub mod auth;
pub mod authz;
pub mod call;
pub mod client;
pub mod codes;
pub mod context;
pub mod docs;
pub mod documents;
pub mod expect;
pub mod fields;
pub mod files;
pub mod gate;
pub mod incoming;
pub mod keys;
pub mod ops;
pub mod problem;
pub mod products;
pub mod query;
pub mod reply;
pub mod routes;
pub mod state;
mod stream;
pub mod tasks;
pub mod users;

use utoipa_actix_web::{scope, service_config::ServiceConfig};

/// Every documented route.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(
            scope("/api/v1")
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
