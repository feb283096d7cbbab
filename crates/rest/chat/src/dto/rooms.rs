//! Rooms.

use chat::{
    Member, Room,
    commands::{CreateRoom, UpdateRoom},
    service::RoomView,
    values::{Retention, RoomDescription, RoomKind, RoomName, SlowMode},
};
use kernel::Patch;
use rest::{
    call::Body,
    fields::{integer, string},
    problem::Problem,
    reply::Reply,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{boolean, description, etag, name, retention, slow_mode, time};

/// Who finds a room.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = chat::RoomKind)]
pub enum KindWord {
    /// Everyone finds it, reads it and may join.
    Public,
    /// Its members and those who are invited find it.
    Private,
    /// Two people write to each other.
    Direct,
}

/// What a member may do in a room; each may do what those before may.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = chat::MemberRole)]
pub enum RoleWord {
    /// Reads and writes.
    Member,
    /// Deletes messages, mutes, bans and invites.
    Moderator,
    /// Changes the room and the roles of its members.
    Owner,
}

/// What a member is notified of.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = chat::Notify)]
pub enum NotifyWord {
    /// Messages that name them.
    Mentions,
    /// Nothing.
    None,
}

/// What a room knows of the caller, who is in it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = chat::Membership)]
pub struct MembershipBody {
    /// What you may do in it.
    #[schema(value_type = RoleWord)]
    pub role: &'static str,
    /// What you are notified of.
    #[schema(value_type = NotifyWord)]
    pub notify: &'static str,
    /// The number of the last message that you have read.
    #[schema(minimum = 0, example = 0)]
    pub read_number: i64,
    /// You may not write before this.
    #[schema(format = DateTime)]
    pub muted_until: Option<String>,
    /// When you joined the last time.
    #[schema(format = DateTime)]
    pub joined_at: String,
}

impl From<&Member> for MembershipBody {
    fn from(member: &Member) -> Self {
        Self {
            role: member.role.as_str(),
            notify: member.notify.as_str(),
            read_number: member.read_number,
            muted_until: time(member.muted_until),
            joined_at: member.joined_at.to_string(),
        }
    }
}

/// A room.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = chat::Room)]
pub struct RoomBody {
    /// Its number.
    #[schema(minimum = 1, example = 1)]
    pub id: i64,
    /// What it is called; null in the room of two people.
    #[schema(max_length = 100, example = "general")]
    pub name: Option<String>,
    /// What it is for; may be empty.
    #[schema(max_length = 500, example = "General discussion")]
    pub description: String,
    /// Who finds it.
    #[schema(value_type = KindWord)]
    pub kind: &'static str,
    /// Whether only those who are invited find it.
    pub is_private: bool,
    /// The account that created it.
    #[schema(minimum = 1, example = 1)]
    pub created_by: i64,
    /// How many people are in it.
    #[schema(minimum = 0, example = 42)]
    pub member_count: i64,
    /// The number of its last message.
    #[schema(minimum = 0, example = 940)]
    pub number: i64,
    /// The place of the last entry of its log.
    #[schema(minimum = 0, example = 1012)]
    pub seq: i64,
    /// The time between two messages of one member without a role.
    #[schema(minimum = 0, maximum = 21_600, example = 0)]
    pub slow_mode_seconds: i64,
    /// How long it keeps messages; null: as long as it exists.
    #[schema(minimum = 1, maximum = 3650)]
    pub retention_days: Option<i64>,
    /// When the last message was written.
    #[schema(format = DateTime)]
    pub last_message_at: Option<String>,
    /// The time of its creation.
    #[schema(format = DateTime, example = "2026-11-23T08:00:00Z")]
    pub created_at: String,
    /// The time of the last change of its own fields.
    #[schema(format = DateTime, example = "2026-11-23T08:00:00Z")]
    pub updated_at: String,
    /// Counts these changes; the `ETag` begins with it.
    #[schema(minimum = 1, example = 1)]
    pub version: i64,
    /// What it knows of you; absent in lists, and where you are not in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, nullable = false)]
    pub membership: Option<MembershipBody>,
}

impl From<&Room> for RoomBody {
    fn from(room: &Room) -> Self {
        Self {
            id: room.id.get(),
            name: room.name.as_ref().map(|name| name.as_str().to_owned()),
            description: room.description.as_str().to_owned(),
            kind: room.kind.as_str(),
            is_private: room.kind == RoomKind::Private,
            created_by: room.created_by.get(),
            member_count: room.members,
            number: room.messages,
            seq: room.last_seq,
            slow_mode_seconds: room.slow_mode.get(),
            retention_days: room.retention.map(Retention::get),
            last_message_at: time(room.last_message_at),
            created_at: room.created_at.to_string(),
            updated_at: room.updated_at.to_string(),
            version: room.version,
            membership: None,
        }
    }
}

impl From<&RoomView> for RoomBody {
    fn from(view: &RoomView) -> Self {
        let member = view.member.as_ref().filter(|member| member.is_joined());
        Self { membership: member.map(MembershipBody::from), ..Self::from(&view.room) }
    }
}

/// `201` for a new room.
pub fn room_created(view: &RoomView) -> Reply {
    let body = RoomBody::from(view);
    let tag = etag(body.version, &body);
    let location = format!("/api/v1/chat/rooms/{}", view.room.id);
    Reply::created(body, location, Some(tag))
}

/// A new room.
#[derive(Debug, ToSchema)]
#[schema(as = chat::CreateRoom, example = json!({
    "name": "audio-production", "description": "Discussion about audio production", "is_private": false
}))]
pub struct CreateRoomBody {
    /// 1 to 100 characters with a letter among them; unique without regard to case.
    #[schema(min_length = 1, max_length = 100, pattern = r"\S")]
    pub name: String,
    /// What it is for.
    #[schema(max_length = 500)]
    pub description: Option<String>,
    /// True: only those who are invited find it.
    pub is_private: Option<bool>,
    /// The time between two messages of one member without a role.
    #[schema(minimum = 0, maximum = 21_600)]
    pub slow_mode_seconds: Option<i64>,
    /// How long it keeps messages; as long as it exists without it.
    #[schema(minimum = 1, maximum = 3650)]
    pub retention_days: Option<i64>,
}

/// A change of a room, as a merge patch: an absent field stays, null clears.
#[derive(Debug, ToSchema)]
#[schema(as = chat::UpdateRoom, example = json!({"description": "Everything about sound", "slow_mode_seconds": 5}))]
pub struct UpdateRoomBody {
    /// A new name.
    #[schema(min_length = 1, max_length = 100, nullable = false)]
    pub name: Option<String>,
    /// A new description; null empties it.
    #[schema(max_length = 500)]
    pub description: Option<String>,
    /// A public room may become private, and never public again.
    #[schema(nullable = false)]
    pub is_private: Option<bool>,
    /// Another slow mode.
    #[schema(minimum = 0, maximum = 21_600, nullable = false)]
    pub slow_mode_seconds: Option<i64>,
    /// Another retention; null keeps messages as long as the room exists.
    #[schema(minimum = 1, maximum = 3650)]
    pub retention_days: Option<i64>,
}

/// `POST /chat/rooms`.
pub fn create_room(body: &Body) -> Result<CreateRoom, Problem> {
    let mut fields = body.fields()?;
    let room_name: Option<RoomName> = fields.required("name", string(name));
    let about: Option<RoomDescription> = fields.optional("description", string(description));
    let private = fields.optional("is_private", boolean).unwrap_or(false);
    let slow: Option<SlowMode> = fields.optional("slow_mode_seconds", integer(slow_mode));
    let retention = fields.optional("retention_days", integer(retention));
    let command = room_name.map(|name| CreateRoom {
        name,
        description: about.unwrap_or(RoomDescription::empty()),
        private,
        slow_mode: slow.unwrap_or_default(),
        retention,
    });
    fields.finish(command)
}

/// `PUT` and `PATCH /chat/rooms/{id}`.
pub fn update_room(body: &Body) -> Result<UpdateRoom, Problem> {
    let mut fields = body.fields()?;
    let name = fields.keep("name", string(name));
    let description = match fields.patch("description", string(description)) {
        Patch::Keep => None,
        Patch::Clear => Some(RoomDescription::empty()),
        Patch::Set(description) => Some(description),
    };
    let private = fields.keep("is_private", boolean);
    let kind = private.map(|private| if private { RoomKind::Private } else { RoomKind::Public });
    let slow_mode = fields.keep("slow_mode_seconds", integer(slow_mode));
    let retention = fields.patch("retention_days", integer(retention));
    fields.finish(Some(UpdateRoom { name, description, kind, slow_mode, retention }))
}
