//! `SessionStore`.

use std::{collections::BTreeSet, sync::Arc};

use kernel::{SessionId, StoreError, Timestamp, UserId};
use users::{
    SessionStore,
    session::{Live, NewSession, RefreshToken, Session},
    values::Digest,
};

use super::roles::permissions_of;
use crate::{
    state::{State, next, not_an_id},
    tx::MemoryTx,
};

/// Removes sessions with their refresh tokens and tickets.
pub(crate) fn drop_sessions(state: &mut State, ids: &BTreeSet<SessionId>) {
    if ids.is_empty() {
        return;
    }
    Arc::make_mut(&mut state.domains.users.sessions).retain(|id, _| !ids.contains(id));
    Arc::make_mut(&mut state.domains.users.refresh).retain(|(id, _), _| !ids.contains(id));
    Arc::make_mut(&mut state.domains.users.refresh_digests).retain(|_, (id, _)| !ids.contains(id));
    Arc::make_mut(&mut state.domains.users.tickets).retain(|_, (id, _)| !ids.contains(id));
}

impl SessionStore for MemoryTx {
    fn insert(&mut self, session: &NewSession) -> Result<Session, StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            if !state.has_account(session.user) {
                return Err(StoreError::Missing("sessions.user"));
            }
            let id =
                SessionId::parse(next(&mut state.domains.users.last_session)).map_err(not_an_id)?;
            let session = Session {
                id,
                user: session.user,
                device: session.device.clone(),
                ip: session.ip.clone(),
                created_at: session.created_at,
                last_used_at: session.created_at,
                expires_at: session.expires_at,
                revoked_at: None,
                generation: 1,
                parent: 0,
                seen: 0,
                last_generation: 1,
            };
            Arc::make_mut(&mut state.domains.users.sessions).insert(id, Arc::new(session.clone()));
            Ok(session)
        })
    }

    fn get(&mut self, id: SessionId) -> Result<Option<Session>, StoreError> {
        self.reading(|state| Ok(state.domains.users.sessions.get(&id).map(|row| (**row).clone())))
    }

    /// Writers go one after another, so every row is locked from the start.
    fn lock(&mut self, id: SessionId) -> Result<Option<Session>, StoreError> {
        SessionStore::get(self, id)
    }

    fn live(&mut self, id: SessionId) -> Result<Option<Live>, StoreError> {
        self.reading(|state| {
            let Some(session) = state.domains.users.sessions.get(&id) else {
                return Ok(None);
            };
            Ok(state.domains.users.accounts.get(&session.user).map(|account| Live {
                session: (**session).clone(),
                user: account.user.clone(),
                extra: permissions_of(state, session.user),
            }))
        })
    }

    fn lives(&mut self, ids: &[SessionId]) -> Result<Vec<Live>, StoreError> {
        let mut found = Vec::new();
        for id in ids {
            found.extend(SessionStore::live(self, *id)?);
        }
        Ok(found)
    }

    fn of_user(&mut self, user: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        self.reading(|state| {
            let rows = state.domains.users.sessions.values();
            let mut open: Vec<Session> = rows
                .filter(|row| row.user == user && row.is_open(now))
                .map(|row| (**row).clone())
                .collect();
            open.sort_by_key(|row| std::cmp::Reverse((row.created_at, row.id)));
            Ok(open)
        })
    }

    fn save(&mut self, session: &Session) -> Result<(), StoreError> {
        self.writing(|tx| {
            if !tx.state.domains.users.sessions.contains_key(&session.id) {
                return Err(StoreError::Missing("sessions.id"));
            }
            Arc::make_mut(&mut tx.state.domains.users.sessions)
                .insert(session.id, Arc::new(session.clone()));
            Ok(())
        })
    }

    fn revoke_all(
        &mut self,
        user: UserId,
        except: Option<SessionId>,
        now: Timestamp,
    ) -> Result<Vec<SessionId>, StoreError> {
        self.writing(|tx| {
            let rows = tx.state.domains.users.sessions.values();
            let ended: Vec<Session> = rows
                .filter(|row| row.user == user && Some(row.id) != except && row.is_open(now))
                .map(|row| Session { revoked_at: Some(now), ..(**row).clone() })
                .collect();
            let ids = ended.iter().map(|row| row.id).collect();
            let rows = Arc::make_mut(&mut tx.state.domains.users.sessions);
            for session in ended {
                rows.insert(session.id, Arc::new(session));
            }
            Ok(ids)
        })
    }

    fn insert_refresh(&mut self, token: &RefreshToken) -> Result<(), StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            let key = (token.session, token.generation);
            if !state.domains.users.sessions.contains_key(&token.session) {
                return Err(StoreError::Missing("refresh_tokens.session"));
            }
            if state.domains.users.refresh.contains_key(&key) {
                return Err(StoreError::Duplicate("refresh_tokens.generation"));
            }
            if state.domains.users.refresh_digests.contains_key(&token.digest) {
                return Err(StoreError::Duplicate("refresh_tokens.digest"));
            }
            Arc::make_mut(&mut state.domains.users.refresh).insert(key, Arc::new(token.clone()));
            Arc::make_mut(&mut state.domains.users.refresh_digests).insert(token.digest, key);
            Ok(())
        })
    }

    fn find_refresh(&mut self, digest: &Digest) -> Result<Option<RefreshToken>, StoreError> {
        self.reading(|state| {
            let key = state.domains.users.refresh_digests.get(digest);
            let row = key.and_then(|key| state.domains.users.refresh.get(key));
            Ok(row.map(|row| (**row).clone()))
        })
    }

    fn set_refresh(&mut self, token: &RefreshToken) -> Result<(), StoreError> {
        self.writing(|tx| {
            let rows = Arc::make_mut(&mut tx.state.domains.users.refresh);
            let row = rows
                .get_mut(&(token.session, token.generation))
                .ok_or(StoreError::Missing("refresh_tokens.id"))?;
            Arc::make_mut(row).state = token.state;
            Ok(())
        })
    }

    fn insert_ticket(
        &mut self,
        digest: &Digest,
        session: SessionId,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            if !state.domains.users.sessions.contains_key(&session) {
                return Err(StoreError::Missing("tickets.session"));
            }
            if state.domains.users.tickets.contains_key(digest) {
                return Err(StoreError::Duplicate("tickets.digest"));
            }
            Arc::make_mut(&mut state.domains.users.tickets).insert(*digest, (session, expires_at));
            Ok(())
        })
    }

    fn take_ticket(
        &mut self,
        digest: &Digest,
        now: Timestamp,
    ) -> Result<Option<SessionId>, StoreError> {
        self.writing(|tx| {
            let taken = Arc::make_mut(&mut tx.state.domains.users.tickets).remove(digest);
            Ok(taken.filter(|(_, expires_at)| now < *expires_at).map(|(session, _)| session))
        })
    }

    fn count_open(&mut self, now: Timestamp) -> Result<u64, StoreError> {
        self.reading(|state| {
            Ok(state.domains.users.sessions.values().filter(|session| session.is_open(now)).count()
                as u64)
        })
    }

    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            let rows = state.domains.users.sessions.values();
            let ids: BTreeSet<SessionId> = rows
                .filter(|row| {
                    row.expires_at < before || row.revoked_at.is_some_and(|at| at < before)
                })
                .take(limit as usize)
                .map(|row| row.id)
                .collect();
            drop_sessions(state, &ids);
            if state.domains.users.tickets.values().any(|(_, expires_at)| *expires_at < before) {
                Arc::make_mut(&mut state.domains.users.tickets).retain(|_, (_, at)| *at >= before);
            }
            Ok(ids.len() as u64)
        })
    }
}
