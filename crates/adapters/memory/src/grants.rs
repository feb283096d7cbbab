//! `GrantStore`.

use std::{cmp::Reverse, sync::Arc};

use kernel::{GrantId, StoreError, Timestamp, UserId};
use users::{
    GrantStore,
    grant::{Grant, LiveGrant, NewGrant},
    values::Digest,
};

use crate::{
    roles::permissions_of,
    state::{State, count, next, not_an_id, sweep},
    tx::MemoryTx,
};

/// Removes the grants of an account.
pub(crate) fn drop_of(state: &mut State, user: UserId) {
    let own: Vec<GrantId> =
        state.grants.values().filter(|row| row.user == user).map(|row| row.id).collect();
    drop_all(state, &own);
}

fn drop_all(state: &mut State, ids: &[GrantId]) {
    if !ids.is_empty() {
        Arc::make_mut(&mut state.grants).retain(|id, _| !ids.contains(id));
        Arc::make_mut(&mut state.grant_digests).retain(|_, id| !ids.contains(id));
    }
}

fn live(state: &State, id: GrantId) -> Option<LiveGrant> {
    let grant = state.grants.get(&id)?;
    let account = state.accounts.get(&grant.user)?;
    let extra = permissions_of(state, grant.user);
    Some(LiveGrant { grant: (**grant).clone(), user: account.user.clone(), extra })
}

impl GrantStore for MemoryTx {
    fn insert(&mut self, new: &NewGrant) -> Result<Grant, StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            if !state.has_account(new.user) {
                return Err(StoreError::Missing("grants.user"));
            }
            if state.grant_digests.contains_key(&new.digest) {
                return Err(StoreError::Duplicate("grants.digest"));
            }
            let id = GrantId::parse(next(&mut state.counters.grants)).map_err(not_an_id)?;
            let grant = Grant {
                id,
                user: new.user,
                name: new.name.clone(),
                scopes: new.scopes,
                expires_at: new.expires_at,
                created_at: new.created_at,
                last_used_at: None,
                last_used_ip: None,
            };
            Arc::make_mut(&mut state.grants).insert(id, Arc::new(grant.clone()));
            Arc::make_mut(&mut state.grant_digests).insert(new.digest, id);
            Ok(grant)
        })
    }

    fn of_user(&mut self, user: UserId) -> Result<Vec<Grant>, StoreError> {
        self.reading(|state| {
            let own = state.grants.values().filter(|row| row.user == user);
            let mut own: Vec<Grant> = own.map(|row| (**row).clone()).collect();
            own.sort_by_key(|row| Reverse((row.created_at, row.id)));
            Ok(own)
        })
    }

    fn live(&mut self, digest: &Digest) -> Result<Option<LiveGrant>, StoreError> {
        self.reading(|state| Ok(state.grant_digests.get(digest).and_then(|id| live(state, *id))))
    }

    fn live_of(&mut self, id: GrantId) -> Result<Option<LiveGrant>, StoreError> {
        self.reading(|state| Ok(live(state, id)))
    }

    fn note_use(
        &mut self,
        id: GrantId,
        at: Timestamp,
        ip: Option<&str>,
        since: Timestamp,
    ) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let Some(row) = tx.state.grants.get(&id) else { return Ok(false) };
            if row.last_used_at.is_some_and(|noted| noted >= since) {
                return Ok(false);
            }
            let used = Grant {
                last_used_at: Some(at),
                last_used_ip: ip.map(str::to_owned),
                ..(**row).clone()
            };
            Arc::make_mut(&mut tx.state.grants).insert(id, Arc::new(used));
            Ok(true)
        })
    }

    fn remove(&mut self, user: UserId, id: GrantId) -> Result<Option<Grant>, StoreError> {
        self.writing(|tx| {
            let row = tx.state.grants.get(&id).filter(|row| row.user == user);
            let Some(grant) = row.map(|row| (**row).clone()) else { return Ok(None) };
            drop_all(&mut tx.state, &[id]);
            Ok(Some(grant))
        })
    }

    fn sweep(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let over = |_: &GrantId, row: &Arc<Grant>| row.expires_at.is_some_and(|at| at < before);
            let gone = sweep(&mut tx.state.grants, limit, over);
            drop_all(&mut tx.state, &gone);
            Ok(count(&gone))
        })
    }
}
