//! `FileStore`, `BlobStore`, `UsageStore`, `ShareStore` and `ProductOwners`.

use std::{collections::BTreeSet, sync::Arc};

use files::{
    BlobStore, File, FileId, FileStore, ProductOwners, ShareId, ShareStore, UsageStore,
    file::{Attached, Blob, NewBlob, NewFile, NewShare, Share, Variant},
    outbound::ObjectKey,
    query::{FileFilter, FileSort},
    values::{BlobId, VariantName},
};
use kernel::{OwnedId, Page, PageRequest, SortKey, StoreError, Timestamp, UserId};
use tasks::{People, Task, TaskId};

use crate::{
    page::{Order, cut},
    state::{State, count, next, not_an_id, prune},
    tx::MemoryTx,
};

fn live_task(state: &State, task: i64) -> Option<&Task> {
    let task = state.domains.tasks.tasks.get(&TaskId::parse(task).ok()?)?;
    task.deleted_at.is_none().then_some(&**task)
}

fn variants_of(state: &State, id: BlobId) -> impl Iterator<Item = &Variant> {
    let names = VariantName::ALL.iter();
    names.filter_map(move |name| state.variants.get(&(id, *name)).map(|variant| &**variant))
}

impl FileStore for MemoryTx {
    fn insert(&mut self, file: &NewFile) -> Result<File, StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            if !state.has_account(file.owner) {
                return Err(StoreError::Missing("files.owner"));
            }
            if !state.blobs.contains_key(&file.blob) {
                return Err(StoreError::Missing("files.blob"));
            }
            if let Some(Attached::Owned(owned)) = file.attached
                && !state.owned.contains_key(&owned)
            {
                return Err(StoreError::Missing("files.product"));
            }
            let id = FileId::parse(next(&mut state.counters.files)).map_err(not_an_id)?;
            let file = file.stored(id);
            Arc::make_mut(&mut state.files).insert(id, Arc::new(file.clone()));
            Ok(file)
        })
    }

    fn get(&mut self, id: FileId) -> Result<Option<File>, StoreError> {
        self.reading(|state| Ok(state.files.get(&id).map(|file| (**file).clone())))
    }

    fn lock(&mut self, id: FileId) -> Result<Option<File>, StoreError> {
        FileStore::get(self, id)
    }

    fn save(&mut self, file: &mut File) -> Result<(), StoreError> {
        self.writing(|tx| {
            let files = Arc::make_mut(&mut tx.state.files);
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
            let removed = Arc::make_mut(&mut state.files).remove(&id);
            if removed.is_some() {
                Arc::make_mut(&mut state.shares).retain(|_, share| share.file != id);
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
            let rows = state.files.values().filter(|file| filter.matches(file));
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
            let rows = state.files.values().filter(|file| file.owner == owner);
            let rows = rows.filter(|file| after.is_none_or(|after| file.id > after));
            Ok(rows.take(limit as usize).map(|file| (**file).clone()).collect())
        })
    }

    fn stranded(&mut self, limit: u32) -> Result<Vec<File>, StoreError> {
        self.reading(|state| {
            let there = |task| {
                TaskId::parse(task).is_ok_and(|id| state.domains.tasks.tasks.contains_key(&id))
            };
            let rows = state.files.values();
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
            let known = state.blob_hashes.get(&blob.hash).and_then(|id| state.blobs.get(id));
            let kept = if let Some(known) = known {
                Blob { refs: known.refs + 1, ..(**known).clone() }
            } else {
                let id = BlobId::parse(next(&mut state.counters.blobs)).map_err(not_an_id)?;
                let key = blob.key.clone();
                Blob { id, hash: blob.hash, size: blob.size, key, refs: 1 }
            };
            Arc::make_mut(&mut state.blobs).insert(kept.id, Arc::new(kept.clone()));
            Arc::make_mut(&mut state.blob_hashes).insert(kept.hash, kept.id);
            Ok(kept)
        })
    }

    fn release(&mut self, id: BlobId) -> Result<Vec<ObjectKey>, StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            let Some(blob) = state.blobs.get(&id).map(|blob| (**blob).clone()) else {
                return Ok(Vec::new());
            };
            let blobs = Arc::make_mut(&mut state.blobs);
            if blob.refs > 1 {
                blobs.insert(id, Arc::new(Blob { refs: blob.refs - 1, ..blob }));
                return Ok(Vec::new());
            }
            blobs.remove(&id);
            Arc::make_mut(&mut state.blob_hashes).remove(&blob.hash);
            let mut gone = vec![blob.key];
            gone.extend(variants_of(state, id).map(|variant| variant.key.clone()));
            Arc::make_mut(&mut state.variants).retain(|(of, _), _| *of != id);
            Ok(gone)
        })
    }

    fn blob(&mut self, id: BlobId) -> Result<Option<Blob>, StoreError> {
        self.reading(|state| Ok(state.blobs.get(&id).map(|blob| (**blob).clone())))
    }

    fn add_variant(&mut self, id: BlobId, variant: &Variant) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            let place = (id, variant.name);
            if !state.blobs.contains_key(&id) || state.variants.contains_key(&place) {
                return Ok(false);
            }
            Arc::make_mut(&mut state.variants).insert(place, Arc::new(variant.clone()));
            Ok(true)
        })
    }

    fn variants(&mut self, id: BlobId) -> Result<Vec<Variant>, StoreError> {
        self.reading(|state| Ok(variants_of(state, id).cloned().collect()))
    }

    fn known(&mut self, keys: &[ObjectKey]) -> Result<BTreeSet<ObjectKey>, StoreError> {
        self.reading(|state| {
            let blobs = state.blobs.values().map(|blob| &blob.key);
            let all = blobs.chain(state.variants.values().map(|variant| &variant.key));
            Ok(all.filter(|key| keys.contains(key)).cloned().collect())
        })
    }

    fn after(&mut self, after: Option<BlobId>, limit: u32) -> Result<Vec<Blob>, StoreError> {
        self.reading(|state| {
            let rows = state.blobs.values();
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
            let sum = Arc::make_mut(&mut tx.state.usage).entry(user).or_default();
            *sum = sum.saturating_add(bytes);
            Ok(*sum)
        })
    }

    fn refund(&mut self, user: UserId, bytes: u64) -> Result<(), StoreError> {
        self.writing(|tx| {
            if let Some(sum) = Arc::make_mut(&mut tx.state.usage).get_mut(&user) {
                *sum = sum.saturating_sub(bytes);
            }
            Ok(())
        })
    }

    fn usage(&mut self, user: UserId) -> Result<u64, StoreError> {
        self.reading(|state| Ok(state.usage.get(&user).copied().unwrap_or_default()))
    }
}

impl ShareStore for MemoryTx {
    fn insert(&mut self, share: &NewShare) -> Result<Share, StoreError> {
        self.writing(|tx| {
            let state = &mut tx.state;
            if !state.files.contains_key(&share.file) {
                return Err(StoreError::Missing("shares.file"));
            }
            let id = ShareId::parse(next(&mut state.counters.shares)).map_err(not_an_id)?;
            let share = share.stored(id);
            Arc::make_mut(&mut state.shares).insert(id, Arc::new(share.clone()));
            Ok(share)
        })
    }

    fn share(&mut self, file: FileId, id: ShareId) -> Result<Option<Share>, StoreError> {
        self.reading(|state| {
            let share = state.shares.get(&id).filter(|share| share.file == file);
            Ok(share.map(|share| (**share).clone()))
        })
    }

    fn list(&mut self, file: FileId, now: Timestamp) -> Result<Vec<Share>, StoreError> {
        self.reading(|state| {
            let rows = state.shares.values();
            let rows = rows.filter(|share| share.file == file && share.expires_at > now);
            Ok(rows.take(100).map(|share| (**share).clone()).collect())
        })
    }

    fn revoke(&mut self, file: FileId, id: ShareId) -> Result<bool, StoreError> {
        self.writing(|tx| {
            let shares = &mut tx.state.shares;
            if shares.get(&id).is_none_or(|share| share.file != file) {
                return Ok(false);
            }
            Ok(Arc::make_mut(shares).remove(&id).is_some())
        })
    }

    fn prune(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.writing(|tx| {
            let over = prune(&mut tx.state.shares, limit, |_, share| share.expires_at < before);
            Ok(count(&over))
        })
    }
}

impl ProductOwners for MemoryTx {
    fn sees_task(&mut self, user: Option<UserId>, task: i64) -> Result<bool, StoreError> {
        self.reading(|state| {
            let sees = |task: &Task| match user {
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
        self.reading(|state| Ok(state.owned.get(&owned).is_some_and(|thing| thing.owner == user)))
    }

    fn is_open(&mut self, user: UserId) -> Result<bool, StoreError> {
        // Tasks ask the same about those they are given to.
        People::is_active(self, user)
    }
}
