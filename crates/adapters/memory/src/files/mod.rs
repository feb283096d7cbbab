//! `FileStore`, `BlobStore`, `UsageStore`, `ShareStore` and `ProductOwners`.

pub mod fakes;
mod known;
pub mod objects;
pub(crate) mod tables;
mod uploads;

use std::{collections::BTreeSet, sync::Arc};

use files::{
    BlobStore, File, FileId, FileStore, ProductOwners, ShareId, ShareStore, UsageStore,
    file::{Attached, Blob, NewBlob, NewFile, NewShare, Share, Variant},
    outbound::ObjectKey,
    query::{FileFilter, FileSort},
    values::{BlobId, VariantName},
};
use kernel::{OwnedId, Page, PageRequest, SortKey, StoreError, Timestamp, UserId};

use crate::{
    domains::KnownTask,
    page::{Order, cut},
    state::{State, count, next, not_an_id, prune},
    tx::MemoryTx,
};

fn live_task(state: &State, task: i64) -> Option<KnownTask> {
    state.known_task(task).filter(|task| !task.deleted)
}

/// The owned products that files are attached to, and whether each file is to be read.
pub(crate) fn attached(state: &State) -> impl Iterator<Item = (OwnedId, bool)> {
    state.domains.files.files.values().filter_map(|file| match file.attached {
        Some(Attached::Owned(owned)) => Some((owned, file.kind.is_to_be_read())),
        _ => None,
    })
}

fn variants_of(state: &State, id: BlobId) -> impl Iterator<Item = &Variant> {
    let names = VariantName::ALL.iter();
    names.filter_map(move |name| {
        state.domains.files.variants.get(&(id, *name)).map(|variant| &**variant)
    })
}

impl FileStore for MemoryTx {
    fn insert(&mut self, file: &NewFile) -> Result<File, StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            if !state.has_account(file.owner) {
                return Err(StoreError::Missing("files.owner"));
            }
            if !state.domains.files.blobs.contains_key(&file.blob) {
                return Err(StoreError::Missing("files.blob"));
            }
            if let Some(Attached::Owned(owned)) = file.attached
                && state.owner_of(owned).is_none()
            {
                return Err(StoreError::Missing("files.product"));
            }
            let id = FileId::parse(next(&mut state.domains.files.last_file)).map_err(not_an_id)?;
            let file = file.stored(id);
            Arc::make_mut(&mut state.domains.files.files).insert(id, Arc::new(file.clone()));
            Ok(file)
        })
    }

    fn get(&mut self, id: FileId) -> Result<Option<File>, StoreError> {
        self.reading(|state| Ok(state.domains.files.files.get(&id).map(|file| (**file).clone())))
    }

    fn lock(&mut self, id: FileId) -> Result<Option<File>, StoreError> {
        FileStore::get(self, id)
    }

    fn save(&mut self, file: &mut File) -> Result<(), StoreError> {
        self.writing(|tx| {
            let files = Arc::make_mut(&mut tx.state.domains.files.files);
            let stored = files.get_mut(&file.id).filter(|stored| stored.version == file.version);
            let stored = stored.ok_or(StoreError::Stale)?;
            file.version += 1;
            *stored = Arc::new(file.clone());
            Ok(())
        })
    }

    fn remove(&mut self, id: FileId) -> Result<Option<File>, StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            let removed = Arc::make_mut(&mut state.domains.files.files).remove(&id);
            if removed.is_some() {
                Arc::make_mut(&mut state.domains.files.shares).retain(|_, share| share.file != id);
            }
            Ok(removed.map(|file| (*file).clone()))
        })
    }

    fn list(
        &mut self,
        filter: &FileFilter,
        order: &[SortKey<FileSort>],
        page: &PageRequest,
    ) -> Result<Page<File>, StoreError> {
        self.reading(|state| {
            let rows = state.domains.files.files.values().filter(|file| filter.matches(file));
            let values = |file: &File| order.iter().map(|key| key.field.sort_value(file)).collect();
            cut(rows, &Order::by(order, &FileSort::ALL), |file| (values(file), file.id.get()), page)
        })
    }

    fn of_owner(
        &mut self,
        owner: UserId,
        after: Option<FileId>,
        limit: u32,
    ) -> Result<Vec<File>, StoreError> {
        self.reading(|state| {
            let rows = state.domains.files.files.values().filter(|file| file.owner == owner);
            let rows = rows.filter(|file| after.is_none_or(|after| file.id > after));
            Ok(rows.take(limit as usize).map(|file| (**file).clone()).collect())
        })
    }

    fn stranded(&mut self, limit: u32) -> Result<Vec<File>, StoreError> {
        self.reading(|state| {
            let there = |task| state.known_task(task).is_some();
            let rows = state.domains.files.files.values();
            let rows = rows.filter(|file| match file.attached {
                Some(Attached::Task(task)) => !there(task),
                _ => false,
            });
            Ok(rows.take(limit as usize).map(|file| (**file).clone()).collect())
        })
    }
}

impl BlobStore for MemoryTx {
    fn keep(&mut self, blob: &NewBlob) -> Result<Blob, StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            let known = state
                .domains
                .files
                .blob_hashes
                .get(&blob.hash)
                .and_then(|id| state.domains.files.blobs.get(id));
            let kept = if let Some(known) = known {
                Blob { refs: known.refs + 1, ..(**known).clone() }
            } else {
                let id =
                    BlobId::parse(next(&mut state.domains.files.last_blob)).map_err(not_an_id)?;
                let key = blob.key.clone();
                Blob { id, hash: blob.hash, size: blob.size, key, refs: 1 }
            };
            Arc::make_mut(&mut state.domains.files.blobs).insert(kept.id, Arc::new(kept.clone()));
            Arc::make_mut(&mut state.domains.files.blob_hashes).insert(kept.hash, kept.id);
            Ok(kept)
        })
    }

    fn release(&mut self, id: BlobId) -> Result<Vec<ObjectKey>, StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            let Some(blob) = state.domains.files.blobs.get(&id).map(|blob| (**blob).clone()) else {
                return Ok(Vec::new());
            };
            let blobs = Arc::make_mut(&mut state.domains.files.blobs);
            if blob.refs > 1 {
                blobs.insert(id, Arc::new(Blob { refs: blob.refs - 1, ..blob }));
                return Ok(Vec::new());
            }
            blobs.remove(&id);
            Arc::make_mut(&mut state.domains.files.blob_hashes).remove(&blob.hash);
            let mut gone = vec![blob.key];
            gone.extend(variants_of(state, id).map(|variant| variant.key.clone()));
            Arc::make_mut(&mut state.domains.files.variants).retain(|(of, _), _| *of != id);
            Ok(gone)
        })
    }

    fn blob(&mut self, id: BlobId) -> Result<Option<Blob>, StoreError> {
        self.reading(|state| Ok(state.domains.files.blobs.get(&id).map(|blob| (**blob).clone())))
    }

    fn add_variant(&mut self, id: BlobId, variant: &Variant) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            let place = (id, variant.name);
            if !state.domains.files.blobs.contains_key(&id)
                || state.domains.files.variants.contains_key(&place)
            {
                return Ok(false);
            }
            Arc::make_mut(&mut state.domains.files.variants)
                .insert(place, Arc::new(variant.clone()));
            Ok(true)
        })
    }

    fn variants(&mut self, id: BlobId) -> Result<Vec<Variant>, StoreError> {
        self.reading(|state| Ok(variants_of(state, id).cloned().collect()))
    }

    fn known(&mut self, keys: &[ObjectKey]) -> Result<BTreeSet<ObjectKey>, StoreError> {
        self.reading(|state| {
            let blobs = state.domains.files.blobs.values().map(|blob| &blob.key);
            let all =
                blobs.chain(state.domains.files.variants.values().map(|variant| &variant.key));
            Ok(all.filter(|key| keys.contains(key)).cloned().collect())
        })
    }

    fn after(&mut self, after: Option<BlobId>, limit: u32) -> Result<Vec<Blob>, StoreError> {
        self.reading(|state| {
            let rows = state.domains.files.blobs.values();
            let rows = rows.filter(|blob| after.is_none_or(|after| blob.id > after));
            Ok(rows.take(limit as usize).map(|blob| (**blob).clone()).collect())
        })
    }
}

impl UsageStore for MemoryTx {
    fn charge(&mut self, user: UserId, bytes: u64) -> Result<u64, StoreError> {
        self.writing(|tx| {
            if !tx.state.has_account(user) {
                return Err(StoreError::Missing("files.owner"));
            }
            let sum = Arc::make_mut(&mut tx.state.domains.files.usage).entry(user).or_default();
            *sum = sum.saturating_add(bytes);
            Ok(*sum)
        })
    }

    fn refund(&mut self, user: UserId, bytes: u64) -> Result<(), StoreError> {
        self.writing(|tx| {
            if let Some(sum) = Arc::make_mut(&mut tx.state.domains.files.usage).get_mut(&user) {
                *sum = sum.saturating_sub(bytes);
            }
            Ok(())
        })
    }

    fn usage(&mut self, user: UserId) -> Result<u64, StoreError> {
        self.reading(|state| Ok(state.domains.files.usage.get(&user).copied().unwrap_or_default()))
    }

    fn total(&mut self) -> Result<u64, StoreError> {
        self.reading(|state| Ok(state.domains.files.usage.values().sum()))
    }
}

impl ShareStore for MemoryTx {
    fn insert(&mut self, share: &NewShare) -> Result<Share, StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            if !state.domains.files.files.contains_key(&share.file) {
                return Err(StoreError::Missing("shares.file"));
            }
            let id =
                ShareId::parse(next(&mut state.domains.files.last_share)).map_err(not_an_id)?;
            let share = share.stored(id);
            Arc::make_mut(&mut state.domains.files.shares).insert(id, Arc::new(share.clone()));
            Ok(share)
        })
    }

    fn share(&mut self, file: FileId, id: ShareId) -> Result<Option<Share>, StoreError> {
        self.reading(|state| {
            let share = state.domains.files.shares.get(&id).filter(|share| share.file == file);
            Ok(share.map(|share| (**share).clone()))
        })
    }

    fn list(&mut self, file: FileId, now: Timestamp) -> Result<Vec<Share>, StoreError> {
        self.reading(|state| {
            let rows = state.domains.files.shares.values();
            let rows = rows.filter(|share| share.file == file && share.expires_at > now);
            Ok(rows.take(100).map(|share| (**share).clone()).collect())
        })
    }

    fn revoke(&mut self, file: FileId, id: ShareId) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let shares = &mut tx.state.domains.files.shares;
            if shares.get(&id).is_none_or(|share| share.file != file) {
                return Ok(false);
            }
            Ok(Arc::make_mut(shares).remove(&id).is_some())
        })
    }

    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let over = prune(&mut tx.state.domains.files.shares, limit, |_, share| {
                share.expires_at < before
            });
            Ok(count(&over))
        })
    }
}

impl ProductOwners for MemoryTx {
    fn sees_task(&mut self, user: Option<UserId>, task: i64) -> Result<bool, StoreError> {
        self.reading(|state| {
            let sees = |task: KnownTask| match user {
                None => true,
                Some(user) => task.owner == user || task.assignee == Some(user),
            };
            Ok(live_task(state, task).is_some_and(sees))
        })
    }

    fn owns_task(&mut self, user: UserId, task: i64) -> Result<bool, StoreError> {
        self.reading(|state| Ok(live_task(state, task).is_some_and(|task| task.owner == user)))
    }

    fn owns(&mut self, user: UserId, owned: OwnedId) -> Result<bool, StoreError> {
        self.reading(|state| Ok(state.owner_of(owned) == Some(user)))
    }

    fn is_open(&mut self, user: UserId) -> Result<bool, StoreError> {
        // Tasks ask the same about those they are given to.
        self.reading(|state| Ok(state.is_active(user)))
    }
}
