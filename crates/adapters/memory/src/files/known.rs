//! Files for the tests and examples of domains that know them by number only.

use files::{
    BlobStore, FileStore,
    file::{NewBlob, NewFile},
    media::Media,
    outbound::ObjectKey,
    text_type::Charset,
    values::{FileKind, FileName, Hash, Visibility},
};
use kernel::{FileId, StoreError, Timestamp, UserId};

use crate::{MemoryDb, domains::users::people::bad};

impl MemoryDb {
    /// Adds a private file of `owner`'s, whose bytes are nowhere; returns its number.
    pub fn add_file(&self, owner: UserId) -> Result<FileId, StoreError> {
        let hash = Hash::of([1; 32]);
        let key = ObjectKey::parse("blobs/00/known").map_err(bad)?;
        let uploaded_at = Timestamp::from_micros(0).map_err(bad)?;
        self.simultaneously(|tx| {
            let blob = BlobStore::keep(tx, &NewBlob { hash, size: 1, key: key.clone() })?;
            let file = NewFile {
                blob: blob.id,
                owner,
                name: FileName::tamed("known.txt"),
                kind: FileKind::Attachment,
                visibility: Visibility::Private,
                attached: None,
                media: Media::Text,
                text_name: None,
                charset: Charset::Utf8,
                size: blob.size,
                hash: blob.hash,
                pixels: None,
                uploaded_at,
            };
            Ok(FileStore::insert(tx, &file)?.id)
        })
    }
}
