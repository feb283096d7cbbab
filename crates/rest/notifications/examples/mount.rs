//! Notifications in an actix-web application that has pages and users of its own.
//!
//! `cargo run -p alveole-rest-notifications --example mount_notifications`, then
//! `curl -H 'Authorization: Bearer secret' localhost:8080/api/v1/notifications`
#![expect(clippy::disallowed_methods, reason = "an application of another project may use `route`")]

use std::sync::Arc;

use actix_web::{App, HttpServer, web};
use kernel::{Actor, Role, SystemClock};
use memory::MemoryDb;
use notifications::Notifications;
use rest::{
    Api,
    api::{Ports, Settings},
    defaults::FixedTokens,
};

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let db = MemoryDb::new();
    let me = Actor::new(db.add_person("owner")?, Role::User);
    let notifications = Arc::new(Notifications::new(db, Arc::new(SystemClock)));
    // Anything that implements `kernel::Authenticator`.
    let my_users = Arc::new(FixedTokens::default().with("secret", me));
    let modules = vec![rest_notifications::module(notifications)];
    let api = Api::new(Settings::default(), Ports::new(my_users), modules)?;
    let app = move || {
        let page = web::get().to(|| async { "a page of this application" });
        App::new().configure(|config| api.mount(config)).route("/", page)
    };
    Ok(HttpServer::new(app).bind(("127.0.0.1", 8080))?.run().await?)
}
