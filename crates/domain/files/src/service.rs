//! The use cases. Each is an asynchronous shell around one synchronous transaction: bytes are
//! written before it and removed after it, so that a row never points at bytes that are not there.

mod attach;
mod download;
mod generate;
mod prune;
mod resume;
mod share;
mod update;
mod upload;
mod variant;

use std::{sync::Arc, time::Duration};

use kernel::{
    Act, ActTarget, Actor, Clock, Own, Page, PageRequest, Paging, Permission, SortKey, StoreError,
    Timestamp, UnitOfWork, UserId,
};

pub use self::{
    download::{Content, Edition},
    generate::{MissingGlyphs, NewDocument},
    prune::{Finding, Verified, What},
    resume::{Append, Appended},
    share::{SHARE_LONGEST, SHARE_SHORTEST},
    upload::{NewUpload, Upload},
    variant::{Derivative, Edge, Wanted},
};
use crate::{
    error::FileError,
    events::Cause,
    file::File,
    link_signer::{LinkSigner, Names},
    outbound::{ImageProcessor, ObjectKey, Objects, Scanner, Typesetter},
    policy,
    ports::FilesTx,
    query::{FileFilter, FileSort, VisibleTo},
    values::{FileId, FileKind},
};

/// The numbers this room goes by.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Bytes of a file of most types, and of every picture.
    pub max_file: u64,
    /// Bytes of a document.
    pub max_document: u64,
    /// Bytes of an audio file.
    pub max_audio: u64,
    /// Bytes of all files of one person; none when it is nothing.
    pub quota: Option<u64>,
    /// Pixels of the longer edge that a picture is scaled down to.
    pub max_edge: u32,
    /// What pictures are drawn with and how well; with another style the same rendering of the same
    /// picture is another one.
    pub style: String,
    /// How long bytes without a row are left alone. A row is written within half of it after its
    /// bytes, or not at all.
    pub orphan_grace: Duration,
    /// How long an upload that may come in several requests is kept after its last bytes.
    pub upload_ttl: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_file: 10 << 20,
            max_document: 50 << 20,
            max_audio: 200 << 20,
            quota: Some(1 << 30),
            max_edge: 4096,
            style: String::new(),
            orphan_grace: Duration::from_secs(3600),
            upload_ttl: Duration::from_secs(24 * 3600),
        }
    }
}

impl Settings {
    /// The most bytes of a file of this type.
    pub const fn limit_of(&self, kind: FileKind) -> u64 {
        match kind {
            FileKind::Image | FileKind::Avatar | FileKind::Attachment => self.max_file,
            FileKind::Document
            | FileKind::Manual
            | FileKind::Warranty
            | FileKind::Invoice
            | FileKind::Export => self.max_document,
            FileKind::Audio => self.max_audio,
        }
    }
}

/// What this room is made of.
pub struct Dependencies {
    /// Transactions.
    pub work: Arc<dyn UnitOfWork<dyn FilesTx>>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Bytes.
    pub objects: Arc<dyn Objects>,
    /// Pictures.
    pub image_processor: Arc<dyn ImageProcessor>,
    /// Documents.
    pub typesetter: Arc<dyn Typesetter>,
    /// Malware, where somebody looks for it.
    pub scanner: Option<Arc<dyn Scanner>>,
    /// Names of objects.
    pub names: Arc<dyn Names>,
    /// Signatures of links.
    pub signer: Arc<dyn LinkSigner>,
    /// The numbers.
    pub settings: Settings,
}

/// The use cases of this room.
pub struct Files {
    work: Arc<dyn UnitOfWork<dyn FilesTx>>,
    clock: Arc<dyn Clock>,
    objects: Arc<dyn Objects>,
    image_processor: Arc<dyn ImageProcessor>,
    typesetter: Arc<dyn Typesetter>,
    scanner: Option<Arc<dyn Scanner>>,
    names: Arc<dyn Names>,
    signer: Arc<dyn LinkSigner>,
    settings: Settings,
}

impl Files {
    /// Wires the room.
    pub fn new(dependencies: Dependencies) -> Self {
        let Dependencies {
            work,
            clock,
            objects,
            image_processor,
            typesetter,
            scanner,
            names,
            signer,
            settings,
        } = dependencies;
        Self { work, clock, objects, image_processor, typesetter, scanner, names, signer, settings }
    }

    /// The most bytes of a file of any type.
    pub fn most_bytes(&self) -> u64 {
        let Settings { max_file, max_document, max_audio, .. } = &self.settings;
        *max_file.max(max_document).max(max_audio)
    }

    /// What is known of a file.
    pub async fn get(&self, actor: &Actor, id: FileId) -> Result<File, FileError> {
        actor.require(Permission::FilesRead)?;
        let actor = actor.clone();
        self.work
            .read(move |tx| {
                let file = tx.files().get(id)?.ok_or(FileError::NotFound(id))?;
                policy::may_see(tx, Some(&actor), &file)?;
                Ok(file)
            })
            .await
    }

    /// A page of the caller's files; with `files:manage`, of everybody's. A search goes to the lane
    /// for slow reads.
    pub async fn list(
        &self,
        actor: &Actor,
        filter: FileFilter,
        order: Vec<SortKey<FileSort>>,
        page: PageRequest,
    ) -> Result<Page<File>, FileError> {
        actor.require(Permission::FilesRead)?;
        let filter = FileFilter { visible_to: policy::visible_to(actor), ..filter };
        if filter.text.is_some() {
            self.work.read_slow(move |tx| Ok(tx.files().list(&filter, &order, &page)?)).await
        } else {
            self.work.read(move |tx| Ok(tx.files().list(&filter, &order, &page)?)).await
        }
    }

    /// The next of the caller's own files, oldest first.
    pub async fn own(
        &self,
        actor: &Actor,
        after: Option<FileId>,
        limit: u32,
    ) -> Result<Vec<File>, FileError> {
        let owner = actor.user;
        self.work.read_slow(move |tx| Ok(tx.files().of_owner(owner, after, limit)?)).await
    }

    /// How many files there are, and how many bytes all of them have, with those that unfinished uploads will have.
    pub async fn totals(&self) -> Result<(u64, u64), FileError> {
        let one = PageRequest { paging: Paging::Number(1), limit: 1 };
        self.work
            .read_slow(move |tx| {
                let found = tx.files().list(&FileFilter::all(VisibleTo::All), &[], &one)?;
                Ok((found.total.unwrap_or_default(), tx.usage().total()?))
            })
            .await
    }

    /// How many bytes the caller's files have, with those that unfinished uploads will have.
    pub async fn usage(&self, actor: &Actor) -> Result<u64, FileError> {
        let owner = actor.user;
        self.work.read(move |tx| Ok(tx.usage().usage(owner)?)).await
    }

    /// Deletes a file, only at version `expected` when that is said. Its content goes with the last
    /// file that has it.
    pub async fn remove(
        &self,
        actor: &Actor,
        id: FileId,
        expected: Option<i64>,
    ) -> Result<(), FileError> {
        actor.require(Permission::FilesWrite)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        let gone = self
            .work
            .write(move |tx| {
                let file = tx.files().get(id)?.ok_or(FileError::NotFound(id))?;
                policy::must_keep(tx, &actor, &file, "Deleting a file")?;
                take_out_by(tx, &actor, &file, expected, now)
            })
            .await?;
        self.discard(gone).await;
        Ok(())
    }

    /// Deletes everything that a person has, because the person is gone. As often as it is asked for:
    /// what is not there any more is not deleted again.
    pub async fn forget_user(&self, user: UserId) -> Result<(), FileError> {
        self.forget_uploads(user).await?;
        loop {
            let files: Vec<File> = self
                .work
                .read(move |tx| Ok::<_, FileError>(tx.files().of_owner(user, None, BATCH)?))
                .await?;
            if files.is_empty() {
                return Ok(());
            }
            for file in files {
                self.drop_file(file).await?;
            }
        }
    }

    /// Deletes a file that nobody asked to delete. That somebody was quicker is fine.
    async fn drop_file(&self, file: File) -> Result<(), FileError> {
        let cause = Cause::nobody(self.clock.now());
        let dropped = self.work.write(move |tx| take_out(tx, &file, None, &cause)).await;
        match dropped {
            Ok(gone) => self.discard(gone).await,
            Err(FileError::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Removes objects that no row needs any more. What cannot be removed now is found by the
    /// collector.
    async fn discard(&self, keys: Vec<ObjectKey>) {
        for key in keys {
            let _ = self.objects.delete(&key).await;
        }
    }

    /// The latest moment at which a row may be written for bytes that were finished at `finished`.
    fn in_time(&self, finished: Timestamp) -> Timestamp {
        finished.plus(self.settings.orphan_grace / 2)
    }
}

/// Bytes that waited too long for their row might be collected before it is there.
fn not_late(now: Timestamp, latest: Timestamp) -> Result<(), StoreError> {
    if now > latest {
        let late = "the bytes were written too long before their row".to_owned();
        return Err(StoreError::Timeout(late));
    }
    Ok(())
}

/// Rows that are looked at in one go.
const BATCH: u32 = 100;

/// The same by a caller; in the audit trail when the file is another's.
fn take_out_by(
    tx: &mut dyn FilesTx,
    actor: &Actor,
    file: &File,
    expected: Option<i64>,
    now: Timestamp,
) -> Result<Vec<ObjectKey>, FileError> {
    let gone = take_out(tx, file, expected, &Cause::by(actor, now))?;
    if policy::own(actor, file) == Own::No {
        let target = ActTarget::numbered("file", file.id.get());
        tx.acts().record_act(&Act::by(actor, now, "file.deleted", target))?;
    }
    Ok(gone)
}

/// Takes a file and its share of the content out; gives the objects that nothing needs any more.
/// Everybody locks in this order: the owner's account of room, the file, the content.
fn take_out(
    tx: &mut dyn FilesTx,
    file: &File,
    expected: Option<i64>,
    cause: &Cause,
) -> Result<Vec<ObjectKey>, FileError> {
    tx.usage().refund(file.owner, file.size)?;
    let file = tx.files().remove(file.id)?.ok_or(FileError::NotFound(file.id))?;
    if expected.is_some_and(|version| version != file.version) {
        return Err(FileError::Stale(Box::new(file)));
    }
    let gone = tx.blobs().release(file.blob)?;
    tx.outbox().append(&cause.deleted(&file))?;
    Ok(gone)
}
