//! What other domains and clients hear. The JSON is public: its shape is versioned by the event's name
//! and kept in `tests/events/`.

use kernel::{Actor, Audience, NewEvent, OwnedId, Permission, TaskId, Timestamp, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    file::{Attached, File, Share},
    values::{FileId, FileKind, ShareId, Visibility},
};

kernel::event_types! {
    /// A file was uploaded.
    UPLOADED = "file.uploaded.v1": FileSnapshot,
    /// A file was renamed, or became private or public.
    UPDATED = "file.updated.v1": FileSnapshot,
    /// A file was deleted.
    DELETED = "file.deleted.v1": FileSnapshot,
    /// A link to a file was made.
    SHARED = "file.shared.v1": SharedSnapshot,
}

/// How the names of these events begin.
pub const PREFIX: &str = "file.";

/// A file as events show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FileSnapshot {
    /// The file.
    #[schemars(with = "FileId")]
    pub id: i64,
    /// Its owner.
    #[schemars(with = "UserId")]
    pub owner_id: i64,
    /// Its name, as people see it.
    pub filename: String,
    /// What it is for.
    #[serde(rename = "type")]
    #[schemars(with = "FileKind")]
    pub kind: String,
    /// Its format, as its content says.
    pub mime_type: String,
    /// Its size in bytes.
    pub size: u64,
    /// The SHA-256 of its content in hexadecimal digits.
    #[schemars(regex(pattern = r"^[0-9a-f]{64}$"))]
    pub sha256: String,
    /// The accounts that may read it.
    #[schemars(with = "Visibility")]
    pub visibility: String,
    /// The task it is attached to.
    #[schemars(with = "Option<TaskId>")]
    pub task_id: Option<i64>,
    /// The owned product it is attached to.
    #[schemars(with = "Option<OwnedId>")]
    pub product_id: Option<i64>,
    /// When it was uploaded.
    #[schemars(with = "Timestamp")]
    pub uploaded_at: String,
}

impl From<&File> for FileSnapshot {
    fn from(file: &File) -> Self {
        let File {
            id,
            blob: _,
            owner,
            name,
            kind,
            visibility,
            attached,
            media: _,
            text_name: _,
            charset: _,
            size,
            hash,
            pixels: _,
            uploaded_at,
            updated_at: _,
            version: _,
        } = file;
        let (task_id, product_id) = match *attached {
            Some(Attached::Task(task)) => (Some(task), None),
            Some(Attached::Owned(owned)) => (None, Some(owned.get())),
            None => (None, None),
        };
        Self {
            id: id.get(),
            owner_id: owner.get(),
            filename: name.as_str().to_owned(),
            kind: kind.as_str().to_owned(),
            mime_type: file.mime().to_owned(),
            size: *size,
            sha256: hash.to_string(),
            visibility: visibility.as_str().to_owned(),
            task_id,
            product_id,
            uploaded_at: uploaded_at.to_string(),
        }
    }
}

/// A file and a link to it, without the secret that opens it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SharedSnapshot {
    /// Which file.
    #[serde(flatten)]
    pub file: FileSnapshot,
    /// The link.
    #[schemars(with = "ShareId")]
    pub share_id: i64,
    /// When the link ends.
    #[schemars(with = "Timestamp")]
    pub expires_at: String,
}

/// Who caused an event, when, and by which request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    actor: Option<UserId>,
    request_id: Option<String>,
    at: Timestamp,
}

impl Cause {
    /// A caller's doing.
    pub fn by(actor: &Actor, at: Timestamp) -> Self {
        let request_id = actor.request_id.as_deref().map(str::to_owned);
        Self { actor: Some(actor.user), request_id, at }
    }

    /// Nobody's doing: background work.
    pub const fn nobody(at: Timestamp) -> Self {
        Self { actor: None, request_id: None, at }
    }

    fn event(&self, name: &'static str, file: &File, payload: serde_json::Value) -> NewEvent {
        NewEvent {
            name,
            at: self.at,
            actor: self.actor,
            subject: file.id.get(),
            audience: vec![file.owner.into(), Audience::holders(Permission::FilesManage)],
            payload,
            request_id: self.request_id.clone(),
        }
    }

    /// A file is there.
    pub fn uploaded(&self, file: &File) -> NewEvent {
        self.event(UPLOADED, file, json!(FileSnapshot::from(file)))
    }

    /// What is said of a file is different.
    pub fn updated(&self, file: &File) -> NewEvent {
        self.event(UPDATED, file, json!(FileSnapshot::from(file)))
    }

    /// A file is gone.
    pub fn deleted(&self, file: &File) -> NewEvent {
        self.event(DELETED, file, json!(FileSnapshot::from(file)))
    }

    /// A file can be had by a link.
    pub fn shared(&self, file: &File, share: &Share) -> NewEvent {
        let payload = json!(SharedSnapshot {
            file: file.into(),
            share_id: share.id.get(),
            expires_at: share.expires_at.to_string(),
        });
        self.event(SHARED, file, payload)
    }
}
