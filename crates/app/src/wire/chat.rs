//! Rooms and direct messages.

use std::sync::Arc;

use ::chat::{
    Chat, ChatTx,
    outbound::Presence,
    presence::SharedPresence,
    service::{Dependencies, MESSAGES},
};
use adapter_diesel::Db;
use kernel::{Clock, Limiter, Quota, UnitOfWork};
use memory::MemoryPresence;
use rest_chat::live::Live;

use crate::config::Config;

/// How often one person may write.
pub(super) const POLICIES: [(&str, Quota); 1] = [MESSAGES];

/// The service, and those who are connected to this process.
pub(super) fn wire(
    config: &Config,
    db: &Arc<Db>,
    clock: &Arc<dyn Clock>,
    limiter: &Arc<dyn Limiter>,
) -> (Arc<Chat>, Arc<Live>) {
    let work: Arc<dyn UnitOfWork<dyn ChatTx>> = Arc::<Db>::clone(db);
    let chat = Arc::new(Chat::new(Dependencies {
        work: Arc::clone(&work),
        clock: Arc::clone(clock),
        limiter: Arc::clone(limiter),
    }));
    // A database that other processes may share knows who is online in all of them.
    let presence: Arc<dyn Presence> = if config.database.url.starts_with("postgres") {
        Arc::new(SharedPresence::new(work, Arc::clone(clock)))
    } else {
        Arc::new(MemoryPresence::new(Arc::clone(clock)))
    };
    let live = Arc::new(Live::new(Arc::clone(&chat), presence));
    (chat, live)
}
