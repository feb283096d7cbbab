//! Downloads: what is to be sent, and the bytes of it.

use std::ops::Range;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use kernel::{Actor, StoreError};

use super::{Files, upload::rendering_of};
use crate::{
    error::FileError,
    file::{Blob, File, Variant},
    media::Media,
    outbound::{ObjectError, ObjectKey, ObjectReader, Picture, PictureFormat, Rendering},
    policy,
    ports::FilesTx,
    text_type::Charset,
    values::{FileId, FileName, Hash, VariantName},
};

/// Which edition of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edition {
    /// As it is kept.
    Original,
    /// Smaller, of a picture.
    Variant(VariantName),
}

/// What is to be sent. The bytes behind it never change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The file.
    pub file: File,
    /// The name to send it by.
    pub name: FileName,
    /// Its format.
    pub media: Media,
    /// Its media type, with the coding of its characters where that is not UTF-8.
    pub content_type: String,
    /// Bytes.
    pub size: u64,
    /// The entity tag: SHA-256 of the bytes or, of what is drawn on demand, of what it is drawn from
    /// and how.
    pub hash: Hash,
    pub(super) bytes: Source,
}

/// Where bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// In the storage.
    Kept(ObjectKey),
    /// Nowhere else.
    Drawn(Bytes),
}

impl Content {
    fn original(file: File, blob: Blob) -> Self {
        Self {
            name: file.name.clone(),
            media: file.media,
            content_type: match file.charset {
                Charset::Utf8 => file.mime().to_owned(),
                other => format!("{}; charset={}", file.mime(), other.as_str()),
            },
            size: blob.size,
            hash: blob.hash,
            bytes: Source::Kept(blob.key),
            file,
        }
    }

    fn variant(file: File, variant: Variant) -> Self {
        Self {
            name: named(&file.name, variant.media),
            media: variant.media,
            content_type: variant.media.as_str().to_owned(),
            size: variant.size,
            hash: variant.hash,
            bytes: Source::Kept(variant.key),
            file,
        }
    }
}

/// What a file is called in another format.
pub(super) fn named(name: &FileName, media: Media) -> FileName {
    name.with_extension(media.extensions().first().copied().unwrap_or("bin"))
}

/// A file, its content, and the edition of it that there is already.
pub(super) struct Found {
    pub(super) file: File,
    pub(super) blob: Blob,
    variant: Option<Variant>,
}

/// What is kept of a file, for somebody who may have it.
pub(super) fn find(tx: &mut dyn FilesTx, file: File, edition: Edition) -> Result<Found, FileError> {
    let gone = FileError::NotFound(file.id);
    let blob = tx.blobs().blob(file.blob)?.ok_or(gone)?;
    let variant = match edition {
        Edition::Original => None,
        Edition::Variant(_) if file.media.picture().is_none() => return Err(FileError::NoVariant),
        Edition::Variant(name) => {
            tx.blobs().variants(blob.id)?.into_iter().find(|variant| variant.name == name)
        }
    };
    Ok(Found { file, blob, variant })
}

impl Files {
    /// What is to be sent of a file, to a caller or to anybody.
    pub async fn content(
        &self,
        actor: Option<&Actor>,
        id: FileId,
        edition: Edition,
    ) -> Result<Content, FileError> {
        let found = self.found(actor, id, edition).await?;
        self.presented(found, edition).await
    }

    /// What is kept of a file for a caller, or for anybody, if they may have it.
    pub(super) async fn found(
        &self,
        actor: Option<&Actor>,
        id: FileId,
        edition: Edition,
    ) -> Result<Found, FileError> {
        let actor = actor.cloned();
        self.work
            .read(move |tx| {
                // Who is not signed in is not told which files there are.
                let absent = || match &actor {
                    Some(_) => FileError::NotFound(id),
                    None => FileError::NotSignedIn,
                };
                let file = tx.files().get(id)?.ok_or_else(absent)?;
                policy::may_see(tx, actor.as_ref(), &file)?;
                find(tx, file, edition)
            })
            .await
    }

    /// The content of what was found; a variant that is not there is drawn.
    pub(super) async fn presented(
        &self,
        found: Found,
        edition: Edition,
    ) -> Result<Content, FileError> {
        let Found { file, blob, variant } = found;
        Ok(match (edition, variant) {
            (Edition::Original, _) => Content::original(file, blob),
            (Edition::Variant(_), Some(variant)) => Content::variant(file, variant),
            (Edition::Variant(name), None) => {
                let variant = self.make_variant(&file, &blob, name).await?;
                Content::variant(file, variant)
            }
        })
    }

    /// Draws a variant that is not there and keeps it. Of two who do so at once the first one's is
    /// kept.
    async fn make_variant(
        &self,
        file: &File,
        blob: &Blob,
        name: VariantName,
    ) -> Result<Variant, FileError> {
        let format = file.media.picture().ok_or(FileError::NoVariant)?;
        let picture = self.draw_one(file.id, blob, format, rendering_of(name)).await?;
        let variant = self.write_variant(name, picture).await?;
        let (id, ours, latest) = (blob.id, variant.clone(), self.in_time(self.clock.now()));
        let clock = self.clock.clone();
        let kept = self
            .work
            .write(move |tx| {
                if clock.now() > latest {
                    let late = "the bytes were written too long before their row".to_owned();
                    return Err(FileError::Store(StoreError::Timeout(late)));
                }
                if tx.blobs().add_variant(id, &ours)? {
                    return Ok(Some(ours.clone()));
                }
                Ok(tx.blobs().variants(id)?.into_iter().find(|known| known.name == name))
            })
            .await?;
        let kept = kept.ok_or(FileError::NotFound(file.id))?;
        if kept.key != variant.key {
            self.discard(vec![variant.key]).await;
        }
        Ok(kept)
    }

    /// Draws one rendering of a picture that is kept.
    pub(super) async fn draw_one(
        &self,
        id: FileId,
        blob: &Blob,
        format: PictureFormat,
        rendering: Rendering,
    ) -> Result<Picture, FileError> {
        let mut reader = self.reader(id, &blob.key, 0..blob.size).await?;
        let mut source = BytesMut::new();
        while let Some(chunk) = reader.next().await? {
            source.extend_from_slice(&chunk);
        }
        let drawn = self.image_processor.draw(source.freeze(), format, vec![rendering]).await?;
        let missing = || StoreError::Internal("a picture was not drawn".to_owned());
        Ok(drawn.into_iter().next().ok_or_else(missing)?)
    }

    /// The bytes from .. to of what is to be sent.
    pub async fn open(
        &self,
        content: &Content,
        span: Range<u64>,
    ) -> Result<Box<dyn ObjectReader>, FileError> {
        match &content.bytes {
            Source::Kept(key) => self.reader(content.file.id, key, span).await,
            Source::Drawn(bytes) => {
                let at = |place: u64| usize::try_from(place).ok().filter(|at| *at <= bytes.len());
                match (at(span.start), at(span.end)) {
                    (Some(from), Some(to)) if from <= to => {
                        Ok(Box::new(Drawn(Some(bytes.slice(from..to)))))
                    }
                    _ => Err(ObjectError::OutOfRange.into()),
                }
            }
        }
    }

    /// Bytes that are gone since their row was read are those of a file that was deleted.
    async fn reader(
        &self,
        id: FileId,
        key: &ObjectKey,
        span: Range<u64>,
    ) -> Result<Box<dyn ObjectReader>, FileError> {
        match self.objects.open(key, span).await {
            Err(error @ ObjectError::Missing(_)) => {
                let there = self
                    .work
                    .read(move |tx| Ok::<_, FileError>(tx.files().get(id)?.is_some()))
                    .await?;
                Err(if there { error.into() } else { FileError::NotFound(id) })
            }
            opened => Ok(opened?),
        }
    }
}

/// What was drawn, in one piece.
struct Drawn(Option<Bytes>);

#[async_trait]
impl ObjectReader for Drawn {
    async fn next(&mut self) -> Result<Option<Bytes>, ObjectError> {
        Ok(self.0.take().filter(|bytes| !bytes.is_empty()))
    }
}
