//! What a domain registers, once, as a value.

use std::sync::Arc;

use actix_web::web::{Data, ServiceConfig as Services};
use kernel::{BoxFuture, Chore, Consumer, EventType, JobKind, NewPermission};
use serde_json::Value;
use utoipa_actix_web::service_config::ServiceConfig as Routes;

use crate::{
    asyncapi::Channel,
    codes::Code,
    dashboard::{Count, CountPart},
    export::{ExportList, ExportPart},
    live::LiveRule,
    routes::Page,
    rules::RequestRule,
};

/// Adds a service that handlers take as `Data`.
pub type AddService = Arc<dyn Fn(&mut Services) + Send + Sync>;

/// Reads up to so many rows into the caches, before the first request asks for them.
pub type WarmUp = Arc<dyn Fn(u32) -> BoxFuture<'static, Result<(), String>> + Send + Sync>;

/// A parameter in the path of several operations.
#[derive(Debug, Clone, Copy)]
pub struct PathParameter {
    /// Its name in the template.
    pub name: &'static str,
    /// What it names.
    pub about: &'static str,
    /// An example; a number where there is no pattern.
    pub example: &'static str,
    /// The pattern of a text; none for a positive number.
    pub pattern: Option<&'static str>,
}

/// Headers that browsers of other origins may send and read.
#[derive(Debug, Clone, Copy, Default)]
pub struct CorsHeaders {
    /// Headers of requests.
    pub request: &'static [&'static str],
    /// Headers of answers.
    pub response: &'static [&'static str],
}

/// A domain's part of the program: what the router, the document and the drivers need of it.
///
/// It has two halves. What the document says needs no service and is always there; `services`,
/// `chores`, `consumers`, `jobs`, `live`, `export`, `values`, `sign_in` and `warm_up` exist once the services
/// do.
#[derive(Clone)]
pub struct Module {
    /// The name, unique in the program.
    pub name: &'static str,
    /// The tags of the operations with what they mean.
    pub tags: &'static [(&'static str, &'static str)],
    /// Permissions that are not built in; [`crate::Api`] registers them.
    pub permissions: &'static [NewPermission],
    /// The problem codes, each table in alphabetical order.
    pub codes: &'static [&'static [Code]],
    /// The types of events that it publishes: `events::TYPES` of its domain.
    pub event_types: &'static [EventType],
    /// What routes ask of the code around their handlers.
    pub rules: &'static [&'static [RequestRule]],
    /// Registers the operations below the API's base path.
    pub routes: fn(&mut Routes<'_>),
    /// Registers operations outside of it, such as those below `/.well-known`.
    pub root_routes: Option<fn(&mut Routes<'_>)>,
    /// Routes outside the document.
    pub pages: &'static [Page],
    /// Where `/` leads; without a module that says so, to `/docs/`.
    pub home: Option<&'static str>,
    /// Path parameters that are not the plain number of a resource.
    pub parameters: &'static [PathParameter],
    /// Headers for browsers of other origins.
    pub cors: CorsHeaders,
    /// Its sockets.
    pub channels: &'static [Channel],
    /// The lists that the module adds to the export of personal data.
    pub export_lists: &'static [ExportList],
    /// What it counts for the dashboard, with or without a service.
    pub counts: &'static [Count],
    /// Other paths of the same resources, below the API's base path: with `("/rooms", "/chat/rooms")`, a request for
    /// `/rooms/7` is one for `/chat/rooms/7`. The document says so once, and describes the second path only.
    pub aliases: &'static [(&'static str, &'static str)],
    /// Completes the OpenAPI document.
    pub document: Option<fn(&mut Value, &[Module])>,

    /// Services for the handlers.
    pub services: Vec<AddService>,
    /// Recurring maintenance.
    pub chores: Vec<Chore>,
    /// Reactions to events.
    pub consumers: Vec<Consumer>,
    /// The numbers that it puts on the dashboard.
    pub count_parts: Vec<CountPart>,
    /// Who sees the module's events.
    pub live: Vec<LiveRule>,
    /// Kinds of jobs.
    pub jobs: Vec<JobKind>,
    /// Reads the lists of `export_lists`.
    pub export: Vec<ExportPart>,
    /// What the rules' `describe` puts into headers, known only once the service is there.
    pub values: Vec<(&'static str, String)>,
    /// Ways to sign in that this server offers besides a bearer token: name and security scheme. The served
    /// document lists them; the generated one, which is the same for every server, does not.
    pub sign_in: Vec<(String, Value)>,
    /// Fills the caches.
    pub warm_up: Option<WarmUp>,
}

impl Module {
    /// A module that has nothing yet.
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            tags: &[],
            permissions: &[],
            codes: &[],
            event_types: &[],
            rules: &[],
            routes: |_| {},
            root_routes: None,
            pages: &[],
            home: None,
            parameters: &[],
            cors: CorsHeaders { request: &[], response: &[] },
            channels: &[],
            export_lists: &[],
            counts: &[],
            aliases: &[],
            document: None,
            services: Vec::new(),
            chores: Vec::new(),
            consumers: Vec::new(),
            count_parts: Vec::new(),
            live: Vec::new(),
            jobs: Vec::new(),
            export: Vec::new(),
            values: Vec::new(),
            sign_in: Vec::new(),
            warm_up: None,
        }
    }

    /// Adds a service, which handlers take as `Data<T>`.
    #[must_use]
    pub fn service<T: ?Sized + Send + Sync + 'static>(mut self, service: Arc<T>) -> Self {
        self.services.push(Arc::new(move |config| {
            config.app_data(Data::from(Arc::clone(&service)));
        }));
        self
    }
}
