//! Recurring maintenance of this domain.

use std::{sync::Arc, time::Duration};

use kernel::{Chore, Runs};

use super::Users;

/// When ended sessions and closed accounts are removed.
const PURGE: Runs = Runs::at("*/5 * * * *");
/// When old entries of the audit log are removed.
const PRUNE: Runs = Runs::at("1-59/5 * * * *");
/// When owners of accounts that no one uses are warned, and such accounts are closed.
const INACTIVE: Runs = Runs::at("20 4 * * *");
/// How long ended sessions are kept, for their owners to see.
const SESSIONS_KEPT: Duration = Duration::from_hours(24);

impl Users {
    /// The chores. Entries of the audit log are kept for `retain_audit`; without it, for ever.
    pub fn chores(self: &Arc<Self>, retain_audit: Option<Duration>) -> Vec<Chore> {
        let purge = |users: Arc<Self>| async move { users.purge(SESSIONS_KEPT).await };
        let purge_closed = |users: Arc<Self>| async move { users.purge_closed().await };
        let mut chores = vec![
            Chore::of(self, "users.purge", PURGE, purge),
            Chore::of(self, "users.purge_closed", PURGE, purge_closed),
        ];
        if self.settings.inactivity.is_some() {
            let close = |users: Arc<Self>| async move { users.close_inactive().await };
            chores.push(Chore::of(self, "users.inactive", INACTIVE, close));
        }
        if let Some(keep) = retain_audit {
            let prune = move |users: Arc<Self>| async move { users.prune_audit(keep).await };
            chores.push(Chore::of(self, "users.prune_audit", PRUNE, prune));
        }
        chores
    }
}
