//! What reactions to events hand in: what happened, and who is to know.

use kernel::{Permission, RoomId, UserId};

use crate::{
    kind::Kind,
    notification::Subject,
    values::{Dedupe, Params},
};

/// The parameter of notifications of chat that names the room.
pub const ROOM: &str = "room";
/// The parameter of notifications of chat with the id of the room.
pub const ROOM_ID: &str = "room_id";
/// The parameter of notifications of chat with the number of the message in its room.
pub const NUMBER: &str = "number";

/// Someone who is to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipient {
    /// This account.
    Person(UserId),
    /// The account with this name, if it is one of `among` or holds `or_holds`: a name in a text must not
    /// show anyone what they may not see.
    Named {
        /// The name, without regard of case.
        username: String,
        /// Who may see it anyway.
        among: Vec<UserId>,
        /// What others need to see it.
        or_holds: Permission,
    },
    /// This account, if it is in the chat room, wants to hear of it and has not read the message yet: who has left must not
    /// learn what is said there, and who reads along needs no notification.
    Reader {
        /// The account.
        user: UserId,
        /// The room.
        room: RoomId,
        /// The number of the message in it.
        number: i64,
    },
    /// Every active account that holds this permission by one of its roles.
    Holders(Permission),
}

/// Something that people are to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What happened.
    pub kind: Kind,
    /// To what.
    pub subject: Option<Subject>,
    /// Who did it. They get no notification of it (N2).
    pub actor: Option<UserId>,
    /// What the text is made of.
    pub params: Params,
    /// Who is to know.
    pub to: Vec<Recipient>,
    /// What makes it the same as another one; none: the event. Two events may say the same.
    pub same: Option<Dedupe>,
}
