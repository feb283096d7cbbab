//! `OneTimeTokenStore` and `DeviceStore`.

use std::sync::Arc;

use kernel::{StoreError, Timestamp, UserId};
use users::{
    DeviceStore, OneTimeTokenStore,
    one_time_token::{EmailChange, Meeting, OneTimeToken, OneTimeTokenKind},
    values::Digest,
};

use crate::{
    state::{State, count, prune},
    tx::MemoryTx,
};

/// Removes all that is kept here of an account.
pub(crate) fn forget(state: &mut State, user: UserId) {
    Arc::make_mut(&mut state.domains.users.one_time_tokens).retain(|_, link| link.user != user);
    Arc::make_mut(&mut state.domains.users.email_changes).remove(&user);
    Arc::make_mut(&mut state.domains.users.phone_changes).remove(&user);
    Arc::make_mut(&mut state.domains.users.devices).retain(|(owner, _), _| *owner != user);
}

pub(super) fn there(state: &State, user: UserId, what: &'static str) -> Result<(), StoreError> {
    if state.has_account(user) { Ok(()) } else { Err(StoreError::Missing(what)) }
}

fn good(
    state: &State,
    digest: &Digest,
    kind: OneTimeTokenKind,
    now: Timestamp,
) -> Option<OneTimeToken> {
    let link = state.domains.users.one_time_tokens.get(digest);
    link.filter(|link| link.kind == kind && now < link.expires_at).map(|link| (**link).clone())
}

impl OneTimeTokenStore for MemoryTx {
    fn insert(&mut self, link: &OneTimeToken) -> Result<(), StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            there(state, link.user, "links.user")?;
            if state.domains.users.one_time_tokens.contains_key(&link.digest) {
                return Err(StoreError::Duplicate("links.digest"));
            }
            Arc::make_mut(&mut state.domains.users.one_time_tokens)
                .insert(link.digest, Arc::new(link.clone()));
            Ok(())
        })
    }

    fn find(
        &mut self,
        digest: &Digest,
        kind: OneTimeTokenKind,
        now: Timestamp,
    ) -> Result<Option<OneTimeToken>, StoreError> {
        self.reading(|state| Ok(good(state, digest, kind, now)))
    }

    fn take(
        &mut self,
        digest: &Digest,
        kind: OneTimeTokenKind,
        now: Timestamp,
    ) -> Result<Option<OneTimeToken>, StoreError> {
        self.writing(|tx| {
            let found = good(&tx.state, digest, kind, now);
            if found.is_some() {
                Arc::make_mut(&mut tx.state.domains.users.one_time_tokens).remove(digest);
            }
            Ok(found)
        })
    }

    fn revoke(&mut self, user: UserId, kind: Option<OneTimeTokenKind>) -> Result<(), StoreError> {
        self.writing(|tx| {
            Arc::make_mut(&mut tx.state.domains.users.one_time_tokens)
                .retain(|_, link| link.user != user || kind.is_some_and(|kind| kind != link.kind));
            Ok(())
        })
    }

    fn newest(
        &mut self,
        user: UserId,
        kind: OneTimeTokenKind,
    ) -> Result<Option<Timestamp>, StoreError> {
        self.reading(|state| {
            let own = state
                .domains
                .users
                .one_time_tokens
                .values()
                .filter(|link| link.user == user && link.kind == kind);
            Ok(own.map(|link| link.created_at).max())
        })
    }

    fn propose(&mut self, change: &EmailChange) -> Result<(), StoreError> {
        self.writing(|tx| {
            there(&tx.state, change.user, "email_changes.user")?;
            let changes = Arc::make_mut(&mut tx.state.domains.users.email_changes);
            changes.insert(change.user, Arc::new(change.clone()));
            Ok(())
        })
    }

    fn change(&mut self, user: UserId) -> Result<Option<EmailChange>, StoreError> {
        self.reading(|state| {
            Ok(state.domains.users.email_changes.get(&user).map(|row| (**row).clone()))
        })
    }

    fn withdraw(&mut self, user: UserId) -> Result<(), StoreError> {
        self.writing(|tx| {
            Arc::make_mut(&mut tx.state.domains.users.email_changes).remove(&user);
            Ok(())
        })
    }

    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            prune(&mut state.domains.users.email_changes, limit, |_, change| {
                change.expires_at < before
            });
            Ok(count(&prune(&mut state.domains.users.one_time_tokens, limit, |_, link| {
                link.expires_at < before
            })))
        })
    }
}

impl DeviceStore for MemoryTx {
    fn meet(
        &mut self,
        user: UserId,
        device: &Digest,
        now: Timestamp,
    ) -> Result<Meeting, StoreError> {
        self.writing(|tx| {
            there(&tx.state, user, "devices.user")?;
            let any = tx.state.domains.users.devices.keys().any(|(owner, _)| *owner == user);
            let devices = Arc::make_mut(&mut tx.state.domains.users.devices);
            let known = devices.insert((user, *device), now).is_some();
            Ok(Meeting { known, any })
        })
    }

    fn last_met(&mut self, user: UserId, device: &Digest) -> Result<Option<Timestamp>, StoreError> {
        self.reading(|state| Ok(state.domains.users.devices.get(&(user, *device)).copied()))
    }

    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            Ok(count(&prune(&mut tx.state.domains.users.devices, limit, |_, last| *last < before)))
        })
    }
}
