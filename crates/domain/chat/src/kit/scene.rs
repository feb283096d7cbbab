//! A room as other domains find it, for the kits of those that ask about rooms.

use std::sync::Arc;

use kernel::{UnitOfWork, UserId, kit::moment};

use super::{Tx, content, new_message};
use crate::{
    member::Member,
    message::NewMessage,
    room::{NewRoom, Step},
    values::{
        FileId, MemberRole, MemberState, Notify, RoomDescription, RoomId, RoomKind, RoomName,
        SlowMode,
    },
};

/// Someone else than the owner.
#[derive(Debug, Clone, Copy)]
pub struct Other {
    /// The person.
    pub user: UserId,
    /// Whether they are in the room.
    pub state: MemberState,
    /// What they are notified of.
    pub notify: Notify,
    /// What they have read.
    pub read_number: i64,
    /// Whether they joined after everything was said.
    pub is_late: bool,
}

impl Other {
    /// In these words of the chat; they came first.
    pub fn of(user: UserId, state: &str, notify: &str, read_number: i64) -> Self {
        let (state, notify) = (MemberState::parse(state).unwrap(), Notify::parse(notify).unwrap());
        Self { user, state, notify, read_number, is_late: false }
    }
}

/// A room of one owner, who wrote some messages in it.
#[derive(Debug, Clone, Copy)]
pub struct Scene {
    /// The owner and author.
    pub owner: UserId,
    /// Who else was there.
    pub other: Option<Other>,
    /// Whether it is private.
    pub is_private: bool,
    /// How many messages there are.
    pub messages: i64,
    /// What each of them carries.
    pub file: Option<FileId>,
    /// Whether they were deleted.
    pub is_deleted: bool,
}

impl Scene {
    /// A public room with so many messages and no one else.
    pub const fn of(owner: UserId, messages: i64) -> Self {
        Self { owner, other: None, is_private: false, messages, file: None, is_deleted: false }
    }

    /// Makes it.
    pub async fn play(self, work: Arc<dyn UnitOfWork<Tx>>) -> RoomId {
        let made = work.write(move |tx| self.write(tx)).await;
        made.map_err(|error: kernel::StoreError| error.to_string()).unwrap()
    }

    fn write(self, tx: &mut Tx) -> Result<RoomId, kernel::StoreError> {
        let mut name = 1;
        let named = |name| RoomName::parse(&format!("scene {name}")).unwrap();
        while tx.rooms().find(&named(name))?.is_some() {
            name += 1;
        }
        let id = tx
            .rooms()
            .insert(&NewRoom {
                kind: if self.is_private { RoomKind::Private } else { RoomKind::Public },
                name: Some(named(name)),
                pair: None,
                description: RoomDescription::empty(),
                created_by: self.owner,
                slow_mode: SlowMode::default(),
                retention: None,
                created_at: moment(0),
            })?
            .id;
        if let Some(other) = self.other.filter(|other| !other.is_late) {
            join(tx, id, other)?;
        }
        for number in 0..self.messages {
            let room = tx.rooms().advance(id, Step::Message(moment(number)))?.unwrap();
            let new = new_message(&room, self.owner, &content("said"));
            let attachments = self.file.into_iter().collect();
            let mut message = tx.messages().insert(&NewMessage { attachments, ..new })?;
            if self.is_deleted {
                message.delete(moment(number));
                tx.messages().save(&mut message)?;
            }
        }
        if let Some(other) = self.other.filter(|other| other.is_late) {
            join(tx, id, other)?;
        }
        Ok(id)
    }
}

fn join(tx: &mut Tx, room: RoomId, other: Other) -> Result<(), kernel::StoreError> {
    let room = tx.rooms().advance(room, Step::Join)?.unwrap();
    let member = Member::joining(&room, other.user, MemberRole::Member, moment(0));
    let Other { state, notify, read_number, .. } = other;
    tx.members().put(&Member { state, notify, read_number, ..member })
}
