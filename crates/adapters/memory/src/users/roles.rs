//! `RoleStore`.

use std::{collections::BTreeSet, sync::Arc};

use kernel::{Permissions, SessionId, StoreError, Timestamp, UserId};
use users::{
    RoleStore,
    role::{CustomRole, NewRole},
    values::RoleName,
};

use crate::{state::State, tx::MemoryTx};

/// Takes every role away from an account.
pub(crate) fn drop_of(state: &mut State, user: UserId) {
    if state.domains.users.roles_held.iter().any(|(holder, _)| *holder == user) {
        Arc::make_mut(&mut state.domains.users.roles_held).retain(|(holder, _)| *holder != user);
    }
}

fn held(state: &State, user: UserId) -> impl Iterator<Item = &CustomRole> {
    let names = state.domains.users.roles_held.iter().filter(move |(holder, _)| *holder == user);
    names.filter_map(|(_, name)| state.domains.users.roles.get(name).map(|role| &**role))
}

/// What the roles of an account allow together.
pub(crate) fn permissions_of(state: &State, user: UserId) -> Permissions {
    held(state, user).fold(Permissions::NONE, |all, role| all.union(role.permissions))
}

impl RoleStore for MemoryTx {
    fn insert(&mut self, new: &NewRole) -> Result<CustomRole, StoreError> {
        self.writing(|tx| {
            if tx.state.domains.users.roles.contains_key(&new.name) {
                return Err(StoreError::Duplicate("roles.name"));
            }
            let role = new.stored();
            let rows = Arc::make_mut(&mut tx.state.domains.users.roles);
            rows.insert(new.name.clone(), Arc::new(role.clone()));
            Ok(role)
        })
    }

    fn get(&mut self, name: &RoleName) -> Result<Option<CustomRole>, StoreError> {
        self.reading(|state| Ok(state.domains.users.roles.get(name).map(|row| (**row).clone())))
    }

    /// Writers go one after another, so every row is locked from the start.
    fn lock(&mut self, name: &RoleName) -> Result<Option<CustomRole>, StoreError> {
        RoleStore::get(self, name)
    }

    fn list(&mut self) -> Result<Vec<CustomRole>, StoreError> {
        self.reading(|state| {
            Ok(state.domains.users.roles.values().map(|row| (**row).clone()).collect())
        })
    }

    fn save(&mut self, role: &mut CustomRole) -> Result<(), StoreError> {
        self.writing(|tx| {
            let stored = tx.state.domains.users.roles.get(&role.name).ok_or(StoreError::Stale)?;
            if stored.version != role.version {
                return Err(StoreError::Stale);
            }
            role.version += 1;
            let rows = Arc::make_mut(&mut tx.state.domains.users.roles);
            rows.insert(role.name.clone(), Arc::new(role.clone()));
            Ok(())
        })
    }

    fn remove(&mut self, name: &RoleName) -> Result<bool, StoreError> {
        self.writing(|tx| {
            if !tx.state.domains.users.roles.contains_key(name) {
                return Ok(false);
            }
            Arc::make_mut(&mut tx.state.domains.users.roles).remove(name);
            Arc::make_mut(&mut tx.state.domains.users.roles_held).retain(|(_, held)| held != name);
            Ok(true)
        })
    }

    fn of_user(&mut self, user: UserId) -> Result<Vec<CustomRole>, StoreError> {
        self.reading(|state| Ok(held(state, user).cloned().collect()))
    }

    fn assign(&mut self, user: UserId, names: &[RoleName]) -> Result<(), StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            if !state.has_account(user) {
                return Err(StoreError::Missing("users.id"));
            }
            if names.iter().any(|name| !state.domains.users.roles.contains_key(name)) {
                return Err(StoreError::Missing("roles.name"));
            }
            drop_of(state, user);
            let rows = Arc::make_mut(&mut state.domains.users.roles_held);
            rows.extend(names.iter().map(|name| (user, name.clone())));
            Ok(())
        })
    }

    fn permissions_of(&mut self, user: UserId) -> Result<Permissions, StoreError> {
        self.reading(|state| Ok(permissions_of(state, user)))
    }

    fn sessions_of_holders(
        &mut self,
        name: &RoleName,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<SessionId>, StoreError> {
        self.reading(|state| {
            let holders: BTreeSet<UserId> = state
                .domains
                .users
                .roles_held
                .iter()
                .filter(|(_, held)| held == name)
                .map(|(holder, _)| *holder)
                .collect();
            let sessions = state.domains.users.sessions.values();
            let open = sessions.filter(|row| holders.contains(&row.user) && row.is_open(now));
            Ok(open.map(|row| row.id).take(limit as usize).collect())
        })
    }
}
