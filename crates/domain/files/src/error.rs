//! What can go wrong in this room, in its own words.

use kernel::{
    DomainError, ErrorKind, FieldError, MissingPermission, OwnedId, StoreError,
    idempotency::KeyReused,
};

use crate::{
    file::File,
    outbound::{ObjectError, PictureError, ScanError, TypesetError},
    values::{FileId, FileKind, ShareId, UploadId},
};

/// Why a use case did not happen.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// No such file, or not the caller's to see.
    #[error("There is no file {0}.")]
    NotFound(FileId),
    /// No such link of this file.
    #[error("There is no link {0} of this file.")]
    ShareNotFound(ShareId),
    /// No such task, or not the caller's to see.
    #[error("There is no task {0}.")]
    TaskNotFound(i64),
    /// This file has no variants.
    #[error("This file has no smaller editions: it is not a picture.")]
    NoVariant,
    /// Nobody is signed in, and the file is not public.
    #[error("This needs an access token.")]
    NotSignedIn,
    /// A permission is missing.
    #[error("This needs the permission `{0}`.")]
    MissingPermission(&'static str),
    /// In sight, but not the caller's to change.
    #[error("{what} needs to be the file's owner or the permission `files:manage`.")]
    Forbidden {
        /// What was tried.
        what: &'static str,
    },
    /// The link was not made here, was taken back, or is over.
    #[error("This link is not valid, or not any more.")]
    BadLink,
    /// The caller's version is out of date.
    #[error("The file was changed since you read it; its version is now {}.", .0.version)]
    Stale(Box<File>),
    /// What was asked for does not fit the file.
    #[error("The request has faults; see `errors`.")]
    Invalid(Vec<FieldError>),
    /// More bytes than this type may have.
    #[error("A file of the type `{}` has at most {limit} bytes.", kind.as_str())]
    TooLarge {
        /// The type.
        kind: FileKind,
        /// Bytes.
        limit: u64,
    },
    /// A picture of more bytes than are drawn.
    #[error("A picture has at most {0} bytes.")]
    PictureTooLarge(u64),
    /// A picture that needs more memory to be drawn than pictures have.
    #[error(
        "Drawing the picture needs more than {limit} bytes of memory. Send it with fewer pixels."
    )]
    PictureTooHeavy {
        /// Bytes of memory.
        limit: u64,
    },
    /// The caller has no room left.
    #[error("Your files may have {limit} bytes together; with this one they would have more.")]
    OverQuota {
        /// Bytes.
        limit: u64,
    },
    /// Fewer bytes arrived than were announced, or the client went away.
    #[error("The file did not arrive whole.")]
    CutShort,
    /// No such upload, or not the caller's, or forgotten.
    #[error("There is no upload {0}, or not any more.")]
    UploadNotFound(UploadId),
    /// The bytes do not begin where the upload ends.
    #[error("The upload ends at {0}; bytes are taken from there on.")]
    WrongOffset(u64),
    /// More bytes than the upload was said to have.
    #[error("The upload was said to have {0} bytes; there are more.")]
    BeyondLength(u64),
    /// The bytes do not add up to what was said.
    #[error("The bytes do not have the checksum that was said; none of them was kept.")]
    ChecksumMismatch,
    /// The caller has begun many uploads and ended none.
    #[error("You have {0} unfinished uploads; finish or delete one of them.")]
    TooManyUploads(u64),
    /// The upload came in more pieces than are kept of one.
    #[error("The upload came in more than {0} pieces; begin it anew with larger ones.")]
    TooManyParts(usize),
    /// No bytes at all.
    #[error("The file is empty.")]
    Empty,
    /// The content is of no format that is kept, or of one that this type does not take.
    #[error("{0}")]
    TypeNotAllowed(String),
    /// A picture as telephones write them, which browsers do not show.
    #[error("The picture is HEIC, which browsers do not show. Send it as JPEG. {kept}")]
    Heic {
        /// What is kept.
        kept: String,
    },
    /// Content, name and declared type disagree.
    #[error("The content is {found}, but {claim}. {kept}")]
    TypeMismatch {
        /// The format it has.
        found: &'static str,
        /// What was said instead.
        claim: String,
        /// What is kept.
        kept: String,
    },
    /// Malware was found in the content.
    #[error("The content is known as malware: {0}.")]
    Infected(String),
    /// Nobody can look for malware at the moment, and nothing is kept unseen.
    #[error("The content cannot be looked at for malware right now; try again shortly.")]
    Unscanned(#[source] ScanError),
    /// The picture cannot be read, or is too large to be.
    #[error("The picture is not taken: {0}.")]
    BadPicture(String),
    /// Too much to draw at the moment.
    #[error("Too many pictures are being drawn; try again shortly.")]
    Busy,
    /// Too much to typeset at the moment.
    #[error("Too many documents are being typeset; try again shortly.")]
    TypesetterBusy,
    /// No font has some characters, and the caller wants no other form of them. They are named.
    #[error("No font here has {0}. Without `strict` they are shown as boxes with their numbers.")]
    MissingGlyphs(String),
    /// Typesetting failed for a reason of ours.
    #[error("Something went wrong on our side.")]
    Typesetting(#[source] TypesetError),
    /// Nothing the caller owns has this number.
    #[error("You own nothing with the number {0}.")]
    OwnedNotFound(OwnedId),
    /// The idempotency key belongs to another request.
    #[error("This Idempotency-Key was used for another request.")]
    KeyReused,
    /// The storage of bytes failed.
    #[error("{}", public_text(.0))]
    Objects(#[source] ObjectError),
    /// Drawing failed for a reason of ours.
    #[error("Something went wrong on our side.")]
    Drawing(#[source] PictureError),
    /// The store failed.
    #[error("{}", .0.public_text())]
    Store(#[source] StoreError),
}

const fn public_text(error: &ObjectError) -> &'static str {
    match error {
        ObjectError::Full(_) | ObjectError::Unavailable(_) => {
            "The storage of files cannot answer right now; try again shortly."
        }
        _ => "Something went wrong on our side.",
    }
}

impl From<MissingPermission> for FileError {
    fn from(MissingPermission(permission): MissingPermission) -> Self {
        Self::MissingPermission(permission.as_str())
    }
}

impl From<StoreError> for FileError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<ObjectError> for FileError {
    fn from(error: ObjectError) -> Self {
        Self::Objects(error)
    }
}

impl From<ScanError> for FileError {
    fn from(error: ScanError) -> Self {
        Self::Unscanned(error)
    }
}

impl From<KeyReused> for FileError {
    fn from(_: KeyReused) -> Self {
        Self::KeyReused
    }
}

impl From<PictureError> for FileError {
    fn from(error: PictureError) -> Self {
        match error {
            PictureError::Busy => Self::Busy,
            PictureError::Absent => Self::TypeNotAllowed(
                "Pictures are not taken: this server was built without them.".to_owned(),
            ),
            PictureError::Internal(_) => Self::Drawing(error),
            PictureError::TooManyPixels { width, height, max_pixels } => Self::BadPicture(format!(
                "it has {width} × {height} pixels, and at most {max_pixels} are read"
            )),
            PictureError::TooMuchMemory { limit } => Self::PictureTooHeavy { limit },
            PictureError::Broken(_) => Self::BadPicture("it is broken or cut short".to_owned()),
        }
    }
}

impl From<TypesetError> for FileError {
    fn from(error: TypesetError) -> Self {
        match error {
            TypesetError::Busy => Self::TypesetterBusy,
            TypesetError::Absent => Self::TypeNotAllowed(
                "Documents are not typeset: this server was built without that.".to_owned(),
            ),
            TypesetError::Internal(_) => Self::Typesetting(error),
        }
    }
}

impl FileError {
    /// True when the same bytes under the same terms are never taken.
    pub const fn is_final(&self) -> bool {
        matches!(
            self,
            Self::TypeNotAllowed(_)
                | Self::Heic { .. }
                | Self::TypeMismatch { .. }
                | Self::BadPicture(_)
                | Self::Infected(_)
                | Self::PictureTooLarge(_)
                | Self::PictureTooHeavy { .. }
                | Self::TooLarge { .. }
                | Self::TaskNotFound(_)
                | Self::OwnedNotFound(_)
        )
    }
}

impl DomainError for FileError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound(_)
            | Self::ShareNotFound(_)
            | Self::TaskNotFound(_)
            | Self::OwnedNotFound(_)
            | Self::UploadNotFound(_)
            | Self::NoVariant => ErrorKind::NotFound,
            Self::NotSignedIn => ErrorKind::Unauthenticated,
            Self::MissingPermission(_) | Self::Forbidden { .. } | Self::BadLink => {
                ErrorKind::Forbidden
            }
            Self::Stale(_) => ErrorKind::Stale,
            Self::WrongOffset(_) => ErrorKind::Conflict,
            Self::TooLarge { .. }
            | Self::PictureTooLarge(_)
            | Self::PictureTooHeavy { .. }
            | Self::BeyondLength(_) => ErrorKind::TooLarge,
            Self::OverQuota { .. }
            | Self::Infected(_)
            | Self::BadPicture(_)
            | Self::MissingGlyphs(_)
            | Self::TooManyUploads(_)
            | Self::TooManyParts(_)
            | Self::KeyReused => ErrorKind::Refused,
            Self::CutShort | Self::Empty | Self::ChecksumMismatch | Self::Invalid(_) => {
                ErrorKind::Invalid
            }
            Self::TypeNotAllowed(_) | Self::Heic { .. } | Self::TypeMismatch { .. } => {
                ErrorKind::UnsupportedMedia
            }
            Self::Busy | Self::TypesetterBusy | Self::Unscanned(_) => ErrorKind::Unavailable,
            Self::Objects(ObjectError::Full(_) | ObjectError::Unavailable(_)) => {
                ErrorKind::Unavailable
            }
            Self::Objects(_) | Self::Drawing(_) | Self::Typesetting(_) => ErrorKind::Internal,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "files.not_found",
            Self::ShareNotFound(_) => "files.share_not_found",
            Self::TaskNotFound(_) => "tasks.not_found",
            Self::OwnedNotFound(_) => "products.owned_not_found",
            Self::NoVariant => "files.no_variant",
            Self::NotSignedIn => "auth.not_signed_in",
            Self::MissingPermission(_) => "auth.missing_permission",
            Self::Forbidden { .. } => "files.forbidden",
            Self::BadLink => "files.bad_link",
            Self::Stale(_) => "files.stale",
            Self::Invalid(_) => "request.invalid",
            Self::TooLarge { .. } => "files.too_large",
            Self::PictureTooLarge(_) => "files.picture_too_large",
            Self::PictureTooHeavy { .. } => "files.picture_too_heavy",
            Self::OverQuota { .. } => "files.over_quota",
            Self::CutShort => "files.cut_short",
            Self::UploadNotFound(_) => "files.upload_not_found",
            Self::WrongOffset(_) => "files.upload_offset",
            Self::BeyondLength(_) => "files.upload_too_long",
            Self::ChecksumMismatch => "files.checksum_mismatch",
            Self::TooManyUploads(_) => "files.too_many_uploads",
            Self::TooManyParts(_) => "files.too_many_parts",
            Self::Empty => "files.empty",
            Self::TypeNotAllowed(_) => "files.type_not_allowed",
            Self::Heic { .. } => "files.heic_not_allowed",
            Self::TypeMismatch { .. } => "files.type_mismatch",
            Self::BadPicture(_) => "files.bad_picture",
            Self::Infected(_) => "files.infected",
            Self::Unscanned(_) => "files.unscanned",
            Self::Busy => "files.busy",
            Self::TypesetterBusy => "files.typesetter_busy",
            Self::MissingGlyphs(_) => "files.glyphs_missing",
            Self::KeyReused => "idempotency.key_reused",
            Self::Objects(ObjectError::Full(_) | ObjectError::Unavailable(_)) => {
                "files.storage_unavailable"
            }
            Self::Objects(_) | Self::Drawing(_) | Self::Typesetting(_) => "internal",
            Self::Store(error) => error.code(),
        }
    }

    fn fields(&self) -> &[FieldError] {
        match self {
            Self::Invalid(faults) => faults,
            _ => &[],
        }
    }
}
