//! Members, invitations and blocks.

use chat::{
    Member,
    commands::UpdateMember,
    service::{BlockView, InvitationView, MemberView},
};
use kernel::UserId;
use rest::{
    call::Body,
    fields::{integer, string},
    problem::Problem,
    reply::Reply,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{NotifyWord, RoleWord, boolean, etag, moment, notify, role, time, user};

/// Whether someone belongs to a room.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = chat::MemberState)]
pub enum StateWord {
    /// They are in it.
    Joined,
    /// They were in it.
    Left,
    /// They may not come back.
    Banned,
}

/// A member of a room.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = chat::Member)]
pub struct MemberBody {
    /// The room.
    #[schema(minimum = 1, example = 1)]
    pub room_id: i64,
    /// The account.
    #[schema(minimum = 1, example = 2)]
    pub user_id: i64,
    /// What they are called; null once the account is gone.
    #[schema(example = "ada")]
    pub username: Option<String>,
    /// Whether they belong to the room.
    #[schema(value_type = StateWord)]
    pub state: &'static str,
    /// What they may do in it.
    #[schema(value_type = RoleWord)]
    pub role: &'static str,
    /// They may not write before this.
    #[schema(format = DateTime)]
    pub muted_until: Option<String>,
    /// What you are notified of; absent of others.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<NotifyWord>, required = false, nullable = false)]
    pub notify: Option<&'static str>,
    /// When they joined the last time.
    #[schema(format = DateTime)]
    pub joined_at: String,
    /// When they were changed.
    #[schema(format = DateTime)]
    pub updated_at: String,
    /// Counts the changes; the `ETag` begins with it.
    #[schema(minimum = 1, example = 1)]
    pub version: i64,
}

impl MemberBody {
    /// A member as `viewer` sees them.
    pub fn new(member: &Member, username: Option<&str>, viewer: Option<UserId>) -> Self {
        let is_own = viewer == Some(member.user);
        Self {
            room_id: member.room.get(),
            user_id: member.user.get(),
            username: username.map(str::to_owned),
            state: member.state.as_str(),
            role: member.role.as_str(),
            muted_until: time(member.muted_until),
            notify: is_own.then(|| member.notify.as_str()),
            joined_at: member.joined_at.to_string(),
            updated_at: member.updated_at.to_string(),
            version: member.version,
        }
    }

    /// The same with their name.
    pub fn seen(view: &MemberView, viewer: UserId) -> Self {
        Self::new(&view.member, view.username.as_deref(), Some(viewer))
    }
}

/// `201` for someone who was taken into a room.
pub fn member_added(view: &MemberView) -> Reply {
    let body = MemberBody::new(&view.member, view.username.as_deref(), None);
    let tag = etag(body.version, &body);
    let location = format!("/api/v1/chat/rooms/{}/members/{}", body.room_id, body.user_id);
    Reply::created(body, location, Some(tag))
}

/// Someone.
#[derive(Debug, ToSchema)]
#[schema(as = chat::Invite, example = json!({"user_id": 3}))]
pub struct PersonBody {
    /// The account.
    #[schema(minimum = 1)]
    pub user_id: i64,
}

/// Reads who is meant.
pub fn person(body: &Body) -> Result<UserId, Problem> {
    let mut fields = body.fields()?;
    let user = fields.required("user_id", integer(user));
    fields.finish(user)
}

/// A change of a member; an absent field stays.
#[derive(Debug, ToSchema)]
#[schema(as = chat::UpdateMember, example = json!({"role": "moderator"}))]
pub struct UpdateMemberBody {
    /// Another role; owners give it.
    #[schema(value_type = Option<RoleWord>, nullable = false)]
    pub role: Option<String>,
    /// They may not write before this; null ends it. Moderators mute.
    #[schema(format = DateTime)]
    pub muted_until: Option<String>,
    /// True removes them for good, also someone who never was a member; false lets them come back.
    #[schema(nullable = false)]
    pub banned: Option<bool>,
    /// What you are notified of; of yourself only.
    #[schema(value_type = Option<NotifyWord>, nullable = false)]
    pub notify: Option<String>,
}

/// `PUT` and `PATCH /chat/rooms/{id}/members/{user_id}`.
pub fn update_member(body: &Body) -> Result<UpdateMember, Problem> {
    let mut fields = body.fields()?;
    let update = UpdateMember {
        role: fields.keep("role", string(role)),
        muted_until: fields.patch("muted_until", string(moment)),
        banned: fields.keep("banned", boolean),
        notify: fields.keep("notify", string(notify)),
    };
    fields.finish(Some(update))
}

/// An invitation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = chat::Invitation)]
pub struct InvitationBody {
    /// Its number.
    #[schema(minimum = 1, example = 1)]
    pub id: i64,
    /// Into this room.
    #[schema(minimum = 1, example = 1)]
    pub room_id: i64,
    /// What the room is called.
    #[schema(example = "general")]
    pub room: String,
    /// Who is invited.
    #[schema(minimum = 1, example = 2)]
    pub user_id: i64,
    /// What they are called; null once the account is gone.
    #[schema(example = "ada")]
    pub username: Option<String>,
    /// By whom.
    #[schema(minimum = 1, example = 1)]
    pub invited_by: i64,
    /// When.
    #[schema(format = DateTime)]
    pub created_at: String,
}

impl From<&InvitationView> for InvitationBody {
    fn from(view: &InvitationView) -> Self {
        Self {
            id: view.invitation.id.get(),
            room_id: view.invitation.room.get(),
            room: view.room.clone(),
            user_id: view.invitation.user.get(),
            username: view.username.clone(),
            invited_by: view.invitation.invited_by.get(),
            created_at: view.invitation.created_at.to_string(),
        }
    }
}

/// `201` for an invitation, which is listed with those of its room.
pub fn invited(view: &InvitationView) -> Reply {
    let location = format!("/api/v1/chat/rooms/{}/invitations", view.invitation.room);
    Reply::created(InvitationBody::from(view), location, None)
}

/// Someone whom you have blocked.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = chat::Block)]
pub struct BlockBody {
    /// The account.
    #[schema(minimum = 1, example = 2)]
    pub user_id: i64,
    /// What they are called; null once the account is gone.
    #[schema(example = "eve")]
    pub username: Option<String>,
    /// When.
    #[schema(format = DateTime)]
    pub created_at: String,
}

impl From<&BlockView> for BlockBody {
    fn from(view: &BlockView) -> Self {
        Self {
            user_id: view.block.user.get(),
            username: view.username.clone(),
            created_at: view.block.at.to_string(),
        }
    }
}
