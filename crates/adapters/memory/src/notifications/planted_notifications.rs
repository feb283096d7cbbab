//! Stores of notifications with one planted bug each: the case that promises otherwise must fail, or it
//! proves nothing.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use chat::kit::scene::{Other, Scene};
use kernel::{
    Access, BoxFuture, Page, PageRequest, RoomId, StoreError, Timestamp, UnitOfWork, UserId, Work,
};
use notifications::{
    Kind, Notification, NotificationId, NotificationStore, NotificationsTx, People, ReportStore,
    RoomReaders, SendingStore, SettingsStore,
    kit::{CASES, Fixture, InRoom, OpenRoom, phone},
    notification::NewNotification,
    ports::RoomReader,
    preferences::{Channel, Preferences},
    query::Filter,
    report::PlannedReport,
    sending::Sending,
    settings::Settings,
    values::Dedupe,
};
use pollster::block_on;

use crate::{MemoryDb, common::planted::common_of_inner, state::State, tx::MemoryTx};

/// What is wrong with a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bug {
    /// One event gives several notifications of a kind (N1).
    StoresTwice,
    /// Everything is marked as read, whenever it came (N6).
    ReadsWhatCameLater,
    /// Reading again moves the moment (S3).
    ReadsAgain,
    /// A list shows what its filter does not name (S4).
    IgnoresTheFilter,
    /// A change notes what became of a notification that is gone (N7).
    NotesWhatIsGone,
    /// What went out with a digest is in the next one, too (N5).
    DigestsTwice,
    /// Settings are gone when others are saved (C1).
    KeepsOneSetting,
    /// Forgetting one person's settings forgets everyone's (C3).
    ForgetsEveryone,
    /// A report that another one has moved on is moved on, too (R3).
    ReportsTwice,
    /// Planning a report anew puts it off (R1).
    PutsReportsOff,
    /// Who wants to hear nothing of a room hears of it, and who has left (H1).
    ForgetsWhoReads,
}

struct PlantedDb {
    inner: Arc<MemoryDb>,
    bug: Bug,
}

struct PlantedTx {
    tx: MemoryTx,
    bug: Bug,
    inserted: usize,
}

impl UnitOfWork<dyn NotificationsTx> for PlantedDb {
    fn run(
        &self,
        access: Access,
        mut work: Work<dyn NotificationsTx>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        let bug = self.bug;
        Box::pin(async move {
            self.inner.execute_now(access, &mut |tx| {
                let inside = std::mem::replace(tx, MemoryTx::new(State::default(), access));
                let inserted = inside.state.domains.notifications.rows.len();
                let mut planted = PlantedTx { tx: inside, bug, inserted };
                let verdict = work(&mut planted);
                *tx = planted.tx;
                verdict
            })
        })
    }
}

common_of_inner!(PlantedTx);

impl NotificationsTx for PlantedTx {
    fn notifications(&mut self) -> &mut dyn NotificationStore {
        self
    }
    fn settings(&mut self) -> &mut dyn SettingsStore {
        self
    }
    fn reports(&mut self) -> &mut dyn ReportStore {
        self
    }
    fn sendings(&mut self) -> &mut dyn SendingStore {
        self
    }
    fn people(&mut self) -> &mut dyn People {
        NotificationsTx::people(&mut self.tx)
    }
    fn room_readers(&mut self) -> &mut dyn RoomReaders {
        self
    }
}

impl RoomReaders for PlantedTx {
    fn reader(&mut self, room: RoomId, user: UserId) -> Result<Option<RoomReader>, StoreError> {
        let reader = self.tx.reader(room, user)?;
        let anyone = RoomReader { read_number: 0, last_number: 3 };
        Ok(reader.or((self.bug == Bug::ForgetsWhoReads).then_some(anyone)))
    }
}

impl NotificationStore for PlantedTx {
    fn insert(&mut self, new: &NewNotification) -> Result<Option<Notification>, StoreError> {
        let mut new = new.clone();
        if self.bug == Bug::StoresTwice {
            self.inserted += 1;
            new.dedupe = Dedupe::parse(&self.inserted.to_string()).unwrap();
        }
        NotificationStore::insert(&mut self.tx, &new)
    }
    fn get(
        &mut self,
        owner: UserId,
        id: NotificationId,
    ) -> Result<Option<Notification>, StoreError> {
        NotificationStore::get(&mut self.tx, owner, id)
    }
    fn set_read(
        &mut self,
        owner: UserId,
        id: NotificationId,
        read_at: Option<Timestamp>,
    ) -> Result<bool, StoreError> {
        if self.bug == Bug::ReadsAgain && read_at.is_some() {
            NotificationStore::set_read(&mut self.tx, owner, id, None)?;
        }
        NotificationStore::set_read(&mut self.tx, owner, id, read_at)
    }
    fn read_all(
        &mut self,
        owner: UserId,
        before: Timestamp,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let late = Timestamp::from_micros(before.micros() * 2).unwrap();
        let before = if self.bug == Bug::ReadsWhatCameLater { late } else { before };
        NotificationStore::read_all(&mut self.tx, owner, before, now)
    }
    fn remove(&mut self, owner: UserId, id: NotificationId) -> Result<bool, StoreError> {
        NotificationStore::remove(&mut self.tx, owner, id)
    }
    fn list(
        &mut self,
        owner: UserId,
        filter: Filter,
        page: &PageRequest,
    ) -> Result<Page<Notification>, StoreError> {
        let lax = self.bug == Bug::IgnoresTheFilter;
        let filter = if lax { Filter::default() } else { filter };
        NotificationStore::list(&mut self.tx, owner, filter, page)
    }
    fn unread(&mut self, owner: UserId) -> Result<BTreeMap<Kind, u64>, StoreError> {
        NotificationStore::unread(&mut self.tx, owner)
    }
    fn remove_all(&mut self, owner: UserId) -> Result<u64, StoreError> {
        NotificationStore::remove_all(&mut self.tx, owner)
    }
}

impl SettingsStore for PlantedTx {
    fn of(&mut self, owner: UserId) -> Result<Settings, StoreError> {
        self.tx.of(owner)
    }
    fn lock_settings(&mut self, owner: UserId) -> Result<Settings, StoreError> {
        self.tx.lock_settings(owner)
    }
    fn save_settings(&mut self, settings: &Settings) -> Result<(), StoreError> {
        let mut settings = settings.clone();
        if self.bug == Bug::KeepsOneSetting {
            // Of the preferences, the last one.
            let last = settings.preferences.all().last().copied();
            settings.preferences = Preferences::of(last);
        }
        self.tx.save_settings(&settings)
    }
    fn forget_settings(&mut self, owner: UserId) -> Result<(), StoreError> {
        if self.bug == Bug::ForgetsEveryone {
            for id in 1..9 {
                self.tx.forget_settings(UserId::parse(id).unwrap())?;
            }
        }
        self.tx.forget_settings(owner)
    }
}

impl ReportStore for PlantedTx {
    fn plan(&mut self, report: &PlannedReport) -> Result<bool, StoreError> {
        if self.bug == Bug::PutsReportsOff {
            self.tx.reschedule(report.owner, report.due_at)?;
        }
        self.tx.plan(report)
    }
    fn planned(
        &mut self,
        kind: Kind,
        until: Timestamp,
        after: Option<&PlannedReport>,
        limit: u32,
    ) -> Result<Vec<PlannedReport>, StoreError> {
        self.tx.planned(kind, until, after, limit)
    }
    fn advance(
        &mut self,
        report: &PlannedReport,
        next: Option<Timestamp>,
    ) -> Result<bool, StoreError> {
        Ok(self.tx.advance(report, next)? || self.bug == Bug::ReportsTwice)
    }
    fn reschedule(&mut self, owner: UserId, due_at: Timestamp) -> Result<(), StoreError> {
        self.tx.reschedule(owner, due_at)
    }
    fn forget_reports(&mut self, owner: UserId) -> Result<(), StoreError> {
        self.tx.forget_reports(owner)
    }
}

impl SendingStore for PlantedTx {
    fn put(&mut self, sending: &Sending) -> Result<(), StoreError> {
        let batched = self.tx.batched(sending.owner, sending.channel, u32::MAX)?;
        let is_batched = batched.iter().any(|one| one.notification == sending.notification);
        if self.bug == Bug::DigestsTwice && is_batched {
            return Ok(());
        }
        self.tx.put(sending)
    }
    fn change(&mut self, sending: &Sending) -> Result<bool, StoreError> {
        if self.bug == Bug::NotesWhatIsGone {
            return self.tx.put(sending).map(|()| true);
        }
        SendingStore::change(&mut self.tx, sending)
    }
    fn sendings(&mut self, id: NotificationId) -> Result<Vec<Sending>, StoreError> {
        SendingStore::sendings(&mut self.tx, id)
    }
    fn due(&mut self, now: Timestamp, limit: u32) -> Result<Vec<Sending>, StoreError> {
        SendingStore::due(&mut self.tx, now, limit)
    }
    fn is_any_due(&mut self, now: Timestamp) -> Result<bool, StoreError> {
        self.tx.is_any_due(now)
    }
    fn is_holding(&mut self, owner: UserId, channel: Channel) -> Result<bool, StoreError> {
        self.tx.is_holding(owner, channel)
    }
    fn batched(
        &mut self,
        owner: UserId,
        channel: Channel,
        limit: u32,
    ) -> Result<Vec<Sending>, StoreError> {
        self.tx.batched(owner, channel, limit)
    }
    fn digest_at(
        &mut self,
        owner: UserId,
        channel: Channel,
    ) -> Result<Option<Timestamp>, StoreError> {
        self.tx.digest_at(owner, channel)
    }
    fn hasten(&mut self, owner: UserId, now: Timestamp) -> Result<u64, StoreError> {
        self.tx.hasten(owner, now)
    }
}

/// Makes rooms as the chat does.
fn room(work: Arc<dyn UnitOfWork<dyn chat::ChatTx>>) -> OpenRoom {
    Arc::new(move |owner, messages, stands| {
        let other =
            stands.map(|one: InRoom| Other::of(one.user, one.state, one.notify, one.read_number));
        let scene = Scene { other, ..Scene::of(owner, messages) };
        Box::pin(scene.play(Arc::clone(&work)))
    })
}

fn fixture(bug: Bug) -> Fixture {
    let inner = MemoryDb::new();
    let people = ["ada", "grace"].map(|name| inner.add_person(name).unwrap());
    let suspended = inner.add_person("mallory").unwrap();
    inner.suspend(suspended).unwrap();
    inner.prove_address(people[0]).unwrap();
    inner.prove_address(suspended).unwrap();
    for user in [people[0], suspended] {
        inner.set_phone(user, &phone()).unwrap();
    }
    let room = room(Arc::clone(&inner) as _);
    Fixture { work: Arc::new(PlantedDb { inner, bug }), people: people.to_vec(), suspended, room }
}

/// The cases that fail on a store with this bug.
fn red(bug: Bug) -> Vec<&'static str> {
    let passes = |case: &kernel::kit::Case<Fixture>| {
        catch_unwind(AssertUnwindSafe(|| block_on((case.run)(fixture(bug))))).is_ok()
    };
    CASES.iter().filter(|case| !passes(case)).map(|case| case.name).collect()
}

#[test]
fn each_bug_of_notifications_turns_its_case_red() {
    for (bug, case) in [
        (Bug::StoresTwice, "n1_one_person_has_one_notification_of_a_kind_and_event"),
        (Bug::ReadsWhatCameLater, "n6_read_all_touches_nothing_that_came_later"),
        (Bug::ReadsAgain, "s3_the_second_reading_changes_nothing"),
        (Bug::NotesWhatIsGone, "n7_a_change_adds_nothing"),
        (Bug::KeepsOneSetting, "c1_settings_come_back_as_they_were_saved"),
        (Bug::ForgetsEveryone, "c3_forgetting_one_persons_settings_touches_no_others"),
        (Bug::ReportsTwice, "r3_of_many_who_move_a_report_on_one_succeeds"),
        (Bug::ForgetsWhoReads, "h1_readers_are_those_in_a_room_who_want_to_hear_of_it"),
        (Bug::PutsReportsOff, "r1_a_report_is_planned_once"),
        (Bug::DigestsTwice, "n5_what_is_batched_goes_out_once"),
        (Bug::IgnoresTheFilter, "s4_a_list_shows_what_its_filter_names"),
    ] {
        let red = red(bug);
        assert!(red.contains(&case), "{bug:?}: {red:?}");
    }
}
