//! `UploadStore`.

use std::{collections::BTreeSet, sync::Arc};

use files::{
    FileId, UploadId, UploadStore,
    outbound::ObjectKey,
    session::{NewSession, Part, UploadSession},
};
use kernel::{StoreError, Timestamp, UserId};

use crate::{
    state::{State, next, not_an_id},
    tx::MemoryTx,
};

fn parts_of(state: &State, id: UploadId) -> impl Iterator<Item = &Part> {
    state.domains.files.upload_parts.range((id, 0)..=(id, u64::MAX)).map(|(_, part)| &**part)
}

/// Takes the parts of an upload away; gives where their bytes are.
fn take_parts(state: &mut State, id: UploadId) -> Vec<ObjectKey> {
    let keys = parts_of(state, id).map(|part| part.key.clone()).collect();
    Arc::make_mut(&mut state.domains.files.upload_parts).retain(|(of, _), _| *of != id);
    keys
}

/// Changes an upload, if it is as it should be.
fn change(
    state: &mut State,
    id: UploadId,
    fits: impl Fn(&UploadSession) -> bool,
    change: impl FnOnce(&mut UploadSession),
) -> bool {
    if !state.domains.files.uploads.get(&id).is_some_and(|upload| fits(upload)) {
        return false;
    }
    if let Some(upload) = Arc::make_mut(&mut state.domains.files.uploads).get_mut(&id) {
        change(Arc::make_mut(upload));
    }
    true
}

impl UploadStore for MemoryTx {
    fn insert(&mut self, upload: &NewSession) -> Result<UploadSession, StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            if !state.has_account(upload.owner) {
                return Err(StoreError::Missing("files.owner"));
            }
            let id =
                UploadId::parse(next(&mut state.domains.files.last_upload)).map_err(not_an_id)?;
            let upload = upload.stored(id);
            Arc::make_mut(&mut state.domains.files.uploads).insert(id, Arc::new(upload.clone()));
            Ok(upload)
        })
    }

    fn get(&mut self, id: UploadId) -> Result<Option<UploadSession>, StoreError> {
        self.reading(|state| {
            Ok(state.domains.files.uploads.get(&id).map(|upload| (**upload).clone()))
        })
    }

    fn append(
        &mut self,
        id: UploadId,
        part: &Part,
        expires_at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let end = part.start.saturating_add(part.size);
            let fits =
                |upload: &UploadSession| upload.received == part.start && upload.length > end;
            let moved = change(&mut tx.state, id, fits, |upload| {
                upload.received = end;
                upload.expires_at = expires_at;
            });
            if moved {
                let parts = Arc::make_mut(&mut tx.state.domains.files.upload_parts);
                parts.insert((id, part.start), Arc::new(part.clone()));
            }
            Ok(moved)
        })
    }

    fn parts(&mut self, id: UploadId) -> Result<Vec<Part>, StoreError> {
        self.reading(|state| Ok(parts_of(state, id).cloned().collect()))
    }

    fn claim(&mut self, id: UploadId, from: u64) -> Result<Option<Vec<ObjectKey>>, StoreError> {
        self.writing(|tx| {
            let fits = |upload: &UploadSession| upload.received == from && upload.length > from;
            let claimed = change(&mut tx.state, id, fits, |upload| upload.received = upload.length);
            Ok(claimed.then(|| take_parts(&mut tx.state, id)))
        })
    }

    fn conclude(
        &mut self,
        id: UploadId,
        file: FileId,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        self.writing(|tx| {
            change(
                &mut tx.state,
                id,
                |_| true,
                |upload| {
                    upload.file = Some(file);
                    upload.expires_at = expires_at;
                },
            );
            Ok(())
        })
    }

    fn remove(
        &mut self,
        id: UploadId,
        over: Option<Timestamp>,
    ) -> Result<Option<(UploadSession, Vec<ObjectKey>)>, StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            let is_over = |upload: &UploadSession| over.is_none_or(|at| upload.expires_at < at);
            if !state.domains.files.uploads.get(&id).is_some_and(|upload| is_over(upload)) {
                return Ok(None);
            }
            let keys = take_parts(state, id);
            let removed = Arc::make_mut(&mut state.domains.files.uploads).remove(&id);
            Ok(removed.map(|upload| ((*upload).clone(), keys)))
        })
    }

    fn pending(&mut self, owner: UserId) -> Result<u64, StoreError> {
        self.reading(|state| {
            let theirs =
                state.domains.files.uploads.values().filter(|upload| upload.owner == owner);
            Ok(theirs.filter(|upload| upload.file.is_none()).count() as u64)
        })
    }

    fn of_owner(&mut self, owner: UserId, limit: u32) -> Result<Vec<UploadSession>, StoreError> {
        self.reading(|state| {
            let theirs =
                state.domains.files.uploads.values().filter(|upload| upload.owner == owner);
            Ok(theirs.take(limit as usize).map(|upload| (**upload).clone()).collect())
        })
    }

    fn expired(&mut self, before: Timestamp, limit: u32) -> Result<Vec<UploadId>, StoreError> {
        self.reading(|state| {
            let over =
                state.domains.files.uploads.values().filter(|upload| upload.expires_at < before);
            let mut over: Vec<_> = over.map(|upload| (upload.expires_at, upload.id)).collect();
            over.sort_unstable();
            Ok(over.into_iter().take(limit as usize).map(|(_, id)| id).collect())
        })
    }

    fn known_parts(&mut self, keys: &[ObjectKey]) -> Result<BTreeSet<ObjectKey>, StoreError> {
        self.reading(|state| {
            let all = state.domains.files.upload_parts.values().map(|part| &part.key);
            Ok(all.filter(|key| keys.contains(key)).cloned().collect())
        })
    }
}
