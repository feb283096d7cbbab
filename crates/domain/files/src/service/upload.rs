//! Uploads: bytes are looked at, hashed and written as they come, and a row is made at the end.

use bytes::Bytes;
use kernel::{Actor, Idempotent, Outcome, Permission, StoreError, idempotency};
use sha2::{Digest as _, Sha256};

use super::{Files, not_late, resume::moved};
use crate::{
    animation::is_animated,
    error::FileError,
    events::Cause,
    file::{Attached, NewBlob, NewFile, Uploaded, Variant, Warning},
    media::Media,
    outbound::{Fit, ObjectKey, ObjectWriter, Picture, PictureFormat, Rendering, Scan, Verdict},
    policy,
    ports::FilesTx,
    sniff::{ENOUGH, Sniffed, Sniffer},
    text_type::{Charset, TextName},
    values::{FileKind, FileName, Hash, UploadId, VariantName, Visibility},
};

/// Where objects of content begin.
pub(super) const PREFIX: &str = "blobs";

/// What a client says of a file before its bytes come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUpload {
    /// What it is for.
    pub kind: FileKind,
    /// Who may read it.
    pub visibility: Visibility,
    /// Its name.
    pub name: FileName,
    /// The media type that was declared.
    pub declared: Option<String>,
    /// What it is to be attached to.
    pub attached: Option<Attached>,
    /// How many bytes there will be at least, as far as that is known.
    pub at_least: u64,
    /// Whether the type may still be said behind the bytes, by [`Files::describe`]. What depends on it is
    /// judged then.
    pub kind_follows: bool,
}

/// A file on its way in. Dropping it gives it up.
pub struct Upload {
    actor: Actor,
    what: NewUpload,
    limit: u64,
    sniffer: Sniffer,
    hash: Sha256,
    size: u64,
    sink: Sink,
    scan: Option<Box<dyn Scan>>,
    resumed: Option<Resumed>,
    warnings: Vec<Warning>,
}

/// The upload in several requests that a file comes from.
#[derive(Clone, Copy)]
pub(super) struct Resumed {
    pub(super) id: UploadId,
    /// Where it must end for this to be all of it.
    pub(super) from: u64,
    /// Bytes of room that were held for it.
    pub(super) held: u64,
}

impl Upload {
    /// The file takes the place of this upload, or does not come into being.
    pub(super) const fn resume(&mut self, resumed: Resumed) {
        self.resumed = Some(resumed);
    }
}

enum Sink {
    /// Too few bytes have come to say what they are.
    Waiting(Vec<u8>),
    /// Straight into the storage.
    Storage(ObjectKey, Box<dyn ObjectWriter>),
    /// A picture, which is drawn anew.
    Picture(Vec<u8>, PictureFormat),
}

/// Content that is written, for a file that is not there yet.
struct Written {
    blob: NewBlob,
    media: Media,
    name: FileName,
    text_name: Option<TextName>,
    charset: Charset,
    pixels: Option<(u32, u32)>,
    variants: Vec<Variant>,
    warnings: Vec<Warning>,
}

impl Written {
    fn keys(&self) -> Vec<ObjectKey> {
        let variants = self.variants.iter().map(|variant| variant.key.clone());
        std::iter::once(self.blob.key.clone()).chain(variants).collect()
    }
}

/// A file, and whether it has the content that was written for it.
struct Kept {
    uploaded: Uploaded,
    ours: bool,
    /// Parts of an upload that are needed no more.
    gone: Vec<ObjectKey>,
}

/// How the variants are drawn.
pub(super) const fn rendering_of(name: VariantName) -> Rendering {
    match name {
        VariantName::Thumb => Rendering { width: 200, height: 200, fit: Fit::Cover, format: None },
        VariantName::Small => Rendering { width: 800, height: 800, fit: Fit::Inside, format: None },
    }
}

impl Files {
    /// The most bytes that the caller may upload as a file of `kind`, or of any type.
    ///
    /// Errors: `MissingPermission` without `files:write`.
    pub fn upload_limit(&self, actor: &Actor, kind: Option<FileKind>) -> Result<u64, FileError> {
        actor.require(Permission::FilesWrite)?;
        Ok(kind.map_or_else(|| self.most_bytes(), |kind| self.settings.limit_of(kind)))
    }

    /// Begins an upload. What can be refused before a byte is taken is refused here.
    pub async fn begin(&self, actor: &Actor, what: NewUpload) -> Result<Upload, FileError> {
        actor.require(Permission::FilesWrite)?;
        let limit =
            if what.kind_follows { self.most_bytes() } else { self.settings.limit_of(what.kind) };
        if what.at_least > limit {
            return Err(FileError::TooLarge { kind: what.kind, limit });
        }
        let (who, attached) = (actor.clone(), what.attached);
        let (quota, more) = (self.settings.quota, what.at_least);
        self.work
            .read(move |tx| {
                may_attach(tx, &who, attached)?;
                match quota {
                    Some(limit) if tx.usage().usage(who.user)?.saturating_add(more) > limit => {
                        Err(FileError::OverQuota { limit })
                    }
                    _ => Ok(()),
                }
            })
            .await?;
        let scan = match &self.scanner {
            Some(scanner) => Some(scanner.begin().await?),
            None => None,
        };
        Ok(Upload {
            actor: actor.clone(),
            what,
            limit,
            sniffer: Sniffer::default(),
            hash: Sha256::new(),
            size: 0,
            sink: Sink::Waiting(Vec::new()),
            scan,
            resumed: None,
            warnings: Vec::new(),
        })
    }

    /// Takes more bytes.
    pub async fn feed(&self, upload: &mut Upload, chunk: Bytes) -> Result<(), FileError> {
        upload.size = upload.size.saturating_add(chunk.len() as u64);
        if upload.size > upload.limit {
            return Err(FileError::TooLarge { kind: upload.what.kind, limit: upload.limit });
        }
        upload.sniffer.feed(&chunk);
        upload.hash.update(&chunk);
        if let Some(scan) = &mut upload.scan {
            scan.write(&chunk).await?;
        }
        match &mut upload.sink {
            Sink::Waiting(bytes) => {
                bytes.extend_from_slice(&chunk);
                if bytes.len() >= ENOUGH {
                    self.decide(upload).await?;
                }
            }
            Sink::Storage(_, writer) => writer.write(chunk).await?,
            Sink::Picture(bytes, _) => {
                if upload.size > self.settings.max_file {
                    return Err(FileError::PictureTooLarge(self.settings.max_file));
                }
                bytes.extend_from_slice(&chunk);
            }
        }
        Ok(())
    }

    /// Says what was left open when the upload began. What is `None` stays as it was.
    ///
    /// Errors: `TooLarge` when more bytes have come than the type may have.
    pub fn describe(
        &self,
        upload: &mut Upload,
        kind: Option<FileKind>,
        visibility: Option<Visibility>,
    ) -> Result<(), FileError> {
        let what = &mut upload.what;
        what.kind = kind.unwrap_or(what.kind);
        what.visibility = visibility.unwrap_or(what.visibility);
        what.kind_follows = false;
        upload.limit = self.settings.limit_of(what.kind);
        if upload.size > upload.limit {
            return Err(FileError::TooLarge { kind: what.kind, limit: upload.limit });
        }
        Ok(())
    }

    /// Says where the bytes go. What cannot be taken in the end is refused now, if its beginning
    /// tells.
    async fn decide(&self, upload: &mut Upload) -> Result<(), FileError> {
        let Sink::Waiting(bytes) = &mut upload.sink else { return Ok(()) };
        let bytes = std::mem::take(bytes);
        // Archives are told apart by more than their beginning.
        let found = upload.sniffer.by_magic().filter(|media| *media != Media::Zip);
        if let Some(media) = found {
            fits(&upload.what, media)?;
        }
        upload.sink = match found.and_then(Media::picture) {
            Some(format) => Sink::Picture(bytes, format),
            None => {
                let key = self.names.fresh(PREFIX);
                let mut writer = self.objects.begin(&key).await?;
                writer.write(Bytes::from(bytes)).await?;
                Sink::Storage(key, writer)
            }
        };
        Ok(())
    }

    /// Ends an upload: all bytes have come. The request is known by its own fingerprint and what
    /// came.
    pub async fn complete(
        &self,
        mut upload: Upload,
        idempotent: Option<Idempotent<Uploaded>>,
    ) -> Result<Outcome<Uploaded>, FileError> {
        let media = match upload.sniffer.finish(&upload.what.name) {
            Sniffed::Known(media) => media,
            Sniffed::Empty => return Err(FileError::Empty),
            Sniffed::Heic => {
                return Err(FileError::Heic { kept: Media::kept_as(upload.what.kind) });
            }
            Sniffed::Film => {
                return Err(not_allowed("The content is a film, which is not kept.", &upload.what));
            }
            Sniffed::Markup => {
                let reason = "The content is markup or a script, which is not kept.";
                return Err(not_allowed(reason, &upload.what));
            }
            Sniffed::Unknown => {
                let reason = "The content is of no format that is kept.";
                return Err(not_allowed(reason, &upload.what));
            }
        };
        fits(&upload.what, media)?;
        // Before anything is made of it: what draws pictures is worth attacking, too.
        if let Some(scan) = upload.scan.take()
            && let Verdict::Infected(name) = scan.finish().await?
        {
            return Err(FileError::Infected(name));
        }
        if matches!(upload.sink, Sink::Waiting(_)) {
            self.decide(&mut upload).await?;
        }
        let source = Hash::of(upload.hash.clone().finalize().into());
        let idempotent = idempotent.map(|idempotent| named_by(idempotent, &upload.what, source));
        let name = upload.what.name.clone();
        let written = match upload.sink {
            // `decide` left none of these.
            Sink::Waiting(_) => return Err(FileError::Empty),
            Sink::Storage(key, writer) => {
                writer.finish().await?;
                let blob = NewBlob { hash: source, size: upload.size, key };
                let text_name = (media == Media::Text)
                    .then(|| TextName::of(upload.what.declared.as_deref(), &name))
                    .flatten();
                let charset = match media {
                    Media::Text | Media::Csv | Media::Json => upload.sniffer.charset(),
                    _ => Charset::Utf8,
                };
                let (pixels, variants, warnings) = (None, Vec::new(), upload.warnings);
                Written { blob, media, name, text_name, charset, pixels, variants, warnings }
            }
            Sink::Picture(bytes, format) => self.draw(Bytes::from(bytes), format, name).await?,
        };
        self.record_upload(upload.actor, upload.what, written, upload.resumed, idempotent).await
    }

    /// Keeps bytes that were made here.
    pub async fn keep(
        &self,
        actor: &Actor,
        what: NewUpload,
        bytes: Bytes,
        idempotent: Option<Idempotent<Uploaded>>,
    ) -> Result<Outcome<Uploaded>, FileError> {
        self.keep_warned(actor, what, bytes, idempotent, Vec::new()).await
    }

    /// Keeps bytes that were made here, and warns of what is in them.
    pub(super) async fn keep_warned(
        &self,
        actor: &Actor,
        what: NewUpload,
        bytes: Bytes,
        idempotent: Option<Idempotent<Uploaded>>,
        warnings: Vec<Warning>,
    ) -> Result<Outcome<Uploaded>, FileError> {
        let mut upload = self.begin(actor, what).await?;
        upload.warnings = warnings;
        self.feed(&mut upload, bytes).await?;
        self.complete(upload, idempotent).await
    }

    /// Draws a picture anew, with its variants, and writes all of them.
    async fn draw(
        &self,
        source: Bytes,
        format: PictureFormat,
        name: FileName,
    ) -> Result<Written, FileError> {
        let mut warnings = Vec::new();
        if is_animated(&source, format) {
            let message = "The picture moves; only its first frame was kept.".to_owned();
            warnings.push(Warning { code: "files.animation_not_kept", message });
        }
        let edge = self.settings.max_edge;
        let whole = Rendering { width: edge, height: edge, fit: Fit::Inside, format: None };
        let names = VariantName::ALL;
        let wanted = std::iter::once(whole).chain(names.iter().map(|name| rendering_of(*name)));
        let drawn = self.image_processor.draw(source, format, wanted.collect()).await?;
        let mut drawn = drawn.into_iter();
        let missing = || StoreError::Internal("a picture was not drawn".to_owned());
        let first = drawn.next().ok_or_else(missing)?;
        let media = Media::of_picture(first.format);
        let pixels = Some((first.width, first.height));
        let mut variants = Vec::new();
        for (name, picture) in names.iter().zip(drawn) {
            variants.push(self.write_variant(*name, picture).await?);
        }
        let blob = NewBlob {
            hash: hash_of(&first.bytes),
            size: first.bytes.len() as u64,
            key: self.write_whole(first.bytes).await?,
        };
        let fits = name.extension().is_none_or(|e| media.extensions().contains(&e.as_str()));
        let name = match media.extensions().first() {
            Some(extension) if !fits => name.with_extension(extension),
            _ => name,
        };
        let (text_name, charset) = (None, Charset::Utf8);
        Ok(Written { blob, media, name, text_name, charset, pixels, variants, warnings })
    }

    pub(super) async fn write_variant(
        &self,
        name: VariantName,
        picture: Picture,
    ) -> Result<Variant, FileError> {
        Ok(Variant {
            name,
            media: Media::of_picture(picture.format),
            size: picture.bytes.len() as u64,
            hash: hash_of(&picture.bytes),
            pixels: (picture.width, picture.height),
            key: self.write_whole(picture.bytes).await?,
        })
    }

    async fn write_whole(&self, bytes: Bytes) -> Result<ObjectKey, FileError> {
        let key = self.names.fresh(PREFIX);
        let mut writer = self.objects.begin(&key).await?;
        writer.write(bytes).await?;
        writer.finish().await?;
        Ok(key)
    }

    /// Makes the row, and removes what turned out not to be needed.
    async fn record_upload(
        &self,
        actor: Actor,
        what: NewUpload,
        written: Written,
        resumed: Option<Resumed>,
        idempotent: Option<Idempotent<Uploaded>>,
    ) -> Result<Outcome<Uploaded>, FileError> {
        let keys = written.keys();
        let (clock, latest) = (self.clock.clone(), self.in_time(self.clock.now()));
        let terms = Terms { quota: self.settings.quota, ttl: self.settings.upload_ttl, resumed };
        let idempotent = idempotent.map(|idempotent| {
            let encode = idempotent.encode;
            let encode: std::sync::Arc<dyn Fn(&Kept) -> Vec<u8> + Send + Sync> =
                std::sync::Arc::new(move |kept: &Kept| encode(&kept.uploaded));
            Idempotent { key: idempotent.key, encode }
        });
        let result = self
            .work
            .write(move |tx| {
                let now = clock.now();
                not_late(now, latest)?;
                idempotency::run_once(tx, idempotent.as_ref(), now, |tx| {
                    commit(tx, &actor, &what, &written, terms, now)
                })
            })
            .await;
        let needless = match &result {
            Ok(Outcome::Executed(kept)) => !kept.ours,
            Ok(Outcome::Replayed(_)) => true,
            // It may have been committed all the same: what is not needed is collected later.
            Err(FileError::Store(_)) => false,
            Err(_) => true,
        };
        if needless {
            self.discard(keys).await;
        }
        Ok(match result? {
            Outcome::Executed(kept) => {
                self.discard(kept.gone).await;
                Outcome::Executed(kept.uploaded)
            }
            Outcome::Replayed(answer) => Outcome::Replayed(answer),
        })
    }
}

/// What a row is made under.
#[derive(Clone, Copy)]
struct Terms {
    quota: Option<u64>,
    /// How long an upload in several requests is remembered after it has become a file.
    ttl: std::time::Duration,
    resumed: Option<Resumed>,
}

fn commit(
    tx: &mut dyn FilesTx,
    actor: &Actor,
    what: &NewUpload,
    written: &Written,
    terms: Terms,
    now: kernel::Timestamp,
) -> Result<Kept, FileError> {
    may_attach(tx, actor, what.attached)?;
    let mut gone = Vec::new();
    if let Some(Resumed { id, from, held }) = terms.resumed {
        match tx.uploads().claim(id, from)? {
            Some(parts) => gone = parts,
            None => return Err(moved(tx, id)?),
        }
        tx.usage().refund(actor.user, held)?;
    }
    let sum = tx.usage().charge(actor.user, written.blob.size)?;
    if let Some(limit) = terms.quota.filter(|limit| sum > *limit) {
        return Err(FileError::OverQuota { limit });
    }
    let blob = tx.blobs().keep(&written.blob)?;
    let ours = blob.key == written.blob.key;
    if ours {
        for variant in &written.variants {
            tx.blobs().add_variant(blob.id, variant)?;
        }
    }
    let file = tx.files().insert(&NewFile {
        blob: blob.id,
        owner: actor.user,
        name: written.name.clone(),
        kind: what.kind,
        visibility: what.visibility,
        attached: what.attached,
        media: written.media,
        text_name: written.text_name.clone(),
        charset: written.charset,
        size: blob.size,
        hash: blob.hash,
        pixels: written.pixels,
        uploaded_at: now,
    });
    let file = file.map_err(|error| match (error, what.attached) {
        // Taken off the list at this very moment.
        (StoreError::Missing("files.product"), Some(Attached::Owned(owned))) => {
            FileError::OwnedNotFound(owned)
        }
        (error, _) => error.into(),
    })?;
    if let Some(resumed) = terms.resumed {
        tx.uploads().conclude(resumed.id, file.id, now.plus(terms.ttl))?;
    }
    tx.outbox().append(&Cause::by(actor, now).uploaded(&file))?;
    let uploaded = Uploaded { file, warnings: written.warnings.clone() };
    Ok(Kept { uploaded, ours, gone })
}

/// Whoever sees a task may attach something to it, and owners to what they own.
pub(super) fn may_attach(
    tx: &mut dyn FilesTx,
    actor: &Actor,
    attached: Option<Attached>,
) -> Result<(), FileError> {
    match attached {
        Some(Attached::Task(task)) if !policy::may_see_task(tx, actor, task)? => {
            Err(FileError::TaskNotFound(task))
        }
        Some(Attached::Owned(owned)) if !tx.product_owners().owns(actor.user, owned)? => {
            Err(FileError::OwnedNotFound(owned))
        }
        _ => Ok(()),
    }
}

/// Content of this format must be what the type takes, and what it was said to be.
pub(super) fn fits(what: &NewUpload, media: Media) -> Result<(), FileError> {
    if let Some(claim) = media.contradicts(what.declared.as_deref(), &what.name) {
        let kept = Media::kept_as(what.kind);
        return Err(FileError::TypeMismatch { found: media.as_str(), claim, kept });
    }
    if what.kind_follows || media.fits(what.kind) {
        return Ok(());
    }
    Err(not_allowed(&format!("The content is {}.", media.as_str()), what))
}

/// A refusal that says what would be kept instead.
fn not_allowed(reason: &str, what: &NewUpload) -> FileError {
    FileError::TypeNotAllowed(format!("{reason} {}", Media::kept_as(what.kind)))
}

fn hash_of(bytes: &[u8]) -> Hash {
    Hash::of(Sha256::digest(bytes).into())
}

/// The same request is one with the same words and the same bytes.
fn named_by(
    mut idempotent: Idempotent<Uploaded>,
    what: &NewUpload,
    source: Hash,
) -> Idempotent<Uploaded> {
    let mut hash = Sha256::new();
    hash.update(idempotent.key.fingerprint);
    hash.update(source.as_bytes());
    for part in [what.kind.as_str(), what.visibility.as_str(), what.name.as_str()] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    idempotent.key.fingerprint = hash.finalize().into();
    idempotent
}
