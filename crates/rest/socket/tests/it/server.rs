//! A server with one operation, which opens sockets that do what their client says.

use std::{
    future::ready,
    net::{SocketAddr, TcpListener},
    rc::Rc,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc,
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use actix_http::{HttpService, Protocol};
use actix_server::{ServerBuilder, ServerHandle};
use actix_service::{IntoServiceFactory as _, ServiceFactoryExt as _, fn_service, map_config};
use actix_web::{dev::AppConfig, get, rt::System, web::Payload};
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::future::LocalBoxFuture;
use kernel::{
    Actor, Attempt, Audience, AuthError, Authenticator, BoxFuture, Caller, Clock as _, Entitlement,
    Epoch, Event, EventId, FeedCursor, FeedError, FeedReader, FeedState, Permission, Role,
    Standing, StoreError, Stretch, SystemClock, Timestamp, UserId, actor::Origin,
};
use rest::{
    Api, Module,
    api::{Ports, Settings},
    call::Call,
    defaults::FixedTokens,
    expect,
    live::LiveRule,
    problem::Answer,
    refusal::Connection,
    state::Limits as HttpLimits,
};
use socket::{Frame, Limits, Sender, Session, Sockets};
use tokio::{net::TcpStream, sync::watch};

/// The tokens of the users 1 and 2. They look like no other text.
pub(crate) const TOKEN: &str = "tok-5e11a7c0ffee";
pub(crate) const OTHER: &str = "tok-0ddba11ca5cade";

/// A token of user 1 that ends a second after it was used.
pub(crate) const BRIEF: &str = "tok-b1ef0b57ac1e";

/// The limits of most tests: everything happens within a second.
pub(crate) fn quick() -> Limits {
    Limits {
        tick: Duration::from_millis(20),
        close_wait: Duration::from_millis(400),
        frames_per_second: 10_000,
        ..Limits::default()
    }
}

/// What a test sees of the sessions.
#[derive(Default)]
pub(crate) struct Sessions {
    pub(crate) begun: AtomicUsize,
    pub(crate) dropped: AtomicUsize,
    pub(crate) senders: Mutex<Vec<Sender>>,
    /// Lets sessions go on that wait.
    pub(crate) go_on: tokio::sync::Notify,
}

struct Told {
    sender: Sender,
    sessions: Arc<Sessions>,
}

impl Session for Told {
    fn receive(self: Rc<Self>, text: String) -> LocalBoxFuture<'static, ()> {
        Box::pin(async move {
            let words: Vec<&str> = text.split(' ').collect();
            match words.as_slice() {
                ["close", code] => self.sender.close(code.parse().unwrap(), "as asked"),
                ["flood", frames, bytes] => {
                    let frame = Frame::text(&"x".repeat(bytes.parse().unwrap()));
                    for _ in 0..frames.parse().unwrap() {
                        self.sender.send(&frame);
                    }
                }
                ["wait"] => {
                    self.sessions.go_on.notified().await;
                    self.sender.send(&Frame::text("waited"));
                }
                ["panic"] => panic!("as asked"),
                _ => drop(self.sender.send(&Frame::text(&text))),
            }
        })
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        self.sessions.dropped.fetch_add(1, Ordering::SeqCst);
    }
}

/// The same, for binary messages.
struct Binary(Sender);

impl Session for Binary {
    const BINARY: bool = true;

    fn begin(self: Rc<Self>) -> LocalBoxFuture<'static, ()> {
        self.0.send(&Frame::json(&["begun"]));
        Box::pin(async {})
    }

    fn receive(self: Rc<Self>, _: String) -> LocalBoxFuture<'static, ()> {
        Box::pin(async {})
    }

    fn receive_binary(self: Rc<Self>, bytes: Bytes) -> LocalBoxFuture<'static, ()> {
        self.0.send(&Frame::binary(&bytes));
        Box::pin(async {})
    }
}

/// Opens a socket
#[utoipa::path(
    operation_id = "socket",
    responses((status = 101, description = "A WebSocket")),
    extensions(("x-alveole" = json!({"permission": "tasks:read", "socket": true})))
)]
#[get("/socket")]
async fn open(call: Call, payload: Payload, sessions: actix_web::web::Data<Sessions>) -> Answer {
    let needs = Entitlement { permission: Some(Permission::TasksRead), ..Entitlement::default() };
    let sessions = Arc::clone(&sessions);
    socket::open(&call, payload, &mut call.query(), needs, |caller, sender| {
        assert!(caller.actor.may(Permission::TasksRead));
        sessions.begun.fetch_add(1, Ordering::SeqCst);
        sessions.senders.lock().unwrap().push(sender.clone());
        Rc::new(Told { sender, sessions })
    })
    .await
}

/// Opens a socket for binary messages
#[utoipa::path(
    operation_id = "binary",
    responses((status = 101, description = "A WebSocket")),
    extensions(("x-alveole" = json!({"permission": "signed-in", "socket": true})))
)]
#[get("/binary")]
async fn binary(call: Call, payload: Payload) -> Answer {
    let (needs, mut query) = (Entitlement::default(), call.query());
    socket::open(&call, payload, &mut query, needs, |_, sender| Rc::new(Binary(sender))).await
}

/// Callers with fixed tokens, whose standing a test sets.
struct Users {
    tokens: FixedTokens,
    standing: Arc<Mutex<Standing>>,
}

#[async_trait]
impl Authenticator for Users {
    async fn authenticate(&self, token: &str, id: Option<Arc<str>>) -> Result<Caller, AuthError> {
        let mut caller = self.tokens.authenticate(token, id).await?;
        if token == BRIEF {
            caller.expires_at = Some(SystemClock.now().plus(Duration::from_secs(1)));
        }
        Ok(caller)
    }

    async fn redeem_ticket(&self, ticket: &str, id: Option<Arc<str>>) -> Result<Caller, AuthError> {
        // A ticket is the token behind a word, so that one can't pass for the other.
        self.tokens.authenticate(ticket.strip_prefix("ticket-").unwrap_or(""), id).await
    }

    fn check(&self, caller: &Caller, needs: Entitlement) -> Result<(), AuthError> {
        self.tokens.check(caller, needs)
    }

    async fn record_denial(
        &self,
        _: &Caller,
        _: &AuthError,
        _: Attempt,
        _: &Origin,
    ) -> Result<(), AuthError> {
        Ok(())
    }

    async fn still_valid(&self, actor: &Actor) -> bool {
        self.standing(actor).await == Standing::Valid
    }

    async fn standing(&self, _: &Actor) -> Standing {
        *self.standing.lock().unwrap()
    }

    fn note_use(
        &self,
        _: &Caller,
        _: Option<String>,
    ) -> Option<BoxFuture<'static, Result<(), AuthError>>> {
        None
    }
}

/// A feed of events that concern user 1, and that a test can break.
#[derive(Default)]
pub(crate) struct Feed {
    pub(crate) events: Mutex<Vec<Event>>,
    pub(crate) fails: AtomicBool,
}

impl Feed {
    /// Adds events of tasks.
    pub(crate) fn grow(&self, count: i64) {
        let mut events = self.events.lock().unwrap();
        let first = events.len() as i64 + 1;
        events.extend((first..first + count).map(|id| Event {
            id: EventId::parse(id).unwrap(),
            name: "task.created.v1".to_owned(),
            at: Timestamp::parse("2026-11-24T08:00:00Z").unwrap(),
            actor: None,
            subject: id,
            audience: vec![Audience::person(UserId::parse(1).unwrap())],
            payload: serde_json::json!({"title": "x".repeat(500)}),
            request_id: None,
            traceparent: None,
        }));
    }
}

#[async_trait]
impl FeedReader for Feed {
    async fn state(&self) -> Result<FeedState, FeedError> {
        if self.fails.load(Ordering::SeqCst) {
            return Err(FeedError::Store(StoreError::Unavailable("as asked".to_owned())));
        }
        let head = self.events.lock().unwrap().last().map(|event| event.id);
        Ok(FeedState { epoch: Epoch::from_number(7), floor: None, head })
    }

    async fn read(
        &self,
        tokens: Arc<[Audience]>,
        after: FeedCursor,
        limit: u32,
    ) -> Result<Stretch, FeedError> {
        let state = self.state().await?;
        let all = self.events.lock().unwrap().clone();
        let mine = all.into_iter().filter(|event| {
            Some(event.id) > after.after && event.audience.iter().any(|one| tokens.contains(one))
        });
        let events: Vec<Event> = mine.take(limit as usize).collect();
        let more = events.len() == limit as usize;
        let last = events.last().map(|event| event.id);
        let cursor = if more { FeedCursor::new(state.epoch, last) } else { state.end() };
        Ok(Stretch { events, cursor, more })
    }
}

/// A running server; dropping it stops it.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) sockets: Arc<Sockets>,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) standing: Arc<Mutex<Standing>>,
    pub(crate) feed: Arc<Feed>,
    /// Sending true drains the server.
    pub(crate) draining: watch::Sender<bool>,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::with(quick())
    }

    pub(crate) fn with(limits: Limits) -> Self {
        Self::draining_in(limits, Duration::from_secs(30))
    }

    pub(crate) fn draining_in(limits: Limits, drain: Duration) -> Self {
        crate::secrets::watch();
        let (sockets, sessions) = (Sockets::new(limits), Arc::<Sessions>::default());
        let standing = Arc::new(Mutex::new(Standing::Valid));
        let (draining, drains) = watch::channel(false);
        let user = |id: i64, role| Actor::new(UserId::parse(id).unwrap(), role);
        let tokens = FixedTokens::default()
            .with(TOKEN, user(1, Role::User))
            .with(OTHER, user(2, Role::User))
            .with(BRIEF, user(1, Role::User));
        let users = Users { tokens, standing: Arc::clone(&standing) };
        let ports = Ports { draining: drains, ..Ports::new(Arc::new(users)) };
        let routes = |config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>| {
            config.service(open).service(binary);
        };
        let feed = Arc::<Feed>::default();
        let live = vec![LiveRule::new("task", Permission::TasksRead)];
        let module = Module { routes, live, ..Module::new("tests") };
        let module = module
            .service(Arc::clone(&sessions))
            .service(Arc::<Feed>::clone(&feed) as Arc<dyn FeedReader>);
        let settings = Settings {
            limits: HttpLimits { drain, ..HttpLimits::default() },
            origins: vec!["https://app.example.org".to_owned(), "http://localhost:*".to_owned()],
            ..Settings::default()
        };
        let sockets_module = socket::module(Arc::clone(&sockets));
        let modules = vec![module, sockets_module, socket::events::description()];
        let api = Api::new(settings, ports, modules).unwrap();

        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (started, starts) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            System::new().block_on(async move {
                let state = Arc::clone(api.state());
                let factory = move || {
                    let app = api.app().into_factory();
                    let app = app.map_err(|error: actix_web::Error| error.error_response());
                    let (main, expect) = expect::split(map_config(app, |()| AppConfig::default()));
                    let state = Arc::clone(&state);
                    let connect = move |stream: TcpStream| {
                        let peer = stream.peer_addr().ok();
                        let connection = Connection::new(stream, Arc::clone(&state));
                        ready(Ok((connection, Protocol::Http1, peer)))
                    };
                    let service = HttpService::build()
                        .client_disconnect_timeout(Duration::ZERO)
                        .on_connect_ext(|connection: &Connection<TcpStream>, data| {
                            data.insert(connection.hangup());
                        })
                        .expect(expect)
                        .finish(main);
                    fn_service(connect).and_then(service)
                };
                let server = ServerBuilder::new().workers(1).disable_signals();
                let server = server.listen("tests", listener, factory).unwrap().run();
                started.send(server.handle()).unwrap();
                server.await.unwrap();
            });
        });
        let handle = starts.recv().unwrap();
        Self { address, sockets, sessions, standing, feed, draining, handle, thread: Some(thread) }
    }

    /// Fails unless every socket that was opened is forgotten soon.
    #[track_caller]
    pub(crate) fn expect_nothing_left(&self) {
        eventually("sockets are left", || self.sockets.count() == 0);
        let begun = self.sessions.begun.load(Ordering::SeqCst);
        eventually("sessions are left", || self.sessions.dropped.load(Ordering::SeqCst) == begun);
        for user in [1, 2] {
            assert_eq!(self.sockets.count_of(UserId::parse(user).unwrap()), 0);
        }
        let senders = self.sessions.senders.lock().unwrap();
        assert!(senders.iter().all(|sender| !sender.is_open() && sender.waiting() == 0));
    }

    /// Sends to the socket that was opened as the `number`th, from 0.
    pub(crate) fn sender(&self, number: usize) -> Sender {
        self.sessions.senders.lock().unwrap()[number].clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Sent when the future is made; nothing has to wait for the answer.
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || std::thread::panicking(), "the server failed");
        }
    }
}

/// Waits up to 10 s.
#[track_caller]
pub(crate) fn eventually(failure: &str, mut holds: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(10);
    while !holds() {
        assert!(Instant::now() < until, "{failure}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
