//! Rooms and direct messages.

use std::sync::Arc;

use ::chat::{
    Chat, ChatTx,
    outbound::{Notifier, Presence},
    presence::SharedPresence,
    service::{Dependencies, MESSAGES},
};
use adapter_diesel::Db;
use kernel::{BoxFuture, Clock, Limiter, Quota, UnitOfWork};
use memory::{MemoryNotifier, MemoryPresence};
use rest_chat::live::Live;

use super::{hints, redis};
use crate::{
    config::Config,
    dependencies::{Ask, Watched},
};

/// How often one person may write.
pub(super) const POLICIES: [(&str, Quota); 1] = [MESSAGES];

/// The chat of this process.
pub(super) struct Wired {
    /// The service.
    pub chat: Arc<Chat>,
    /// Those who are connected to this process.
    pub live: Arc<Live>,
    /// How presence is, where it is kept outside of this process.
    pub presence: Option<Watched>,
}

/// The service, and those who are connected to this process.
pub(super) fn wire(
    config: &Config,
    db: &Arc<Db>,
    clock: &Arc<dyn Clock>,
    limiter: &Arc<dyn Limiter>,
    redis: Option<&Arc<redis::Connection>>,
    background: &mut Vec<BoxFuture<'static, ()>>,
) -> Wired {
    let work: Arc<dyn UnitOfWork<dyn ChatTx>> = Arc::<Db>::clone(db);
    let chat = Chat::new(Dependencies {
        work: Arc::clone(&work),
        clock: Arc::clone(clock),
        limiter: Arc::clone(limiter),
    });
    let chat = Arc::new(chat.keeping_logs(config.chat.log_kept()));
    // A database that other processes may share knows who is online in all of them.
    let is_shared = config.database.url.starts_with("postgres");
    let presence: Arc<dyn Presence> = if is_shared {
        Arc::new(SharedPresence::new(work, Arc::clone(clock)))
    } else {
        Arc::new(MemoryPresence::new(Arc::clone(clock)))
    };
    let notifier: Arc<dyn Notifier> = match redis {
        Some(link) => hints::notifier(link, background),
        None if is_shared => Arc::<Db>::clone(db),
        None => Arc::new(MemoryNotifier::alone()),
    };
    let most = config.chat.presence_max;
    let live = Arc::new(Live::new(Arc::clone(&chat), presence, notifier, most));
    let presence = is_shared.then(|| ask(&live, db.engine_name()));
    Wired { chat, live, presence }
}

/// Whether presence can be kept. Messages do not need it.
fn ask(live: &Arc<Live>, kind: &'static str) -> Watched {
    let live = Arc::clone(live);
    let ask: Ask = Box::new(move || {
        let answer = live.presence();
        Box::pin(std::future::ready(answer))
    });
    Watched { name: "presence", kind, needed: false, probed: true, ask }
}
