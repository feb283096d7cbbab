//! The stored forms of a notification and of what one person chose.

use kernel::record::{CorruptColumn, Record, known, moment, read, read_option, user};
use serde::{Deserialize, Serialize};

use crate::{
    kind::{Category, Kind, SubjectKind},
    notification::{Notification, Subject},
    preferences::{Channel, Mode, Preference, Preferences, Scope},
    quiet::{Day, Minute, QuietHours, Zone},
    settings::Settings,
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

impl Settings {
    /// As stores keep them.
    pub fn to_json(&self) -> String {
        let Self { owner: _, preferences, quiet, version } = self;
        let QuietHours { zone, days, from, to } = quiet;
        let kept = Kept {
            preferences: preferences.all().iter().map(KeptPreference::from).collect(),
            zone: zone.as_str().to_owned(),
            days: days.iter().map(|day| day.as_str().to_owned()).collect(),
            from: from.to_string(),
            to: to.to_string(),
            version: *version,
        };
        serde_json::to_string(&kept).unwrap_or_default()
    }

    /// From how stores keep them.
    pub fn from_json(owner: kernel::UserId, raw: &str) -> Option<Self> {
        let Kept { preferences, zone, days, from, to, version } = serde_json::from_str(raw).ok()?;
        let preferences: Option<Vec<_>> = preferences.iter().map(KeptPreference::read).collect();
        let days: Option<Vec<_>> = days.iter().map(|day| Day::parse(day)).collect();
        let quiet = QuietHours {
            zone: Zone::parse(&zone).ok()?,
            days: days?,
            from: Minute::parse(&from).ok()?,
            to: Minute::parse(&to).ok()?,
        };
        Some(Self { owner, preferences: Preferences::of(preferences?), quiet, version })
    }
}

#[derive(Serialize, Deserialize)]
struct Kept {
    preferences: Vec<KeptPreference>,
    zone: String,
    days: Vec<String>,
    from: String,
    to: String,
    /// Absent in what older programs wrote.
    #[serde(default = "first")]
    version: i64,
}

const fn first() -> i64 {
    1
}

#[derive(Serialize, Deserialize)]
struct KeptPreference {
    kind: Option<String>,
    category: Option<String>,
    channel: String,
    mode: String,
}

impl From<&Preference> for KeptPreference {
    fn from(preference: &Preference) -> Self {
        let Preference { scope, channel, mode } = preference;
        let (kind, category) = match scope {
            Scope::Kind(kind) => (Some(kind.as_str().to_owned()), None),
            Scope::Category(category) => (None, Some(category.as_str().to_owned())),
            Scope::All => (None, None),
        };
        let (channel, mode) = (channel.as_str().to_owned(), mode.as_str().to_owned());
        Self { kind, category, channel, mode }
    }
}

impl KeptPreference {
    fn read(&self) -> Option<Preference> {
        let scope = match (&self.kind, &self.category) {
            (Some(kind), None) => Scope::Kind(Kind::parse(kind)?),
            (None, Some(category)) => Scope::Category(Category::parse(category)?),
            (None, None) => Scope::All,
            (Some(_), Some(_)) => return None,
        };
        let (channel, mode) = (Channel::parse(&self.channel)?, Mode::parse(&self.mode)?);
        Some(Preference { scope, channel, mode })
    }
}
