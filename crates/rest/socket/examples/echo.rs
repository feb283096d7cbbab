//! An echo server, which the conformance suite of Autobahn is run against.
//!
//! `cargo run -p alveole-rest-socket --example echo_socket -- 127.0.0.1:8080`, then connect to
//! `ws://localhost:8080/api/v1/echo?token=secret`.

use std::{rc::Rc, sync::Arc, time::Duration};

use actix_web::{App, HttpServer, get, web::Payload};
use bytes::Bytes;
use futures_util::future::LocalBoxFuture;
use kernel::{Actor, Entitlement, Role, UserId};
use rest::{
    Api, Module,
    api::{Ports, Settings},
    call::Call,
    defaults::FixedTokens,
    problem::Answer,
};
use socket::{Frame, Limits, Sender, Session, Sockets};
use utoipa_actix_web::service_config::ServiceConfig;

struct Echo(Sender);

impl Session for Echo {
    const BINARY: bool = true;

    fn receive(self: Rc<Self>, text: String) -> LocalBoxFuture<'static, ()> {
        self.0.send(&Frame::text(&text));
        Box::pin(async {})
    }

    fn receive_binary(self: Rc<Self>, bytes: Bytes) -> LocalBoxFuture<'static, ()> {
        self.0.send(&Frame::binary(&bytes));
        Box::pin(async {})
    }
}

/// Echoes every message
#[utoipa::path(
    operation_id = "echo",
    responses((status = 101, description = "A WebSocket")),
    extensions(("x-alveole" = json!({"permission": "signed-in", "socket": true})))
)]
#[get("/echo")]
async fn echo(call: Call, payload: Payload) -> Answer {
    let needs = Entitlement::default();
    socket::open(&call, payload, &mut call.query(), needs, |_, sender| Rc::new(Echo(sender))).await
}

fn routes(config: &mut ServiceConfig<'_>) {
    config.service(echo);
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let me = Actor::new(UserId::parse(1)?, Role::User);
    // The suite sends large messages, many of them, as fast as it can.
    let limits = Limits {
        max_message_bytes: 32 << 20,
        queue_bytes: 64 << 20,
        frames_per_second: u32::MAX,
        ..Limits::default()
    };
    let module = Module { routes, ..Module::new("echo") };
    let ports = Ports::new(Arc::new(FixedTokens::default().with("secret", me)));
    let modules = vec![module, socket::module(Sockets::new(limits))];
    let api = Api::new(Settings::default(), ports, modules)?;
    let app = move || App::new().configure(|config| api.mount(config));
    // Without it the framework keeps a connection for five seconds whose socket has ended.
    let server = HttpServer::new(app).workers(1).client_disconnect_timeout(Duration::ZERO);
    Ok(server.bind(address)?.run().await?)
}
