//! `ActivityStore`.

use std::sync::Arc;

use kernel::{Role, StoreError, Timestamp, UserId};
use users::{
    ActivityStore,
    inactivity::{ActivityCounts, Place, Stage, Standing},
    values::{Provider, Status},
};

use super::tables::Account;
use crate::{state::State, tx::MemoryTx};

fn has_roles(state: &State, id: UserId) -> bool {
    state.domains.users.roles_held.iter().any(|(holder, _)| *holder == id)
}

/// Whether the rule can concern an account (Y4).
fn counts(state: &State, account: &Account) -> bool {
    let user = &account.user;
    user.role == Role::User
        && user.status == Status::Active
        && user.provider != Provider::Service
        && user.email_verified
        && user.purge_at.is_none()
        && !has_roles(state, user.id)
}

impl ActivityStore for MemoryTx {
    fn note(&mut self, id: UserId, at: Timestamp, since: Timestamp) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let accounts = &mut tx.state.domains.users.accounts;
            let Some(account) = accounts.get(&id) else { return Ok(false) };
            if account.active_at >= since && account.closing_at.is_none() {
                return Ok(false);
            }
            let noted = Account { active_at: at, closing_at: None, ..Account::clone(account) };
            Arc::make_mut(accounts).insert(id, Arc::new(noted));
            Ok(true)
        })
    }

    fn announce(&mut self, id: UserId, closing_at: Timestamp) -> Result<(), StoreError> {
        self.writing(|tx| {
            let accounts = &mut tx.state.domains.users.accounts;
            let Some(account) = accounts.get(&id) else { return Ok(()) };
            let warned = Account { closing_at: Some(closing_at), ..Account::clone(account) };
            Arc::make_mut(accounts).insert(id, Arc::new(warned));
            Ok(())
        })
    }

    fn standing(&mut self, id: UserId) -> Result<Option<Standing>, StoreError> {
        self.reading(|state| {
            let account = state.domains.users.accounts.get(&id);
            Ok(account.map(|account| Standing {
                active_at: account.active_at,
                closing_at: account.closing_at,
                has_roles: has_roles(state, id),
            }))
        })
    }

    fn unused(
        &mut self,
        stage: Stage,
        until: Timestamp,
        after: Option<Place>,
        limit: u32,
    ) -> Result<Vec<Place>, StoreError> {
        self.reading(|state| {
            let accounts = state.domains.users.accounts.values();
            let mut places: Vec<Place> = accounts
                .filter(|account| counts(state, account))
                .filter_map(|account| {
                    let at = match (stage, account.closing_at) {
                        (Stage::Idle, None) => account.active_at,
                        (Stage::Warned, Some(closing_at)) => closing_at,
                        (Stage::Idle, Some(_)) | (Stage::Warned, None) => return None,
                    };
                    Some(Place { at, id: account.user.id })
                })
                .filter(|place| place.at <= until && after.is_none_or(|after| *place > after))
                .collect();
            places.sort_unstable();
            places.truncate(limit as usize);
            Ok(places)
        })
    }

    fn counts(&mut self, since: Timestamp, most: u32) -> Result<ActivityCounts, StoreError> {
        self.reading(|state| {
            let count = |is_counted: fn(&Account, Timestamp) -> bool| {
                let accounts = state.domains.users.accounts.values();
                let counted = accounts.filter(|account| is_counted(account, since));
                counted.take(most as usize).count() as u64
            };
            Ok(ActivityCounts {
                made: count(|account, since| account.user.created_at >= since),
                active: count(|account, since| account.active_at >= since),
            })
        })
    }
}
