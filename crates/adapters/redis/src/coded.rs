//! How values are written into Redis: JSON of plain rows, read back through the same `parse` as
//! everything else, so that no half-valid value ever comes out. What cannot be read is a miss.

use kernel::{Role, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use tasks::{
    Task, TaskId,
    values::{Description, Priority, Status, Tag, Tags, Title},
};
use users::{
    user::User,
    values::{Bio, Email, PersonName, Provider, Status as AccountStatus, Username},
};

/// A value that can be written down.
pub trait Coded: Send + Sync + Sized + 'static {
    /// What its keys begin with. The version in it grows with every change of the form, so that
    /// replicas of two releases do not read one another's values.
    const KIND: &'static str;
    /// Written down.
    fn encode(&self) -> Vec<u8>;
    /// Read back; `None` when it is not whole.
    fn decode(bytes: &[u8]) -> Option<Self>;
}

/// Plain text.
impl Coded for String {
    const KIND: &'static str = "text.v1";

    fn encode(&self) -> Vec<u8> {
        self.clone().into_bytes()
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        Self::from_utf8(bytes.to_vec()).ok()
    }
}

fn moment(micros: i64) -> Option<Timestamp> {
    Timestamp::from_micros(micros).ok()
}

fn user(id: i64) -> Option<UserId> {
    UserId::parse(id).ok()
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TaskRow {
    id: i64,
    title: String,
    description: String,
    status: i16,
    priority: i16,
    due: Option<i64>,
    owner: i64,
    assignee: Option<i64>,
    tags: Vec<String>,
    completed_at: Option<i64>,
    created_at: i64,
    updated_at: i64,
    deleted_at: Option<i64>,
    version: i64,
}

impl Coded for Task {
    const KIND: &'static str = "tasks.v1";

    fn encode(&self) -> Vec<u8> {
        let row = TaskRow {
            id: self.id.get(),
            title: self.title.as_str().to_owned(),
            description: self.description.as_str().to_owned(),
            status: self.status.rank(),
            priority: self.priority.rank(),
            due: self.due.map(Timestamp::micros),
            owner: self.owner.get(),
            assignee: self.assignee.map(UserId::get),
            tags: self.tags.as_slice().iter().map(|tag| tag.as_str().to_owned()).collect(),
            completed_at: self.completed_at.map(Timestamp::micros),
            created_at: self.created_at.micros(),
            updated_at: self.updated_at.micros(),
            deleted_at: self.deleted_at.map(Timestamp::micros),
            version: self.version,
        };
        serde_json::to_vec(&row).unwrap_or_default()
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let row: TaskRow = serde_json::from_slice(bytes).ok()?;
        let tags: Result<Vec<Tag>, _> = row.tags.iter().map(|tag| Tag::parse(tag)).collect();
        Some(Self {
            id: TaskId::parse(row.id).ok()?,
            title: Title::parse(&row.title).ok()?,
            description: Description::parse(&row.description).ok()?,
            status: Status::from_rank(row.status)?,
            priority: Priority::from_rank(row.priority)?,
            due: row.due.map(Timestamp::from_micros).transpose().ok()?,
            owner: user(row.owner)?,
            assignee: row.assignee.map(UserId::parse).transpose().ok()?,
            tags: Tags::parse(tags.ok()?).ok()?,
            completed_at: row.completed_at.map(Timestamp::from_micros).transpose().ok()?,
            created_at: moment(row.created_at)?,
            updated_at: moment(row.updated_at)?,
            deleted_at: row.deleted_at.map(Timestamp::from_micros).transpose().ok()?,
            version: row.version,
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct UserRow {
    id: i64,
    username: String,
    email: String,
    role: String,
    status: String,
    first_name: String,
    last_name: String,
    bio: String,
    avatar: Option<String>,
    provider: String,
    email_verified: bool,
    two_factor_enabled: bool,
    created_at: i64,
    updated_at: i64,
    last_login_at: Option<i64>,
    purge_at: Option<i64>,
    version: i64,
}

impl Coded for User {
    const KIND: &'static str = "users.v2";

    fn encode(&self) -> Vec<u8> {
        let row = UserRow {
            id: self.id.get(),
            username: self.username.as_str().to_owned(),
            email: self.email.as_str().to_owned(),
            role: self.role.as_str().to_owned(),
            status: self.status.as_str().to_owned(),
            first_name: self.first_name.as_str().to_owned(),
            last_name: self.last_name.as_str().to_owned(),
            bio: self.bio.as_str().to_owned(),
            avatar: self.avatar.clone(),
            provider: self.provider.as_str().to_owned(),
            email_verified: self.email_verified,
            two_factor_enabled: self.two_factor_enabled,
            created_at: self.created_at.micros(),
            updated_at: self.updated_at.micros(),
            last_login_at: self.last_login_at.map(Timestamp::micros),
            purge_at: self.purge_at.map(Timestamp::micros),
            version: self.version,
        };
        serde_json::to_vec(&row).unwrap_or_default()
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let row: UserRow = serde_json::from_slice(bytes).ok()?;
        Some(Self {
            id: user(row.id)?,
            username: Username::parse(&row.username).ok()?,
            email: Email::parse(&row.email).ok()?,
            role: Role::parse(&row.role)?,
            status: AccountStatus::parse(&row.status)?,
            first_name: PersonName::parse(&row.first_name).ok()?,
            last_name: PersonName::parse(&row.last_name).ok()?,
            bio: Bio::parse(&row.bio).ok()?,
            avatar: row.avatar,
            provider: Provider::parse(&row.provider)?,
            email_verified: row.email_verified,
            two_factor_enabled: row.two_factor_enabled,
            created_at: moment(row.created_at)?,
            updated_at: moment(row.updated_at)?,
            last_login_at: row.last_login_at.map(Timestamp::from_micros).transpose().ok()?,
            purge_at: row.purge_at.map(Timestamp::from_micros).transpose().ok()?,
            version: row.version,
        })
    }
}
