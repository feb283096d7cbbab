//! The catalogue in an actix-web application that has pages and users of its own.
//!
//! `cargo run -p alveole-rest-products --example mount_products`, then `curl localhost:8080/api/v1/products`
#![expect(clippy::disallowed_methods, reason = "an application of another project may use `route`")]

use std::{sync::Arc, time::Duration};

use actix_web::{App, HttpServer, web};
use kernel::{Actor, Role, SystemClock};
use memory::{MemoryCache, MemoryDb};
use products::{Products, service::Caches, values::Currency};
use rest::{
    Api,
    api::{Ports, Settings},
    defaults::FixedTokens,
};

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let db = MemoryDb::new();
    let keeper = Actor::new(db.add_person("keeper")?, Role::Admin);
    let minute = Duration::from_secs(60);
    let caches = Caches {
        products: Arc::new(MemoryCache::new(1000, minute)),
        pages: Arc::new(MemoryCache::new(100, minute)),
        categories: Arc::new(MemoryCache::new(1, minute)),
        version: Arc::new(MemoryCache::new(1, minute)),
    };
    let products = Arc::new(Products::new(db, Arc::new(SystemClock), caches, Currency::EUR));
    // Anything that implements `kernel::Authenticator`.
    let my_users = Arc::new(FixedTokens::default().with("secret", keeper));
    let modules = vec![rest_products::module(products)];
    let api = Api::new(Settings::default(), Ports::new(my_users), modules)?;
    let app = move || {
        let page = web::get().to(|| async { "a page of this application" });
        App::new().configure(|config| api.mount(config)).route("/", page)
    };
    Ok(HttpServer::new(app).bind(("127.0.0.1", 8080))?.run().await?)
}
