//! `FactorStore`.

use std::sync::Arc;

use kernel::{StoreError, Timestamp, UserId};
use users::{
    FactorStore,
    factor::{Challenge, Factor},
    values::Digest,
};

use crate::{
    state::{State, prune},
    tx::MemoryTx,
};

/// Removes a factor with all that belongs to it; false when it was not there.
pub(crate) fn drop_factor(state: &mut State, user: UserId) -> bool {
    Arc::make_mut(&mut state.domains.users.recovery_codes).retain(|(owner, _), ()| *owner != user);
    Arc::make_mut(&mut state.domains.users.challenges)
        .retain(|_, challenge| challenge.user != user);
    Arc::make_mut(&mut state.domains.users.factors).remove(&user).is_some()
}

impl FactorStore for MemoryTx {
    fn get(&mut self, user: UserId) -> Result<Option<Factor>, StoreError> {
        self.reading(|state| Ok(state.domains.users.factors.get(&user).map(|row| (**row).clone())))
    }

    fn put(&mut self, factor: &Factor) -> Result<(), StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            if !state.has_account(factor.user) {
                return Err(StoreError::Missing("factors.user"));
            }
            Arc::make_mut(&mut state.domains.users.factors)
                .insert(factor.user, Arc::new(factor.clone()));
            Ok(())
        })
    }

    fn remove(&mut self, user: UserId) -> Result<bool, StoreError> {
        self.writing(|tx| Ok(drop_factor(&mut tx.state, user)))
    }

    fn set_codes(&mut self, user: UserId, digests: &[Digest]) -> Result<(), StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            if !state.has_account(user) {
                return Err(StoreError::Missing("recovery_codes.user"));
            }
            let codes = Arc::make_mut(&mut state.domains.users.recovery_codes);
            codes.retain(|(owner, _), ()| *owner != user);
            codes.extend(digests.iter().map(|digest| ((user, *digest), ())));
            Ok(())
        })
    }

    fn take_code(&mut self, user: UserId, digest: &Digest) -> Result<Option<u64>, StoreError> {
        self.writing(|tx| {
            let codes = Arc::make_mut(&mut tx.state.domains.users.recovery_codes);
            if codes.remove(&(user, *digest)).is_none() {
                return Ok(None);
            }
            Ok(Some(codes.keys().filter(|(owner, _)| *owner == user).count() as u64))
        })
    }

    fn add_challenge(&mut self, challenge: &Challenge) -> Result<(), StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            if !state.has_account(challenge.user) {
                return Err(StoreError::Missing("challenges.user"));
            }
            if state.domains.users.challenges.contains_key(&challenge.digest) {
                return Err(StoreError::Duplicate("challenges.digest"));
            }
            let row = Arc::new(challenge.clone());
            Arc::make_mut(&mut state.domains.users.challenges).insert(challenge.digest, row);
            Ok(())
        })
    }

    fn challenge(&mut self, digest: &Digest) -> Result<Option<Challenge>, StoreError> {
        self.reading(|state| {
            Ok(state.domains.users.challenges.get(digest).map(|row| (**row).clone()))
        })
    }

    fn save_challenge(&mut self, challenge: &Challenge) -> Result<(), StoreError> {
        self.writing(|tx| {
            let rows = Arc::make_mut(&mut tx.state.domains.users.challenges);
            let row = rows.get_mut(&challenge.digest);
            let row = row.ok_or(StoreError::Missing("challenges.digest"))?;
            *row = Arc::new(Challenge { failed: challenge.failed, ..(**row).clone() });
            Ok(())
        })
    }

    fn drop_challenge(&mut self, digest: &Digest) -> Result<bool, StoreError> {
        self.writing(|tx| {
            Ok(Arc::make_mut(&mut tx.state.domains.users.challenges).remove(digest).is_some())
        })
    }

    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            let late =
                prune(&mut state.domains.users.challenges, limit, |_, row| row.expires_at < before);
            let never = prune(&mut state.domains.users.factors, limit, |_, row| {
                !row.is_on() && row.created_at < before
            });
            Ok((late.len() + never.len()) as u64)
        })
    }

    fn key_mark(&mut self) -> Result<Option<Digest>, StoreError> {
        self.reading(|state| Ok(state.domains.users.key_mark))
    }

    fn get_or_set_key_mark(&mut self, mark: &Digest) -> Result<Digest, StoreError> {
        self.writing(|tx| Ok(*tx.state.domains.users.key_mark.get_or_insert(*mark)))
    }
}
