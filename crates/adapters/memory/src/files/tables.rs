//! What is stored of this domain.

use std::sync::Arc;

use files::{
    File, FileId, ShareId, UploadId,
    file::{Blob, Share, Variant},
    session::{Part, UploadSession},
    values::{BlobId, Hash, VariantName},
};
use kernel::UserId;

use crate::state::Table;

/// The tables, and the last number that each has given.
#[derive(Clone, Default)]
pub(crate) struct FilesTables {
    pub(crate) last_file: i64,
    pub(crate) last_blob: i64,
    pub(crate) last_share: i64,
    pub(crate) last_upload: i64,
    pub(crate) files: Table<FileId, Arc<File>>,
    pub(crate) blobs: Table<BlobId, Arc<Blob>>,
    pub(crate) blob_hashes: Table<Hash, BlobId>,
    pub(crate) variants: Table<(BlobId, VariantName), Arc<Variant>>,
    pub(crate) shares: Table<ShareId, Arc<Share>>,
    pub(crate) uploads: Table<UploadId, Arc<UploadSession>>,
    /// By upload and beginning.
    pub(crate) upload_parts: Table<(UploadId, u64), Arc<Part>>,
    /// Bytes of all files of a person.
    pub(crate) usage: Table<UserId, u64>,
}
