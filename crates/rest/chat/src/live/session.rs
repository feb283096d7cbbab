//! What one socket asks for, one frame after the other.

use std::{
    cell::RefCell,
    collections::HashMap,
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

use chat::{
    ChatError,
    commands::{SendMessage, Target},
    live::Listening,
    log::Place,
    outbound::{Hint, HintKind},
    query::Before,
    service::{MessageView, Seat},
    values::{ClientId, RoomId, RoomRef},
};
use futures_util::future::LocalBoxFuture;
use kernel::{Actor, Clock, Outcome};
use rest::problem::Problem;
use socket::{Sender, Session};

use super::{
    commands::{self, Command, Request, Wanted},
    connected::{Connected, Missed},
    frames::{self, RoomFrame},
    peer::Peer,
};
use crate::Failure;

/// Entries that the first step reads.
const READ: u32 = 200;
/// How often one socket may say that its person types in one room.
const TYPING: Duration = Duration::from_secs(3);
/// How often a caller who comes into a room asks again at most, because others went.
const TRIES: usize = 5;

/// One socket of the chat.
pub(super) struct Conversation {
    connected: Arc<Connected>,
    clock: Arc<dyn Clock>,
    actor: Actor,
    peer: Arc<Peer>,
    typed: RefCell<HashMap<RoomId, Instant>>,
}

impl Conversation {
    pub(super) fn begin(
        connected: &Arc<Connected>,
        clock: &Arc<dyn Clock>,
        actor: Actor,
        sender: Sender,
    ) -> Rc<Self> {
        let peer = Peer::new(&actor, sender);
        let (connected, clock) = (Arc::clone(connected), Arc::clone(clock));
        connected.arrive(&peer);
        Rc::new(Self { connected, clock, actor, peer, typed: RefCell::default() })
    }
}

impl Drop for Conversation {
    fn drop(&mut self) {
        self.peer.detach_all();
        self.connected.depart(&self.peer);
    }
}

impl Session for Conversation {
    fn receive(self: Rc<Self>, text: String) -> LocalBoxFuture<'static, ()> {
        Box::pin(async move {
            match commands::read(&text) {
                Ok(Request { id, command }) => {
                    if let Err(failure) = self.run(command, id.as_ref()).await {
                        self.refuse(failure, id.as_ref());
                    }
                }
                Err(problem) => {
                    let id = commands::id_of(&text);
                    self.peer.send(&frames::error(&problem, id.as_ref(), None));
                }
            }
        })
    }
}

impl Conversation {
    fn refuse(&self, failure: ChatError, id: Option<&ClientId>) {
        let wait = match &failure {
            ChatError::TooFast(wait) => u64::try_from(wait.as_millis()).ok(),
            _ => None,
        };
        let mut problem = Problem::from(Failure::from(failure));
        if problem.status().is_server_error() {
            tracing::warn!(code = problem.code(), cause = problem.cause(), "a frame failed");
            let detail = "The chat is not available now. Send it again with the same `id`.";
            problem = Problem::new(kernel::ErrorKind::Unavailable, "chat.unavailable", detail);
        }
        self.peer.send(&frames::error(&problem, id, wait));
    }

    async fn run(&self, command: Command, id: Option<&ClientId>) -> Result<(), ChatError> {
        match command {
            Command::Join(wanted) => {
                for Wanted { room, after } in wanted {
                    if let Err(failure) = self.join(room, after, id).await {
                        self.refuse(failure, id);
                    }
                }
                Ok(())
            }
            Command::JoinAll => {
                for room in self.connected.chat.own_rooms(&self.actor).await? {
                    match self.join(room.into(), None, id).await {
                        // Someone took the caller out of it meanwhile.
                        Err(ChatError::RoomNotFound | ChatError::NotMember | ChatError::Banned) => {
                        }
                        done => done?,
                    }
                }
                Ok(())
            }
            Command::Leave(room) => {
                let seat = self.connected.chat.seat(&self.actor, room).await?;
                self.peer.detach(seat.room.id);
                self.peer.send(&frames::left(seat.room.id, id));
                Ok(())
            }
            Command::Send(target, message) => self.send(target, message, id).await,
            Command::History { of, before, limit } => self.history(of, before, limit, id).await,
            Command::Typing(target) => self.typing(target).await,
            Command::Read { room, number } => {
                let marker = self.connected.chat.mark_read(&self.actor, room, number).await?;
                self.connected.show_read(&marker, self.actor.user);
                if id.is_some() || !self.peer.listens(marker.room) {
                    let answer = frames::read(marker.room, self.actor.user, marker.read_number, id);
                    self.peer.send(&answer);
                }
                Ok(())
            }
            Command::Ping => {
                self.peer.send(&frames::pong(id, self.clock.now()));
                Ok(())
            }
        }
    }

    /// Comes into a room, if the caller is not in it and may, and listens to it from behind a place.
    async fn join(
        &self,
        room: RoomRef,
        after: Option<Place>,
        id: Option<&ClientId>,
    ) -> Result<(), ChatError> {
        let chat = &self.connected.chat;
        let mut seat = match chat.seat(&self.actor, room.clone()).await {
            Err(ChatError::NotMember) => {
                chat.join(&self.actor, room.clone()).await?;
                chat.seat(&self.actor, room.clone()).await?
            }
            // An invitation to a room that one does not see yet.
            Err(ChatError::RoomNotFound) => {
                chat.join(&self.actor, room.clone()).await?;
                chat.seat(&self.actor, room.clone()).await?
            }
            seat => seat?,
        };
        let mut tries = 0;
        loop {
            let departures = self.connected.departures();
            // Listening begins before the log is read, so that nothing falls in between.
            let listening = self.connected.rooms.listen(seat.room.id, Arc::clone(&self.peer) as _);
            let listening = self.peer.attach(listening);
            seat = match chat.seat(&self.actor, room.clone()).await {
                Ok(seat) => seat,
                Err(failure) => {
                    self.peer.detach(listening.room());
                    return Err(failure);
                }
            };
            tries += 1;
            // Who went meanwhile may have been the caller, who was not listening yet when that was heard.
            if self.connected.departures() == departures || tries == TRIES {
                return self.catch_up(&seat, &listening, after, id).await;
            }
        }
    }

    /// Sends what was missed behind a place, if that can be proven to be all of it, and then what comes.
    async fn catch_up(
        &self,
        seat: &Seat,
        listening: &Listening<RoomFrame>,
        after: Option<Place>,
        id: Option<&ClientId>,
    ) -> Result<(), ChatError> {
        let head = seat.head().seq;
        let mut missed = Missed { last: head, head, frames: Vec::new() };
        let mut from = None;
        if let Some(after) = after.filter(|after| seat.follows(*after)) {
            // Who missed nothing, as most do who come back together, costs no reading.
            let frames = if after.seq < head {
                let frames = self.connected.frames(seat.room.id, after.seq, READ).await;
                frames.map_err(ChatError::Store)?
            } else {
                Vec::new()
            };
            // Entries that are gone leave a gap at the front.
            let first = frames.first().map_or(head + 1, |(seq, _)| *seq);
            if first == after.seq + 1 {
                from = Some(first);
                missed = Missed { last: after.seq, head, frames };
            }
        }
        self.peer.send(&frames::joined(seat, id, from));
        self.connected.follow(&self.peer, listening, missed).await.map_err(ChatError::Store)
    }

    async fn send(
        &self,
        target: Target,
        message: SendMessage,
        id: Option<&ClientId>,
    ) -> Result<(), ChatError> {
        if let Some(id) = id {
            self.peer.expect(id);
        }
        let sent = self.connected.chat.send(&self.actor, target, None, message).await;
        let view: MessageView = match sent {
            Ok(Outcome::Executed(view)) => view,
            // Frames have no idempotency key.
            Ok(Outcome::Replayed(_)) => return Ok(()),
            Err(failure) => {
                if let Some(id) = id {
                    self.peer.forget(id);
                }
                return Err(failure);
            }
        };
        let (room, seq) = (view.message.room, view.message.seq);
        // A room of two people is listened to from the first message on.
        let is_first = view.to.is_some() && self.connected.listen(&self.peer, room, seq);
        let is_answered = match id {
            Some(id) => !self.peer.needs_answer(id, room, seq),
            None => !is_first && self.peer.listens(room),
        };
        if !is_answered {
            self.peer.send(&frames::sent(&view, id));
        }
        Ok(())
    }

    async fn history(
        &self,
        of: Target,
        before: Option<Before>,
        limit: u32,
        id: Option<&ClientId>,
    ) -> Result<(), ChatError> {
        let chat = &self.connected.chat;
        let (past, of) = match of {
            Target::Room(room) => {
                let named = match &room {
                    RoomRef::Id(id) => id.to_string(),
                    RoomRef::Name(name) => name.as_str().to_owned(),
                };
                (chat.history(&self.actor, room, before, None, limit).await?, (Some(named), None))
            }
            Target::Person(user) => {
                let past = chat.direct_history(&self.actor, user, before, None, limit).await?;
                (past, (None, Some(user)))
            }
        };
        self.peer.send(&frames::history(of, &past, id));
        Ok(())
    }

    async fn typing(&self, target: Target) -> Result<(), ChatError> {
        let seat = match target {
            Target::Room(room) => self.connected.chat.seat(&self.actor, room).await?,
            Target::Person(user) => self.connected.chat.direct_seat(&self.actor, user).await?,
        };
        let room = seat.room.id;
        let mut typed = self.typed.borrow_mut();
        typed.retain(|_, at| at.elapsed() < TYPING);
        if typed.contains_key(&room) || seat.member.mute(self.clock.now()).is_some() {
            return Ok(());
        }
        typed.insert(room, Instant::now());
        drop(typed);
        self.connected.show(Hint { room, user: self.actor.user, kind: HintKind::Typing });
        Ok(())
    }
}
