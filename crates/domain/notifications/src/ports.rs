//! What this domain needs of a store. Adapters implement it and prove it with the `kit`.
#![deny(missing_docs)]

use std::collections::BTreeMap;

use kernel::{
    CommonTx, Locale, Page, PageRequest, Permission, Permissions, PhoneNumber, RoomId, StoreError,
    Timestamp, UserId,
};

use crate::{
    kind::Kind,
    notification::{NewNotification, Notification},
    preferences::Channel,
    query::Filter,
    report::PlannedReport,
    sending::Sending,
    settings::Settings,
    values::NotificationId,
};

/// Stores notifications.
///
/// * N1 of all notifications that are inserted for one person with one kind and one dedupe, however
///   many transactions insert them, exactly one is stored: `insert` returns `None` for the others;
/// * N6 `read_all` marks the unread notifications of one person that were created at or before a moment,
///   and none that came later or belong to another person; it returns how many. Those that were read
///   keep the time at which they were;
/// * N9 nothing is stored for an account that is not active: `insert` returns `None`;
/// * S1 `get` after `insert` or `set_read` returns an equal notification (times to the microsecond, any
///   text);
/// * S2 every call finds the notifications of their owner and no others;
/// * S3 `set_read` returns true when it changed something: a second time keeps the first moment;
/// * S4 `list` returns the newest first, without gaps or repeats between pages, whether pages go by
///   number or by cursor, and those that its filter names; numbered pages count `total`;
/// * S5 `unread` counts one person's unread notifications by kind;
/// * S6 `remove_all` removes every notification of one person and no others, and returns how many;
/// * S7 `remove` removes a notification once: the second time it returns false.
pub trait NotificationStore {
    /// Adds a notification, unread (N1, N9).
    fn insert(&mut self, new: &NewNotification) -> Result<Option<Notification>, StoreError>;
    /// A notification of this owner.
    fn get(
        &mut self,
        owner: UserId,
        id: NotificationId,
    ) -> Result<Option<Notification>, StoreError>;
    /// Marks a notification as read at a moment, or as unread (S3).
    fn set_read(
        &mut self,
        owner: UserId,
        id: NotificationId,
        read_at: Option<Timestamp>,
    ) -> Result<bool, StoreError>;
    /// Marks everything up to `before` as read at `now` (N6).
    fn read_all(
        &mut self,
        owner: UserId,
        before: Timestamp,
        now: Timestamp,
    ) -> Result<u64, StoreError>;
    /// Removes a notification (S7).
    fn remove(&mut self, owner: UserId, id: NotificationId) -> Result<bool, StoreError>;
    /// A page of one owner's notifications (S4).
    fn list(
        &mut self,
        owner: UserId,
        filter: Filter,
        page: &PageRequest,
    ) -> Result<Page<Notification>, StoreError>;
    /// How many are unread, by kind (S5). Kinds without any are left out.
    fn unread(&mut self, owner: UserId) -> Result<BTreeMap<Kind, u64>, StoreError>;
    /// Removes everything of one owner (S6).
    fn remove_all(&mut self, owner: UserId) -> Result<u64, StoreError>;
}

/// Stores what people chose.
///
/// * C1 `of` returns what was saved last, and the default for a person who chose nothing;
/// * C2 of two transactions that `lock` one person's settings, the second waits and sees what the first
///   saved;
/// * C3 `forget` removes one person's settings and no others.
pub trait SettingsStore {
    /// One person's settings.
    fn of(&mut self, owner: UserId) -> Result<Settings, StoreError>;
    /// The same; no other transaction changes them before this one ends (C2).
    fn lock_settings(&mut self, owner: UserId) -> Result<Settings, StoreError>;
    /// Saves all of them.
    fn save_settings(&mut self, settings: &Settings) -> Result<(), StoreError>;
    /// Removes them (C3).
    fn forget_settings(&mut self, owner: UserId) -> Result<(), StoreError>;
}

/// Stores what became of notifications on each channel.
///
/// * N4 `due` returns held ones whose time has come and no others, the oldest notification first, at
///   most so many; `is_holding` is true while any of one person is held on a channel;
/// * N4 `hasten` makes what is held or batched of one person held and due now, and returns how many;
/// * N5 `batched` returns what is batched of one person on a channel and no others, the oldest notification
///   first, at most so many; of two transactions that ask, the second waits and sees what the first left;
///   `digest_at` is when the first of them is due;
/// * Q6 `is_any_due` says whether `due` returns any, and writes nothing;
/// * N7 every field survives `put`, which replaces what was there of the notification and channel;
/// * N7 `change` does the same where there is one, and returns true; otherwise it adds nothing;
/// * N9 what is removed with its notification is not due any more.
pub trait SendingStore {
    /// Notes what became of a notification on a channel.
    fn put(&mut self, sending: &Sending) -> Result<(), StoreError>;
    /// Changes what became of a notification on a channel, if it was noted (N7).
    fn change(&mut self, sending: &Sending) -> Result<bool, StoreError>;
    /// What became of a notification, by channel.
    fn sendings(&mut self, id: NotificationId) -> Result<Vec<Sending>, StoreError>;
    /// Those held whose time has come.
    fn due(&mut self, now: Timestamp, limit: u32) -> Result<Vec<Sending>, StoreError>;
    /// Whether any is held whose time has come. Unlike `due`, it also works in units that only read.
    fn is_any_due(&mut self, now: Timestamp) -> Result<bool, StoreError>;
    /// Whether any of one person is held.
    fn is_holding(&mut self, owner: UserId, channel: Channel) -> Result<bool, StoreError>;
    /// What waits for a digest (N5).
    fn batched(
        &mut self,
        owner: UserId,
        channel: Channel,
        limit: u32,
    ) -> Result<Vec<Sending>, StoreError>;
    /// When what waits for a digest is due (N5).
    fn digest_at(
        &mut self,
        owner: UserId,
        channel: Channel,
    ) -> Result<Option<Timestamp>, StoreError>;
    /// Makes what is held or batched of one person held and due now.
    fn hasten(&mut self, owner: UserId, now: Timestamp) -> Result<u64, StoreError>;
}

/// Stores when the next reports of people are due.
///
/// * R1 `plan` notes when a person's next report of a kind is due, unless there is one planned; it says
///   whether it wrote;
/// * R2 `planned` returns the reports of a kind that are due at or before a moment, by moment, ties by
///   person, those behind `after`, at most `limit`;
/// * R3 `advance` moves a report, or removes it without a next moment, when it is still due at the moment
///   that it names; of many that advance one simultaneously one succeeds;
/// * R4 `reschedule` moves every planned report of one person and no others; `forget_reports` removes them.
pub trait ReportStore {
    /// Plans a report (R1).
    fn plan(&mut self, report: &PlannedReport) -> Result<bool, StoreError>;
    /// Reports whose time has come (R2).
    fn planned(
        &mut self,
        kind: Kind,
        until: Timestamp,
        after: Option<&PlannedReport>,
        limit: u32,
    ) -> Result<Vec<PlannedReport>, StoreError>;
    /// Moves a report on (R3).
    fn advance(
        &mut self,
        report: &PlannedReport,
        next: Option<Timestamp>,
    ) -> Result<bool, StoreError>;
    /// Moves the reports of a person (R4).
    fn reschedule(&mut self, owner: UserId, due_at: Timestamp) -> Result<(), StoreError>;
    /// Removes the reports of a person (R4).
    fn forget_reports(&mut self, owner: UserId) -> Result<(), StoreError>;
}

/// A person as this domain knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The account.
    pub id: UserId,
    /// What it may do, by all of its roles.
    pub permissions: Permissions,
}

/// What this domain asks about people.
///
/// * P1 `find` finds an active account by its name without regard of case, with what all of its roles allow
///   at that moment; a suspended, closed, deleted or unknown one is not found;
/// * P2 `names` returns the names of accounts that are there, active or not;
/// * P3 `address` returns the proven address of an active account;
/// * P4 `holders` returns the active accounts that hold a permission by one of their roles, and no others;
/// * P5 `locale` returns the language that an account has chosen, and the default one for an account that
///   is not there;
/// * P6 `phone` returns the proven phone number of an active account.
pub trait People {
    /// Who has this name (P1).
    fn find(&mut self, username: &str) -> Result<Option<Person>, StoreError>;
    /// What they are called (P2).
    fn names(&mut self, users: &[UserId]) -> Result<BTreeMap<UserId, String>, StoreError>;
    /// Who holds a permission (P4).
    fn holders(&mut self, permission: Permission) -> Result<Vec<UserId>, StoreError>;
    /// Where their emails go (P3).
    fn address(&mut self, user: UserId) -> Result<Option<String>, StoreError>;
    /// Where their text messages go (P6).
    fn phone(&mut self, user: UserId) -> Result<Option<PhoneNumber>, StoreError>;
    /// What they read (P5).
    fn locale(&mut self, user: UserId) -> Result<Locale, StoreError>;
}

/// How far someone has read a chat room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoomReader {
    /// The number of the last message that they have read.
    pub read_number: i64,
    /// The number of the last message that there is.
    pub last_number: i64,
}

/// What this domain asks about chat rooms.
///
/// * H1 `reader` says how far a person has read who is in a room now and wants to hear of it; it returns `None` for
///   everyone else: strangers, those who left or are banned, and those who want to hear nothing of the room.
pub trait RoomReaders {
    /// How far someone has read a room (H1).
    fn reader(&mut self, room: RoomId, user: UserId) -> Result<Option<RoomReader>, StoreError>;
}

/// This domain's face of a transaction.
pub trait NotificationsTx: CommonTx {
    /// Notifications.
    fn notifications(&mut self) -> &mut dyn NotificationStore;
    /// What people chose.
    fn settings(&mut self) -> &mut dyn SettingsStore;
    /// What became of notifications on each channel.
    fn sendings(&mut self) -> &mut dyn SendingStore;
    /// When reports are due.
    fn reports(&mut self) -> &mut dyn ReportStore;
    /// People.
    fn people(&mut self) -> &mut dyn People;
    /// Chat rooms.
    fn room_readers(&mut self) -> &mut dyn RoomReaders;
}
