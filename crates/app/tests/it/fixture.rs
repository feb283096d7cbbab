//! A house to test in: the real application over the memory adapter.

use std::{
    rc::Rc,
    sync::{Arc, Mutex, OnceLock},
    time::Duration,
};

use actix_http::Request;
use actix_web::{
    body::{BoxBody, MessageBody},
    dev::{Service, ServiceResponse},
    http::{Method, StatusCode, header::HeaderMap},
    test, web,
};
use adapter_cron::CronCalendar;
use adapter_integrations::TokioSpawn;
use alveole::{
    drivers::chores::job_kind,
    modules::{Services, complete, modules},
    openapi, simple_modules,
};
use futures_util::{FutureExt as _, future::LocalBoxFuture};
use inbound::{
    Inbound, InboundTx, Scheme, SourceName,
    inbox::{Content, Headers, NewInboundEvent},
    payment::{Metadata, PaymentReport},
    values::{EventType, ExternalId, PaymentState},
};
use integrations::{
    Integrations,
    pipeline::{Slot, World},
    service::Topic,
};
use jobs::{JobAdmin, JobsTx, service::JobPolicy};
use kernel::{
    Access, Authenticator, BoxFuture, Cache, Clock, EventFeed, KeyedDigest, Limiter, Quota, Role,
    Scheduler as _, StoreError, SystemClock, UnitOfWork, UserId, Work, actor::Origin,
};
use memory::{MemoryCache, MemoryDb, MemoryLimiter, fakes::files_service};
use notifications::{
    Kind, Notifications, NotificationsTx,
    notification::NewNotification,
    sending::EmailSettings,
    values::{Dedupe, Params},
};
use products::{Products, ProductsTx, service::Caches, values::Currency};
use rest::{
    Api,
    api::{Ports, Settings as ApiSettings},
    live::LiveFeed,
    state::{Dependency, Limits},
    testing::recorded,
};
use serde_json::Value;
use tasks::{Tasks, TasksTx};
use tokio::sync::{OnceCell, watch};
use users::{
    Users, UsersTx,
    commands::{Login, Register, SignIn},
    policy::Roles,
    service::{Dependencies, LinkSettings, Settings},
    values::{EmailAddress, Password, PersonName, Username},
};

/// The password of everybody here.
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).expect(&self.text)
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

/// The document, generated once for all tests.
pub(crate) fn document() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| openapi::describe().unwrap().0)
}

/// The application as what answers a request.
type Call =
    dyn Fn(Request) -> LocalBoxFuture<'static, Result<ServiceResponse<BoxBody>, actix_web::Error>>;

/// The services, and a way to call the application.
pub(crate) struct TestApp {
    api: Api,
    /// Made by the first call: to make all routes takes longer than most calls.
    service: OnceCell<Rc<Call>>,
    users: Arc<Users>,
    /// The store of the services.
    pub(crate) db: Arc<MemoryDb>,
    /// What streams hear.
    pub(crate) live_feed: Arc<LiveFeed>,
    /// The tags of simple modules.
    tags: Vec<&'static str>,
    /// Fails units of work on demand; files have a store that does not.
    pub(crate) store: Arc<FailingDb>,
    // Kept so that the API's receiver stays open.
    _stop: watch::Sender<bool>,
}

/// What differs from one application to another.
#[derive(Clone)]
pub(crate) struct Options {
    /// Under every policy.
    pub(crate) quota: &'static str,
    /// Roles that must have a second factor.
    pub(crate) factor_roles: Roles,
    /// From the first byte of a request to its answer.
    pub(crate) request_timeout: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            quota: "1000000/min",
            factor_roles: Roles::NONE,
            request_timeout: Duration::from_secs(10),
        }
    }
}

/// The memory store, until it is told to fail.
pub(crate) struct FailingDb {
    inner: Arc<MemoryDb>,
    failure: Mutex<Option<Failure>>,
}

/// Which units of work fail, and how.
pub(crate) type Failure = (fn(Access) -> bool, fn() -> StoreError);

impl FailingDb {
    pub(crate) fn fail(&self, failure: Failure) {
        *self.failure.lock().unwrap() = Some(failure);
    }
}

impl<Tx: ?Sized> UnitOfWork<Tx> for FailingDb
where
    MemoryDb: UnitOfWork<Tx>,
{
    fn run(&self, access: Access, work: Work<Tx>) -> BoxFuture<'_, Result<(), StoreError>> {
        match *self.failure.lock().unwrap() {
            Some((concerns, error)) if concerns(access) => Box::pin(async move { Err(error()) }),
            _ => self.inner.run(access, work),
        }
    }
}

/// How the application signs links in emails of notifications.
pub(crate) fn email_settings() -> EmailSettings {
    EmailSettings {
        pages: Arc::from("http://localhost"),
        api: Arc::from("http://localhost"),
        digests: Arc::new(crypto::HmacDigests::new(&[7; 32])),
        digest_after: Duration::from_secs(60),
    }
}

fn cache<K, V>(ttl: u64) -> Arc<dyn Cache<K, V>>
where
    K: std::hash::Hash + Eq + Clone + Send + Sync + 'static,
    V: Send + Sync + 'static,
{
    Arc::new(MemoryCache::<K, V>::new(1000, Duration::from_secs(ttl)))
}

/// Integrations whose providers all lack a setting.
fn no_providers(
    limiter: &Arc<dyn Limiter>,
    digests: &Arc<dyn KeyedDigest>,
    clock: &Arc<dyn Clock>,
) -> Integrations {
    fn topic<Q, A: Send + Sync + 'static>() -> Topic<Q, A> {
        let slot = Slot::Missing { provider: "none", setting: "integrations.test.api_key" };
        Topic { providers: vec![slot], kept: cache(60) }
    }
    let world = World {
        clock: Arc::clone(clock),
        limiter: Arc::clone(limiter),
        spawn: Arc::new(TokioSpawn),
    };
    Integrations::new(topic(), topic(), topic(), Arc::clone(digests), world)
}

impl TestApp {
    pub(crate) fn new() -> Self {
        Self::with(Options::default())
    }

    /// With this quota under every policy.
    pub(crate) fn with_quota(quota: &'static str) -> Self {
        Self::with(Options { quota, ..Options::default() })
    }

    /// Where these roles must have a second factor.
    pub(crate) fn asking(factor_roles: Roles) -> Self {
        Self::with(Options { factor_roles, ..Options::default() })
    }

    pub(crate) fn with(options: Options) -> Self {
        let Options { quota, factor_roles, request_timeout } = options;
        let db = MemoryDb::new();
        let store = Arc::new(FailingDb { inner: Arc::clone(&db), failure: Mutex::default() });
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let for_users: Arc<dyn UnitOfWork<dyn UsersTx>> = Arc::<FailingDb>::clone(&store);
        let for_tasks: Arc<dyn UnitOfWork<dyn TasksTx>> = Arc::<FailingDb>::clone(&store);
        let tokens = Arc::new(crypto::JwtTokens::hs256(&[7; 32], "alveole", "alveole").unwrap());
        let published = Arc::clone(&tokens);
        let hour = Duration::from_secs(3600);
        let quota = Quota::parse(quota).unwrap();
        let policies = ["anon", "user", "auth", "account", "webhook", "chat.messages"]
            .map(|name| (name, quota));
        let limiter: Arc<dyn Limiter> = Arc::new(MemoryLimiter::new(policies));
        let digests: Arc<dyn KeyedDigest> = Arc::new(crypto::HmacDigests::new(&[7; 32]));
        let users = Arc::new(Users::new(Dependencies {
            work: for_users,
            clock: Arc::clone(&clock),
            passwords: Arc::new(crypto::BcryptPasswords::new(4, 1, 64)),
            limiter: Arc::clone(&limiter),
            digests: Arc::clone(&digests),
            tokens,
            factors: Some(Arc::new(crypto::TotpFactors::new(&[8; 32], "alveole").unwrap())),
            live: cache(5),
            cache: cache(30),
            settings: Settings {
                access_ttl: hour,
                refresh_ttl: hour,
                session_ttl: hour,
                token_max_ttl: Some(hour),
                factor_roles,
                deletion_grace: Duration::ZERO,
                inactivity: None,
            },
            links: LinkSettings {
                base: Arc::from("http://localhost:8080"),
                verify_ttl: hour,
                reset_ttl: hour,
                pause: Duration::from_secs(60),
                per_day: 10,
            },
        }));
        let tasks = Arc::new(Tasks::new(for_tasks, Arc::clone(&clock), cache(30)));
        let for_products: Arc<dyn UnitOfWork<dyn ProductsTx>> = Arc::<FailingDb>::clone(&store);
        let caches = Caches {
            products: cache(30),
            pages: cache(30),
            categories: cache(30),
            version: cache(30),
        };
        let products = Products::new(for_products, Arc::clone(&clock), caches, Currency::EUR);
        let simple = simple_modules!(db, clock);
        let tags = simple.iter().flat_map(|module| module.tags).map(|(tag, _)| *tag).collect();
        let for_jobs: Arc<dyn UnitOfWork<dyn JobsTx>> = Arc::<FailingDb>::clone(&store);
        let policy = JobPolicy { keep: hour, max_attempts: 3 };
        let calendar = Arc::new(CronCalendar);
        let jobs = Arc::new(JobAdmin::new(for_jobs, Arc::clone(&clock), calendar, policy));
        jobs.add_kinds(tasks.chores(hour, hour).iter().filter_map(|chore| job_kind(chore, &clock)));
        let registered = jobs.register().now_or_never();
        registered.expect("memory does not wait").expect("the schedules");
        let files = Arc::new(files_service(Arc::<FailingDb>::clone(&store), Arc::clone(&clock)));
        let integrations = Arc::new(no_providers(&limiter, &digests, &clock));
        let live_feed = Arc::new(LiveFeed::default());
        let (stop, draining) = watch::channel(false);
        let for_notifications: Arc<dyn UnitOfWork<dyn NotificationsTx>> =
            Arc::<FailingDb>::clone(&store);
        let notifications = Notifications::new(for_notifications, Arc::clone(&clock));
        let notifications = notifications.with_emails(email_settings());
        let for_inbound: Arc<dyn UnitOfWork<dyn InboundTx>> = Arc::<FailingDb>::clone(&store);
        let seal = Arc::new(crypto::SecretSealer::new(&[8; 32]).unwrap());
        let inbound = Inbound::new(for_inbound, Arc::clone(&clock), Some(seal));
        let chat = Arc::new(chat::Chat::new(chat::service::Dependencies {
            work: Arc::<FailingDb>::clone(&store),
            clock: Arc::clone(&clock),
            limiter: Arc::clone(&limiter),
        }));
        let public_keys: rest_users::keys::PublicKeys = Arc::new(move || published.public_set());
        let services = Services {
            users: Arc::clone(&users),
            tasks,
            products: Arc::new(products),
            files,
            notifications: Arc::new(notifications),
            console: None,
            settings: rest::dashboard::EffectiveSettings(serde_json::Value::Null),
            pages: true,
            inbound: Arc::new(inbound),
            integrations,
            webhooks: crate::webhooks::service(Arc::<FailingDb>::clone(&store), Arc::clone(&clock)),
            live_chat: Arc::new(rest_chat::live::Live::new(
                Arc::clone(&chat),
                Arc::new(memory::MemoryPresence::new(Arc::clone(&clock))),
                Arc::new(memory::MemoryNotifier::alone()),
                rest_chat::live::PRESENCE_MAX,
            )),
            chat,
            monitoring: crate::monitoring::service(
                Arc::<FailingDb>::clone(&store),
                Arc::clone(&clock),
            ),
            sockets: socket::Sockets::new(socket::Limits::default()),
            feed: Arc::new(EventFeed::<dyn TasksTx>::new(Arc::<FailingDb>::clone(&store))),
            jobs,
            public_keys,
            simple,
        };
        let authenticator: Arc<dyn Authenticator> = Arc::<Users>::clone(&users);
        let ports = Ports {
            authenticator,
            limiter,
            digests,
            clock,
            live_feed: Arc::clone(&live_feed),
            probe: Arc::new(|| {
                Box::pin(async {
                    vec![Dependency { name: "database", kind: "memory", up: true, needed: true }]
                })
            }),
            scrape: Arc::new(String::new),
            draining,
        };
        let settings = ApiSettings {
            about: openapi::ABOUT,
            base_url: "http://localhost".to_owned(),
            limits: Limits {
                max_body_bytes: 64 * 1024,
                request_timeout,
                max_in_flight: 1000,
                ..Limits::default()
            },
            origins: vec!["https://app.example".to_owned(), "http://localhost:*".to_owned()],
            document: Some(document()),
            ..ApiSettings::default()
        };
        let all = modules(&services);
        complete(&services, &all);
        let api = Api::new(settings, ports, all).unwrap();
        let service = OnceCell::new();
        Self { api, service, users, db, live_feed, tags, store, _stop: stop }
    }

    /// The application, made once.
    async fn service(&self) -> Rc<Call> {
        let make = || async {
            let app = test::init_service(self.api.app()).await;
            let call: Rc<Call> = Rc::new(move |request| Box::pin(app.call(request)));
            call
        };
        Rc::clone(self.service.get_or_init(make).await)
    }

    /// Mounts the API into an application.
    pub(crate) fn mount(&self, config: &mut web::ServiceConfig) {
        self.api.mount(config);
    }

    /// Makes an account and signs in to it; gives its token.
    pub(crate) async fn token(&self, name: &str, role: Role) -> String {
        let register = Register {
            username: Username::parse(name).unwrap(),
            email: EmailAddress::parse(&format!("{name}@example.com")).unwrap(),
            password: Password::parse(PASSWORD).unwrap(),
            first_name: PersonName::parse("").unwrap(),
            last_name: PersonName::parse("").unwrap(),
            origin: Origin::default(),
        };
        self.users.create_by_operator(register, role).await.unwrap();
        let sign_in = SignIn {
            login: Login::Username(name.to_owned()),
            password: Password::attempt(PASSWORD),
            origin: Origin::default(),
        };
        self.users.sign_in(sign_in).await.unwrap().open().unwrap().access_token
    }

    /// Makes a super administrator and one of each thing that a path can name: accounts 1 and 2,
    /// service account 3, the role `helpers`, and number 1 of everything else. Returns the
    /// administrator's token.
    pub(crate) async fn furnish(&self) -> String {
        let token = self.token("root", Role::SuperAdmin).await;
        let second = self.token("second", Role::SuperAdmin).await;
        let file =
            self.send_file(&token, ("POST", "/api/v1/files"), "a.gif", "GIF89a that moves about");
        let file = file.await;
        assert_eq!(file.status, 201, "{}", file.text);
        for (path, body) in [
            ("/tasks", r#"{"title":"x"}"#),
            ("/tasks/1/comments", r#"{"content":"x"}"#),
            ("/admin/service-accounts", r#"{"username":"bot"}"#),
            ("/admin/roles", r#"{"name":"helpers","permissions":[]}"#),
            ("/admin/categories", r#"{"name":"some"}"#),
            ("/admin/products", r#"{"name":"some","price":1}"#),
            ("/user-products", r#"{"product_id":1}"#),
            ("/admin/jobs", r#"{"kind":"tasks.purge"}"#),
            ("/webhooks/endpoints", r#"{"url":"https://endpoint.invalid/","events":["*"]}"#),
            ("/monitoring/rules", r#"{"name":"x","series":"*","threshold":1}"#),
            ("/chat/rooms", r#"{"name":"general"}"#),
            ("/chat/rooms/1/members", r#"{"user_id":2}"#),
            ("/chat/rooms/1/messages", r#"{"content":"x"}"#),
        ] {
            let made = self.call_as(&token, "POST", &format!("/api/v1{path}"), Some(body)).await;
            assert_eq!(made.status, 201, "{path}: {}", made.text);
        }
        let test = "/api/v1/webhooks/endpoints/1/test";
        let tested = self.call_as(&token, "POST", test, Some("{}")).await;
        assert_eq!(tested.status, 200, "{}", tested.text);
        for (path, body) in [
            ("/chat/rooms", r#"{"name":"other"}"#),
            ("/chat/rooms/2/invitations", r#"{"user_id":1}"#),
        ] {
            let made = self.call_as(&second, "POST", &format!("/api/v1{path}"), Some(body)).await;
            assert_eq!(made.status, 201, "{path}: {}", made.text);
        }
        self.notify().await;
        self.receive(&token).await;
        for (path, body) in self.simple_resources() {
            let made = self.call_as(&token, "POST", path, Some(body)).await;
            assert_eq!(made.status, 201, "{path}: {}", made.text);
        }
        token
    }

    /// Puts a notification into the inbox of account 1.
    async fn notify(&self) {
        let work: Arc<dyn UnitOfWork<dyn NotificationsTx>> = Arc::<MemoryDb>::clone(&self.db);
        let new = NewNotification {
            owner: UserId::parse(1).unwrap(),
            kind: Kind::TaskAssigned,
            dedupe: Dedupe::parse("event:1").unwrap(),
            subject: None,
            actor: None,
            params: Params::default(),
            created_at: SystemClock.now(),
        };
        let stored: Result<_, StoreError> =
            work.write(move |tx| tx.notifications().insert(&new)).await;
        assert!(stored.unwrap().is_some());
    }

    /// Adds a source of webhooks called `shop`, an event of it and a payment.
    async fn receive(&self, token: &str) {
        let source = r#"{"scheme":"hmac","secrets":["a secret of this test"]}"#;
        let path = "/api/v1/admin/webhooks/sources/shop";
        let made = self.call_as(token, "PUT", path, Some(source)).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let now = SystemClock.now();
        let (shop, id) = (SourceName::parse("shop").unwrap(), ExternalId::parse("some").unwrap());
        let event = NewInboundEvent {
            source: shop.clone(),
            scheme: Scheme::Hmac,
            external_id: id.clone(),
            kind: EventType::parse("some").unwrap(),
            object: None,
            occurred_at: None,
            received_at: now,
            state: inbound::State::Ignored,
            content: Content { headers: Headers::default(), body: "{}".into() },
        };
        let report = PaymentReport {
            external_id: id,
            state: PaymentState::Succeeded,
            amount: 1,
            amount_refunded: 0,
            currency: "EUR".to_owned(),
            metadata: Metadata::default(),
            occurred_at: now,
        };
        let payment = report.first(&shop, now);
        let work: Arc<dyn UnitOfWork<dyn InboundTx>> = Arc::<MemoryDb>::clone(&self.db);
        let stored: Result<_, StoreError> = work
            .write(move |tx| Ok((tx.received().insert(&event)?, tx.payments().insert(&payment)?)))
            .await;
        assert!(matches!(stored, Ok((Some(_), Some(_)))));
    }

    /// The resources of simple modules with the example of a new one.
    fn simple_resources(&self) -> &'static [(String, String)] {
        static RESOURCES: OnceLock<Vec<(String, String)>> = OnceLock::new();
        RESOURCES.get_or_init(|| {
            let document = crate::document::document();
            let paths = document["paths"].as_object().unwrap();
            crate::document::operations(document)
                .iter()
                .filter(|(method, path, _)| {
                    method == "POST" && paths.contains_key(&format!("{path}/{{id}}"))
                })
                .filter(|(_, _, post)| self.tags.iter().any(|tag| post["tags"][0] == *tag))
                .map(|(_, path, post)| {
                    let body = crate::document::example(document, path, &post["requestBody"]);
                    (path.clone(), body.unwrap().to_string())
                })
                .collect()
        })
    }

    /// The address of an operation on what [`Self::furnish`] made.
    pub(crate) fn furnished(path: &str) -> String {
        let id = match path {
            path if path.contains("users") => "2",
            path if path.contains("service-accounts") => "3",
            _ => "1",
        };
        ["{comment_id}", "{token_id}", "{share_id}", "{file_id}"].iter().fold(
            path.replace("{id}", id)
                .replace("{name}", "helpers")
                .replace("{source}", "shop")
                .replace("{room}", "general")
                .replace("{user_id}", "2")
                .replace("{emoji}", ":tada:")
                .replace("{queue}", "default")
                .replace("{schedule}", "tasks.purge"),
            |url, name| url.replace(name, "1"),
        )
    }

    /// Calls the application once.
    pub(crate) async fn call(
        &self,
        method: &str,
        uri: &str,
        headers: &[(&str, &str)],
        body: Option<&str>,
    ) -> Answer {
        read(self.respond(method, uri, headers, body).await).await
    }

    /// Calls the application once and leaves the body unread, because a stream has no end.
    pub(crate) async fn respond(
        &self,
        method: &str,
        uri: &str,
        headers: &[(&str, &str)],
        body: Option<&str>,
    ) -> ServiceResponse<impl MessageBody + use<>> {
        let app = self.service().await;
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = test::TestRequest::with_uri(uri).method(method);
        for (name, value) in headers {
            request = request.append_header((*name, *value));
        }
        if let Some(body) = body {
            if !headers.iter().any(|(name, _)| *name == "content-type") {
                request = request.insert_header(("content-type", "application/json"));
            }
            request = request.set_payload(body.to_owned());
        }
        recorded(app(request.to_request()).await.unwrap())
    }

    /// Sends many requests, one after the other.
    pub(crate) async fn send_each(&self, requests: Vec<test::TestRequest>) -> Vec<Answer> {
        let app = self.service().await;
        let mut answers = Vec::new();
        for request in requests {
            answers.push(read(recorded(app(request.to_request()).await.unwrap())).await);
        }
        answers
    }

    /// As [`Self::send_each`], without waiting for one answer before the next request.
    pub(crate) async fn send_together(&self, requests: Vec<Request>) -> Vec<Answer> {
        let app = self.service().await;
        let answers = requests.into_iter().map(|request| {
            let answer = app(request);
            async { read(recorded(answer.await.unwrap())).await }
        });
        futures_util::future::join_all(answers).await
    }

    /// Makes tasks of one person.
    pub(crate) async fn make_tasks(&self, token: &str, count: usize) {
        let app = self.service().await;
        for number in 0..count {
            let request = test::TestRequest::post()
                .uri("/api/v1/tasks")
                .insert_header(("authorization", format!("Bearer {token}")))
                .set_json(serde_json::json!({"title": format!("task {number}")}));
            let answer = app(request.to_request()).await.unwrap();
            assert_eq!(answer.status(), StatusCode::CREATED);
        }
    }

    /// Opens a stream; gives its body, of which nothing was read yet.
    pub(crate) async fn stream(&self, uri: &str, headers: &[(&str, &str)]) -> BoxBody {
        let app = self.service().await;
        let mut request = test::TestRequest::with_uri(uri);
        for (name, value) in headers {
            request = request.insert_header((*name, *value));
        }
        let response = app(request.to_request()).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        response.map_into_boxed_body().into_body()
    }

    /// Calls many times, one call after the other; gives the statuses.
    pub(crate) async fn call_each(
        &self,
        calls: impl Iterator<Item = (Method, String)>,
    ) -> Vec<StatusCode> {
        let app = self.service().await;
        let mut statuses = Vec::new();
        for (method, uri) in calls {
            let request = test::TestRequest::with_uri(&uri).method(method).to_request();
            statuses.push(recorded(app(request).await.unwrap()).status());
        }
        statuses
    }

    /// Sends a file as a form, as the holder of a token.
    pub(crate) async fn send_file(
        &self,
        token: &str,
        (method, uri): (&str, &str),
        name: &str,
        content: &str,
    ) -> Answer {
        let form = format!(
            "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n\
             {content}\r\n--x--\r\n"
        );
        let bearer = format!("Bearer {token}");
        let kind = "multipart/form-data; boundary=x";
        let headers = [("authorization", bearer.as_str()), ("content-type", kind)];
        self.call(method, uri, &headers, Some(&form)).await
    }

    /// Calls as the holder of a token.
    pub(crate) async fn call_as(
        &self,
        token: &str,
        method: &str,
        uri: &str,
        body: Option<&str>,
    ) -> Answer {
        let bearer = format!("Bearer {token}");
        self.call(method, uri, &[("authorization", &bearer)], body).await
    }
}

async fn read<B: MessageBody>(response: ServiceResponse<B>) -> Answer {
    let (status, headers) = (response.status(), response.headers().clone());
    let body = test::read_body(response).await;
    Answer { status, headers, text: String::from_utf8_lossy(&body).into_owned() }
}
