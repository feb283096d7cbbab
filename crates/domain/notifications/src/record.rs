//! The stored form of a notification.

use kernel::record::{CorruptColumn, Record, known, moment, read, read_option, user};
use serde::{Deserialize, Serialize};

use crate::{
    kind::{Kind, SubjectKind},
    notification::{Notification, Subject},
    values::{NotificationId, Params},
};

/// A notification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is the notification's field of that name")]
pub struct NotificationRecord {
    pub id: i64,
    pub user_id: i64,
    pub kind: i16,
    pub subject_kind: Option<i16>,
    pub subject_id: Option<i64>,
    pub actor_id: Option<i64>,
    pub params: String,
    pub created_at: i64,
    pub read_at: Option<i64>,
}

impl Record for NotificationRecord {
    const NAME: &'static str = "notifications";
    const VERSION: u32 = 1;
}

impl From<&Notification> for NotificationRecord {
    fn from(notification: &Notification) -> Self {
        let Notification { id, owner, kind, subject, actor, params, created_at, read_at } =
            notification;
        Self {
            id: id.get(),
            user_id: owner.get(),
            kind: kind.rank(),
            subject_kind: subject.map(|subject| subject.kind.rank()),
            subject_id: subject.map(|subject| subject.id),
            actor_id: actor.map(kernel::UserId::get),
            params: params.to_json(),
            created_at: created_at.micros(),
            read_at: read_at.map(kernel::Timestamp::micros),
        }
    }
}

impl TryFrom<NotificationRecord> for Notification {
    type Error = CorruptColumn;

    fn try_from(r: NotificationRecord) -> Result<Self, CorruptColumn> {
        let subject = match (r.subject_kind, r.subject_id) {
            (Some(kind), Some(id)) => {
                let kind = known("subject_kind", SubjectKind::from_rank(kind))?;
                Some(Subject { kind, id })
            }
            (None, None) => None,
            _ => return Err(CorruptColumn("subject_kind")),
        };
        Ok(Self {
            id: read("id", NotificationId::parse(r.id))?,
            owner: user("user_id", r.user_id)?,
            kind: known("kind", Kind::from_rank(r.kind))?,
            subject,
            actor: read_option("actor_id", r.actor_id, kernel::UserId::parse)?,
            params: known("params", Params::from_json(&r.params))?,
            created_at: moment("created_at", r.created_at)?,
            read_at: read_option("read_at", r.read_at, kernel::Timestamp::from_micros)?,
        })
    }
}
