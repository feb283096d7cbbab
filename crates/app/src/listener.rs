//! The listeners: sockets, worker threads, and how connections are kept.

use std::{
    future::ready,
    io,
    net::{SocketAddr, TcpListener, ToSocketAddrs as _},
    sync::Arc,
    time::Duration,
};

use actix_http::{HttpService, Protocol, Request, Uri};
use actix_server::{Server, ServerBuilder};
use actix_service::{
    IntoServiceFactory as _, Service as _, ServiceFactoryExt as _, apply_fn_factory, fn_service,
    map_config,
};
use actix_web::{
    App, Error,
    body::BoxBody,
    dev::{AppConfig, ServiceFactory, ServiceRequest, ServiceResponse},
};
use tokio::net::{TcpSocket, TcpStream};

use rest::{expect, refusal::Connection, state::State};

use crate::{
    config::ServerConfig,
    modules::{ROOT_SOCKET, SOCKETS},
    openapi::BASE,
};

/// Threads of each worker that wait for the disk. More of them read no faster, and each keeps some
/// mebibytes that it once needed: with the framework's 256, the memory of a server grew to three times
/// as much under 64 simultaneous downloads.
const DISK_THREADS: usize = 16;
/// Connections that wait to be accepted.
const BACKLOG: u32 = 1024;
/// How long an idle connection stays open.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// What a listener serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Serves {
    /// All of the API.
    Everything,
    /// WebSockets, and one of them at `/`.
    WebSockets,
}

/// Where a request goes on the listener for WebSockets that is for something else: nothing is there.
const NOWHERE: &str = "/no-socket";

/// Opens the sockets of every address that `host` has.
pub fn open(config: &ServerConfig) -> io::Result<Vec<TcpListener>> {
    (config.host.as_str(), config.port).to_socket_addrs()?.map(open_one).collect()
}

/// Opens the one for WebSockets, if there is one.
pub fn open_for_sockets(config: &ServerConfig) -> io::Result<Option<TcpListener>> {
    config.ws_bind_addr.map(open_one).transpose()
}

/// Changes where a request to the listener for WebSockets goes.
fn to_socket(request: &mut Request) {
    let uri = request.uri();
    if uri.path().strip_prefix(BASE).is_some_and(|path| SOCKETS.contains(&path)) {
        return;
    }
    let target = match (uri.path(), uri.query()) {
        ("/", Some(query)) => format!("{BASE}{ROOT_SOCKET}?{query}"),
        ("/", None) => format!("{BASE}{ROOT_SOCKET}"),
        _ => NOWHERE.to_owned(),
    };
    // Both halves are of a target that was read before.
    request.head_mut().uri = target.parse().unwrap_or_else(|_| Uri::from_static(NOWHERE));
}

fn open_one(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)?.into_std()
}

/// Serves `app` on all of them. This is what the framework's `HttpServer` does, and it decides when a client that
/// sent `Expect: 100-continue` is asked for its body, for which `HttpServer` has no setting.
pub fn serve<F, S>(
    config: &ServerConfig,
    listeners: Vec<(TcpListener, Serves)>,
    state: &Arc<State>,
    app: F,
) -> io::Result<Server>
where
    F: Fn() -> App<S> + Clone + Send + 'static,
    S: ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<BoxBody>,
            Error = Error,
            InitError = (),
        > + 'static,
{
    let mut server = ServerBuilder::new()
        .disable_signals()
        .max_concurrent_connections(config.max_connections)
        .worker_max_blocking_threads(DISK_THREADS)
        .shutdown_timeout(config.drain_seconds);
    if let Some(workers) = config.workers {
        server = server.workers(workers);
    }
    let stopping = server.graceful_shutdown_signal();
    let head_timeout = Duration::from_secs(config.header_timeout_seconds);
    for (listener, serves) in listeners {
        let address = listener.local_addr()?;
        let (app, stopping, state) = (app.clone(), stopping.clone(), Arc::clone(state));
        server = server.listen(format!("http {address}"), listener, move || {
            let app = app().into_factory().map_err(|error: Error| error.error_response());
            let app = apply_fn_factory(app, move |mut request: Request, app| {
                if serves == Serves::WebSockets {
                    to_socket(&mut request);
                }
                app.call(request)
            });
            let (main, expect) = expect::split(map_config(app, |()| AppConfig::default()));
            let (stopping, state) = (stopping.clone(), Arc::clone(&state));
            let connect = move |stream: TcpStream| {
                let peer = stream.peer_addr().ok();
                ready(Ok((Connection::new(stream, Arc::clone(&state)), Protocol::Http1, peer)))
            };
            let service = HttpService::build()
                .graceful_shutdown_signal(move || {
                    let stopping = stopping.clone();
                    async move { stopping.notified().await }
                })
                .keep_alive(KEEP_ALIVE)
                .client_request_timeout(head_timeout)
                // The framework would read without bound for this long after an early answer;
                // `rest::incoming` has done what is to be done.
                .client_disconnect_timeout(Duration::ZERO)
                .local_addr(address)
                .on_connect_ext(|connection: &Connection<TcpStream>, data| {
                    data.insert(connection.hangup());
                })
                .expect(expect)
                .finish(main);
            fn_service(connect).and_then(service)
        })?;
    }
    Ok(server.run())
}
