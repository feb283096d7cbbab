//! The file, its content, its variants and its links.

use kernel::{OwnedId, Timestamp, UserId};

use crate::{
    media::Media,
    outbound::ObjectKey,
    text_type::{Charset, TextName},
    values::{BlobId, FileId, FileKind, FileName, Hash, ShareId, VariantName, Visibility},
};

/// What a file belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Attached {
    /// A task, by its number.
    Task(i64),
    /// Something that a person owns.
    Owned(OwnedId),
}

/// A file: a name, an owner, and content that others may have as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Given by the store.
    pub id: FileId,
    /// Its content.
    pub blob: BlobId,
    /// Whose it is.
    pub owner: UserId,
    /// What people see.
    pub name: FileName,
    /// What it is for.
    pub kind: FileKind,
    /// Who may read it.
    pub visibility: Visibility,
    /// What it belongs to.
    pub attached: Option<Attached>,
    /// Its format, by its content.
    pub media: Media,
    /// What kind of text it is, where its format is text and no more.
    pub text_name: Option<TextName>,
    /// How the characters of a text are coded.
    pub charset: Charset,
    /// Bytes of its content.
    pub size: u64,
    /// SHA-256 of its content.
    pub hash: Hash,
    /// Pixels across and down, of a picture.
    pub pixels: Option<(u32, u32)>,
    /// When it was uploaded.
    pub uploaded_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Counts the changes, from 1.
    pub version: i64,
}

/// A file that has no id yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFile {
    /// See [`File::blob`].
    pub blob: BlobId,
    /// See [`File::owner`].
    pub owner: UserId,
    /// See [`File::name`].
    pub name: FileName,
    /// See [`File::kind`].
    pub kind: FileKind,
    /// See [`File::visibility`].
    pub visibility: Visibility,
    /// See [`File::attached`].
    pub attached: Option<Attached>,
    /// See [`File::media`].
    pub media: Media,
    /// See [`File::text_name`].
    pub text_name: Option<TextName>,
    /// See [`File::charset`].
    pub charset: Charset,
    /// See [`File::size`].
    pub size: u64,
    /// See [`File::hash`].
    pub hash: Hash,
    /// See [`File::pixels`].
    pub pixels: Option<(u32, u32)>,
    /// See [`File::uploaded_at`]; also the time of its last change.
    pub uploaded_at: Timestamp,
}

impl NewFile {
    /// The file that it becomes under its id.
    pub fn stored(&self, id: FileId) -> File {
        let Self {
            blob,
            owner,
            name,
            kind,
            visibility,
            attached,
            media,
            text_name,
            charset,
            size,
            hash,
            pixels,
            uploaded_at,
        } = self;
        File {
            id,
            blob: *blob,
            owner: *owner,
            name: name.clone(),
            kind: *kind,
            visibility: *visibility,
            attached: *attached,
            media: *media,
            text_name: text_name.clone(),
            charset: *charset,
            size: *size,
            hash: *hash,
            pixels: *pixels,
            uploaded_at: *uploaded_at,
            updated_at: *uploaded_at,
            version: 1,
        }
    }
}

impl File {
    /// Its media type, without parameters.
    pub fn mime(&self) -> &str {
        self.text_name.as_ref().map_or_else(|| self.media.as_str(), TextName::as_str)
    }
}

/// Something that an uploader should know of a file that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Stable code.
    pub code: &'static str,
    /// For a person.
    pub message: String,
}

/// A file that was just kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uploaded {
    /// The file.
    pub file: File,
    /// What of it is not as it was sent or asked for.
    pub warnings: Vec<Warning>,
}

/// Content, kept once however many files have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// Given by the store.
    pub id: BlobId,
    /// SHA-256.
    pub hash: Hash,
    /// Bytes.
    pub size: u64,
    /// Where the bytes are.
    pub key: ObjectKey,
    /// Files that have it.
    pub refs: u64,
}

/// Content that was written and belongs to no file yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBlob {
    /// SHA-256.
    pub hash: Hash,
    /// Bytes.
    pub size: u64,
    /// Where the bytes are.
    pub key: ObjectKey,
}

/// A smaller edition of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    /// Which.
    pub name: VariantName,
    /// Where the bytes are.
    pub key: ObjectKey,
    /// Its format.
    pub media: Media,
    /// Bytes.
    pub size: u64,
    /// SHA-256.
    pub hash: Hash,
    /// Pixels across and down.
    pub pixels: (u32, u32),
}

/// A link by which a file is shared with whoever has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// Given by the store.
    pub id: ShareId,
    /// Which file.
    pub file: FileId,
    /// Who made it.
    pub by: UserId,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// A link that has no id yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewShare {
    /// See [`Share::file`].
    pub file: FileId,
    /// See [`Share::by`].
    pub by: UserId,
    /// See [`Share::created_at`].
    pub created_at: Timestamp,
    /// See [`Share::expires_at`].
    pub expires_at: Timestamp,
}

impl NewShare {
    /// The link that it becomes under its id.
    pub const fn stored(&self, id: ShareId) -> Share {
        let Self { file, by, created_at, expires_at } = self;
        Share { id, file: *file, by: *by, created_at: *created_at, expires_at: *expires_at }
    }
}
