//! The stored form of rooms, members, messages and entries.

use kernel::{
    Timestamp, UserId,
    record::{CorruptColumn, Record, known, moment, read, read_option, user},
};
use serde::{Deserialize, Serialize};

use crate::{
    invitation::Invitation,
    log::{Change, Entry},
    member::Member,
    message::{Fingerprint, Message},
    room::Room,
    values::{
        ClientId, Content, FileId, InvitationId, MemberRole, MemberState, MessageId, Notify, Pair,
        Retention, RoomDescription, RoomId, RoomKind, RoomName, SlowMode,
    },
};

fn maybe_moment(
    column: &'static str,
    micros: Option<i64>,
) -> Result<Option<Timestamp>, CorruptColumn> {
    micros.map(|at| moment(column, at)).transpose()
}

fn maybe_user(column: &'static str, id: Option<i64>) -> Result<Option<UserId>, CorruptColumn> {
    id.map(|id| user(column, id)).transpose()
}

/// A room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is the room's field of that name")]
pub struct RoomRecord {
    pub id: i64,
    pub kind: i16,
    pub name: Option<String>,
    pub pair_key: Option<String>,
    pub description: String,
    pub created_by: i64,
    pub last_seq: i64,
    pub messages: i64,
    pub members: i64,
    pub all_number: i64,
    pub slow_mode_seconds: i64,
    pub retention_days: Option<i64>,
    pub last_message_at: Option<i64>,
    pub created_at: i64,
    pub updated_at: i64,
    pub version: i64,
}

impl Record for RoomRecord {
    const NAME: &'static str = "rooms";
    const VERSION: u32 = 1;
}

impl From<&Room> for RoomRecord {
    fn from(room: &Room) -> Self {
        let Room {
            id,
            kind,
            name,
            pair,
            description,
            created_by,
            last_seq,
            messages,
            members,
            all_number,
            slow_mode,
            retention,
            last_message_at,
            created_at,
            updated_at,
            version,
        } = room;
        Self {
            id: id.get(),
            kind: kind.rank(),
            name: name.as_ref().map(|name| name.as_str().to_owned()),
            pair_key: pair.map(Pair::key),
            description: description.as_str().to_owned(),
            created_by: created_by.get(),
            last_seq: *last_seq,
            messages: *messages,
            members: *members,
            all_number: *all_number,
            slow_mode_seconds: slow_mode.get(),
            retention_days: retention.map(Retention::get),
            last_message_at: last_message_at.map(Timestamp::micros),
            created_at: created_at.micros(),
            updated_at: updated_at.micros(),
            version: *version,
        }
    }
}

impl TryFrom<RoomRecord> for Room {
    type Error = CorruptColumn;

    fn try_from(r: RoomRecord) -> Result<Self, CorruptColumn> {
        Ok(Self {
            id: read("id", RoomId::parse(r.id))?,
            kind: known("kind", RoomKind::from_rank(r.kind))?,
            name: read_option("name", r.name, |name| RoomName::parse(&name))?,
            pair: r.pair_key.map(|key| known("pair_key", Pair::parse(&key))).transpose()?,
            description: read("description", RoomDescription::parse(&r.description))?,
            created_by: user("created_by", r.created_by)?,
            last_seq: r.last_seq,
            messages: r.messages,
            members: r.members,
            all_number: r.all_number,
            slow_mode: read("slow_mode_seconds", SlowMode::parse(r.slow_mode_seconds))?,
            retention: read_option("retention_days", r.retention_days, Retention::parse)?,
            last_message_at: maybe_moment("last_message_at", r.last_message_at)?,
            created_at: moment("created_at", r.created_at)?,
            updated_at: moment("updated_at", r.updated_at)?,
            version: r.version,
        })
    }
}

/// A member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is the member's field of that name")]
pub struct MemberRecord {
    pub room_id: i64,
    pub user_id: i64,
    pub state: i16,
    pub role: i16,
    pub notify: i16,
    pub read_number: i64,
    pub joined_number: i64,
    pub joined_seq: i64,
    pub muted_until: Option<i64>,
    pub last_sent_at: Option<i64>,
    pub joined_at: i64,
    pub updated_at: i64,
    pub version: i64,
}

impl Record for MemberRecord {
    const NAME: &'static str = "room_members";
    const VERSION: u32 = 1;
}

impl From<&Member> for MemberRecord {
    fn from(member: &Member) -> Self {
        let Member {
            room,
            user,
            state,
            role,
            notify,
            read_number,
            joined_number,
            joined_seq,
            muted_until,
            last_sent_at,
            joined_at,
            updated_at,
            version,
        } = member;
        Self {
            room_id: room.get(),
            user_id: user.get(),
            state: state.rank(),
            role: role.rank(),
            notify: notify.rank(),
            read_number: *read_number,
            joined_number: *joined_number,
            joined_seq: *joined_seq,
            muted_until: muted_until.map(Timestamp::micros),
            last_sent_at: last_sent_at.map(Timestamp::micros),
            joined_at: joined_at.micros(),
            updated_at: updated_at.micros(),
            version: *version,
        }
    }
}

impl TryFrom<MemberRecord> for Member {
    type Error = CorruptColumn;

    fn try_from(r: MemberRecord) -> Result<Self, CorruptColumn> {
        Ok(Self {
            room: read("room_id", RoomId::parse(r.room_id))?,
            user: user("user_id", r.user_id)?,
            state: known("state", MemberState::from_rank(r.state))?,
            role: known("role", MemberRole::from_rank(r.role))?,
            notify: known("notify", Notify::from_rank(r.notify))?,
            read_number: r.read_number,
            joined_number: r.joined_number,
            joined_seq: r.joined_seq,
            muted_until: maybe_moment("muted_until", r.muted_until)?,
            last_sent_at: maybe_moment("last_sent_at", r.last_sent_at)?,
            joined_at: moment("joined_at", r.joined_at)?,
            updated_at: moment("updated_at", r.updated_at)?,
            version: r.version,
        })
    }
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is the message's field of that name")]
pub struct MessageRecord {
    pub id: i64,
    pub room_id: i64,
    pub number: i64,
    pub seq: i64,
    pub author_id: i64,
    pub client_id: Option<String>,
    pub fingerprint: Option<String>,
    pub content: Option<String>,
    pub reply_to: Option<i64>,
    /// JSON: numbers of files.
    pub attachments: String,
    pub created_at: i64,
    pub edited_at: Option<i64>,
    pub deleted_at: Option<i64>,
    pub version: i64,
}

impl Record for MessageRecord {
    const NAME: &'static str = "messages";
    const VERSION: u32 = 1;
}

impl From<&Message> for MessageRecord {
    fn from(message: &Message) -> Self {
        let Message {
            id,
            room,
            number,
            seq,
            author,
            client_id,
            fingerprint,
            content,
            reply_to,
            attachments,
            created_at,
            edited_at,
            deleted_at,
            version,
        } = message;
        let files: Vec<i64> = attachments.iter().map(|file| file.get()).collect();
        Self {
            id: id.get(),
            room_id: room.get(),
            number: *number,
            seq: *seq,
            author_id: author.get(),
            client_id: client_id.as_ref().map(|id| id.as_str().to_owned()),
            fingerprint: fingerprint.map(|fingerprint| fingerprint.to_string()),
            content: content.as_ref().map(|content| content.as_str().to_owned()),
            reply_to: *reply_to,
            // Numbers always have a form in JSON.
            attachments: serde_json::to_string(&files).unwrap_or_else(|_| "[]".to_owned()),
            created_at: created_at.micros(),
            edited_at: edited_at.map(Timestamp::micros),
            deleted_at: deleted_at.map(Timestamp::micros),
            version: *version,
        }
    }
}

impl TryFrom<MessageRecord> for Message {
    type Error = CorruptColumn;

    fn try_from(r: MessageRecord) -> Result<Self, CorruptColumn> {
        let files: Vec<i64> = read("attachments", serde_json::from_str(&r.attachments))?;
        let files = files.into_iter().map(FileId::parse).collect::<Result<_, _>>();
        Ok(Self {
            id: read("id", MessageId::parse(r.id))?,
            room: read("room_id", RoomId::parse(r.room_id))?,
            number: r.number,
            seq: r.seq,
            author: user("author_id", r.author_id)?,
            client_id: read_option("client_id", r.client_id, |id| ClientId::parse(&id))?,
            fingerprint: r
                .fingerprint
                .map(|raw| known("fingerprint", Fingerprint::parse(&raw)))
                .transpose()?,
            content: read_option("content", r.content, |content| Content::parse(&content))?,
            reply_to: r.reply_to,
            attachments: read("attachments", files)?,
            created_at: moment("created_at", r.created_at)?,
            edited_at: maybe_moment("edited_at", r.edited_at)?,
            deleted_at: maybe_moment("deleted_at", r.deleted_at)?,
            version: r.version,
        })
    }
}

/// An entry of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is the entry's field of that name")]
pub struct EntryRecord {
    pub room_id: i64,
    pub seq: i64,
    pub change: i16,
    pub at: i64,
    pub actor_id: Option<i64>,
    pub message_id: Option<i64>,
    pub number: Option<i64>,
    pub user_id: Option<i64>,
    pub detail: Option<String>,
}

impl Record for EntryRecord {
    const NAME: &'static str = "room_log";
    const VERSION: u32 = 1;
}

impl From<&Entry> for EntryRecord {
    fn from(entry: &Entry) -> Self {
        let Entry { room, seq, change, at, actor, message, user, detail } = entry;
        Self {
            room_id: room.get(),
            seq: *seq,
            change: change.rank(),
            at: at.micros(),
            actor_id: actor.map(UserId::get),
            message_id: message.map(|(id, _)| id.get()),
            number: message.map(|(_, number)| number),
            user_id: user.map(UserId::get),
            detail: detail.clone(),
        }
    }
}

impl TryFrom<EntryRecord> for Entry {
    type Error = CorruptColumn;

    fn try_from(r: EntryRecord) -> Result<Self, CorruptColumn> {
        let message = read_option("message_id", r.message_id, MessageId::parse)?;
        Ok(Self {
            room: read("room_id", RoomId::parse(r.room_id))?,
            seq: r.seq,
            change: known("change", Change::from_rank(r.change))?,
            at: moment("at", r.at)?,
            actor: maybe_user("actor_id", r.actor_id)?,
            message: message.zip(r.number),
            user: maybe_user("user_id", r.user_id)?,
            detail: r.detail,
        })
    }
}

/// An invitation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is the invitation's field of that name")]
pub struct InvitationRecord {
    pub id: i64,
    pub room_id: i64,
    pub user_id: i64,
    pub invited_by: i64,
    pub created_at: i64,
}

impl Record for InvitationRecord {
    const NAME: &'static str = "room_invitations";
    const VERSION: u32 = 1;
}

impl TryFrom<InvitationRecord> for Invitation {
    type Error = CorruptColumn;

    fn try_from(r: InvitationRecord) -> Result<Self, CorruptColumn> {
        Ok(Self {
            id: read("id", InvitationId::parse(r.id))?,
            room: read("room_id", RoomId::parse(r.room_id))?,
            user: user("user_id", r.user_id)?,
            invited_by: user("invited_by", r.invited_by)?,
            created_at: moment("created_at", r.created_at)?,
        })
    }
}
