//! `UserStore`. Names and addresses are looked for row by row: this store is for hundreds of
//! accounts, not for millions.

mod activity;
mod audit;
mod email_counts;
mod factors;
mod identities;
mod login_throttle;
mod one_time_tokens;
pub(crate) mod people;
mod personal_access_tokens;
mod phone_changes;
#[cfg(test)]
mod planted_users;
pub(crate) mod roles;
mod sessions;
pub(crate) mod tables;

use std::sync::Arc;

use kernel::{Page, PageRequest, Role, SortKey, StoreError, Timestamp, UserId};
use users::{
    User, UserStore,
    query::{UserFilter, UserSort},
    user::NewUser,
    values::{Bio, PasswordHash, Status},
};

use self::tables::Account;
use crate::{
    page::{Order, cut},
    state::{State, next, not_an_id},
    tx::MemoryTx,
};

/// A2: the username first, then the address; `except` is the account that is being changed.
fn check_unique(
    state: &State,
    username: &str,
    email: &str,
    except: Option<UserId>,
) -> Result<(), StoreError> {
    let others = || {
        let accounts = state.domains.users.accounts.values().map(|account| &account.user);
        accounts.filter(|user| Some(user.id) != except)
    };
    if others().any(|user| user.username.as_str().eq_ignore_ascii_case(username)) {
        return Err(StoreError::Duplicate("users.username"));
    }
    if others().any(|user| user.email.as_str().eq_ignore_ascii_case(email)) {
        return Err(StoreError::Duplicate("users.email"));
    }
    Ok(())
}

fn find(state: &State, is_it: impl Fn(&User) -> bool) -> Option<User> {
    let mut accounts = state.domains.users.accounts.values().map(|account| &account.user);
    accounts.find(|user| is_it(user)).cloned()
}

/// Puts a changed copy of an account in its place.
fn change(
    state: &mut State,
    id: UserId,
    f: impl FnOnce(&mut User, &mut Option<PasswordHash>),
) -> Result<(), StoreError> {
    let stored = state.domains.users.accounts.get(&id);
    let stored = stored.ok_or(StoreError::Missing("users.id"))?;
    let mut account = Account::clone(stored);
    f(&mut account.user, &mut account.password);
    Arc::make_mut(&mut state.domains.users.accounts).insert(id, Arc::new(account));
    Ok(())
}

impl State {
    /// P1: true for the account of a person who may be given something.
    pub(crate) fn is_active(&self, user: UserId) -> bool {
        self.domains.users.accounts.get(&user).is_some_and(|account| {
            account.user.status == Status::Active && account.user.purge_at.is_none()
        })
    }
}

impl UserStore for MemoryTx {
    fn insert(
        &mut self,
        user: &NewUser,
        password: Option<&PasswordHash>,
    ) -> Result<User, StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            check_unique(state, user.username.as_str(), user.email.as_str(), None)?;
            let bio = Bio::parse("").map_err(|error| StoreError::Internal(error.to_string()))?;
            let id = UserId::parse(next(&mut state.domains.users.last_user)).map_err(not_an_id)?;
            let user = User {
                id,
                username: user.username.clone(),
                email: user.email.clone(),
                role: user.role,
                status: Status::Active,
                first_name: user.first_name.clone(),
                last_name: user.last_name.clone(),
                bio,
                avatar: None,
                locale: user.locale,
                provider: user.provider,
                email_verified: user.email_verified,
                phone: None,
                two_factor_enabled: false,
                created_at: user.created_at,
                updated_at: user.created_at,
                last_login_at: None,
                purge_at: None,
                version: 1,
            };
            let account = Account {
                active_at: user.created_at,
                closing_at: None,
                user: user.clone(),
                password: password.cloned(),
            };
            Arc::make_mut(&mut state.domains.users.accounts).insert(id, Arc::new(account));
            Ok(user)
        })
    }

    fn get(&mut self, id: UserId) -> Result<Option<User>, StoreError> {
        self.reading(|state| Ok(state.domains.users.accounts.get(&id).map(|row| row.user.clone())))
    }

    /// Writers go one after another, so every row is locked from the start.
    fn lock(&mut self, id: UserId) -> Result<Option<User>, StoreError> {
        UserStore::get(self, id)
    }

    fn find_by_username(&mut self, username: &str) -> Result<Option<User>, StoreError> {
        self.reading(|state| {
            Ok(find(state, |user| user.username.as_str().eq_ignore_ascii_case(username)))
        })
    }

    fn find_by_email(&mut self, email: &str) -> Result<Option<User>, StoreError> {
        self.reading(|state| {
            Ok(find(state, |user| user.email.as_str().eq_ignore_ascii_case(email)))
        })
    }

    fn save(&mut self, user: &mut User) -> Result<(), StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            let stored = state.domains.users.accounts.get(&user.id).ok_or(StoreError::Stale)?;
            if stored.user.version != user.version {
                return Err(StoreError::Stale);
            }
            let (username, email) = (user.username.as_str(), user.email.as_str());
            check_unique(state, username, email, Some(user.id))?;
            change(state, user.id, |row, _| {
                *row = User {
                    last_login_at: row.last_login_at,
                    version: row.version + 1,
                    ..user.clone()
                };
            })?;
            user.version += 1;
            Ok(())
        })
    }

    fn list(
        &mut self,
        filter: &UserFilter,
        order: &[SortKey<UserSort>],
        page: &PageRequest,
    ) -> Result<Page<User>, StoreError> {
        self.reading(|state| {
            let accounts = state.domains.users.accounts.values();
            let rows = accounts.filter(|row| filter.matches(&row.user));
            let values = |user: &User| order.iter().map(|key| key.field.sort_value(user)).collect();
            let page = cut(
                rows,
                &Order::by(order, &UserSort::ALL),
                |row| (values(&row.user), row.user.id.get()),
                page,
            )?;
            Ok(page.map(|row| row.user))
        })
    }

    fn lock_role(&mut self, role: Role) -> Result<Vec<UserId>, StoreError> {
        self.reading(|state| {
            let accounts = state.domains.users.accounts.values().map(|account| &account.user);
            Ok(accounts.filter(|user| user.role == role).map(|user| user.id).collect())
        })
    }

    fn password(&mut self, id: UserId) -> Result<Option<PasswordHash>, StoreError> {
        self.reading(|state| {
            Ok(state.domains.users.accounts.get(&id).and_then(|row| row.password.clone()))
        })
    }

    fn set_password(&mut self, id: UserId, hash: Option<&PasswordHash>) -> Result<(), StoreError> {
        self.writing(|tx| {
            change(&mut tx.state, id, |_, password| {
                *password = hash.cloned();
            })
        })
    }

    fn note_login(&mut self, id: UserId, at: Timestamp) -> Result<(), StoreError> {
        self.writing(|tx| {
            change(&mut tx.state, id, |user, _| {
                user.last_login_at = Some(at);
            })
        })
    }

    fn due(&mut self, now: Timestamp, limit: u32) -> Result<Vec<UserId>, StoreError> {
        self.reading(|state| {
            let accounts = state.domains.users.accounts.values().map(|account| &account.user);
            let mut due: Vec<(Timestamp, UserId)> = accounts
                .filter_map(|user| Some((user.purge_at.filter(|at| *at <= now)?, user.id)))
                .collect();
            due.sort_unstable();
            Ok(due.into_iter().take(limit as usize).map(|(_, id)| id).collect())
        })
    }

    fn remove(&mut self, id: UserId, _now: Timestamp) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            if !state.domains.users.accounts.contains_key(&id) {
                return Ok(false);
            }
            Arc::make_mut(&mut state.domains.users.accounts).remove(&id);
            Arc::make_mut(&mut state.domains.users.removed).insert(id);
            let ids: Vec<_> =
                state.domains.users.sessions.values().filter(|row| row.user == id).collect();
            let ids = ids.into_iter().map(|row| row.id).collect();
            sessions::drop_sessions(state, &ids);
            one_time_tokens::forget(state, id);
            personal_access_tokens::drop_of(state, id);
            roles::drop_of(state, id);
            factors::drop_factor(state, id);
            identities::drop_identities(state, id);
            Ok(true)
        })
    }
}
