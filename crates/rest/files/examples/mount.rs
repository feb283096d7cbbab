//! Files in an actix-web application that has pages and users of its own.
//!
//! `cargo run -p alveole-rest-files --example mount_files`, then
//! `curl -H 'Authorization: Bearer secret' -F file=@README.md localhost:8080/api/v1/files`
#![expect(clippy::disallowed_methods, reason = "an application of another project may use `route`")]

use std::sync::Arc;

use actix_web::{App, HttpServer, web};
use kernel::{Actor, ErrorKind, Role, SystemClock};
use memory::{MemoryDb, fakes::files_service};
use rest::{
    Api,
    api::{Ports, Settings},
    defaults::FixedTokens,
    problem::Problem,
};
use rest_files::avatar::SetAvatar;

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let db = MemoryDb::new();
    let me = Actor::new(db.add_person("owner")?, Role::User);
    let files = Arc::new(files_service(db, Arc::new(SystemClock)));
    // The people of this application have no pictures.
    let no_avatars: SetAvatar = Arc::new(|_, _| {
        let detail = "There is nothing at this path.";
        Box::pin(async move { Err(Problem::new(ErrorKind::NotFound, "route.not_found", detail)) })
    });
    // Anything that implements `kernel::Authenticator`.
    let my_users = Arc::new(FixedTokens::default().with("secret", me));
    let modules = vec![rest_files::module(files, no_avatars)];
    let api = Api::new(Settings::default(), Ports::new(my_users), modules)?;
    let app = move || {
        let page = web::get().to(|| async { "a page of this application" });
        App::new().configure(|config| api.mount(config)).route("/", page)
    };
    Ok(HttpServer::new(app).bind(("127.0.0.1", 8080))?.run().await?)
}
