//! `IdentityStore`.

use std::sync::Arc;

use kernel::{SessionId, StoreError, Timestamp, UserId};
use users::{
    IdentityStore,
    external::{Attempt, AuthorizationCode, Identity, ProviderName, Purpose, Subject},
    values::Digest,
};

use crate::{
    state::{State, prune},
    tx::MemoryTx,
};

/// Removes what there is of an account.
pub(crate) fn drop_identities(state: &mut State, user: UserId) {
    let on_the_way = |attempt: &Attempt| match attempt.purpose {
        Purpose::SignIn => false,
        Purpose::Link(id, _) => id == user,
    };
    Arc::make_mut(&mut state.domains.users.identities).retain(|_, row| row.user != user);
    Arc::make_mut(&mut state.domains.users.attempts).retain(|_, row| !on_the_way(row));
    Arc::make_mut(&mut state.domains.users.codes).retain(|_, row| row.user != user);
}

impl IdentityStore for MemoryTx {
    fn insert(&mut self, identity: &Identity) -> Result<(), StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            if !state.has_account(identity.user) {
                return Err(StoreError::Missing("identities.user"));
            }
            let key = (identity.provider.clone(), identity.subject.clone());
            if state.domains.users.identities.contains_key(&key) {
                return Err(StoreError::Duplicate("identities.subject"));
            }
            let mut rows = state.domains.users.identities.values();
            if rows.any(|row| row.user == identity.user && row.provider == identity.provider) {
                return Err(StoreError::Duplicate("identities.provider"));
            }
            Arc::make_mut(&mut state.domains.users.identities)
                .insert(key, Arc::new(identity.clone()));
            Ok(())
        })
    }

    fn find(
        &mut self,
        provider: &ProviderName,
        subject: &Subject,
    ) -> Result<Option<Identity>, StoreError> {
        let key = (provider.clone(), subject.clone());
        self.reading(|state| {
            Ok(state.domains.users.identities.get(&key).map(|row| (**row).clone()))
        })
    }

    fn of_user(&mut self, user: UserId) -> Result<Vec<Identity>, StoreError> {
        self.reading(|state| {
            let rows = state.domains.users.identities.values().filter(|row| row.user == user);
            let mut rows: Vec<Identity> = rows.map(|row| (**row).clone()).collect();
            rows.sort_by(|a, b| (a.linked_at, &a.provider).cmp(&(b.linked_at, &b.provider)));
            Ok(rows)
        })
    }

    fn remove(&mut self, user: UserId, provider: &ProviderName) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let rows = Arc::make_mut(&mut tx.state.domains.users.identities);
            let before = rows.len();
            rows.retain(|_, row| row.user != user || row.provider != *provider);
            Ok(rows.len() < before)
        })
    }

    fn insert_attempt(&mut self, attempt: &Attempt) -> Result<(), StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            if let Purpose::Link(user, _) = attempt.purpose
                && !state.has_account(user)
            {
                return Err(StoreError::Missing("oauth_attempts.user"));
            }
            if state.domains.users.attempts.contains_key(&attempt.state) {
                return Err(StoreError::Duplicate("oauth_attempts.state"));
            }
            let rows = Arc::make_mut(&mut state.domains.users.attempts);
            rows.insert(attempt.state, Arc::new(attempt.clone()));
            Ok(())
        })
    }

    fn take_attempt(
        &mut self,
        state: &Digest,
        now: Timestamp,
    ) -> Result<Option<Attempt>, StoreError> {
        self.writing(|tx| {
            let taken = Arc::make_mut(&mut tx.state.domains.users.attempts).remove(state);
            Ok(taken.filter(|row| now < row.expires_at).map(|row| (*row).clone()))
        })
    }

    fn insert_code(&mut self, issued: &AuthorizationCode) -> Result<(), StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            if !state.has_account(issued.user) {
                return Err(StoreError::Missing("oauth_grants.user"));
            }
            if state.domains.users.codes.contains_key(&issued.code) {
                return Err(StoreError::Duplicate("oauth_grants.code"));
            }
            Arc::make_mut(&mut state.domains.users.codes)
                .insert(issued.code, Arc::new(issued.clone()));
            Ok(())
        })
    }

    /// Writers go one after another, so every row is locked from the start.
    fn lock_code(&mut self, code: &Digest) -> Result<Option<AuthorizationCode>, StoreError> {
        self.reading(|state| Ok(state.domains.users.codes.get(code).map(|row| (**row).clone())))
    }

    fn spend_code(
        &mut self,
        code: &Digest,
        session: Option<SessionId>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.writing(|tx| {
            let row = Arc::make_mut(&mut tx.state.domains.users.codes).get_mut(code);
            if let Some(row) = row.filter(|row| row.spent_at.is_none()) {
                let row = Arc::make_mut(row);
                (row.spent_at, row.session) = (Some(now), session);
            }
            Ok(())
        })
    }

    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            let attempts =
                prune(&mut state.domains.users.attempts, limit, |_, row| row.expires_at < before);
            let personal_access_tokens =
                prune(&mut state.domains.users.codes, limit, |_, row| row.expires_at < before);
            Ok((attempts.len() + personal_access_tokens.len()) as u64)
        })
    }
}
