//! What can go wrong in this domain.

use std::time::Duration;

use kernel::{
    DomainError, ErrorKind, FieldError, MissingPermission, StoreError, Timestamp,
    idempotency::KeyReused,
};

use crate::{
    invitation::{BLOCKS_MAX, INVITATIONS_MAX},
    member::Member,
    message::{Message, REACTIONS_MAX},
    room::{MEMBERS_MAX, ROOMS_MAX, Room},
};

/// Why a use case failed.
#[derive(Debug, thiserror::Error)]
pub enum ChatError {
    /// It does not exist, or the caller may not see it.
    #[error("Room not found")]
    RoomNotFound,
    /// It does not exist, or is in a room that the caller may not see.
    #[error("There is no such message.")]
    MessageNotFound,
    /// This person is not in the room.
    #[error("This person is not in the room.")]
    MemberNotFound,
    /// It does not exist, was answered, or invites another person.
    #[error("There is no such invitation.")]
    InvitationNotFound,
    /// There is no such account, or no one can write to it.
    #[error("There is no such person.")]
    UserNotFound,
    /// A member without the role for it.
    #[error("{0}")]
    Forbidden(&'static str),
    /// Only members may do that.
    #[error("Join the room first.")]
    NotMember,
    /// The caller may not write yet.
    #[error("You may not write in this room before {0}.")]
    Muted(Timestamp),
    /// The caller may not come into the room.
    #[error("You are banned from this room.")]
    Banned,
    /// One of two people has blocked the other.
    #[error("One of you has blocked the other.")]
    Blocked,
    /// Another room has this name.
    #[error("Another room has this name.")]
    NameTaken,
    /// The room has as many members as it can have.
    #[error("The room has {MEMBERS_MAX} members, which is the most that a room can have.")]
    RoomFull,
    /// The person is in as many rooms as they can be.
    #[error("One person can be in {ROOMS_MAX} rooms at most.")]
    TooManyRooms,
    /// There are as many invitations as there can be.
    #[error("A room can have {INVITATIONS_MAX} open invitations at most.")]
    TooManyInvitations,
    /// There are as many blocked people as there can be.
    #[error("One person can block {BLOCKS_MAX} people at most.")]
    TooManyBlocks,
    /// There are as many different reactions as there can be.
    #[error("A message can have {REACTIONS_MAX} different reactions at most.")]
    TooManyReactions,
    /// A room keeps an owner as long as someone is in it.
    #[error("You are the only owner of this room: give the role to another member first.")]
    LastOwner,
    /// The person is in the room already.
    #[error("This person is in the room already.")]
    AlreadyMember,
    /// A room of two people cannot be joined, left or changed.
    #[error("That cannot be done with the room of two people.")]
    Direct,
    /// What was said in private stays so.
    #[error("A private room does not become public.")]
    StaysPrivate,
    /// People do that to others only.
    #[error("That is for other people than yourself.")]
    Oneself,
    /// A deleted message does not change.
    #[error("The message was deleted.")]
    MessageDeleted,
    /// There is no message of this number to answer.
    #[error("There is no message {0} in this room to reply to.")]
    ReplyNotFound(i64),
    /// One of the files is not there, or not the author's.
    #[error("One of the attachments is not there, or not yours.")]
    AttachmentNotFound,
    /// The client's id belongs to another message.
    #[error("This id was used for another message.")]
    IdReused,
    /// Too often.
    #[error("You are writing too fast.")]
    TooFast(Duration),
    /// The caller's version of the room is out of date.
    #[error("The room was changed since you read it; its version is now {}.", .0.version)]
    StaleRoom(Box<Room>),
    /// The caller's version of the message is out of date.
    #[error("The message was changed since you read it; its version is now {}.", .0.version)]
    StaleMessage(Box<Message>),
    /// The caller's version of the member is out of date.
    #[error("The member was changed since you read it; its version is now {}.", .0.version)]
    StaleMember(Box<Member>),
    /// Fields are not valid.
    #[error("The request has faults; see `errors`.")]
    Invalid(Vec<FieldError>),
    /// A permission is missing.
    #[error("This needs the permission `{0}`.")]
    MissingPermission(&'static str),
    /// The idempotency key belongs to another request.
    #[error("This Idempotency-Key was used for another request.")]
    KeyReused,
    /// The store failed.
    #[error("{}", .0.public_text())]
    Store(#[source] StoreError),
}

impl From<MissingPermission> for ChatError {
    fn from(MissingPermission(permission): MissingPermission) -> Self {
        Self::MissingPermission(permission.as_str())
    }
}

impl From<StoreError> for ChatError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Duplicate("rooms.name") => Self::NameTaken,
            StoreError::Missing("room_members.user" | "room_invitations.user") => {
                Self::UserNotFound
            }
            error => Self::Store(error),
        }
    }
}

impl From<KeyReused> for ChatError {
    fn from(_: KeyReused) -> Self {
        Self::KeyReused
    }
}

impl DomainError for ChatError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::RoomNotFound
            | Self::MessageNotFound
            | Self::MemberNotFound
            | Self::InvitationNotFound
            | Self::UserNotFound => ErrorKind::NotFound,
            Self::Forbidden(_)
            | Self::NotMember
            | Self::Muted(_)
            | Self::Banned
            | Self::Blocked
            | Self::MissingPermission(_) => ErrorKind::Forbidden,
            Self::NameTaken
            | Self::RoomFull
            | Self::TooManyRooms
            | Self::TooManyInvitations
            | Self::TooManyBlocks
            | Self::TooManyReactions
            | Self::LastOwner
            | Self::AlreadyMember
            | Self::Direct
            | Self::MessageDeleted => ErrorKind::Conflict,
            Self::StaysPrivate
            | Self::Oneself
            | Self::ReplyNotFound(_)
            | Self::AttachmentNotFound
            | Self::IdReused
            | Self::KeyReused => ErrorKind::Refused,
            Self::TooFast(_) => ErrorKind::TooMany,
            Self::StaleRoom(_) | Self::StaleMessage(_) | Self::StaleMember(_) => ErrorKind::Stale,
            Self::Invalid(_) => ErrorKind::Invalid,
            Self::Store(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::RoomNotFound => "chat.room_not_found",
            Self::MessageNotFound => "chat.message_not_found",
            Self::MemberNotFound => "chat.member_not_found",
            Self::InvitationNotFound => "chat.invitation_not_found",
            Self::UserNotFound => "chat.user_not_found",
            Self::Forbidden(_) => "chat.forbidden",
            Self::NotMember => "chat.not_member",
            Self::Muted(_) => "chat.muted",
            Self::Banned => "chat.banned",
            Self::Blocked => "chat.blocked",
            Self::NameTaken => "chat.name_taken",
            Self::RoomFull => "chat.room_full",
            Self::TooManyRooms => "chat.too_many_rooms",
            Self::TooManyInvitations => "chat.too_many_invitations",
            Self::TooManyBlocks => "chat.too_many_blocks",
            Self::TooManyReactions => "chat.too_many_reactions",
            Self::LastOwner => "chat.last_owner",
            Self::AlreadyMember => "chat.already_member",
            Self::Direct => "chat.direct_room",
            Self::StaysPrivate => "chat.stays_private",
            Self::Oneself => "chat.oneself",
            Self::MessageDeleted => "chat.message_deleted",
            Self::ReplyNotFound(_) => "chat.reply_not_found",
            Self::AttachmentNotFound => "chat.attachment_not_found",
            Self::IdReused => "chat.id_reused",
            Self::TooFast(_) => "chat.too_fast",
            Self::StaleRoom(_) => "chat.room_stale",
            Self::StaleMessage(_) => "chat.message_stale",
            Self::StaleMember(_) => "chat.member_stale",
            Self::Invalid(_) => "request.invalid",
            Self::MissingPermission(_) => "auth.missing_permission",
            Self::KeyReused => "idempotency.key_reused",
            Self::Store(error) => error.code(),
        }
    }

    fn fields(&self) -> &[FieldError] {
        match self {
            Self::Invalid(fields) => fields,
            _ => &[],
        }
    }
}
