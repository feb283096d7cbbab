//! The room: what it is called, who finds it, and how far its log has come. Pure: time is an argument.

use kernel::{Timestamp, UserId};

use crate::{
    commands::UpdateRoom,
    values::{Pair, Retention, RoomDescription, RoomId, RoomKind, RoomName, SlowMode},
};

/// Members of one room, at most.
pub const MEMBERS_MAX: i64 = 10_000;
/// Rooms that one person may be in, direct ones left out.
pub const ROOMS_MAX: u64 = 500;

/// A room. Two counters say how far it has come: `last_seq` counts everything that happens in it, `messages` only
/// messages, so that an edit makes nothing unread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// Assigned by the store.
    pub id: RoomId,
    /// Who finds it.
    pub kind: RoomKind,
    /// What it is called; a direct room has no name.
    pub name: Option<RoomName>,
    /// Whose it is, if it is a direct one.
    pub pair: Option<Pair>,
    /// What it is for; may be empty.
    pub description: RoomDescription,
    /// Who created it.
    pub created_by: UserId,
    /// The place of the last entry of its log; 0 before the first.
    pub last_seq: i64,
    /// How many messages were written in it; the number of the last one.
    pub messages: i64,
    /// How many people are in it.
    pub members: i64,
    /// The number of the last message that names everyone (`@all`); 0 without one.
    pub all_number: i64,
    /// The time between two messages of one member, for those without a role.
    pub slow_mode: SlowMode,
    /// How long it keeps messages; `None`: as long as it exists.
    pub retention: Option<Retention>,
    /// When the last message was written. Never goes back, so that times are in the order of numbers.
    pub last_message_at: Option<Timestamp>,
    /// The time of its creation.
    pub created_at: Timestamp,
    /// The time of the last change of its own fields.
    pub updated_at: Timestamp,
    /// Counts these changes, from 1.
    pub version: i64,
}

/// A room that has no id yet. Nobody is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRoom {
    /// See [`Room::kind`].
    pub kind: RoomKind,
    /// See [`Room::name`].
    pub name: Option<RoomName>,
    /// See [`Room::pair`].
    pub pair: Option<Pair>,
    /// See [`Room::description`].
    pub description: RoomDescription,
    /// See [`Room::created_by`].
    pub created_by: UserId,
    /// See [`Room::slow_mode`].
    pub slow_mode: SlowMode,
    /// See [`Room::retention`].
    pub retention: Option<Retention>,
    /// See [`Room::created_at`].
    pub created_at: Timestamp,
}

impl NewRoom {
    /// The room of two people.
    pub fn direct(pair: Pair, created_by: UserId, now: Timestamp) -> Self {
        Self {
            kind: RoomKind::Direct,
            name: None,
            pair: Some(pair),
            description: RoomDescription::empty(),
            created_by,
            slow_mode: SlowMode::default(),
            retention: None,
            created_at: now,
        }
    }

    /// The room that it becomes under its id.
    pub fn stored(&self, id: RoomId) -> Room {
        let Self { kind, name, pair, description, created_by, slow_mode, retention, created_at } =
            self.clone();
        Room {
            id,
            kind,
            name,
            pair,
            description,
            created_by,
            last_seq: 0,
            messages: 0,
            members: 0,
            all_number: 0,
            slow_mode,
            retention,
            last_message_at: None,
            created_at,
            updated_at: created_at,
            version: 1,
        }
    }
}

/// What moves a room's counters on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A message, written at this time.
    Message(Timestamp),
    /// Someone comes in.
    Join,
    /// Someone who was in it goes.
    Leave,
    /// Anything else that the log tells.
    Change,
}

impl Step {
    /// How many messages and members more there are.
    pub const fn adds(self) -> (i64, i64) {
        match self {
            Self::Message(_) => (1, 0),
            Self::Join => (0, 1),
            Self::Leave => (0, -1),
            Self::Change => (0, 0),
        }
    }
}

impl Room {
    /// Moves the counters on; what a store does in one statement.
    pub fn step(&mut self, step: Step) {
        let (messages, members) = step.adds();
        self.last_seq += 1;
        self.messages += messages;
        self.members += members;
        if let Step::Message(at) = step {
            self.last_message_at = self.last_message_at.max(Some(at));
        }
    }

    /// Applies a partial update; false when it changes no field.
    pub fn update(&mut self, update: &UpdateRoom, now: Timestamp) -> bool {
        let UpdateRoom { name, description, kind, slow_mode, retention } = update;
        let before = self.clone();
        if let Some(name) = name {
            self.name = Some(name.clone());
        }
        if let Some(description) = description {
            self.description = description.clone();
        }
        if let Some(kind) = kind {
            self.kind = *kind;
        }
        if let Some(slow_mode) = slow_mode {
            self.slow_mode = *slow_mode;
        }
        retention.apply(&mut self.retention);
        let changed = *self != before;
        if changed {
            self.updated_at = now;
        }
        changed
    }

    /// True for a room of two people.
    pub fn is_direct(&self) -> bool {
        self.kind == RoomKind::Direct
    }

    /// True when those who join do not see what was said before.
    pub fn hides_the_past(&self) -> bool {
        self.kind == RoomKind::Private
    }

    /// What it is called in texts; empty for a direct one.
    pub fn title(&self) -> &str {
        self.name.as_ref().map_or("", RoomName::as_str)
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Patch, kit::moment};

    use super::*;

    fn room() -> Room {
        let user = UserId::parse(1).unwrap();
        let new = NewRoom {
            name: RoomName::parse("general").ok(),
            kind: RoomKind::Public,
            pair: None,
            ..NewRoom::direct(Pair::new(user, kernel::kit::nobody()).unwrap(), user, moment(0))
        };
        new.stored(RoomId::parse(1).unwrap())
    }

    #[test]
    fn an_edit_is_not_a_message() {
        let mut room = room();
        for step in [Step::Join, Step::Message(moment(5)), Step::Change, Step::Message(moment(3))] {
            room.step(step);
        }
        room.step(Step::Leave);
        assert_eq!((room.last_seq, room.messages, room.members), (5, 2, 0));
        assert_eq!(room.last_message_at, Some(moment(5)), "time does not go back");
    }

    #[test]
    fn an_update_that_changes_nothing_is_none() {
        let mut room = room();
        let same = UpdateRoom { name: room.name.clone(), ..UpdateRoom::default() };
        assert!(!room.update(&same, moment(1)));
        let keep = UpdateRoom { retention: Patch::Set(Retention::parse(7).unwrap()), ..same };
        assert!(room.update(&keep, moment(2)));
        assert_eq!((room.retention.map(Retention::get), room.updated_at), (Some(7), moment(2)));
    }
}
