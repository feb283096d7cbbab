//! Modules put together: one router, one document, one set of middlewares.

use std::{
    borrow::Cow,
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize},
    },
};

use actix_cors::Cors;
use actix_web::{
    App,
    body::BoxBody,
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    guard,
    http::{Method, header},
    middleware::{Compress, from_fn},
    web::{self, Bytes, Data},
};
use kernel::{
    Authenticator, Chore, Clock, Consumer, KeyedDigest, Limiter, Permission,
    permission::PermissionError,
};
use tokio::sync::watch;
use utoipa_actix_web::{scope, service_config::ServiceConfig};

use crate::{
    asyncapi,
    codes::Codes,
    context,
    dashboard::Dashboard,
    docs::{self, Document, Documents},
    etag, gate, incoming,
    live::LiveFeed,
    module::{Module, WarmUp},
    openapi::{self, About},
    ops,
    origins::{ANY_PORT, Origins, has_any_port},
    routes::{Page, RouteError, RouteTable},
    rules::RequestRule,
    state::{Limits, Probe, Scrape, State},
    trace::Tracing,
};

/// Why modules cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// Two modules have one name.
    #[error("there are two modules named {0}")]
    Module(&'static str),
    /// Two tables have one problem code.
    #[error("the problem code {0} is in two tables")]
    Code(&'static str),
    /// Two types of events have one name.
    #[error("there are two types of events named {0}")]
    EventType(&'static str),
    /// Two operations have one id.
    #[error("there are two operations named {0}")]
    Operation(String),
    /// Two different schemas have one name.
    #[error("there are two schemas named {0}")]
    Schema(String),
    /// The document is no JSON.
    #[error("the document is no JSON: {0}")]
    Document(#[from] serde_json::Error),
    /// A permission cannot be registered.
    #[error(transparent)]
    Permission(#[from] PermissionError),
    /// Routes contradict one another.
    #[error(transparent)]
    Route(#[from] RouteError),
}

/// What a program chooses.
#[derive(Clone)]
pub struct Settings {
    /// What the document says of the program.
    pub about: About,
    /// Where the API is mounted, such as `/api/v1`.
    pub base: &'static str,
    /// How clients reach the server, such as `https://example.org`.
    pub base_url: String,
    /// The numbers.
    pub limits: Limits,
    /// Origins whose pages may call, such as `https://example.org`; `http://localhost:*` is every
    /// port of one.
    pub origins: Vec<String>,
    /// How requests are traced.
    pub tracing: Tracing,
    /// The document of exactly these modules, generated earlier; otherwise it is generated now. The
    /// ways to sign in that modules offer are added.
    pub document: Option<&'static str>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            about: About::default(),
            base: "/api/v1",
            base_url: "http://localhost:8080".to_owned(),
            limits: Limits::default(),
            origins: Vec::new(),
            tracing: Tracing::default(),
            document: None,
        }
    }
}

/// What the API needs of the program around it.
pub struct Ports {
    /// Says who is calling.
    pub authenticator: Arc<dyn Authenticator>,
    /// Counts calls.
    pub limiter: Arc<dyn Limiter>,
    /// Digests what could be guessed.
    pub digests: Arc<dyn KeyedDigest>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Live events.
    pub live_feed: Arc<LiveFeed>,
    /// Asks the dependencies how they are, for `/ready`.
    pub probe: Probe,
    /// Renders `/metrics`.
    pub scrape: Scrape,
    /// Turns true when the server is being stopped.
    pub draining: watch::Receiver<bool>,
}

/// Modules that were put together.
#[derive(Clone)]
pub struct Api {
    state: Arc<State>,
    base: &'static str,
    documents: Documents,
    origins: Arc<[String]>,
    modules: Arc<[Module]>,
}

/// The document of modules, and their problem codes; no services are needed.
///
/// # Errors
/// When modules contradict one another.
pub fn describe(
    about: &About,
    base: &'static str,
    modules: Vec<Module>,
) -> Result<(String, Codes), ApiError> {
    let modules = with_operations(modules)?;
    let codes = codes(&modules)?;
    Ok((openapi::text(about, base, &modules, &codes)?, codes))
}

fn with_operations(mut modules: Vec<Module>) -> Result<Vec<Module>, ApiError> {
    modules.push(ops::module());
    let mut names = BTreeSet::new();
    if let Some(twice) = modules.iter().find(|module| !names.insert(module.name)) {
        return Err(ApiError::Module(twice.name));
    }
    let mut events = modules.iter().flat_map(|module| module.event_types);
    let mut names = BTreeSet::new();
    if let Some(twice) = events.find(|event| !names.insert(event.name)) {
        return Err(ApiError::EventType(twice.name));
    }
    for permission in modules.iter().flat_map(|module| module.permissions) {
        Permission::register(*permission)?;
    }
    Ok(modules)
}

fn codes(modules: &[Module]) -> Result<Codes, ApiError> {
    let tables = modules.iter().flat_map(|module| module.codes).copied();
    Codes::new(tables).map_err(ApiError::Code)
}

impl Api {
    /// Puts modules together.
    ///
    /// # Errors
    /// When they contradict one another.
    pub fn new(settings: Settings, ports: Ports, modules: Vec<Module>) -> Result<Self, ApiError> {
        // A counter that appears with its first event hides that event from `increase()`.
        for policy in gate::POLICIES {
            metrics::counter!("alveole_rate_limited_total", "policy" => policy).increment(0);
        }
        let modules = with_operations(modules)?;
        let Settings { about, base, base_url, limits, origins, tracing, document } = settings;
        let codes = codes(&modules)?;
        let text: Cow<'static, str> = match document {
            Some(text) => text.into(),
            None => openapi::text(&about, base, &modules, &codes)?.into(),
        };
        let rules: Vec<&[RequestRule]> =
            modules.iter().flat_map(|module| module.rules).copied().collect();
        let pages: Vec<Page> = modules.iter().flat_map(|module| module.pages).copied().collect();
        let aliases = modules.iter().flat_map(|module| module.aliases);
        let routes = RouteTable::new(&text, base, &rules, &pages)?.with_aliases(aliases)?;
        let sockets = asyncapi::document(&about, base, &base_url, &modules);
        let sockets = Document::new(Bytes::from(sockets.to_string()));
        let Ports { authenticator, limiter, digests, clock, live_feed, probe, scrape, draining } =
            ports;
        let state = Arc::new(State {
            authenticator,
            digests,
            limiter,
            clock,
            live_feed,
            live_rules: modules.iter().flat_map(|module| module.live.clone()).collect(),
            probe,
            scrape,
            origins: Origins::new(&origins, &base_url),
            base_url,
            limits,
            draining,
            routes,
            codes,
            dashboard: Dashboard::new(
                modules.iter().flat_map(|module| module.count_parts.clone()).collect(),
            ),
            export: modules.iter().flat_map(|module| module.export.clone()).collect(),
            values: modules.iter().flat_map(|module| module.values.clone()).collect(),
            tracing,
            in_flight: AtomicUsize::new(0),
            shedding: AtomicBool::new(false),
        });
        let ways: Vec<_> = modules.iter().flat_map(|module| module.sign_in.clone()).collect();
        let text = if ways.is_empty() { text } else { openapi::with_sign_in(&text, &ways)?.into() };
        let rest = Document::new(match text {
            Cow::Borrowed(text) => Bytes::from_static(text.as_bytes()),
            Cow::Owned(text) => Bytes::from(text),
        });
        let page = docs::sockets_page(&asyncapi::page(base, &modules));
        let home = modules.iter().find_map(|module| module.home).unwrap_or(docs::DOCS);
        let documents = Documents { rest, sockets, page, home };
        Ok(Self { state, base, documents, origins: origins.into(), modules: modules.into() })
    }

    /// What middlewares and handlers share.
    pub fn state(&self) -> &Arc<State> {
        &self.state
    }

    /// The recurring maintenance of all modules.
    pub fn chores(&self) -> Vec<Chore> {
        self.modules.iter().flat_map(|module| module.chores.clone()).collect()
    }

    /// The reactions of all modules to events.
    pub fn consumers(&self) -> Vec<Consumer> {
        self.modules.iter().flat_map(|module| module.consumers.clone()).collect()
    }

    /// What fills the caches of all modules, with the names of the modules.
    pub fn warm_ups(&self) -> Vec<(&'static str, WarmUp)> {
        let named = |module: &Module| Some((module.name, module.warm_up.clone()?));
        self.modules.iter().filter_map(named).collect()
    }

    /// A whole application: the routes, then who calls and how often, then compression and CORS, and
    /// around everything the request's context and its body.
    pub fn app(
        &self,
    ) -> App<
        impl ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<BoxBody>,
            Error = actix_web::Error,
            InitError = (),
        > + use<>,
    > {
        App::new()
            .configure(|config| self.configure(config))
            .default_service(web::to(context::unmatched))
            .wrap(from_fn(gate::gate))
            .wrap(from_fn(incoming::uncompressed))
            .wrap(Compress::default())
            .wrap(from_fn(etag::per_coding))
            .wrap(self.cors())
            .wrap(from_fn(context::context))
            .wrap(from_fn(incoming::incoming))
    }

    /// Mounts the API into an application that has routes of its own. Paths that are neither below
    /// the base path nor a route of the API are left to the application.
    pub fn mount(&self, config: &mut web::ServiceConfig) {
        let (state, base) = (Arc::clone(&self.state), self.base);
        let ours = guard::fn_guard(move |context| {
            let path = context.head().uri.path();
            path.starts_with(base) || path != "/" && state.routes.find(path, &Method::GET).is_some()
        });
        config.app_data(Data::new(Arc::clone(&self.state)));
        config.service(
            web::scope("")
                .guard(ours)
                .configure(|config| self.configure(config))
                .default_service(web::to(context::unmatched))
                .wrap(from_fn(gate::gate))
                .wrap(from_fn(incoming::uncompressed))
                .wrap(Compress::default())
                .wrap(from_fn(etag::per_coding))
                .wrap(self.cors())
                .wrap(from_fn(context::context))
                .wrap(from_fn(incoming::incoming)),
        );
    }

    /// Registers services, operations and pages.
    fn configure(&self, config: &mut web::ServiceConfig) {
        config.app_data(Data::new(Arc::clone(&self.state)));
        for add in self.modules.iter().flat_map(|module| &module.services) {
            add(config);
        }
        let mut documented = ServiceConfig::new(config);
        documented.service(scope(self.base).configure(|config| {
            for module in self.modules.iter() {
                (module.routes)(config);
            }
        }));
        for add in self.modules.iter().filter_map(|module| module.root_routes) {
            add(&mut documented);
        }
        for resource in docs::resources(self.documents.clone()) {
            config.service(resource);
        }
    }

    /// CORS strictly from the configuration: an origin that is not named gets no header.
    fn cors(&self) -> Cors {
        let modules = || self.modules.iter().map(|module| module.cors);
        let mut cors = Cors::default()
            .allowed_methods(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
            .allowed_headers([
                "authorization",
                "content-type",
                "idempotency-key",
                "if-match",
                "if-none-match",
                // of event streams that a script reads, other than `EventSource`
                "last-event-id",
                "x-request-id",
            ])
            .allowed_headers(modules().flat_map(|cors| cors.request).copied())
            .expose_headers([
                "etag",
                "idempotency-replayed",
                "link",
                "location",
                "ratelimit",
                "ratelimit-policy",
                "retry-after",
                "x-feed-cursor",
                "x-request-id",
                header::CONTENT_LOCATION.as_str(),
                header::CONTENT_DISPOSITION.as_str(),
            ])
            .expose_headers(modules().flat_map(|cors| cors.response).copied())
            // The only cookie there is binds a sign-in with a provider to its browser.
            .supports_credentials()
            .max_age(600);
        for origin in self.origins.iter() {
            cors = match origin.strip_suffix(ANY_PORT) {
                None => cors.allowed_origin(origin),
                Some(host) => {
                    let host = host.to_owned();
                    cors.allowed_origin_fn(move |origin, _| {
                        origin.to_str().is_ok_and(|origin| has_any_port(&host, origin))
                    })
                }
            };
        }
        cors
    }
}
