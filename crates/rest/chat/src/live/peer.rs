//! One socket, as those see it who send to it: rooms, the process, and its own session.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chat::{
    live::{Listening, Outlet},
    values::{ClientId, RoomId},
};
use kernel::{Actor, Permission, UserId};
use socket::{Frame, Sender};

use super::frames::RoomFrame;

/// Events of other domains that sockets hear when they concern their person (SPEC §2.5), and who may.
pub(super) const KINDS: [(&str, Permission); 2] =
    [("task", Permission::TasksRead), ("notification", Permission::NotificationsRead)];

/// A room that a socket listens to.
struct Heard {
    /// Dropping it ends the listening.
    _listening: Arc<Listening<RoomFrame>>,
    /// The last entry that was sent.
    last: i64,
}

#[derive(Default)]
struct Inner {
    rooms: HashMap<RoomId, Heard>,
    /// Messages of this socket that were not answered yet.
    unanswered: Vec<ClientId>,
}

/// A socket.
pub(super) struct Peer {
    user: UserId,
    /// The kinds of events that it hears beside rooms.
    kinds: Vec<&'static str>,
    sender: Sender,
    inner: Mutex<Inner>,
}

impl Peer {
    pub(super) fn new(actor: &Actor, sender: Sender) -> Arc<Self> {
        let kinds = KINDS.iter().filter(|(_, permission)| actor.may(*permission));
        let kinds = kinds.map(|(kind, _)| *kind).collect();
        Arc::new(Self { user: actor.user, kinds, sender, inner: Mutex::default() })
    }

    /// Whether it hears events of a kind.
    pub(super) fn hears(&self, kind: &str) -> bool {
        self.kinds.contains(&kind)
    }

    pub(super) const fn user(&self) -> UserId {
        self.user
    }

    pub(super) fn send(&self, frame: &Frame) {
        self.sender.send(frame);
    }

    pub(super) const fn sender(&self) -> &Sender {
        &self.sender
    }

    /// A room has its own lock, which is held while it delivers: nothing here may be locked when a room is asked.
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the place in a room, instead of one that there was. Nothing of it is sent before [`Peer::has`].
    pub(super) fn attach(&self, listening: Listening<RoomFrame>) -> Arc<Listening<RoomFrame>> {
        let listening = Arc::new(listening);
        let heard = Heard { _listening: Arc::clone(&listening), last: i64::MAX };
        let before = self.inner().rooms.insert(listening.room(), heard);
        drop(before);
        listening
    }

    /// The same, unless there is one: then `None`.
    pub(super) fn attach_first(
        &self,
        listening: Listening<RoomFrame>,
    ) -> Option<Arc<Listening<RoomFrame>>> {
        let listening = Arc::new(listening);
        let mut inner = self.inner();
        if inner.rooms.contains_key(&listening.room()) {
            // What is dropped asks its room, which must not wait for this lock.
            drop(inner);
            return None;
        }
        let heard = Heard { _listening: Arc::clone(&listening), last: i64::MAX };
        inner.rooms.insert(listening.room(), heard);
        Some(listening)
    }

    /// Notes that the entries of a room up to `last` were sent, and no others.
    pub(super) fn has(&self, room: RoomId, last: i64) {
        if let Some(heard) = self.inner().rooms.get_mut(&room) {
            heard.last = last;
        }
    }

    /// Listens to a room no more; false when it did not.
    pub(super) fn detach(&self, room: RoomId) -> bool {
        let heard = self.inner().rooms.remove(&room);
        heard.is_some()
    }

    /// Listens to nothing any more.
    pub(super) fn detach_all(&self) {
        let rooms = std::mem::take(&mut self.inner().rooms);
        drop(rooms);
    }

    /// Whether it listens to a room.
    pub(super) fn listens(&self, room: RoomId) -> bool {
        self.inner().rooms.contains_key(&room)
    }

    /// From now on a message of this name is answered by its own entry.
    pub(super) fn expect(&self, id: &ClientId) {
        self.inner().unanswered.push(id.clone());
    }

    /// Whether nothing has answered a message yet and nothing will: its entry is behind what was sent, or not listened to.
    pub(super) fn needs_answer(&self, id: &ClientId, room: RoomId, seq: i64) -> bool {
        let mut inner = self.inner();
        let comes = inner.rooms.get(&room).is_some_and(|heard| heard.last < seq);
        !comes && take(&mut inner.unanswered, id)
    }

    /// Takes an expectation back.
    pub(super) fn forget(&self, id: &ClientId) {
        take(&mut self.inner().unanswered, id);
    }
}

fn take(unanswered: &mut Vec<ClientId>, id: &ClientId) -> bool {
    let found = unanswered.iter().position(|one| one == id);
    if let Some(index) = found {
        unanswered.swap_remove(index);
    }
    found.is_some()
}

impl Outlet<RoomFrame> for Peer {
    fn deliver(&self, room: RoomId, seq: i64, frame: &RoomFrame) {
        let mut inner = self.inner();
        let Some(heard) = inner.rooms.get_mut(&room).filter(|heard| heard.last < seq) else {
            return;
        };
        heard.last = seq;
        // Only the one who sent it gets the id.
        match frame.sent_by(self.user) {
            Some(id) if take(&mut inner.unanswered, id) => self.sender.send(&frame.answering(id)),
            _ => self.sender.send(frame.frame()),
        };
    }

    fn pass(&self, room: RoomId, frame: &RoomFrame) {
        if frame.is_for(self.user) && self.listens(room) {
            self.sender.send(frame.frame());
        }
    }
}
