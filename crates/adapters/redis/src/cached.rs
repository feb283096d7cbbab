//! How values are written into Redis: JSON of records, read back through the same `parse` as
//! everything else, so that no half-valid value ever comes out. What cannot be read is a miss.

use std::fmt;

use kernel::record::Record;
use serde::{Deserialize, Serialize};

/// A value that can be kept as a record. `domains.rs` lists those of the built-in domains.
pub trait Cached: Send + Sync + Sized + 'static {
    /// Its stored form. Name and version of the form are part of the keys.
    type Record: Record + for<'a> From<&'a Self> + TryInto<Self>;
}

impl Cached for String {
    type Record = TextRecord;
}

/// Plain text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TextRecord(String);

impl Record for TextRecord {
    const NAME: &'static str = "text";
    const VERSION: u32 = 2;
}

impl From<&String> for TextRecord {
    fn from(text: &String) -> Self {
        Self(text.clone())
    }
}

impl From<TextRecord> for String {
    fn from(record: TextRecord) -> Self {
        record.0
    }
}

/// Writes a value down.
pub fn encode<V: Cached>(value: &V) -> Vec<u8> {
    serde_json::to_vec(&V::Record::from(value)).unwrap_or_default()
}

/// Reads a value back; `None` when it is not whole.
pub fn decode<V: Cached>(bytes: &[u8]) -> Option<V> {
    serde_json::from_slice::<V::Record>(bytes).ok()?.try_into().ok()
}

/// What the keys of values of this type begin with.
pub(crate) fn kind<V: Cached>() -> impl fmt::Display {
    fmt::from_fn(|f| write!(f, "{}.v{}", V::Record::NAME, V::Record::VERSION))
}
