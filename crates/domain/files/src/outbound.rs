//! What this room needs of the world outside a transaction: bytes that are kept, pictures that are
//! drawn, documents that are typeset, malware that is found.
#![deny(missing_docs)]

use std::ops::Range;

use async_trait::async_trait;
use bytes::Bytes;
use kernel::Timestamp;

use crate::document::{Document, Language};

/// The name of an object: made by us, never by a client. 1–200 of `a-z`, `0-9`, `_` and `/`, no
/// segment empty. `/` sorts before all others, so that folders and names have one order.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectKey(String);

/// Why a text is no name of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to 200 of a-z, 0-9, '_' and '/', no segment empty")]
pub struct ObjectKeyError;

impl ObjectKey {
    /// The only way in.
    pub fn parse(raw: &str) -> Result<Self, ObjectKeyError> {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        let sane = |segment: &str| !segment.is_empty() && segment.bytes().all(plain);
        if raw.len() <= 200 && raw.split('/').all(sane) {
            Ok(Self(raw.to_owned()))
        } else {
            Err(ObjectKeyError)
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What is known of an object without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectStat {
    /// Bytes.
    pub size: u64,
    /// When it was finished.
    pub finished_at: Timestamp,
}

/// Why bytes could not be kept or given.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    /// There is no such object.
    #[error("there is no object {0}")]
    Missing(String),
    /// The range asked for is not within the object.
    #[error("the range is not within the object")]
    OutOfRange,
    /// No room is left.
    #[error("no room is left: {0}")]
    Full(String),
    /// The storage cannot be reached, or did not answer in time.
    #[error("the storage is unavailable: {0}")]
    Unavailable(String),
    /// Anything else.
    #[error("the storage failed: {0}")]
    Internal(String),
}

/// Keeps bytes under names. Names are made by the room and never used twice.
///
/// * O1 what was written and finished is read back byte by byte, whole and by any range;
/// * O2 an object that was begun and not finished is seen by nobody: not by `open`, `stat` or
///   `list`; dropped, it leaves nothing that its adapter does not clear away by itself;
/// * O3 `finish` returns when the bytes survive a crash of the machine;
/// * O4 `open` and `stat` of what is not there: `Missing`, and `None`;
/// * O5 `open` of a range that reaches beyond the end: `OutOfRange`; an empty range gives nothing;
/// * O6 `delete` of what is not there is fine, and who reads at that moment may read to the end or
///   be told `Missing`, and is never given other bytes;
/// * O7 `list` gives finished objects under a prefix behind a name, by name, at most `limit`, so
///   that the pages together are every object that was there all the while;
/// * O8 of objects written at once under different names, each keeps its own bytes;
/// * O9 memory does not grow with the size of what is written or read.
#[async_trait]
pub trait Objects: Send + Sync {
    /// Begins an object.
    async fn begin(&self, key: &ObjectKey) -> Result<Box<dyn ObjectWriter>, ObjectError>;
    /// Reads `span` (bytes from .. to) of an object.
    async fn open(
        &self,
        key: &ObjectKey,
        span: Range<u64>,
    ) -> Result<Box<dyn ObjectReader>, ObjectError>;
    /// What is known of an object.
    async fn stat(&self, key: &ObjectKey) -> Result<Option<ObjectStat>, ObjectError>;
    /// Removes an object.
    async fn delete(&self, key: &ObjectKey) -> Result<(), ObjectError>;
    /// Finished objects whose names begin with `prefix` (whole segments) and come after `after`.
    async fn list(
        &self,
        prefix: &str,
        after: Option<&ObjectKey>,
        limit: usize,
    ) -> Result<Vec<(ObjectKey, ObjectStat)>, ObjectError>;
}

/// An object that is being written. Dropping it gives it up.
#[async_trait]
pub trait ObjectWriter: Send {
    /// Adds bytes.
    async fn write(&mut self, chunk: Bytes) -> Result<(), ObjectError>;
    /// Makes the object whole and seen, durably.
    async fn finish(self: Box<Self>) -> Result<(), ObjectError>;
}

/// An object, or a part of it, that is being read.
#[async_trait]
pub trait ObjectReader: Send {
    /// The next bytes; `None` at the end.
    async fn next(&mut self) -> Result<Option<Bytes>, ObjectError>;
}

/// The formats of pictures that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PictureFormat {
    /// `image/jpeg`.
    Jpeg,
    /// `image/png`.
    Png,
    /// `image/webp`.
    WebP,
    /// `image/gif`: read (its first picture), never written.
    Gif,
}

impl PictureFormat {
    /// Those that are written.
    pub const WRITTEN: [Self; 3] = [Self::Jpeg, Self::Png, Self::WebP];

    /// What a source of this format is written in, when nothing else is asked for.
    pub const fn written(self) -> Self {
        match self {
            Self::Gif => Self::Png,
            other => other,
        }
    }

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::WebP => "webp",
            Self::Gif => "gif",
        }
    }
}

/// How a picture is fitted into a box.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fit {
    /// As large as fits inside, never enlarged, nothing cut off.
    Inside,
    /// Fills the box, what juts out is cut off evenly, never enlarged.
    Cover,
}

impl Fit {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Inside, Self::Cover];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Inside => "inside",
            Self::Cover => "cover",
        }
    }
}

/// One picture that is wanted of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rendering {
    /// Pixels across, 1–8192.
    pub width: u32,
    /// Pixels down, 1–8192.
    pub height: u32,
    /// How it is fitted into the box.
    pub fit: Fit,
    /// What is written: JPEG, PNG or WebP. `None`: the format of the source, PNG for GIF.
    pub format: Option<PictureFormat>,
}

/// A picture that was drawn: upright, without any metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// What it is written in; never GIF.
    pub format: PictureFormat,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// The file.
    pub bytes: Bytes,
}

/// Why a picture was not drawn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// More pixels than are decoded. Found out before decoding.
    #[error("the picture has {width} × {height} pixels; at most {max_pixels} are read")]
    TooManyPixels {
        /// Across.
        width: u32,
        /// Down.
        height: u32,
        /// The limit, of both multiplied.
        max_pixels: u64,
    },
    /// Drawing it would need more memory than pictures have. Found out before decoding.
    #[error("drawing the picture needs more than {limit} bytes of memory")]
    TooMuchMemory {
        /// Bytes that one picture may need.
        limit: u64,
    },
    /// Broken or cut short, or not of the format it was said to be.
    #[error("the picture is broken: {0}")]
    Broken(String),
    /// All places are taken and the queue is full.
    #[error("too many pictures are being drawn")]
    Busy,
    /// Nothing here draws pictures.
    #[error("this program draws no pictures")]
    Absent,
    /// Anything else.
    #[error("drawing failed: {0}")]
    Internal(String),
}

/// Draws pictures, in a bounded pool of its own.
///
/// * Q1 what is drawn is upright (EXIF orientation applied) and carries no metadata;
/// * Q2 renderings come in the order they were asked for, each within its box, none enlarged;
/// * Q3 what is broken, cut short or too large is refused and harms nobody;
/// * Q4 the same source and rendering give the same bytes;
/// * Q5 colours are those of sRGB: a profile that can be read is applied.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait ImageProcessor: Send + Sync {
    /// Decodes `source` once and draws each rendering of it.
    async fn draw(
        &self,
        source: Bytes,
        format: PictureFormat,
        wanted: Vec<Rendering>,
    ) -> Result<Vec<Picture>, PictureError>;
}

/// Why a document was not typeset.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TypesetError {
    /// All places are taken and the queue is full.
    #[error("too many documents are being typeset")]
    Busy,
    /// Nothing here typesets documents.
    #[error("this program typesets no documents")]
    Absent,
    /// Anything else.
    #[error("typesetting failed: {0}")]
    Internal(String),
}

/// A document that was typeset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typeset {
    /// The file.
    pub bytes: Bytes,
    /// Characters that no font has, in the order of their code points, each once. They are shown in
    /// a fall-back form.
    pub missing: Vec<char>,
}

/// Typesets documents as PDF, in a bounded pool of its own.
///
/// * V1 equal documents in one language give equal bytes, as long as the fonts are the same;
/// * V2 every character of a document is shown, in a fall-back form where no font has it, and can be
///   copied and searched;
/// * V3 nothing is cut off: what does not fit is wrapped, and what does not fit on a page goes on
///   on the next;
/// * V4 characters that are shown in a fall-back form are named in `missing`, and no others.
#[cfg_attr(feature = "mocks", mockall::automock)]
#[async_trait]
pub trait Typesetter: Send + Sync {
    /// The PDF of a document, with labels in `language`.
    async fn typeset(
        &self,
        document: Document,
        language: Language,
    ) -> Result<Typeset, TypesetError>;
}

/// What was found in content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing that is known to be bad.
    Clean,
    /// Malware, by the name that the scanner has for it.
    Infected(String),
}

/// Why content was not looked at to its end; for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ScanError(pub String);

/// Looks for malware in content as it comes.
///
/// * M1 content that is known to be bad is found, however it is cut into pieces;
/// * M2 content is `Clean` only if all of it was looked at: whatever came in between is an error.
#[async_trait]
pub trait Scanner: Send + Sync {
    /// Begins to look at content.
    async fn begin(&self) -> Result<Box<dyn Scan>, ScanError>;
}

/// Content that is being looked at. Dropping it gives it up.
#[async_trait]
pub trait Scan: Send {
    /// The next bytes.
    async fn write(&mut self, chunk: &Bytes) -> Result<(), ScanError>;
    /// All bytes were given: what is in them.
    async fn finish(self: Box<Self>) -> Result<Verdict, ScanError>;
}

#[cfg(test)]
mod tests {
    use super::ObjectKey;

    #[test]
    fn an_object_key_has_lower_case_letters_digits_underscores_and_slashes() {
        for good in ["a", "blobs/0f/0f3a", "variants_2/a_b", &"a".repeat(200)] {
            assert!(ObjectKey::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "/a", "a/", "a//b", "A", "a.b", "a b", "..", "é", "a-b", &"a".repeat(201)]
        {
            assert!(ObjectKey::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_folder_sorts_before_the_names_that_continue_its_own() {
        // `-` would sort before `/`, so a bucket and a folder would list in different orders.
        let key = |raw: &str| ObjectKey::parse(raw).unwrap();
        assert!(key("a/z") < key("a0") && key("a/z") < key("a_") && key("a/z") < key("aa"));
    }
}
