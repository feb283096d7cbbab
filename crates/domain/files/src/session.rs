//! Uploads that outlive their connection: how far each has come, and what its bytes must add up to.

use kernel::{Timestamp, UserId};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use crate::{
    file::Attached,
    outbound::ObjectKey,
    values::{FileId, FileKind, FileName, UploadId, Visibility},
};

/// An upload that may come in several requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadSession {
    /// Given by the store.
    pub id: UploadId,
    /// Whose it is.
    pub owner: UserId,
    /// What the file will be for.
    pub kind: FileKind,
    /// Who will read it.
    pub visibility: Visibility,
    /// What it will be called.
    pub name: FileName,
    /// The media type that was declared.
    pub declared: Option<String>,
    /// What it will be attached to.
    pub attached: Option<Attached>,
    /// Bytes of the whole, at least 1.
    pub length: u64,
    /// Bytes that are kept. They are fewer than `length` until there is a file.
    pub received: u64,
    /// What the client said of it, word for word.
    pub metadata: String,
    /// What came of it.
    pub file: Option<FileId>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it is forgotten unless more comes.
    pub expires_at: Timestamp,
}

/// An upload that has no id yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    /// See [`UploadSession::owner`].
    pub owner: UserId,
    /// See [`UploadSession::kind`].
    pub kind: FileKind,
    /// See [`UploadSession::visibility`].
    pub visibility: Visibility,
    /// See [`UploadSession::name`].
    pub name: FileName,
    /// See [`UploadSession::declared`].
    pub declared: Option<String>,
    /// See [`UploadSession::attached`].
    pub attached: Option<Attached>,
    /// See [`UploadSession::length`].
    pub length: u64,
    /// See [`UploadSession::metadata`].
    pub metadata: String,
    /// See [`UploadSession::created_at`].
    pub created_at: Timestamp,
    /// See [`UploadSession::expires_at`].
    pub expires_at: Timestamp,
}

impl NewSession {
    /// With its number.
    pub fn stored(&self, id: UploadId) -> UploadSession {
        let Self {
            owner,
            kind,
            visibility,
            name,
            declared,
            attached,
            length,
            metadata,
            created_at,
            expires_at,
        } = self;
        UploadSession {
            id,
            owner: *owner,
            kind: *kind,
            visibility: *visibility,
            name: name.clone(),
            declared: declared.clone(),
            attached: *attached,
            length: *length,
            received: 0,
            metadata: metadata.clone(),
            file: None,
            created_at: *created_at,
            expires_at: *expires_at,
        }
    }
}

/// A stretch of an upload that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Where it begins.
    pub start: u64,
    /// Its bytes.
    pub size: u64,
    /// Where they are.
    pub key: ObjectKey,
}

/// What the bytes of one request must add up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checksum {
    /// SHA-1: against accidents only. Every server that speaks tus must know it.
    Sha1([u8; 20]),
    /// SHA-256.
    Sha256([u8; 32]),
}

impl Checksum {
    /// The names of the algorithms, as clients call them.
    pub const ALGORITHMS: [&str; 2] = ["sha1", "sha256"];

    /// From the name of an algorithm and what it gave; `None` when either is not one of ours.
    pub fn parse(algorithm: &str, digest: &[u8]) -> Option<Self> {
        match algorithm {
            "sha1" => digest.try_into().ok().map(Self::Sha1),
            "sha256" => digest.try_into().ok().map(Self::Sha256),
            _ => None,
        }
    }

    pub(crate) fn sum(self) -> Sum {
        match self {
            Self::Sha1(expected) => Sum::Sha1(Sha1::new(), expected),
            Self::Sha256(expected) => Sum::Sha256(Sha256::new(), expected),
        }
    }
}

/// A checksum on its way.
pub(crate) enum Sum {
    Sha1(Sha1, [u8; 20]),
    Sha256(Sha256, [u8; 32]),
}

impl Sum {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha1(sum, _) => sum.update(bytes),
            Self::Sha256(sum, _) => sum.update(bytes),
        }
    }

    /// True when the bytes are those that were meant.
    pub(crate) fn holds(self) -> bool {
        match self {
            Self::Sha1(sum, expected) => <[u8; 20]>::from(sum.finalize()) == expected,
            Self::Sha256(sum, expected) => <[u8; 32]>::from(sum.finalize()) == expected,
        }
    }
}
