//! Work outside requests: bytes without a row are collected, rows are compared with their
//! bytes.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use kernel::{Chore, Runs, StoreError};
use sha2::{Digest as _, Sha256};

use super::{BATCH, Files, resume::PARTS, upload::PREFIX};
use crate::{
    error::FileError,
    file::{Blob, File, Variant},
    outbound::{ObjectError, ObjectKey},
    ports::FilesTx,
    values::{BlobId, Hash},
};

/// Objects of one page.
const OBJECTS: usize = 500;
/// How long links that are over are kept, for those who ask why one does not open.
const SHARES_KEPT: Duration = Duration::from_secs(24 * 3600);

/// When deleted files are removed for good.
const PURGE: Runs = Runs::at("1-59/5 * * * *");
/// When content that no file has is removed.
const COLLECT: Runs = Runs::at("2-59/5 * * * *");

/// Tells which names of objects some row has.
type Known = fn(&mut dyn FilesTx, &[ObjectKey]) -> Result<BTreeSet<ObjectKey>, StoreError>;

/// What is wrong with content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which.
    pub blob: BlobId,
    /// Where its bytes should be.
    pub key: ObjectKey,
    /// What is wrong with them.
    pub what: What,
}

/// What can be wrong with content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The bytes are not there.
    Missing,
    /// There are other bytes.
    Altered {
        /// The hash of what is there.
        hash: Hash,
        /// Bytes of what is there.
        size: u64,
    },
    /// They could not be read.
    Unreadable(String),
}

/// What a stretch of the comparison found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Contents that were compared.
    pub checked: u64,
    /// Their bytes.
    pub bytes: u64,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// Go on behind this one; nothing is left when there is none.
    pub next: Option<BlobId>,
}

impl Files {
    /// Removes bytes that no row has and that were finished longer ago than the grace; gives how
    /// many objects. Nothing that a row has, or ever will have, is among them: names are used once,
    /// and a row is written within half of the grace after its bytes.
    pub async fn collect(&self) -> Result<u64, FileError> {
        let content = self.collect_under(PREFIX, |tx, keys| tx.blobs().known(keys)).await?;
        let parts = self.collect_under(PARTS, |tx, keys| tx.uploads().known_parts(keys)).await?;
        Ok(content + parts)
    }

    async fn collect_under(&self, prefix: &str, known: Known) -> Result<u64, FileError> {
        let before = self.clock.now().minus(self.settings.orphan_grace);
        let mut after: Option<ObjectKey> = None;
        let mut collected = 0;
        loop {
            let page = self.objects.list(prefix, after.as_ref(), OBJECTS).await?;
            let Some((last, _)) = page.last() else { return Ok(collected) };
            after = Some(last.clone());
            let old = page.into_iter().filter(|(_, stat)| stat.finished_at < before);
            let old: Vec<ObjectKey> = old.map(|(key, _)| key).collect();
            if old.is_empty() {
                continue;
            }
            let asked = old.clone();
            let there =
                self.work.read_slow(move |tx| Ok::<_, FileError>(known(tx, &asked)?)).await?;
            for key in old.iter().filter(|key| !there.contains(*key)) {
                self.objects.delete(key).await?;
                collected += 1;
            }
        }
    }

    /// Recurring maintenance of this domain. A slow object store delays only the collection.
    pub fn chores(self: &Arc<Self>) -> Vec<Chore> {
        let purge = |files: Arc<Self>| async move { files.purge().await };
        let collect = |files: Arc<Self>| async move { files.collect().await };
        vec![
            Chore::of(self, "files.purge", PURGE, purge),
            Chore::of(self, "files.collect", COLLECT, collect),
        ]
    }

    /// Deletes files whose task is gone, uploads and links that are over; gives how many files.
    pub async fn purge(&self) -> Result<u64, FileError> {
        self.expire_uploads().await?;
        let mut purged = 0;
        loop {
            let files: Vec<File> =
                self.work.read_slow(|tx| Ok::<_, FileError>(tx.files().stranded(BATCH)?)).await?;
            if files.is_empty() {
                break;
            }
            for file in files {
                self.drop_file(file).await?;
                purged += 1;
            }
        }
        let before = self.clock.now().minus(SHARES_KEPT);
        loop {
            let pruned: u64 = self
                .work
                .write(move |tx| Ok::<_, FileError>(tx.shares().prune(before, BATCH)?))
                .await?;
            if pruned < u64::from(BATCH) {
                return Ok(purged);
            }
        }
    }

    /// The bytes of all files of all people.
    pub async fn stored_bytes(&self) -> Result<u64, FileError> {
        self.work.read_slow(|tx| Ok(tx.usage().total()?)).await
    }

    /// Compares the next contents with their bytes.
    pub async fn verify(&self, after: Option<BlobId>, limit: u32) -> Result<Verified, FileError> {
        let blobs: Vec<Blob> = self
            .work
            .read_slow(move |tx| Ok::<_, FileError>(tx.blobs().after(after, limit)?))
            .await?;
        let mut verified = Verified {
            checked: 0,
            bytes: 0,
            findings: Vec::new(),
            next: blobs.last().map(|blob| blob.id),
        };
        for blob in blobs {
            let id = blob.id;
            let variants: Vec<Variant> =
                self.work.read(move |tx| Ok::<_, FileError>(tx.blobs().variants(id)?)).await?;
            verified.checked += 1;
            let all = variants.into_iter().map(|variant| (variant.key, variant.size, variant.hash));
            let all = std::iter::once((blob.key, blob.size, blob.hash)).chain(all);
            for (key, size, hash) in all {
                verified.bytes += size;
                let Some(what) = self.look_at(&key, size, hash).await else { continue };
                // It may have been deleted while it was looked at.
                let there = self
                    .work
                    .read(move |tx| Ok::<_, FileError>(tx.blobs().blob(id)?.is_some()))
                    .await?;
                if there {
                    verified.findings.push(Finding { blob: id, key, what });
                }
            }
        }
        Ok(verified)
    }

    async fn look_at(&self, key: &ObjectKey, size: u64, hash: Hash) -> Option<What> {
        let found = match self.objects.stat(key).await {
            Ok(Some(stat)) => stat.size,
            Ok(None) => return Some(What::Missing),
            Err(error) => return Some(What::Unreadable(error.to_string())),
        };
        match self.hash_object(key, found).await {
            Ok(other) if other == hash && found == size => None,
            Ok(other) => Some(What::Altered { hash: other, size: found }),
            Err(ObjectError::Missing(_)) => Some(What::Missing),
            Err(error) => Some(What::Unreadable(error.to_string())),
        }
    }

    async fn hash_object(&self, key: &ObjectKey, size: u64) -> Result<Hash, ObjectError> {
        let mut reader = self.objects.open(key, 0..size).await?;
        let mut hash = Sha256::new();
        while let Some(chunk) = reader.next().await? {
            hash.update(&chunk);
        }
        Ok(Hash::of(hash.finalize().into()))
    }
}
