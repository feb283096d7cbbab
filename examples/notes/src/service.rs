//! The use cases. A note belongs to one person; only that person sees it.

use std::sync::Arc;

use adapter_diesel::store::DieselTx;
use kernel::{
    Actor, Clock, CommonTx as _, Consumer, FieldError, Idempotent, NewEvent, NewPermission, Outcome,
    Page, PageRequest, Permission, ResourceError, Role, Timestamp, UnitOfWork,
    idempotency::run_once, permission::PermissionError, resource::at_version,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::store::{self, Note};

kernel::id!(
    /// A note.
    NoteId
);
kernel::text!(
    /// What a note is called: 1 to 100 characters, trimmed.
    Title, trimmed, 1, 100
);

kernel::event_types! {
    /// A note was created.
    CREATED = "note.created.v1": NoteSnapshot,
    /// A note changed.
    UPDATED = "note.updated.v1": NoteSnapshot,
    /// A note was deleted.
    DELETED = "note.deleted.v1": NoteSnapshot,
}

/// A note as events show it.
#[derive(Serialize, JsonSchema)]
pub struct NoteSnapshot {
    #[schemars(with = "NoteId")]
    id: i64,
    title: String,
    content: String,
    version: i64,
}

/// To read notes.
pub const READ: NewPermission =
    NewPermission { name: "notes:read", allows: "Read your own notes.", role: Role::User };
/// To write notes.
pub const WRITE: NewPermission =
    NewPermission { name: "notes:write", allows: "Write your own notes.", role: Role::User };

pub type NoteError = ResourceError<Note>;

/// What changes in a note: `None` keeps what is there.
pub struct Change {
    pub title: Option<Title>,
    pub content: Option<String>,
}

pub struct Notes {
    work: Arc<dyn UnitOfWork<DieselTx>>,
    clock: Arc<dyn Clock>,
    longest: usize,
    pub(crate) read: Permission,
    write: Permission,
}

impl Notes {
    /// `longest` is how many characters a note may have.
    pub fn new(
        work: Arc<dyn UnitOfWork<DieselTx>>,
        clock: Arc<dyn Clock>,
        longest: usize,
    ) -> Result<Self, PermissionError> {
        let (read, write) = (Permission::register(READ)?, Permission::register(WRITE)?);
        Ok(Self { work, clock, longest, read, write })
    }

    pub async fn list(&self, actor: &Actor, page: PageRequest) -> Result<Page<Note>, NoteError> {
        actor.require(self.read)?;
        let owner = actor.user;
        self.work.read(move |tx| Ok(store::list(tx, owner, &page)?)).await
    }

    pub async fn get(&self, actor: &Actor, id: NoteId) -> Result<Note, NoteError> {
        actor.require(self.read)?;
        let owner = actor.user;
        self.work.read(move |tx| at_version(store::get(tx, owner, id)?, id.get(), None)).await
    }

    pub async fn create(
        &self,
        actor: &Actor,
        idempotent: Option<Idempotent<Note>>,
        title: Title,
        content: String,
    ) -> Result<Outcome<Note>, NoteError> {
        actor.require(self.write)?;
        self.fits(&content)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        let create = move |tx: &mut DieselTx| {
            let note = store::insert(tx, actor.user, &title, &content, now)?;
            tx.outbox().append(&event(CREATED, &actor, &note, now))?;
            Ok(note)
        };
        self.work.write(move |tx| run_once(tx, idempotent.as_ref(), now, &create)).await
    }

    /// Changes a note, only at version `expected` when that is given. A no-op update writes nothing
    /// and publishes no event.
    pub async fn update(
        &self,
        actor: &Actor,
        id: NoteId,
        expected: Option<i64>,
        change: Change,
    ) -> Result<Note, NoteError> {
        actor.require(self.write)?;
        self.fits(change.content.as_deref().unwrap_or_default())?;
        let (actor, now) = (actor.clone(), self.clock.now());
        let update = move |tx: &mut DieselTx| {
            let before = at_version(store::lock(tx, actor.user, id)?, id.get(), expected)?;
            let mut note = before.clone();
            note.title = change.title.as_ref().map_or(note.title, |new| new.as_str().to_owned());
            note.content = change.content.clone().unwrap_or(note.content);
            if note != before {
                note.updated_at = now.micros();
                store::save(tx, &mut note)?;
                tx.outbox().append(&event(UPDATED, &actor, &note, now))?;
            }
            Ok(note)
        };
        self.work.write(update).await
    }

    pub async fn remove(
        &self,
        actor: &Actor,
        id: NoteId,
        expected: Option<i64>,
    ) -> Result<(), NoteError> {
        actor.require(self.write)?;
        let (actor, now) = (actor.clone(), self.clock.now());
        let remove = move |tx: &mut DieselTx| {
            let note = at_version(store::lock(tx, actor.user, id)?, id.get(), expected)?;
            store::remove(tx, actor.user, Some(id))?;
            Ok(tx.outbox().append(&event(DELETED, &actor, &note, now))?)
        };
        self.work.write(remove).await
    }

    /// Deletes the notes of a deleted account, exactly once.
    pub fn forget_owner(self: &Arc<Self>) -> Consumer {
        let work = Arc::clone(&self.work);
        Consumer::forget_user("notes.forget_owner", move |delivery, owner| {
            let work = Arc::clone(&work);
            let forget = move |tx: &mut DieselTx| {
                store::remove(tx, owner, None)?;
                Ok::<_, NoteError>(delivery.complete(tx)?)
            };
            async move { work.write(forget).await }
        })
    }

    fn fits(&self, content: &str) -> Result<(), NoteError> {
        if content.chars().count() <= self.longest {
            return Ok(());
        }
        let why = format!("must have at most {} characters", self.longest);
        Err(NoteError::Invalid(vec![FieldError::new("/content", "notes.too_long", why)]))
    }
}

fn event(name: &'static str, actor: &Actor, note: &Note, at: Timestamp) -> NewEvent {
    let Note { id, title, content, version, .. } = note.clone();
    NewEvent::by(actor, at, name, id, json!(NoteSnapshot { id, title, content, version }))
}
