//! Inbound webhooks in an actix-web application that has pages and users of its own.
//!
//! `cargo run -p alveole-rest-inbound --example mount_inbound`, then
//! `curl -X PUT -H 'Authorization: Bearer secret' -H 'Content-Type: application/json' \
//!   -d '{"scheme": "hmac", "secrets": ["at least 16 characters"]}' \
//!   localhost:8080/api/v1/admin/webhooks/sources/shop`
#![expect(clippy::disallowed_methods, reason = "an application of another project may use `route`")]

use std::sync::Arc;

use actix_web::{App, HttpServer, web};
use inbound::Inbound;
use kernel::{Actor, Role, SealError, SecretSeal, SystemClock};
use memory::MemoryDb;
use rest::{
    Api,
    api::{Ports, Settings},
    defaults::FixedTokens,
};

/// This application keeps its secrets in memory only, so it does not encrypt them.
struct InMemory;

impl SecretSeal for InMemory {
    fn seal(&self, _: &str, secret: &[u8]) -> Result<Vec<u8>, SealError> {
        Ok(secret.to_vec())
    }

    fn open(&self, _: &str, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        Ok(sealed.to_vec())
    }
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let db = MemoryDb::new();
    let me = Actor::new(db.add_person("owner")?, Role::Admin);
    let inbound = Inbound::new(db, Arc::new(SystemClock), Some(Arc::new(InMemory)));
    // Anything that implements `kernel::Authenticator`.
    let my_users = Arc::new(FixedTokens::default().with("secret", me));
    let modules = vec![rest_inbound::module(Arc::new(inbound))];
    let api = Api::new(Settings::default(), Ports::new(my_users), modules)?;
    let app = move || {
        let page = web::get().to(|| async { "a page of this application" });
        App::new().configure(|config| api.mount(config)).route("/", page)
    };
    Ok(HttpServer::new(app).bind(("127.0.0.1", 8080))?.run().await?)
}
