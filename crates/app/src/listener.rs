//! The listener: sockets, worker threads, and how connections are kept.

use std::{
    future::ready,
    io,
    net::{SocketAddr, TcpListener, ToSocketAddrs as _},
    sync::Arc,
    time::Duration,
};

use actix_http::{HttpService, Protocol};
use actix_server::{Server, ServerBuilder};
use actix_service::{IntoServiceFactory as _, ServiceFactoryExt as _, fn_service, map_config};
use actix_web::{
    App, Error,
    body::BoxBody,
    dev::{AppConfig, ServiceFactory, ServiceRequest, ServiceResponse},
};
use tokio::net::{TcpSocket, TcpStream};

use rest::{expect, refusal::Connection, state::State};

use crate::config::ServerConfig;

/// Threads of each worker that wait for the disk. More of them read no faster, and each keeps some
/// mebibytes that it once needed: with the framework's 256, the memory of a server grew to three times
/// as much under 64 simultaneous downloads.
const DISK_THREADS: usize = 16;
/// Connections that wait to be accepted.
const BACKLOG: u32 = 1024;
/// How long an idle connection stays open.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// Opens the sockets of every address that `host` has.
pub fn open(config: &ServerConfig) -> io::Result<Vec<TcpListener>> {
    (config.host.as_str(), config.port).to_socket_addrs()?.map(open_one).collect()
}

fn open_one(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)?.into_std()
}

/// Serves `app`. This is what the framework's `HttpServer` does, and it decides when a client that
/// sent `Expect: 100-continue` is asked for its body, for which `HttpServer` has no setting.
pub fn serve<F, S>(
    config: &ServerConfig,
    listeners: Vec<TcpListener>,
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
    for listener in listeners {
        let address = listener.local_addr()?;
        let (app, stopping, state) = (app.clone(), stopping.clone(), Arc::clone(state));
        server = server.listen(format!("http {address}"), listener, move || {
            let app = app().into_factory().map_err(|error: Error| error.error_response());
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
