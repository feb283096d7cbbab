//! Webhooks in an actix-web application that has pages and users of its own. What would be sent is printed.
//!
//! `cargo run -p alveole-rest-webhooks --example mount_webhooks`, then
//! `curl -H 'Authorization: Bearer secret' localhost:8080/api/v1/webhooks/endpoints`
#![expect(clippy::disallowed_methods, reason = "an application of another project may use `route`")]

use std::{sync::Arc, time::Duration};

use actix_web::{App, HttpServer, web};
use async_trait::async_trait;
use kernel::{Actor, Role, SystemClock, UserId};
use memory::MemoryDb;
use rest::{
    Api,
    api::{Ports, Settings},
    defaults::FixedTokens,
};
use webhooks::{
    Webhooks,
    outbound::{Outcome, Request, Sender},
    secrets::{SealedSecret, SecretVault, VaultError},
    service::Dependencies,
    settings::{self, Pace},
    signature::SigningSecret,
};

/// A real application has `HttpSender`, a vault with a key, and chance.
struct Sample;

#[async_trait]
impl Sender for Sample {
    async fn send(&self, request: Request) -> Outcome {
        println!("POST {}: {}", request.url, String::from_utf8_lossy(&request.body));
        Outcome {
            duration: Duration::ZERO,
            status: Some(200),
            retry_after: None,
            fault: None,
            answer: String::new(),
        }
    }
}

#[async_trait]
impl Pace for Sample {
    async fn pause(&self, time: Duration) {
        actix_web::rt::time::sleep(time).await;
    }

    fn chance(&self) -> f64 {
        0.5
    }
}

impl SecretVault for Sample {
    fn generate(&self) -> SigningSecret {
        SigningSecret::from_bytes([7; 32])
    }

    fn seal(&self, _: UserId, secret: &SigningSecret) -> Result<SealedSecret, VaultError> {
        Ok(SealedSecret::new(secret.expose()))
    }

    fn open(&self, _: UserId, sealed: &SealedSecret) -> Result<SigningSecret, VaultError> {
        SigningSecret::parse(sealed.expose()).map_err(|error| VaultError(error.to_string()))
    }
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let db = MemoryDb::new();
    let me = Actor::new(db.add_person("owner")?, Role::User);
    let webhooks = Arc::new(Webhooks::new(Dependencies {
        work: db,
        clock: Arc::new(SystemClock),
        sender: Arc::new(Sample),
        vault: Some(Arc::new(Sample)),
        pace: Arc::new(Sample),
        settings: settings::Settings::default(),
    }));
    // Anything that implements `kernel::Authenticator`.
    let my_users = Arc::new(FixedTokens::default().with("secret", me));
    let modules = vec![rest_webhooks::module(webhooks)];
    let api = Api::new(Settings::default(), Ports::new(my_users), modules)?;
    let app = move || {
        let page = web::get().to(|| async { "a page of this application" });
        App::new().configure(|config| api.mount(config)).route("/", page)
    };
    Ok(HttpServer::new(app).bind(("127.0.0.1", 8080))?.run().await?)
}
