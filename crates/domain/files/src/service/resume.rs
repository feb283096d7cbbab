//! Uploads that may come in several requests. What came is kept in parts, and a part in hand for not
//! longer than some mebibytes, so that neither a broken connection nor a crash costs more than that.
//! The last part gets no row of its own: the upload becomes whole and its file comes into being in
//! one transaction, so that whoever asks how far it is never hears of a whole upload without a file.

use bytes::Bytes;
use kernel::{Actor, Idempotent, Outcome, Permission, StoreError, Timestamp, idempotency};

use super::{
    BATCH, Files, not_late,
    upload::{NewUpload, Resumed, fits, may_attach},
};
use crate::{
    error::FileError,
    file::Warning,
    outbound::{ObjectError, ObjectKey, ObjectWriter},
    ports::FilesTx,
    session::{Checksum, NewSession, Part, Sum, UploadSession},
    sniff::{ENOUGH, Sniffer},
    values::UploadId,
};

/// Where objects of parts begin.
pub(super) const PARTS: &str = "parts";
/// Bytes after which a part is closed and the next one begun.
const SEGMENT: u64 = 8 << 20;
/// Uploads without a file that one person may have.
const PENDING: u64 = 100;
/// Parts of one upload.
const PARTS_MOST: usize = 10_000;

/// More bytes of an upload on their way in. Dropping it gives up what has no part yet.
pub struct Append {
    actor: Actor,
    session: UploadSession,
    /// How far the bytes reach.
    at: u64,
    /// Parts that are written and have no row.
    parts: Vec<Part>,
    /// When the first of them was finished, or before.
    since: Option<Timestamp>,
    segment: Option<Segment>,
    sum: Option<Sum>,
    sniffer: Option<Sniffer>,
}

/// How far an upload is after the bytes of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// The upload.
    pub upload: UploadSession,
    /// What of its file is not as it was sent, when the bytes were the last.
    pub warnings: Vec<Warning>,
}

/// The part that is being written.
struct Segment {
    key: ObjectKey,
    writer: Box<dyn ObjectWriter>,
    size: u64,
}

fn what_of(session: &UploadSession) -> NewUpload {
    NewUpload {
        kind: session.kind,
        visibility: session.visibility,
        name: session.name.clone(),
        declared: session.declared.clone(),
        attached: session.attached,
        at_least: 0,
        kind_follows: false,
    }
}

/// An upload is its owner's and nobody else's, until it is over.
fn session_of(
    tx: &mut dyn FilesTx,
    actor: &Actor,
    id: UploadId,
    now: Timestamp,
) -> Result<UploadSession, FileError> {
    let session = tx.uploads().get(id)?;
    session
        .filter(|session| session.owner == actor.user && session.expires_at > now)
        .ok_or(FileError::UploadNotFound(id))
}

/// Why an upload is not where it was.
pub(super) fn moved(tx: &mut dyn FilesTx, id: UploadId) -> Result<FileError, StoreError> {
    Ok(match tx.uploads().get(id)? {
        None => FileError::UploadNotFound(id),
        Some(session) => FileError::WrongOffset(session.received),
    })
}

/// Removes an upload and frees the room that was held for it; gives the objects that nothing needs
/// any more. Everybody locks in this order: the upload, the owner's account of room, the file, the
/// content.
fn take_out(
    tx: &mut dyn FilesTx,
    id: UploadId,
    over: Option<Timestamp>,
) -> Result<Option<Vec<ObjectKey>>, StoreError> {
    let Some((session, keys)) = tx.uploads().remove(id, over)? else { return Ok(None) };
    if session.file.is_none() {
        tx.usage().refund(session.owner, session.length)?;
    }
    Ok(Some(keys))
}

impl Files {
    /// Begins an upload of `length` bytes that may come in several requests. Room for all of them is
    /// held from now on.
    pub async fn open_upload(
        &self,
        actor: &Actor,
        what: NewUpload,
        length: u64,
        metadata: String,
        idempotent: Option<Idempotent<UploadSession>>,
    ) -> Result<Outcome<UploadSession>, FileError> {
        actor.require(Permission::FilesWrite)?;
        if length == 0 {
            return Err(FileError::Empty);
        }
        let limit = self.settings.limit_of(what.kind);
        if length > limit {
            return Err(FileError::TooLarge { kind: what.kind, limit });
        }
        let (actor, clock) = (actor.clone(), self.clock.clone());
        let (quota, ttl) = (self.settings.quota, self.settings.upload_ttl);
        let act = move |tx: &mut dyn FilesTx, now: Timestamp| {
            may_attach(tx, &actor, what.attached)?;
            // This also makes others of the same person wait, so that the count below holds.
            let sum = tx.usage().charge(actor.user, length)?;
            if let Some(limit) = quota.filter(|limit| sum > *limit) {
                return Err(FileError::OverQuota { limit });
            }
            if tx.uploads().pending(actor.user)? >= PENDING {
                return Err(FileError::TooManyUploads(PENDING));
            }
            Ok(tx.uploads().insert(&NewSession {
                owner: actor.user,
                kind: what.kind,
                visibility: what.visibility,
                name: what.name.clone(),
                declared: what.declared.clone(),
                attached: what.attached,
                length,
                metadata: metadata.clone(),
                created_at: now,
                expires_at: now.plus(ttl),
            })?)
        };
        self.work
            .write(move |tx| {
                let now = clock.now();
                idempotency::run_once(tx, idempotent.as_ref(), now, |tx| act(tx, now))
            })
            .await
    }

    /// How far an upload is.
    pub async fn upload(&self, actor: &Actor, id: UploadId) -> Result<UploadSession, FileError> {
        actor.require(Permission::FilesWrite)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        self.work.read(move |tx| session_of(tx, &actor, id, now)).await
    }

    /// Gives an upload up, or forgets one that has its file; the file stays.
    pub async fn abandon(&self, actor: &Actor, id: UploadId) -> Result<(), FileError> {
        actor.require(Permission::FilesWrite)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        let gone = self
            .work
            .write(move |tx| {
                session_of(tx, &actor, id, now)?;
                take_out(tx, id, None)?.ok_or(FileError::UploadNotFound(id))
            })
            .await?;
        self.discard(gone).await;
        Ok(())
    }

    /// Begins to take the bytes from `offset` on. `announced` is how many there are, when that is
    /// known. With a checksum they are kept when it holds, and none of them when it does not.
    pub async fn append(
        &self,
        actor: &Actor,
        id: UploadId,
        offset: u64,
        announced: Option<u64>,
        checksum: Option<Checksum>,
    ) -> Result<Append, FileError> {
        actor.require(Permission::FilesWrite)?;
        let (who, now) = (actor.clone(), self.clock.now());
        let (session, parts) = self
            .work
            .read(move |tx| {
                let session = session_of(tx, &who, id, now)?;
                Ok::<_, FileError>((session, tx.uploads().parts(id)?.len()))
            })
            .await?;
        if offset != session.received {
            return Err(FileError::WrongOffset(session.received));
        }
        if announced.is_some_and(|announced| announced > session.length - session.received) {
            return Err(FileError::BeyondLength(session.length));
        }
        if parts >= PARTS_MOST {
            return Err(FileError::TooManyParts(PARTS_MOST));
        }
        Ok(Append {
            actor: actor.clone(),
            at: offset,
            parts: Vec::new(),
            since: None,
            segment: None,
            sum: checksum.map(Checksum::sum),
            sniffer: (offset == 0).then(Sniffer::default),
            session,
        })
    }

    /// Takes more bytes.
    pub async fn feed_part(&self, append: &mut Append, chunk: Bytes) -> Result<(), FileError> {
        let end = append.at.saturating_add(chunk.len() as u64);
        if end > append.session.length {
            return Err(FileError::BeyondLength(append.session.length));
        }
        if let Some(sum) = &mut append.sum {
            sum.update(&chunk);
        }
        self.look(append, &chunk).await?;
        let segment = match &mut append.segment {
            Some(segment) => segment,
            none => {
                let key = self.names.fresh(PARTS);
                let writer = self.objects.begin(&key).await?;
                none.insert(Segment { key, writer, size: 0 })
            }
        };
        segment.size += chunk.len() as u64;
        segment.writer.write(chunk).await?;
        append.at = end;
        if segment.size >= SEGMENT && end < append.session.length {
            self.close_segment(append).await?;
            if append.sum.is_none() {
                self.keep_parts(append).await?;
            }
        }
        Ok(())
    }

    /// What cannot be taken in the end is refused now, if its beginning tells.
    async fn look(&self, append: &mut Append, chunk: &[u8]) -> Result<(), FileError> {
        let Some(sniffer) = &mut append.sniffer else { return Ok(()) };
        sniffer.feed(chunk);
        if append.at + (chunk.len() as u64) < ENOUGH as u64 {
            return Ok(());
        }
        // Archives are told apart by more than their beginning.
        let found = sniffer.by_magic().filter(|media| *media != crate::media::Media::Zip);
        append.sniffer = None;
        let Some(media) = found else { return Ok(()) };
        if let Err(refusal) = fits(&what_of(&append.session), media) {
            self.drop_upload(append.session.id, None).await?;
            return Err(refusal);
        }
        Ok(())
    }

    /// Ends the bytes of a request: all of them came, or the rest never will. What came is kept all
    /// the same, unless it was to have a checksum. With the last byte of the upload its file comes
    /// into being.
    pub async fn end_part(&self, mut append: Append, whole: bool) -> Result<Appended, FileError> {
        if let Some(sum) = append.sum.take()
            && !(whole && sum.holds())
        {
            self.discard(append.parts.into_iter().map(|part| part.key).collect()).await;
            return Err(if whole { FileError::ChecksumMismatch } else { FileError::CutShort });
        }
        self.close_segment(&mut append).await?;
        if append.at == append.session.length && append.session.file.is_none() {
            return self.assemble(append).await;
        }
        self.keep_parts(&mut append).await?;
        let upload = append.session;
        if whole { Ok(Appended { upload, warnings: Vec::new() }) } else { Err(FileError::CutShort) }
    }

    /// Finishes the part in hand.
    async fn close_segment(&self, append: &mut Append) -> Result<(), FileError> {
        let Some(segment) = append.segment.take() else { return Ok(()) };
        append.since.get_or_insert(self.clock.now());
        segment.writer.finish().await?;
        append.parts.push(Part {
            start: append.at - segment.size,
            size: segment.size,
            key: segment.key,
        });
        Ok(())
    }

    /// Gives the parts in hand their rows.
    async fn keep_parts(&self, append: &mut Append) -> Result<(), FileError> {
        let Some(since) = append.since.take() else { return Ok(()) };
        let parts = std::mem::take(&mut append.parts);
        let keys = parts.iter().map(|part| part.key.clone()).collect();
        let (clock, latest) = (self.clock.clone(), self.in_time(since));
        let (id, ttl) = (append.session.id, self.settings.upload_ttl);
        let kept = self
            .work
            .write(move |tx| {
                let now = clock.now();
                not_late(now, latest)?;
                let expires_at = now.plus(ttl);
                for part in &parts {
                    if !tx.uploads().append(id, part, expires_at)? {
                        return Err(moved(tx, id)?);
                    }
                }
                Ok(expires_at)
            })
            .await;
        match kept {
            Ok(expires_at) => {
                append.session.expires_at = expires_at;
                append.session.received = append.at;
                Ok(())
            }
            Err(error) => {
                // With a failure of the store it may have been committed all the same.
                if !matches!(error, FileError::Store(_)) {
                    self.discard(keys).await;
                }
                Err(error)
            }
        }
    }

    /// Makes the file out of all parts.
    async fn assemble(&self, append: Append) -> Result<Appended, FileError> {
        let id = append.session.id;
        let joined = self.join(&append).await;
        self.discard(append.parts.into_iter().map(|part| part.key).collect()).await;
        match joined {
            Ok(warnings) => {
                Ok(Appended { upload: self.upload(&append.actor, id).await?, warnings })
            }
            Err(error) if error.is_final() => {
                self.drop_upload(id, None).await?;
                Err(error)
            }
            // Somebody else ended it, one way or the other, while its parts were read.
            Err(error @ FileError::Objects(ObjectError::Missing(_))) => {
                let session = self.upload(&append.actor, id).await?;
                if session.received == append.session.received {
                    return Err(error);
                }
                Err(FileError::WrongOffset(session.received))
            }
            Err(error) => Err(error),
        }
    }

    async fn join(&self, append: &Append) -> Result<Vec<Warning>, FileError> {
        let (id, from) = (append.session.id, append.session.received);
        let kept: Vec<Part> =
            self.work.read(move |tx| Ok::<_, FileError>(tx.uploads().parts(id)?)).await?;
        let mut upload = self.begin(&append.actor, what_of(&append.session)).await?;
        upload.resume(Resumed { id, from, held: append.session.length });
        let kept = kept.iter().filter(|part| part.start < from);
        for part in kept.chain(&append.parts) {
            let mut reader = self.objects.open(&part.key, 0..part.size).await?;
            while let Some(chunk) = reader.next().await? {
                self.feed(&mut upload, chunk).await?;
            }
        }
        match self.complete(upload, None).await? {
            Outcome::Executed(uploaded) => Ok(uploaded.warnings),
            // There was no key to replay the answer of.
            Outcome::Replayed(_) => Ok(Vec::new()),
        }
    }

    /// Removes an upload that nobody asked to remove. That somebody was quicker is fine.
    async fn drop_upload(&self, id: UploadId, over: Option<Timestamp>) -> Result<(), FileError> {
        let gone = self.work.write(move |tx| Ok::<_, FileError>(take_out(tx, id, over)?)).await?;
        self.discard(gone.unwrap_or_default()).await;
        Ok(())
    }

    /// Removes uploads that are over.
    pub(super) async fn expire_uploads(&self) -> Result<(), FileError> {
        let now = self.clock.now();
        loop {
            let over: Vec<UploadId> = self
                .work
                .read_slow(move |tx| Ok::<_, FileError>(tx.uploads().expired(now, BATCH)?))
                .await?;
            if over.is_empty() {
                return Ok(());
            }
            for id in over {
                self.drop_upload(id, Some(now)).await?;
            }
        }
    }

    /// Removes all uploads of a person.
    pub(super) async fn forget_uploads(&self, user: kernel::UserId) -> Result<(), FileError> {
        loop {
            let all: Vec<UploadSession> = self
                .work
                .read(move |tx| Ok::<_, FileError>(tx.uploads().of_owner(user, BATCH)?))
                .await?;
            if all.is_empty() {
                return Ok(());
            }
            for session in all {
                self.drop_upload(session.id, None).await?;
            }
        }
    }
}
