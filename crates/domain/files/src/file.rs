//! The file, its content, its variants and its links.

use kernel::{FieldError, OwnedId, Timestamp, UserId};

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

/// What to change of a file; what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UpdateFile {
    /// See [`File::name`].
    pub name: Option<FileName>,
    /// See [`File::kind`].
    pub kind: Option<FileKind>,
    /// See [`File::visibility`].
    pub visibility: Option<Visibility>,
}

impl File {
    /// Changes the file; returns whether anything is different. `limit` is the most bytes of a type.
    ///
    /// # Errors
    /// A fault for each field that the content or the place of the file does not allow.
    pub fn update(
        &mut self,
        update: UpdateFile,
        limit: impl Fn(FileKind) -> u64,
        now: Timestamp,
    ) -> Result<bool, Vec<FieldError>> {
        let UpdateFile { name, kind, visibility } = update;
        let mut faults = Vec::new();
        if let Some(claim) = name.as_ref().and_then(|name| self.media.contradicts(None, name)) {
            let message = format!("must fit the content, which is {}: {claim}", self.mime());
            faults.push(FieldError::new("/filename", "files.filename_misleads", message));
        }
        if let Some(kind) = kind {
            if !self.media.fits(kind) {
                let message = format!("cannot be that of {}", self.mime());
                faults.push(FieldError::new("/type", "files.type_unfit", message));
            } else if self.size > limit(kind) {
                let message = format!("is that of files of at most {} bytes", limit(kind));
                faults.push(FieldError::new("/type", "files.type_unfit", message));
            }
        }
        if visibility == Some(Visibility::Public) && self.attached.is_some() {
            let message = "cannot be public: the file is attached to something that is not";
            faults.push(FieldError::new("/visibility", "files.attached_private", message));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let before = (self.name.clone(), self.kind, self.visibility);
        self.name = name.unwrap_or_else(|| self.name.clone());
        self.kind = kind.unwrap_or(self.kind);
        self.visibility = visibility.unwrap_or(self.visibility);
        let changed = before != (self.name.clone(), self.kind, self.visibility);
        if changed {
            self.updated_at = now;
        }
        Ok(changed)
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
