//! What this room tells the others. The JSON is public: its shape is versioned by the event's name
//! and kept in `tests/events/`.

use kernel::{Actor, Audience, NewEvent, Permission, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::file::{Attached, File, Share};

/// A file is there.
pub const UPLOADED: &str = "file.uploaded.v1";
/// What is said of a file is different.
pub const UPDATED: &str = "file.updated.v1";
/// A file is gone.
pub const DELETED: &str = "file.deleted.v1";
/// A file can be had by a link.
pub const SHARED: &str = "file.shared.v1";

/// How the names of this room's events begin.
pub const PREFIX: &str = "file.";
/// Every event of this room.
pub const ALL: [&str; 4] = [UPLOADED, UPDATED, DELETED, SHARED];

/// A file as events show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSnapshot {
    /// Its number.
    pub id: i64,
    /// Whose it is.
    pub owner_id: i64,
    /// What people see.
    pub filename: String,
    /// What it is for.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its format.
    pub mime_type: String,
    /// Bytes.
    pub size: u64,
    /// 64 hexadecimal digits.
    pub sha256: String,
    /// `private` or `public`.
    pub visibility: String,
    /// The task it is attached to.
    pub task_id: Option<i64>,
    /// What somebody owns and it is attached to.
    pub product_id: Option<i64>,
    /// RFC 3339.
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

/// The payload of [`SHARED`]: the file, and beside its fields the link, without what opens it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedSnapshot {
    /// Which file.
    #[serde(flatten)]
    pub file: FileSnapshot,
    /// The link's number.
    pub share_id: i64,
    /// RFC 3339.
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
