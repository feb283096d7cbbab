//! The sockets of this process, and what reaches them: entries of rooms, and who comes and goes.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use async_trait::async_trait;
use chat::{
    Chat, events,
    live::{Listening, LiveRooms, Source},
    outbound::{BEAT, Hint, HintKind, Notifier, Presence},
    service::Marker,
    values::RoomId,
};
use kernel::{Event, StoreError, UserId};
use rest::live::{LiveFeed, Told};
use serde_json::Value;
use tokio::{runtime::Handle, sync::broadcast::error::RecvError};

use super::{
    frames::{self, RoomFrame},
    peer::{KINDS, Peer},
};

/// Entries that one step reads.
const READ: u32 = 200;
/// As many frames wait to be written before more is sent.
const WAITING: usize = 32;
/// How often it is looked whether fewer wait.
const PAUSE: Duration = Duration::from_millis(5);
/// How often who is online is looked at.
const PRESENCE: Duration = Duration::from_secs(5);

/// Reads logs.
struct Logs(Arc<Chat>);

#[async_trait]
impl Source<RoomFrame> for Logs {
    async fn frames(
        &self,
        room: RoomId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<(i64, RoomFrame)>, StoreError> {
        let entries = self.0.entries(room, after, limit).await?;
        Ok(entries.iter().map(|one| (one.told.entry.seq, RoomFrame::of(one))).collect())
    }

    async fn heads(&self, rooms: &[RoomId]) -> Result<Vec<(RoomId, i64)>, StoreError> {
        self.0.heads(rooms).await
    }
}

/// The sockets of this process.
pub(super) struct Connected {
    pub(super) chat: Arc<Chat>,
    pub(super) rooms: Arc<LiveRooms<RoomFrame>>,
    presence: Arc<dyn Presence>,
    notifier: Arc<dyn Notifier>,
    /// Why presence could not be kept.
    presence_fault: Mutex<Option<String>>,
    /// Above so many listeners a room sends neither who types nor who has read, and of those online only how many.
    presence_max: usize,
    peers: Mutex<HashMap<UserId, Vec<Arc<Peer>>>>,
    /// Counts those who went out of rooms, so that who is about to listen knows that they have to ask again.
    departures: AtomicU64,
    started: AtomicBool,
    shown: Mutex<HashMap<RoomId, Shown>>,
}

/// What was last shown of a room.
#[derive(Default)]
struct Shown {
    members: Option<Vec<UserId>>,
    online: Vec<UserId>,
    listeners: usize,
}

fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Connected {
    pub(super) fn new(
        chat: Arc<Chat>,
        presence: Arc<dyn Presence>,
        notifier: Arc<dyn Notifier>,
        presence_max: usize,
    ) -> Arc<Self> {
        let rooms = Arc::new(LiveRooms::new(Arc::new(Logs(Arc::clone(&chat)))));
        Arc::new(Self {
            chat,
            rooms,
            presence,
            notifier,
            presence_fault: Mutex::default(),
            presence_max,
            peers: Mutex::default(),
            departures: AtomicU64::new(0),
            started: AtomicBool::new(false),
            shown: Mutex::default(),
        })
    }

    /// Follows what happens, from the first socket on.
    pub(super) fn start(self: &Arc<Self>, feed: &Arc<LiveFeed>) {
        if self.started.swap(true, Ordering::AcqRel) {
            return;
        }
        let (rooms, runtime) = (Arc::clone(&self.rooms), Handle::current());
        // What this process commits is known before the feed tells it.
        self.chat.announce_by(move |room, seq| {
            if rooms.note(room, seq) {
                let rooms = Arc::clone(&rooms);
                runtime.spawn(async move { caught_up(&rooms, room).await });
            }
        });
        let (connected, mut events) = (Arc::clone(self), feed.subscribe());
        tokio::spawn(async move {
            loop {
                match events.recv().await {
                    Ok(Told::Event(event)) => connected.hear(&event),
                    Ok(Told::Replaced) => connected.start_over(),
                    Err(RecvError::Lagged(_)) => connected.look().await,
                    Err(RecvError::Closed) => return,
                }
            }
        });
        let connected = Arc::clone(self);
        self.notifier.listen(Arc::new(move |hint| {
            connected.pass(hint);
        }));
        let connected = Arc::clone(self);
        tokio::spawn(async move {
            let mut ticks = tokio::time::interval(PRESENCE);
            let mut kept = Instant::now();
            loop {
                ticks.tick().await;
                if kept.elapsed() >= BEAT {
                    kept = Instant::now();
                    connected.kept(connected.presence.keep().await);
                }
                connected.show_presence().await;
            }
        });
    }

    /// A socket is there.
    pub(super) fn arrive(self: &Arc<Self>, peer: &Arc<Peer>) {
        guard(&self.peers).entry(peer.user()).or_default().push(Arc::clone(peer));
        self.note(peer.user(), true);
    }

    /// It is gone.
    pub(super) fn depart(self: &Arc<Self>, peer: &Arc<Peer>) {
        let mut peers = guard(&self.peers);
        if let Some(own) = peers.get_mut(&peer.user()) {
            own.retain(|one| !Arc::ptr_eq(one, peer));
            if own.is_empty() {
                peers.remove(&peer.user());
            }
        }
        drop(peers);
        self.note(peer.user(), false);
    }

    /// Notes that a person has one socket more or one less.
    fn note(self: &Arc<Self>, user: UserId, is_here: bool) {
        let connected = Arc::clone(self);
        let Ok(runtime) = Handle::try_current() else { return };
        runtime.spawn(async move {
            let presence = &connected.presence;
            let noted =
                if is_here { presence.arrive(user).await } else { presence.depart(user).await };
            connected.kept(noted);
        });
    }

    /// Notes how it went to say who is here; one log line for each change.
    fn kept(&self, outcome: Result<(), StoreError>) {
        let fault = outcome.err().map(|error| error.to_string());
        let before = std::mem::replace(&mut *guard(&self.presence_fault), fault.clone());
        match fault {
            Some(error) if before.is_none() => tracing::warn!(error, "presence cannot be kept"),
            None if before.is_some() => tracing::info!("presence is kept again"),
            _ => {}
        }
    }

    pub(super) fn presence_state(&self) -> Result<(), String> {
        guard(&self.presence_fault).clone().map_or(Ok(()), Err)
    }

    /// The sockets of a person.
    fn of(&self, user: UserId) -> Vec<Arc<Peer>> {
        guard(&self.peers).get(&user).cloned().unwrap_or_default()
    }

    /// Shows what someone does to those who listen to a room, in this process and in others, if they are few.
    pub(super) fn show(&self, hint: Hint) {
        if self.pass(hint) {
            self.notifier.notify(hint);
        }
    }

    /// Shows how far someone has read, when that is further than before.
    pub(super) fn show_read(&self, marker: &Marker, user: UserId) {
        if marker.moved {
            let kind = HintKind::Read { number: marker.read_number };
            self.show(Hint { room: marker.room, user, kind });
        }
    }

    /// The same in this process; false when those who listen are too many.
    fn pass(&self, hint: Hint) -> bool {
        let Hint { room, user, kind } = hint;
        let listeners = self.rooms.listeners(room);
        if listeners > 0 && listeners <= self.presence_max {
            let frame = match kind {
                HintKind::Typing => frames::typing(room, user),
                HintKind::Read { number } => frames::read(room, user, number, None).into(),
            };
            self.rooms.pass(room, &frame);
        }
        listeners <= self.presence_max
    }

    /// How often someone went out of a room so far.
    pub(super) fn departures(&self) -> u64 {
        self.departures.load(Ordering::Acquire)
    }

    /// The frames of entries behind a place, from what is kept here or from the log.
    pub(super) async fn frames(
        &self,
        room: RoomId,
        after: i64,
        limit: u32,
    ) -> Result<Vec<(i64, RoomFrame)>, StoreError> {
        self.rooms.behind(room, after, limit).await
    }

    fn hear(self: &Arc<Self>, event: &Event) {
        let kind = event.name.split('.').next().unwrap_or_default();
        if KINDS.iter().any(|(name, _)| *name == kind) {
            return self.tell(kind, event);
        }
        if !matches!(kind, "room" | "message") {
            return;
        }
        let number = |field: &str| event.payload.get(field).and_then(Value::as_i64);
        let is_of_room = matches!(
            event.name.as_str(),
            events::ROOM_CREATED | events::ROOM_UPDATED | events::ROOM_DELETED
        );
        let room = if is_of_room { Some(event.subject) } else { number("room_id") };
        let Some(room) = room.and_then(|id| RoomId::parse(id).ok()) else { return };
        match event.name.as_str() {
            events::ROOM_DELETED => return self.gone(room, None),
            events::LEFT => {
                let user = number("user_id").and_then(|id| UserId::parse(id).ok());
                self.changed(room);
                self.gone(room, user);
            }
            events::JOINED => self.changed(room),
            _ => {}
        }
        let Some(seq) = number("seq") else { return };
        if event.name == events::SENT && number("to").is_some() {
            // Two people hear each other without joining.
            let both = [number("user_id"), number("to")];
            for user in both.into_iter().flatten().filter_map(|id| UserId::parse(id).ok()) {
                for peer in self.of(user) {
                    self.listen(&peer, room, seq - 1);
                }
            }
        }
        if self.rooms.note(room, seq) {
            let rooms = Arc::clone(&self.rooms);
            tokio::spawn(async move { caught_up(&rooms, room).await });
        }
    }

    /// Passes an event of another domain to those whom it concerns.
    fn tell(&self, kind: &str, event: &Event) {
        let mut frame = None;
        let people = event.audience.iter().filter_map(|token| token.as_str().strip_prefix("u:"));
        for user in people.filter_map(|id| id.parse().ok()) {
            for peer in self.of(user).iter().filter(|peer| peer.hears(kind)) {
                peer.send(frame.get_or_insert_with(|| frames::event(kind, event)));
            }
        }
    }

    /// Makes a socket listen to a room from behind a place; false when it does already.
    pub(super) fn listen(self: &Arc<Self>, peer: &Arc<Peer>, room: RoomId, after: i64) -> bool {
        if peer.listens(room) {
            return false;
        }
        let listening = peer.attach_first(self.rooms.listen(room, Arc::clone(peer) as _));
        let Some(listening) = listening else { return false };
        peer.has(room, after);
        if listening.start(after) {
            return true;
        }
        // Others are further, and what is between is not kept here: the log has it.
        let (connected, peer) = (Arc::clone(self), Arc::clone(peer));
        tokio::spawn(async move {
            let missed = Missed { last: after, head: after, frames: Vec::new() };
            if let Err(error) = connected.follow(&peer, &listening, missed).await {
                tracing::warn!(%error, %room, "a room could not be read");
                peer.detach(room);
            }
        });
        true
    }

    /// Sends a socket what it missed of a room, and then what comes.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub(super) async fn follow(
        &self,
        peer: &Arc<Peer>,
        listening: &Listening<RoomFrame>,
        missed: Missed,
    ) -> Result<(), StoreError> {
        let room = listening.room();
        let Missed { mut last, head, mut frames } = missed;
        loop {
            for (seq, frame) in frames.drain(..) {
                if seq == last + 1 {
                    last = seq;
                    peer.send(frame.frame());
                    // A queue holds less than a step reads.
                    drained(peer).await;
                }
            }
            peer.has(room, last);
            if last >= head && listening.start(last) {
                break;
            }
            frames = self.frames(room, last, READ).await?;
            if frames.first().is_none_or(|(seq, _)| *seq != last + 1) {
                // The room is gone, or its log was cut off meanwhile: it goes on from its end.
                last = last.max(head);
                peer.has(room, last);
                listening.start(last);
                break;
            }
        }
        self.rooms.catch_up(room).await
    }

    /// Someone is out of a room, or everyone, because the room is gone.
    fn gone(&self, room: RoomId, user: Option<UserId>) {
        self.departures.fetch_add(1, Ordering::AcqRel);
        let peers = match user {
            Some(user) => self.of(user),
            None => guard(&self.peers).values().flatten().cloned().collect(),
        };
        for peer in peers {
            if peer.detach(room) {
                peer.send(&frames::removed(room));
            }
        }
    }

    fn changed(&self, room: RoomId) {
        if let Some(shown) = guard(&self.shown).get_mut(&room) {
            shown.members = None;
        }
    }

    /// The database was replaced: clients come back and learn that places are others.
    fn start_over(&self) {
        let peers: Vec<Arc<Peer>> = guard(&self.peers).values().flatten().cloned().collect();
        for peer in peers {
            peer.sender().close(1012, "the database was replaced");
        }
    }

    async fn look(&self) {
        // Who went out of a room meanwhile was not heard of, either.
        self.departures.fetch_add(1, Ordering::AcqRel);
        let peers: Vec<Arc<Peer>> = guard(&self.peers).values().flatten().cloned().collect();
        let mut gone = Vec::new();
        for room in self.rooms.rooms() {
            match self.chat.member_ids(room).await {
                Ok(members) => gone.push((room, members)),
                Err(error) => tracing::warn!(%error, "the members of a room are not known"),
            }
        }
        for (room, members) in gone {
            let members: HashSet<UserId> = members.into_iter().collect();
            for peer in peers.iter().filter(|peer| !members.contains(&peer.user())) {
                if peer.detach(room) {
                    peer.send(&frames::removed(room));
                }
            }
        }
        if let Err(error) = self.rooms.look().await {
            tracing::warn!(%error, "rooms could not be looked at");
        }
    }

    /// Tells rooms who of them is online, where that has changed.
    async fn show_presence(&self) {
        let rooms = self.rooms.rooms();
        guard(&self.shown).retain(|room, _| rooms.contains(room));
        for room in rooms {
            if let Err(error) = self.show_presence_in(room).await {
                tracing::warn!(%error, "presence is not known");
                return;
            }
        }
    }

    async fn show_presence_in(&self, room: RoomId) -> Result<(), StoreError> {
        let known = guard(&self.shown).entry(room).or_default().members.clone();
        let members = match known {
            Some(members) => members,
            None => self.chat.member_ids(room).await?,
        };
        let mut online = self.presence.online(&members).await?;
        online.sort_unstable();
        let listeners = self.rooms.listeners(room);
        let mut shown = guard(&self.shown);
        let last = shown.entry(room).or_default();
        last.members = Some(members);
        if last.online == online && last.listeners == listeners {
            return Ok(());
        }
        (last.online, last.listeners) = (online.clone(), listeners);
        drop(shown);
        let users = (listeners <= self.presence_max).then_some(online.as_slice());
        self.rooms.pass(room, &frames::presence(room, online.len(), users));
        Ok(())
    }
}

/// What a socket missed of a room.
pub(super) struct Missed {
    /// The last entry that it has.
    pub(super) last: i64,
    /// The last entry that there was when it asked.
    pub(super) head: i64,
    /// Those behind the one that it has, as far as they were read.
    pub(super) frames: Vec<(i64, RoomFrame)>,
}

/// Waits until the client has taken most of what was sent.
async fn drained(peer: &Peer) {
    while peer.sender().waiting() > WAITING && peer.sender().is_open() {
        tokio::time::sleep(PAUSE).await;
    }
}

async fn caught_up(rooms: &LiveRooms<RoomFrame>, room: RoomId) {
    if let Err(error) = rooms.catch_up(room).await {
        tracing::warn!(%error, %room, "a room could not be read; it is read again with its next entry");
    }
}
