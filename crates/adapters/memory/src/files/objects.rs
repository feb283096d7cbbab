//! `Objects` in process: for tests and examples. Memory is all it has, so what is kept is held.

use std::{
    collections::BTreeMap,
    ops::{Bound, Range},
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

use async_trait::async_trait;
use bytes::Bytes;
use files::outbound::{ObjectError, ObjectKey, ObjectReader, ObjectStat, ObjectWriter, Objects};
use kernel::{Clock, Timestamp};

/// Bytes of one piece that is read.
const PIECE: usize = 64 * 1024;

type Rows = BTreeMap<ObjectKey, (Bytes, Timestamp)>;

/// Objects, for as long as this value lives.
pub struct MemoryObjects {
    rows: Arc<RwLock<Rows>>,
    clock: Arc<dyn Clock>,
}

impl MemoryObjects {
    /// None yet.
    pub fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self { rows: Arc::default(), clock })
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.rows().len()
    }

    /// Puts other bytes in the place of an object's, as a broken disk would.
    pub fn corrupt(&self, key: &ObjectKey, bytes: Bytes) {
        if let Some((kept, _)) = write(&self.rows).get_mut(key) {
            *kept = bytes;
        }
    }

    fn rows(&self) -> RwLockReadGuard<'_, Rows> {
        self.rows.read().unwrap_or_else(PoisonError::into_inner)
    }
}

fn write(rows: &RwLock<Rows>) -> RwLockWriteGuard<'_, Rows> {
    rows.write().unwrap_or_else(PoisonError::into_inner)
}

struct Writer {
    rows: Arc<RwLock<Rows>>,
    clock: Arc<dyn Clock>,
    key: ObjectKey,
    bytes: Vec<u8>,
}

#[async_trait]
impl ObjectWriter for Writer {
    async fn write(&mut self, chunk: Bytes) -> Result<(), ObjectError> {
        self.bytes.extend_from_slice(&chunk);
        Ok(())
    }

    async fn finish(self: Box<Self>) -> Result<(), ObjectError> {
        let row = (Bytes::from(self.bytes), self.clock.now());
        write(&self.rows).insert(self.key, row);
        Ok(())
    }
}

struct Reader(Bytes);

#[async_trait]
impl ObjectReader for Reader {
    async fn next(&mut self) -> Result<Option<Bytes>, ObjectError> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let piece = self.0.len().min(PIECE);
        Ok(Some(self.0.split_to(piece)))
    }
}

#[async_trait]
impl Objects for MemoryObjects {
    async fn begin(&self, key: &ObjectKey) -> Result<Box<dyn ObjectWriter>, ObjectError> {
        Ok(Box::new(Writer {
            rows: Arc::clone(&self.rows),
            clock: Arc::clone(&self.clock),
            key: key.clone(),
            bytes: Vec::new(),
        }))
    }

    async fn open(
        &self,
        key: &ObjectKey,
        interval: Range<u64>,
    ) -> Result<Box<dyn ObjectReader>, ObjectError> {
        let bytes = self.rows().get(key).map(|(bytes, _)| bytes.clone());
        let bytes = bytes.ok_or_else(|| ObjectError::Missing(key.as_str().to_owned()))?;
        let place = |at| usize::try_from(at).map_err(|_| ObjectError::OutOfRange);
        let (from, to) = (place(interval.start)?, place(interval.end)?);
        if from > to || to > bytes.len() {
            return Err(ObjectError::OutOfRange);
        }
        Ok(Box::new(Reader(bytes.slice(from..to))))
    }

    async fn stat(&self, key: &ObjectKey) -> Result<Option<ObjectStat>, ObjectError> {
        let stat = |(bytes, at): &(Bytes, Timestamp)| ObjectStat {
            size: bytes.len() as u64,
            finished_at: *at,
        };
        Ok(self.rows().get(key).map(stat))
    }

    async fn delete(&self, key: &ObjectKey) -> Result<(), ObjectError> {
        write(&self.rows).remove(key);
        Ok(())
    }

    async fn list(
        &self,
        prefix: &str,
        after: Option<&ObjectKey>,
        limit: usize,
    ) -> Result<Vec<(ObjectKey, ObjectStat)>, ObjectError> {
        let under = |key: &ObjectKey| {
            prefix.is_empty()
                || key.as_str().strip_prefix(prefix).is_some_and(|rest| {
                    rest.is_empty() || rest.starts_with('/') || prefix.ends_with('/')
                })
        };
        let from = after.map_or(Bound::Unbounded, |after| Bound::Excluded(after.clone()));
        let rows = self.rows();
        let found = rows.range((from, Bound::Unbounded)).filter(|(key, _)| under(key));
        let listed = found.take(limit).map(|(key, (bytes, at))| {
            (key.clone(), ObjectStat { size: bytes.len() as u64, finished_at: *at })
        });
        Ok(listed.collect())
    }
}
