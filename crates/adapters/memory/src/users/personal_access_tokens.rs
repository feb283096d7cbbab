//! `TokenStore`.

use std::{cmp::Reverse, sync::Arc};

use kernel::{StoreError, Timestamp, TokenId, UserId};
use users::{
    TokenStore,
    personal_access_token::{LiveToken, NewToken, PersonalAccessToken},
    values::Digest,
};

use super::roles::permissions_of;
use crate::{
    state::{State, count, next, not_an_id, prune},
    tx::MemoryTx,
};

/// Removes the grants of an account.
pub(crate) fn drop_of(state: &mut State, user: UserId) {
    let own: Vec<TokenId> = state
        .domains
        .users
        .personal_access_tokens
        .values()
        .filter(|row| row.user == user)
        .map(|row| row.id)
        .collect();
    drop_all(state, &own);
}

fn drop_all(state: &mut State, ids: &[TokenId]) {
    if !ids.is_empty() {
        Arc::make_mut(&mut state.domains.users.personal_access_tokens)
            .retain(|id, _| !ids.contains(id));
        Arc::make_mut(&mut state.domains.users.token_digests).retain(|_, id| !ids.contains(id));
    }
}

fn live(state: &State, id: TokenId) -> Option<LiveToken> {
    let token = state.domains.users.personal_access_tokens.get(&id)?;
    let account = state.domains.users.accounts.get(&token.user)?;
    let extra = permissions_of(state, token.user);
    Some(LiveToken { token: (**token).clone(), user: account.user.clone(), extra })
}

impl TokenStore for MemoryTx {
    fn insert(&mut self, new: &NewToken) -> Result<PersonalAccessToken, StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            if !state.has_account(new.user) {
                return Err(StoreError::Missing("grants.user"));
            }
            if state.domains.users.token_digests.contains_key(&new.digest) {
                return Err(StoreError::Duplicate("grants.digest"));
            }
            let id =
                TokenId::parse(next(&mut state.domains.users.last_token)).map_err(not_an_id)?;
            let token = PersonalAccessToken {
                id,
                user: new.user,
                name: new.name.clone(),
                scopes: new.scopes,
                expires_at: new.expires_at,
                created_at: new.created_at,
                last_used_at: None,
                last_used_ip: None,
            };
            Arc::make_mut(&mut state.domains.users.personal_access_tokens)
                .insert(id, Arc::new(token.clone()));
            Arc::make_mut(&mut state.domains.users.token_digests).insert(new.digest, id);
            Ok(token)
        })
    }

    fn of_user(&mut self, user: UserId) -> Result<Vec<PersonalAccessToken>, StoreError> {
        self.reading(|state| {
            let own =
                state.domains.users.personal_access_tokens.values().filter(|row| row.user == user);
            let mut own: Vec<PersonalAccessToken> = own.map(|row| (**row).clone()).collect();
            own.sort_by_key(|row| Reverse((row.created_at, row.id)));
            Ok(own)
        })
    }

    fn live(&mut self, digest: &Digest) -> Result<Option<LiveToken>, StoreError> {
        self.reading(|state| {
            Ok(state.domains.users.token_digests.get(digest).and_then(|id| live(state, *id)))
        })
    }

    fn live_of(&mut self, id: TokenId) -> Result<Option<LiveToken>, StoreError> {
        self.reading(|state| Ok(live(state, id)))
    }

    fn note_use(
        &mut self,
        id: TokenId,
        at: Timestamp,
        ip: Option<&str>,
        since: Timestamp,
    ) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let Some(row) = tx.state.domains.users.personal_access_tokens.get(&id) else {
                return Ok(false);
            };
            if row.last_used_at.is_some_and(|noted| noted >= since) {
                return Ok(false);
            }
            let used = PersonalAccessToken {
                last_used_at: Some(at),
                last_used_ip: ip.map(str::to_owned),
                ..(**row).clone()
            };
            Arc::make_mut(&mut tx.state.domains.users.personal_access_tokens)
                .insert(id, Arc::new(used));
            Ok(true)
        })
    }

    fn remove(
        &mut self,
        user: UserId,
        id: TokenId,
    ) -> Result<Option<PersonalAccessToken>, StoreError> {
        self.writing(|tx| {
            let row = tx
                .state
                .domains
                .users
                .personal_access_tokens
                .get(&id)
                .filter(|row| row.user == user);
            let Some(token) = row.map(|row| (**row).clone()) else { return Ok(None) };
            drop_all(&mut tx.state, &[id]);
            Ok(Some(token))
        })
    }

    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let over = |_: &TokenId, row: &Arc<PersonalAccessToken>| {
                row.expires_at.is_some_and(|at| at < before)
            };
            let gone = prune(&mut tx.state.domains.users.personal_access_tokens, limit, over);
            drop_all(&mut tx.state, &gone);
            Ok(count(&gone))
        })
    }
}
