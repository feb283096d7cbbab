//! People, a clock that the tests move, and a limiter that they can exhaust.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use chat::{
    Chat, ChatError, ChatTx, RoomId,
    commands::{CreateRoom, SendMessage, Target, UpdateMember},
    log::{Missed, Place},
    member::Member,
    message::Message,
    service::{Dependencies, MessageView, Past},
    values::{
        ClientId, Content, MemberRole, Retention, RoomDescription, RoomName, RoomRef, SlowMode,
    },
};
use kernel::{
    Actor, Clock as _, Delivery, DomainError as _, Event, LimitDecision, Limiter, Outcome,
    Position, Quota, Role, StoreError, Timestamp, UnitOfWork, UserId, consumer::Source,
    time::FixedClock,
};
use memory::MemoryDb;
use pollster::block_on;

/// Allows everything until it is exhausted.
#[derive(Default)]
pub(crate) struct Limits {
    pub(crate) exhausted: AtomicBool,
}

#[async_trait]
impl Limiter for Limits {
    async fn check(&self, policy: &'static str, _: &str) -> LimitDecision {
        assert_eq!(policy, chat::service::MESSAGES.0);
        let allowed = !self.exhausted.load(Ordering::Relaxed);
        LimitDecision {
            allowed,
            quota: Quota { calls: 1, per: Duration::from_secs(1) },
            remaining: 0,
            retry_after: Duration::from_millis(300),
            reset_after: Duration::from_secs(1),
        }
    }
}

pub(crate) struct Fixture {
    pub(crate) db: Arc<MemoryDb>,
    pub(crate) chat: Arc<Chat>,
    pub(crate) work: Arc<dyn UnitOfWork<dyn ChatTx>>,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) limits: Arc<Limits>,
    /// What was announced.
    pub(crate) announced: Arc<Mutex<Vec<(RoomId, i64)>>>,
    pub(crate) ada: Actor,
    pub(crate) bob: Actor,
    pub(crate) eve: Actor,
    /// Holds the permission to moderate.
    pub(crate) moderator: Actor,
}

/// The code of a refusal.
pub(crate) fn code<T>(result: Result<T, ChatError>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(error) => error.code(),
    }
}

pub(crate) fn executed<T>(outcome: Outcome<T>) -> T {
    match outcome {
        Outcome::Executed(value) => value,
        Outcome::Replayed(_) => panic!("it must be executed"),
    }
}

pub(crate) fn content(text: &str) -> Content {
    Content::parse(text).unwrap()
}

pub(crate) fn saying(text: &str) -> SendMessage {
    SendMessage::saying(content(text))
}

pub(crate) fn as_id(id: &str, command: SendMessage) -> SendMessage {
    SendMessage { client_id: Some(ClientId::parse(id).unwrap()), ..command }
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let db = MemoryDb::new();
        let [ada, bob, eve] = ["ada", "bob", "eve"].map(|name| {
            let user = db.add_person(name).unwrap();
            Actor { request_id: Some(format!("req-{name}").into()), ..Actor::new(user, Role::User) }
        });
        let moderator = Actor::new(db.add_person("mod").unwrap(), Role::Moderator);
        let start = Timestamp::parse("2026-11-23T08:00:00Z").unwrap();
        let clock = Arc::new(FixedClock::at(start));
        let work: Arc<dyn UnitOfWork<dyn ChatTx>> = db.clone();
        let limits = Arc::new(Limits::default());
        let chat = Arc::new(Chat::new(Dependencies {
            work: Arc::clone(&work),
            clock: Arc::clone(&clock) as _,
            limiter: Arc::clone(&limits) as _,
        }));
        let announced = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&announced);
        chat.announce_by(move |room, seq| heard.lock().unwrap().push((room, seq)));
        Self { db, chat, work, clock, limits, announced, ada, bob, eve, moderator }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn tick(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    pub(crate) fn create(
        &self,
        actor: &Actor,
        name: &str,
        private: bool,
    ) -> Result<RoomId, ChatError> {
        let command = CreateRoom {
            name: RoomName::parse(name).unwrap(),
            description: RoomDescription::parse("What it is for").unwrap(),
            private,
            slow_mode: SlowMode::default(),
            retention: None,
        };
        Ok(executed(block_on(self.chat.create(actor, None, command))?).room.id)
    }

    /// A public room of Ada's, with Bob in it.
    pub(crate) fn public(&self) -> RoomId {
        let room = self.create(&self.ada, "general", false).unwrap();
        self.join(&self.bob, room).unwrap();
        room
    }

    /// A private room of Ada's, with Bob in it.
    pub(crate) fn private(&self) -> RoomId {
        let room = self.create(&self.ada, "closed", true).unwrap();
        block_on(self.chat.add_member(&self.ada, room.into(), None, self.bob.user)).unwrap();
        room
    }

    pub(crate) fn join(&self, actor: &Actor, room: RoomId) -> Result<Member, ChatError> {
        Ok(block_on(self.chat.join(actor, room.into()))?.member.unwrap())
    }

    pub(crate) fn try_send(
        &self,
        actor: &Actor,
        room: RoomId,
        command: SendMessage,
    ) -> Result<MessageView, ChatError> {
        let target = Target::Room(RoomRef::Id(room));
        Ok(executed(block_on(self.chat.send(actor, target, None, command))?))
    }

    pub(crate) fn send(&self, actor: &Actor, room: RoomId, text: &str) -> Message {
        self.try_send(actor, room, saying(text)).unwrap().message
    }

    pub(crate) fn try_write(
        &self,
        actor: &Actor,
        to: UserId,
        command: SendMessage,
    ) -> Result<MessageView, ChatError> {
        let target = Target::Person(to);
        Ok(executed(block_on(self.chat.send(actor, target, None, command))?))
    }

    pub(crate) fn update_member(
        &self,
        actor: &Actor,
        room: RoomId,
        user: UserId,
        update: UpdateMember,
    ) -> Result<Member, ChatError> {
        let update = self.chat.update_member(actor, room.into(), user, None, update);
        Ok(block_on(update)?.member)
    }

    pub(crate) fn set_role(&self, actor: &Actor, room: RoomId, user: UserId, role: MemberRole) {
        let update = UpdateMember { role: Some(role), ..UpdateMember::default() };
        self.update_member(actor, room, user, update).unwrap();
    }

    pub(crate) fn ban(
        &self,
        actor: &Actor,
        room: RoomId,
        user: UserId,
    ) -> Result<Member, ChatError> {
        let update = UpdateMember { banned: Some(true), ..UpdateMember::default() };
        self.update_member(actor, room, user, update)
    }

    pub(crate) fn past(&self, actor: &Actor, room: RoomId) -> Result<Past, ChatError> {
        block_on(self.chat.history(actor, room.into(), None, None, 100))
    }

    /// What a caller reads in a room, the oldest first.
    pub(crate) fn texts(&self, actor: &Actor, room: RoomId) -> Result<Vec<String>, ChatError> {
        let said = |view: &MessageView| {
            view.message.content.as_ref().map_or("-", Content::as_str).to_owned()
        };
        Ok(self.past(actor, room)?.messages.iter().rev().map(said).collect())
    }

    pub(crate) fn missed(
        &self,
        actor: &Actor,
        room: RoomId,
        after: Option<Place>,
    ) -> Result<Missed, ChatError> {
        block_on(self.chat.missed(actor, room.into(), after, 100))
    }

    pub(crate) fn member(&self, room: RoomId, user: UserId) -> Option<Member> {
        let read: Result<_, StoreError> =
            block_on(self.work.read(move |tx| tx.members().get(room, user)));
        read.unwrap()
    }

    /// What was published, in order.
    pub(crate) fn events(&self) -> Vec<Event> {
        let read: Result<Vec<Event>, StoreError> =
            block_on(self.work.read(|tx| tx.outbox().after(None, 10_000)));
        read.unwrap()
    }

    /// The names of what was published since `f` began.
    pub(crate) fn published(&self, f: impl FnOnce()) -> Vec<String> {
        let before = self.events().len();
        f();
        self.events().into_iter().skip(before).map(|event| event.name).collect()
    }

    pub(crate) fn set_retention(&self, room: RoomId, days: i64) {
        let update = chat::commands::UpdateRoom {
            retention: kernel::Patch::Set(Retention::parse(days).unwrap()),
            ..Default::default()
        };
        block_on(self.chat.update(&self.ada, room.into(), None, update)).unwrap();
    }

    /// The account is deleted, and chat hears of it.
    pub(crate) fn forget(&self, user: UserId) -> Result<u64, ChatError> {
        const CONSUMER: &str = "chat.forget_user";
        let event = Event {
            id: kernel::EventId::parse(i64::MAX - user.get()).unwrap(),
            name: kernel::consumer::USER_DELETED.to_owned(),
            at: self.now(),
            actor: None,
            subject: user.get(),
            audience: Vec::new(),
            payload: serde_json::Value::Null,
            request_id: None,
            traceparent: None,
        };
        let started: Result<(), StoreError> =
            block_on(self.work.write(|tx| tx.inbox().start(CONSUMER, Position::START)));
        started.unwrap();
        let source = Source::Feed(Position::START);
        let delivery = Delivery { consumer: CONSUMER, event: Arc::new(event), source };
        block_on(self.chat.forget_user(delivery, user))
    }
}
