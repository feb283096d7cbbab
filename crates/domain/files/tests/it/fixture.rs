//! A room on a fresh memory store, with some people in it.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use files::{
    File, FileError, FileId, Files, FilesTx,
    file::Uploaded,
    outbound::{ObjectError, ObjectKey, ObjectReader, ObjectStat, ObjectWriter, Objects, Scanner},
    service::{Content, Dependencies, Edition, NewUpload, Settings, Upload},
    values::{FileKind, FileName, Visibility},
};
use kernel::{
    Actor, Event, Idempotent, Outcome, Role, StoreError, Timestamp, UnitOfWork,
    idempotency::IdempotencyKey, time::FixedClock,
};
use memory::{
    MemoryDb, MemoryObjects,
    fakes::{FakeImageProcessor, FakeLinkSigner, FakeTypesetter},
};
use pollster::block_on;

/// Objects that fail when they are told to.
pub(crate) struct Disk {
    pub(crate) kept: Arc<MemoryObjects>,
    pub(crate) full: Mutex<bool>,
}

#[async_trait]
impl Objects for Disk {
    async fn begin(&self, key: &ObjectKey) -> Result<Box<dyn ObjectWriter>, ObjectError> {
        if *self.full.lock().unwrap() {
            return Err(ObjectError::Full("told so".to_owned()));
        }
        self.kept.begin(key).await
    }
    async fn open(
        &self,
        key: &ObjectKey,
        span: std::ops::Range<u64>,
    ) -> Result<Box<dyn ObjectReader>, ObjectError> {
        self.kept.open(key, span).await
    }
    async fn stat(&self, key: &ObjectKey) -> Result<Option<ObjectStat>, ObjectError> {
        self.kept.stat(key).await
    }
    async fn delete(&self, key: &ObjectKey) -> Result<(), ObjectError> {
        self.kept.delete(key).await
    }
    async fn list(
        &self,
        prefix: &str,
        after: Option<&ObjectKey>,
        limit: usize,
    ) -> Result<Vec<(ObjectKey, ObjectStat)>, ObjectError> {
        self.kept.list(prefix, after, limit).await
    }
}

pub(crate) struct Fixture {
    pub(crate) files: Files,
    pub(crate) db: Arc<MemoryDb>,
    pub(crate) disk: Arc<Disk>,
    pub(crate) clock: Arc<FixedClock>,
    /// Has files.
    pub(crate) ada: Actor,
    /// Is asked to do things.
    pub(crate) bob: Actor,
    /// Knows nothing of them.
    pub(crate) eve: Actor,
    /// Manages everybody's.
    pub(crate) root: Actor,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        Self::with(Settings {
            max_file: 1000,
            max_document: 2000,
            max_audio: 3000,
            quota: Some(5000),
            ..Settings::default()
        })
    }

    pub(crate) fn with(settings: Settings) -> Self {
        Self::watched(settings, None)
    }

    pub(crate) fn watched(settings: Settings, scanner: Option<Arc<dyn Scanner>>) -> Self {
        let db = MemoryDb::new();
        let [ada, bob, eve, root] = ["ada", "bob", "eve", "root"].map(|name| {
            let role = if name == "root" { Role::Admin } else { Role::User };
            let user = db.add_person(name).unwrap();
            Actor { request_id: Some(format!("req-{name}").into()), ..Actor::new(user, role) }
        });
        let clock = Arc::new(FixedClock::at(moment("2026-11-21T08:00:00Z")));
        let kept = MemoryObjects::new(Arc::clone(&clock) as _);
        let disk = Arc::new(Disk { kept, full: Mutex::new(false) });
        let signer = Arc::new(FakeLinkSigner::default());
        let files = Files::new(Dependencies {
            work: Arc::clone(&db) as _,
            clock: Arc::clone(&clock) as _,
            objects: Arc::clone(&disk) as _,
            image_processor: Arc::new(FakeImageProcessor),
            typesetter: Arc::new(FakeTypesetter),
            scanner,
            names: Arc::clone(&signer) as _,
            signer,
            settings,
        });
        Self { files, db, disk, clock, ada, bob, eve, root }
    }

    pub(crate) fn begin(&self, actor: &Actor, what: NewUpload) -> Result<Upload, FileError> {
        block_on(self.files.begin(actor, what))
    }

    /// Uploads in pieces of seven bytes.
    pub(crate) fn put_as(
        &self,
        actor: &Actor,
        what: NewUpload,
        bytes: &[u8],
        idempotent: Option<Idempotent<Uploaded>>,
    ) -> Result<Outcome<Uploaded>, FileError> {
        block_on(async {
            let mut upload = self.files.begin(actor, what).await?;
            for piece in bytes.chunks(7) {
                self.files.feed(&mut upload, Bytes::copy_from_slice(piece)).await?;
            }
            self.files.complete(upload, idempotent).await
        })
    }

    pub(crate) fn put(&self, what: NewUpload, bytes: &[u8]) -> Result<File, FileError> {
        self.put_as(&self.ada, what, bytes, None).map(|outcome| fresh(outcome).file)
    }

    /// A text of Ada's.
    pub(crate) fn text(&self, name: &str, text: &str) -> File {
        self.put(named(name), text.as_bytes()).unwrap()
    }

    pub(crate) fn content(&self, actor: &Actor, id: FileId) -> Result<Content, FileError> {
        block_on(self.files.content(Some(actor), id, Edition::Original))
    }

    pub(crate) fn bytes(&self, content: &Content) -> Vec<u8> {
        self.span(content, 0..content.size)
    }

    pub(crate) fn span(&self, content: &Content, span: std::ops::Range<u64>) -> Vec<u8> {
        block_on(async {
            let mut reader = self.files.open(content, span).await.unwrap();
            let mut bytes = Vec::new();
            while let Some(piece) = reader.next().await.unwrap() {
                bytes.extend_from_slice(&piece);
            }
            bytes
        })
    }

    pub(crate) fn remove(&self, actor: &Actor, id: FileId) -> Result<(), FileError> {
        block_on(self.files.remove(actor, id, None))
    }

    pub(crate) fn usage(&self) -> u64 {
        block_on(self.files.usage(&self.ada)).unwrap()
    }

    pub(crate) fn objects(&self) -> usize {
        self.disk.kept.count()
    }

    /// Everything that was told.
    pub(crate) fn events(&self) -> Vec<Event> {
        let work: Arc<dyn UnitOfWork<dyn FilesTx>> = Arc::clone(&self.db) as _;
        let read: Result<_, StoreError> = block_on(work.read(|tx| tx.outbox().after(None, 10_000)));
        read.unwrap()
    }

    pub(crate) fn tick(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

pub(crate) fn moment(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// An upload of this name, with nothing else said.
pub(crate) fn named(name: &str) -> NewUpload {
    NewUpload {
        kind: FileKind::Attachment,
        visibility: Visibility::Private,
        name: FileName::tamed(name),
        declared: None,
        attached: None,
        at_least: 0,
        kind_follows: false,
    }
}

pub(crate) fn fresh<T>(outcome: Outcome<T>) -> T {
    match outcome {
        Outcome::Executed(value) => value,
        Outcome::Replayed(_) => panic!("a replay, where nothing happened before"),
    }
}

pub(crate) fn idempotent(key: &str) -> Idempotent<Uploaded> {
    Idempotent {
        key: IdempotencyKey { scope: "kit".to_owned(), key: key.to_owned(), fingerprint: [0; 32] },
        encode: Arc::new(|kept: &Uploaded| kept.file.id.to_string().into_bytes()),
    }
}

pub(crate) fn code<T>(outcome: Result<T, FileError>) -> &'static str {
    outcome.map_or_else(|error| kernel::DomainError::code(&error), |_| "ok")
}

/// A PNG, as far as its beginning goes.
pub(crate) fn png(rest: &str) -> Vec<u8> {
    [b"\x89PNG\r\n\x1a\n", rest.as_bytes()].concat()
}
