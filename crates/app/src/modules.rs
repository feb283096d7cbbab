//! The built-in modules: the only list of domains. Each but `users` is a feature of this crate.

#[cfg(feature = "files")]
#[path = "cli/files.rs"]
mod cli_files;
#[cfg(feature = "files")]
#[path = "seed/files.rs"]
mod seed_files;
#[cfg(feature = "products")]
#[path = "seed/products.rs"]
mod seed_products;
#[cfg(feature = "tasks")]
#[path = "seed/tasks.rs"]
mod seed_tasks;

use std::{process::ExitCode, sync::Arc};

use clap::Subcommand;
use jobs::JobAdmin;
use kernel::FeedReader;
use rest::{
    Module,
    dashboard::{Count, CountPart, EffectiveSettings},
};
use rest_users::keys::PublicKeys;
use socket::Sockets;
use users::Users;

use crate::{config::Config, program::Program, seed::Sample};

/// Where the listener for WebSockets leads at `/`: the Talas clients ask there for the chat's.
pub const ROOT_SOCKET: &str = "/chat/ws";

/// The sockets that it serves by their own paths.
pub const SOCKETS: [&str; 3] = ["/ws", "/monitoring/ws", ROOT_SOCKET];

/// True when no feature is left out: the committed document is that of all of them.
pub const COMPLETE: bool = cfg!(all(
    feature = "tasks",
    feature = "files",
    feature = "products",
    feature = "monitoring",
    feature = "notifications",
    feature = "inbound",
    feature = "integrations",
    feature = "webhooks",
    feature = "chat"
));

/// Whether the console is served and built.
pub(crate) fn has_console(config: &Config) -> bool {
    #[cfg(feature = "console")]
    return config.console && console::is_built();
    #[cfg(not(feature = "console"))]
    {
        let _ = config;
        false
    }
}

/// True when pictures can be uploaded.
#[cfg(feature = "files")]
pub(crate) const PICTURES: bool = cfg!(feature = "images");

/// The services of the built-in modules.
#[derive(Clone)]
pub struct Services {
    /// Accounts.
    pub users: Arc<Users>,
    /// Tasks.
    #[cfg(feature = "tasks")]
    pub tasks: Arc<tasks::Tasks>,
    /// The catalogue, and what people own.
    #[cfg(feature = "products")]
    pub products: Arc<products::Products>,
    /// Files.
    #[cfg(feature = "files")]
    pub files: Arc<files::Files>,
    /// Inboxes.
    #[cfg(feature = "notifications")]
    pub notifications: Arc<notifications::Notifications>,
    /// What `GET /admin/settings` shows.
    pub settings: EffectiveSettings,
    /// How browsers reach the console; none where it is not served.
    pub console: Option<String>,
    /// Whether links in emails lead to this server, which then has the pages behind them.
    pub pages: bool,
    /// Webhooks that other programs send.
    #[cfg(feature = "inbound")]
    pub inbound: Arc<inbound::Inbound>,
    /// Webhooks to others.
    #[cfg(feature = "webhooks")]
    pub webhooks: Arc<webhooks::Webhooks>,
    /// Rooms and direct messages.
    #[cfg(feature = "chat")]
    pub chat: Arc<chat::Chat>,
    /// Those who are connected to the chat in this process.
    #[cfg(feature = "chat")]
    pub live_chat: Arc<rest_chat::live::Live>,
    /// How the machine and the program do.
    #[cfg(feature = "monitoring")]
    pub monitoring: Arc<monitoring::Monitoring>,
    /// Facts of other services.
    #[cfg(feature = "integrations")]
    pub integrations: Arc<integrations::Integrations>,
    /// The WebSockets of this process.
    pub sockets: Arc<Sockets>,
    /// The event feed.
    pub feed: Arc<dyn FeedReader>,
    /// The queue of jobs.
    pub jobs: Arc<JobAdmin>,
    /// What others check access tokens with.
    pub public_keys: PublicKeys,
    /// The modules of [`simple_modules!`](crate::simple_modules).
    pub simple: Vec<Module>,
}

/// `simple_modules!(db, clock)`: the modules of domains that need a store and the time and nothing else. A domain
/// whose service needs more is wired in `wire.rs`. It is a macro because a bound of a function cannot be a feature.
#[macro_export]
macro_rules! simple_modules {
    ($db:expr, $clock:expr) => {{
        let _ = (&$db, &$clock);
        let all: Vec<rest::Module> = vec![
            // A line for each.
        ];
        all
    }};
}

/// The modules as the document describes them, without services.
pub fn descriptions() -> Vec<Module> {
    vec![
        rest_users::description(),
        #[cfg(feature = "products")]
        rest_products::description(),
        #[cfg(feature = "files")]
        rest_files::description(),
        #[cfg(feature = "tasks")]
        rest_tasks::description(),
        #[cfg(feature = "notifications")]
        rest_notifications::description(),
        rest::dashboard::description(),
        audio(),
        rest::events::description(),
        socket::description(),
        socket::events::description(),
        rest_jobs::description(),
        #[cfg(feature = "integrations")]
        rest_integrations::description(),
        #[cfg(feature = "webhooks")]
        rest_webhooks::description(),
        // Behind it: its own paths are more special than `/webhooks/{source}`.
        #[cfg(feature = "inbound")]
        rest_inbound::description(),
        #[cfg(feature = "chat")]
        rest_chat::description(),
        #[cfg(feature = "monitoring")]
        rest_monitoring::description(),
    ]
}

/// On the dashboard, whose clients ask for it.
const TRACKS: [Count; 1] =
    [Count { name: "tracks_count", about: "Audio tracks; 0 until there is audio" }];

/// What stands for the domain of audio until it is there.
fn audio() -> Module {
    Module {
        counts: &TRACKS,
        count_parts: vec![CountPart::new(&TRACKS, || async { Ok(vec![0]) })],
        ..Module::new("audio")
    }
}

/// The modules, and the reactions between domains.
pub fn modules(services: &Services) -> Vec<Module> {
    let services = services.clone();
    let consumers = vec![
        #[cfg(feature = "tasks")]
        flows::forget_user::consumer(Arc::clone(&services.tasks)),
        #[cfg(feature = "files")]
        flows::forget_files::consumer(Arc::clone(&services.files)),
        #[cfg(feature = "products")]
        flows::forget_owner::consumer(Arc::clone(&services.products)),
        #[cfg(feature = "notifications")]
        flows::notify_account::consumer(Arc::clone(&services.notifications)),
        #[cfg(feature = "notifications")]
        flows::notify_jobs::consumer(Arc::clone(&services.notifications)),
        #[cfg(all(feature = "notifications", feature = "tasks"))]
        flows::notify_tasks::consumer(Arc::clone(&services.notifications)),
        #[cfg(all(feature = "notifications", feature = "chat"))]
        flows::notify_chat::consumer(Arc::clone(&services.notifications)),
        #[cfg(all(feature = "notifications", feature = "monitoring"))]
        flows::notify_monitoring::consumer(Arc::clone(&services.notifications)),
        #[cfg(all(feature = "notifications", feature = "webhooks"))]
        flows::notify_webhooks::consumer(Arc::clone(&services.notifications)),
        #[cfg(all(feature = "notifications", feature = "products"))]
        flows::notify_products::consumer(Arc::clone(&services.notifications)),
    ];
    let users = rest_users::module(Arc::clone(&services.users), services.public_keys);
    #[cfg(feature = "notifications")]
    let notifications = rest_notifications::module(services.notifications);
    let mut all = vec![
        if services.pages { rest_users::with_pages(users) } else { users },
        #[cfg(feature = "products")]
        rest_products::module(services.products),
        #[cfg(feature = "files")]
        rest_files::module(services.files, avatars(services.users)),
        #[cfg(feature = "tasks")]
        rest_tasks::module(services.tasks),
        #[cfg(feature = "notifications")]
        if services.pages { rest_notifications::with_pages(notifications) } else { notifications },
        rest::dashboard::module(services.settings),
        audio(),
        #[cfg(feature = "monitoring")]
        rest_monitoring::module(services.monitoring, Arc::clone(&services.feed)),
        rest::events::module(services.feed),
        socket::module(services.sockets),
        socket::events::description(),
        rest_jobs::module(services.jobs),
        #[cfg(feature = "integrations")]
        rest_integrations::module(services.integrations),
        #[cfg(feature = "webhooks")]
        rest_webhooks::module(services.webhooks),
        // Behind it: its own paths are more special than `/webhooks/{source}`.
        #[cfg(feature = "inbound")]
        rest_inbound::module(services.inbound),
        #[cfg(feature = "chat")]
        rest_chat::module(services.chat, services.live_chat),
        Module { consumers, ..Module::new("flows") },
    ];
    #[cfg(feature = "console")]
    if let Some(base_url) = &services.console {
        all.push(console::module(base_url));
    }
    all.extend(services.simple);
    all
}

/// Gives services what all modules together have: the types of events, and who sees which.
pub fn complete(services: &Services, all: &[Module]) {
    let _ = (services, all);
    #[cfg(feature = "webhooks")]
    {
        services.webhooks.offer(all.iter().flat_map(|module| module.event_types).copied());
        let rules = all.iter().flat_map(|module| &module.live);
        let rule = |rule: &rest::live::LiveRule| webhooks::policy::KindRule {
            kind: rule.kind,
            read: rule.read,
            manage: rule.manage,
        };
        services.webhooks.show_by(rules.map(rule).collect());
    }
}

/// Gives accounts the pictures that the module of files receives.
#[cfg(feature = "files")]
fn avatars(users: Arc<Users>) -> rest_files::avatar::SetAvatar {
    Arc::new(move |actor, address| {
        let users = Arc::clone(&users);
        Box::pin(async move {
            let changed = users.set_avatar(&actor, address).await;
            let (user, former) = changed.map_err(rest_users::present)?;
            let (account, etag) = rest_users::shown(&actor, &user);
            Ok(rest_files::avatar::Changed { account, etag, former })
        })
    })
}

/// The commands of domains.
#[derive(Debug, Subcommand)]
pub(crate) enum DomainCommand {
    /// Verify the content of files, and remove what is left over
    #[cfg(feature = "files")]
    Files {
        #[command(subcommand)]
        command: cli_files::FilesCommand,
    },
}

impl DomainCommand {
    /// Runs it.
    pub(crate) fn run(&self, program: &Program, config: &Config) -> anyhow::Result<ExitCode> {
        let _ = (program, config);
        match *self {
            #[cfg(feature = "files")]
            Self::Files { ref command } => cli_files::run(program, config, command),
        }
    }
}

/// Adds what is missing of the sample of each domain, and says what it was.
pub(crate) async fn seed(sample: &Sample<'_>) -> anyhow::Result<Vec<String>> {
    let _ = sample;
    let added: Vec<Option<String>> = vec![
        #[cfg(feature = "tasks")]
        seed_tasks::add(sample).await?,
        #[cfg(feature = "products")]
        seed_products::add(sample).await?,
        #[cfg(feature = "files")]
        seed_files::add(sample).await?,
    ];
    Ok(added.into_iter().flatten().collect())
}
