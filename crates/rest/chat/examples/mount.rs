//! Chat in an actix-web application that has pages and users of its own.
//!
//! `cargo run -p alveole-rest-chat --example mount_chat`, then
//! `curl -H 'Authorization: Bearer secret' localhost:8080/api/v1/chat/rooms`
#![expect(clippy::disallowed_methods, reason = "an application of another project may use `route`")]

use std::sync::Arc;

use actix_web::{App, HttpServer, web};
use chat::{Chat, service::Dependencies};
use kernel::{Actor, Role, SystemClock};
use memory::{MemoryDb, MemoryLimiter, MemoryNotifier, MemoryPresence};
use rest::{
    Api,
    api::{Ports, Settings},
    defaults::FixedTokens,
};
use rest_chat::live::{Live, PRESENCE_MAX};
use socket::{Limits, Sockets};

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let db = MemoryDb::new();
    let me = Actor::new(db.add_person("owner")?, Role::User);
    let chat = Arc::new(Chat::new(Dependencies {
        work: db,
        clock: Arc::new(SystemClock),
        limiter: Arc::new(MemoryLimiter::new([chat::service::MESSAGES])),
    }));
    // Anything that implements `kernel::Authenticator`.
    let my_users = Arc::new(FixedTokens::default().with("secret", me));
    let presence = Arc::new(MemoryPresence::new(Arc::new(SystemClock)));
    let notifier = Arc::new(MemoryNotifier::alone());
    let live = Arc::new(Live::new(Arc::clone(&chat), presence, notifier, PRESENCE_MAX));
    let sockets = socket::module(Sockets::new(Limits::default()));
    let modules = vec![sockets, rest_chat::module(chat, live)];
    let api = Api::new(Settings::default(), Ports::new(my_users), modules)?;
    let app = move || {
        let page = web::get().to(|| async { "a page of this application" });
        App::new().configure(|config| api.mount(config)).route("/", page)
    };
    Ok(HttpServer::new(app).bind(("127.0.0.1", 8080))?.run().await?)
}
