//! The conformance kit of this domain's ports. An adapter runs each case of [`CASES`] on a fresh
//! [`Fixture`]. Failures are panics.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a kit is made of tests: its failures are panics"
)]

mod room_readers;

use std::{collections::BTreeMap, sync::Arc};

use kernel::{
    BoxFuture, Cursor, Email, Locale, Page, PageRequest, Paging, Permission, PhoneNumber, Role,
    StoreError, Timestamp, UnitOfWork, UserId,
    kit::{ODD_TEXTS, moment, nobody, together},
};

use crate::{
    kind::{Category, Kind, SubjectKind},
    notification::{NewNotification, Notification, Subject},
    ports::NotificationsTx,
    preferences::{Channel, Mode, Preference, Preferences, Scope},
    query::Filter,
    quiet::{Day, Minute, QuietHours, Zone},
    report::PlannedReport,
    sending::{Reason, Sending, State},
    settings::Settings,
    values::{Dedupe, NotificationId, Params},
};

use room_readers::h1_readers_are_those_in_a_room_who_want_to_hear_of_it;
pub use room_readers::{InRoom, OpenRoom};

/// A fresh, empty store with some people in it.
pub struct Fixture {
    /// The store.
    pub work: Arc<dyn UnitOfWork<dyn NotificationsTx>>,
    /// Active accounts, the first two of them called `ada` and `grace`. The address of the first is proven,
    /// that of the second is not. The first has the number [`phone`], the second none.
    pub people: Vec<UserId>,
    /// An account that is suspended, called `mallory`, whose address is proven and whose number is [`phone`].
    pub suspended: UserId,
    /// Makes a chat room with messages.
    pub room: OpenRoom,
}

/// The number of those who have one.
pub fn phone() -> PhoneNumber {
    PhoneNumber::parse("+33612345678").unwrap()
}

kernel::cases! { Fixture:
    n1_one_person_has_one_notification_of_a_kind_and_event,
    n1_of_many_who_insert_it_simultaneously_one_succeeds,
    n6_read_all_touches_nothing_that_came_later,
    n6_read_all_keeps_the_moment_of_what_was_read,
    n4_what_is_held_is_due_when_its_time_has_come,
    n4_what_is_hastened_is_due_now,
    n5_what_is_batched_waits_for_its_person,
    n5_what_is_batched_goes_out_once,
    n5_a_digest_and_its_marks_commit_together,
    q6_looking_for_what_is_due_writes_nothing,
    n3_channels_are_apart,
    n4_what_is_held_on_one_channel_holds_no_other,
    n7_every_field_of_a_sending_survives,
    n7_a_change_adds_nothing,
    n9_an_account_that_is_not_active_gets_nothing,
    n9_what_is_removed_is_not_due,
    c1_settings_come_back_as_they_were_saved,
    c2_who_locks_second_sees_what_the_first_saved,
    c3_forgetting_one_persons_settings_touches_no_others,
    r1_a_report_is_planned_once,
    r2_reports_are_due_by_their_moment,
    r3_of_many_who_move_a_report_on_one_succeeds,
    r4_the_reports_of_one_person_are_moved_and_removed,
    s1_a_notification_comes_back_as_it_went_in,
    s2_a_notification_is_found_for_its_owner_only,
    s3_the_second_reading_changes_nothing,
    s4_pages_by_number_and_by_cursor_show_the_newest_first,
    s4_a_list_shows_what_its_filter_names,
    s5_unread_counts_by_kind,
    s6_remove_all_removes_one_persons_and_no_others,
    s7_a_notification_is_removed_once,
    p1_a_name_finds_an_active_account,
    p2_names_are_those_of_accounts,
    p3_an_address_is_that_of_an_active_account_and_proven,
    p5_a_person_has_the_language_that_was_chosen,
    p4_holders_are_active_accounts_with_the_permission,
    p6_a_phone_number_is_that_of_an_active_account,
    h1_readers_are_those_in_a_room_who_want_to_hear_of_it,
}

/// A transaction, as closures get it.
type Tx = dyn NotificationsTx;

kernel::fixture!(Fixture: Tx);

const EVERYTHING: Filter = Filter { unread: None, kind: None };

impl Fixture {
    /// A comment on a task of the first person, by the second one.
    fn commented(&self, event: i64) -> NewNotification {
        NewNotification {
            owner: self.people[0],
            kind: Kind::TaskCommented,
            dedupe: Dedupe::parse(&format!("event:{event}")).unwrap(),
            subject: Some(Subject { kind: SubjectKind::Task, id: 7 }),
            actor: Some(self.people[1]),
            params: Params::default().with("title", "Paint"),
            created_at: moment(event),
        }
    }

    async fn try_insert(&self, new: NewNotification) -> Option<Notification> {
        self.write(move |tx| tx.notifications().insert(&new)).await
    }

    async fn insert(&self, new: NewNotification) -> Notification {
        self.try_insert(new).await.unwrap()
    }

    async fn get(&self, owner: UserId, id: NotificationId) -> Option<Notification> {
        self.read(move |tx| tx.notifications().get(owner, id)).await
    }

    async fn set_read(&self, of: &Notification, read_at: Option<i64>) -> bool {
        let (owner, id, read_at) = (of.owner, of.id, read_at.map(moment));
        self.write(move |tx| tx.notifications().set_read(owner, id, read_at)).await
    }

    async fn read_all(&self, owner: UserId, before: i64, now: i64) -> u64 {
        self.write(move |tx| tx.notifications().read_all(owner, moment(before), moment(now))).await
    }

    async fn list(&self, owner: UserId, filter: Filter, paging: Paging) -> Page<Notification> {
        let page = PageRequest { paging, limit: 3 };
        self.read(move |tx| tx.notifications().list(owner, filter, &page)).await
    }

    async fn unread(&self, owner: UserId) -> BTreeMap<Kind, u64> {
        self.read(move |tx| tx.notifications().unread(owner)).await
    }
}

async fn n1_one_person_has_one_notification_of_a_kind_and_event(fixture: Fixture) {
    let new = fixture.commented(1);
    let first = fixture.insert(new.clone()).await;
    let again = NewNotification { params: Params::default(), created_at: moment(9), ..new.clone() };
    assert_eq!(fixture.try_insert(again).await, None);
    assert_eq!(fixture.get(first.owner, first.id).await.as_ref(), Some(&first));
    // Another person, another kind and another event are others.
    fixture.insert(NewNotification { owner: fixture.people[1], ..new.clone() }).await;
    fixture.insert(NewNotification { kind: Kind::TaskMentioned, ..new.clone() }).await;
    fixture.insert(fixture.commented(2)).await;
    assert_eq!(fixture.list(first.owner, EVERYTHING, Paging::Number(1)).await.total, Some(3));
}

async fn n1_of_many_who_insert_it_simultaneously_one_succeeds(fixture: Fixture) {
    let work = &fixture.work;
    for event in 1..5 {
        let new = fixture.commented(event);
        let one = |_| {
            let mine = new.clone();
            let future: BoxFuture<'_, Result<bool, StoreError>> = Box::pin(async move {
                work.write(move |tx| Ok(tx.notifications().insert(&mine)?.is_some())).await
            });
            future
        };
        let outcomes = together((0..8).map(one).collect()).await;
        let stored: Vec<bool> = outcomes.into_iter().map(Result::unwrap).collect();
        assert_eq!(stored.iter().filter(|stored| **stored).count(), 1, "{stored:?}");
    }
}

async fn n6_read_all_touches_nothing_that_came_later(fixture: Fixture) {
    let [owner, other] = [fixture.people[0], fixture.people[1]];
    let mut all = Vec::new();
    for event in 1..=4 {
        all.push(fixture.insert(fixture.commented(event)).await);
    }
    let theirs = NewNotification { owner: other, ..fixture.commented(1) };
    let theirs = fixture.insert(theirs).await;
    assert_eq!(fixture.read_all(owner, 2, 10).await, 2);
    for (index, was) in all.iter().enumerate() {
        let read_at = (index < 2).then(|| moment(10));
        let is = fixture.get(owner, was.id).await.unwrap();
        assert_eq!(is, Notification { read_at, ..was.clone() });
    }
    assert_eq!(fixture.get(other, theirs.id).await, Some(theirs));
    assert_eq!(fixture.read_all(owner, 2, 11).await, 0);
    assert_eq!(fixture.unread(owner).await, BTreeMap::from([(Kind::TaskCommented, 2)]));
}

async fn n6_read_all_keeps_the_moment_of_what_was_read(fixture: Fixture) {
    let read = fixture.insert(fixture.commented(1)).await;
    assert!(fixture.set_read(&read, Some(5)).await);
    assert_eq!(fixture.read_all(read.owner, 9, 9).await, 0);
    let is = fixture.get(read.owner, read.id).await.unwrap();
    assert_eq!(is.read_at, Some(moment(5)));
}

async fn n9_an_account_that_is_not_active_gets_nothing(fixture: Fixture) {
    for owner in [fixture.suspended, nobody()] {
        let new = NewNotification { owner, ..fixture.commented(1) };
        assert_eq!(fixture.try_insert(new).await, None);
        assert_eq!(fixture.list(owner, EVERYTHING, Paging::Number(1)).await.total, Some(0));
    }
}

fn report(owner: UserId, kind: Kind, at: i64) -> PlannedReport {
    PlannedReport { owner, kind, due_at: moment(at) }
}

impl Fixture {
    async fn plan(&self, report: PlannedReport) -> bool {
        self.write(move |tx| tx.reports().plan(&report)).await
    }

    async fn planned(
        &self,
        kind: Kind,
        until: i64,
        after: Option<PlannedReport>,
        limit: u32,
    ) -> Vec<PlannedReport> {
        let until = moment(until);
        self.read(move |tx| tx.reports().planned(kind, until, after.as_ref(), limit)).await
    }

    async fn advance(&self, report: PlannedReport, next: Option<i64>) -> bool {
        let next = next.map(moment);
        self.write(move |tx| tx.reports().advance(&report, next)).await
    }
}

async fn r1_a_report_is_planned_once(fixture: Fixture) {
    let ada = fixture.people[0];
    let first = report(ada, Kind::ReportDaily, 5);
    assert!(fixture.plan(first).await);
    assert!(!fixture.plan(report(ada, Kind::ReportDaily, 9)).await, "it is planned");
    assert_eq!(fixture.planned(Kind::ReportDaily, 99, None, 9).await, [first]);
    assert!(fixture.plan(report(ada, Kind::ReportOperations, 9)).await, "another kind");
}

async fn r2_reports_are_due_by_their_moment(fixture: Fixture) {
    let kind = Kind::ReportDaily;
    let (ada, grace) = (fixture.people[0], fixture.people[1]);
    let all = [report(ada, kind, 5), report(grace, kind, 5), report(fixture.suspended, kind, 4)];
    for one in all {
        fixture.plan(one).await;
    }
    fixture.plan(report(ada, Kind::ReportOperations, 1)).await;
    let [first, second, third] = [all[2], all[0], all[1]];
    assert_eq!(fixture.planned(kind, 3, None, 9).await, []);
    assert_eq!(fixture.planned(kind, 4, None, 9).await, [first]);
    assert_eq!(fixture.planned(kind, 5, None, 9).await, [first, second, third]);
    assert_eq!(fixture.planned(kind, 5, None, 2).await, [first, second]);
    assert_eq!(fixture.planned(kind, 5, Some(second), 2).await, [third]);
}

async fn r3_of_many_who_move_a_report_on_one_succeeds(fixture: Fixture) {
    let kind = Kind::ReportDaily;
    let due = report(fixture.people[0], kind, 5);
    assert!(!fixture.advance(due, Some(9)).await, "it is not planned");
    fixture.plan(due).await;
    let racers = &fixture;
    let many = (0..8).map(|_| -> BoxFuture<'_, bool> { Box::pin(racers.advance(due, Some(9))) });
    let moved = together(many.collect()).await;
    assert_eq!(moved.into_iter().filter(|moved| *moved).count(), 1);
    let next = report(fixture.people[0], kind, 9);
    assert_eq!(fixture.planned(kind, 99, None, 9).await, [next]);
    assert!(!fixture.advance(due, None).await, "it is due at another moment");
    assert!(fixture.advance(next, None).await);
    assert_eq!(fixture.planned(kind, 99, None, 9).await, []);
}

async fn r4_the_reports_of_one_person_are_moved_and_removed(fixture: Fixture) {
    let (ada, grace) = (fixture.people[0], fixture.people[1]);
    let kinds = [Kind::ReportDaily, Kind::ReportOperations];
    for kind in kinds {
        fixture.plan(report(ada, kind, 5)).await;
        fixture.plan(report(grace, kind, 6)).await;
    }
    fixture.write(move |tx| tx.reports().reschedule(ada, moment(7))).await;
    for kind in kinds {
        let found = fixture.planned(kind, 99, None, 9).await;
        assert_eq!(found, [report(grace, kind, 6), report(ada, kind, 7)]);
    }
    fixture.write(move |tx| tx.reports().forget_reports(ada)).await;
    for kind in kinds {
        let found = fixture.planned(kind, 99, None, 9).await;
        assert_eq!(found, [report(grace, kind, 6)]);
    }
}

async fn s1_a_notification_comes_back_as_it_went_in(fixture: Fixture) {
    let mut news = vec![NewNotification {
        subject: None,
        actor: None,
        params: Params::default(),
        created_at: moment(123_456),
        ..fixture.commented(1)
    }];
    for (text, event) in ODD_TEXTS.iter().zip(2..) {
        let params = Params::default().with("title", text).with(text, "x");
        let kind = Kind::ALL[event as usize % Kind::ALL.len()];
        news.push(NewNotification { kind, params, ..fixture.commented(event) });
    }
    let subject = Subject { kind: SubjectKind::OwnedProduct, id: i64::MAX };
    news.push(NewNotification { subject: Some(subject), ..fixture.commented(0) });
    for new in news {
        let notification = fixture.insert(new.clone()).await;
        assert_eq!(notification, new.stored(notification.id));
        let found = fixture.get(new.owner, notification.id).await;
        assert_eq!(found.as_ref(), Some(&notification));
        assert!(fixture.set_read(&notification, Some(7)).await);
        let read = Notification { read_at: Some(moment(7)), ..notification };
        assert_eq!(fixture.get(read.owner, read.id).await, Some(read));
    }
}

async fn s2_a_notification_is_found_for_its_owner_only(fixture: Fixture) {
    let own = fixture.insert(fixture.commented(1)).await;
    let other = Notification { owner: fixture.people[1], ..own.clone() };
    assert_eq!(fixture.get(other.owner, own.id).await, None);
    assert!(!fixture.set_read(&other, Some(5)).await);
    let (owner, id) = (other.owner, own.id);
    assert!(!fixture.write(move |tx| tx.notifications().remove(owner, id)).await);
    assert_eq!(fixture.list(owner, EVERYTHING, Paging::Number(1)).await.items, []);
    assert_eq!(fixture.unread(owner).await, BTreeMap::new());
    assert_eq!(fixture.get(own.owner, own.id).await, Some(own));
}

async fn s3_the_second_reading_changes_nothing(fixture: Fixture) {
    let own = fixture.insert(fixture.commented(1)).await;
    assert!(!fixture.set_read(&own, None).await);
    assert!(fixture.set_read(&own, Some(5)).await);
    assert!(!fixture.set_read(&own, Some(6)).await);
    assert_eq!(fixture.get(own.owner, own.id).await.unwrap().read_at, Some(moment(5)));
    assert!(fixture.set_read(&own, None).await);
    assert_eq!(fixture.get(own.owner, own.id).await, Some(own));
}

async fn s4_pages_by_number_and_by_cursor_show_the_newest_first(fixture: Fixture) {
    let [owner, other] = [fixture.people[0], fixture.people[1]];
    let mut expected = Vec::new();
    for event in 0..8 {
        let new = fixture.commented(event);
        fixture.insert(NewNotification { owner: other, ..new.clone() }).await;
        expected.insert(0, fixture.insert(new).await);
    }
    let (mut numbered, mut by_cursor) = (Vec::new(), Vec::new());
    for number in 1..=4 {
        let page = fixture.list(owner, EVERYTHING, Paging::Number(number)).await;
        assert_eq!((page.total, page.next), (Some(8), None));
        numbered.extend(page.items);
    }
    assert_eq!(numbered, expected);
    let mut next: Option<Cursor> = None;
    loop {
        let page = fixture.list(owner, EVERYTHING, Paging::Cursor(next)).await;
        assert_eq!(page.total, None);
        by_cursor.extend(page.items);
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    assert_eq!(by_cursor, expected);
}

async fn s4_a_list_shows_what_its_filter_names(fixture: Fixture) {
    let read = fixture.insert(fixture.commented(1)).await;
    assert!(fixture.set_read(&read, Some(5)).await);
    let unread = fixture.insert(fixture.commented(2)).await;
    let mention = NewNotification { kind: Kind::TaskMentioned, ..fixture.commented(3) };
    let mention = fixture.insert(mention).await;
    for (is_unread, kind, expected) in [
        (None, None, vec![mention.id, unread.id, read.id]),
        (Some(true), None, vec![mention.id, unread.id]),
        (Some(false), None, vec![read.id]),
        (None, Some(Kind::TaskCommented), vec![unread.id, read.id]),
        (Some(true), Some(Kind::TaskCommented), vec![unread.id]),
        (None, Some(Kind::WarrantyExpiring), vec![]),
    ] {
        let filter = Filter { unread: is_unread, kind };
        for paging in [Paging::Number(1), Paging::Cursor(None)] {
            let page = fixture.list(read.owner, filter, paging).await;
            let found: Vec<_> = page.items.iter().map(|one| one.id).collect();
            assert_eq!(found, expected, "{filter:?}");
        }
    }
}

async fn s5_unread_counts_by_kind(fixture: Fixture) {
    let owner = fixture.people[0];
    assert_eq!(fixture.unread(owner).await, BTreeMap::new());
    let read = fixture.insert(fixture.commented(1)).await;
    for event in 2..5 {
        fixture.insert(fixture.commented(event)).await;
    }
    fixture.insert(NewNotification { kind: Kind::TaskMentioned, ..fixture.commented(5) }).await;
    fixture.insert(NewNotification { owner: fixture.people[1], ..fixture.commented(6) }).await;
    assert!(fixture.set_read(&read, Some(9)).await);
    let expected = BTreeMap::from([(Kind::TaskCommented, 3), (Kind::TaskMentioned, 1)]);
    assert_eq!(fixture.unread(owner).await, expected);
}

async fn s6_remove_all_removes_one_persons_and_no_others(fixture: Fixture) {
    let [owner, other] = [fixture.people[0], fixture.people[1]];
    fixture.insert(fixture.commented(1)).await;
    fixture.insert(fixture.commented(2)).await;
    let theirs = fixture.insert(NewNotification { owner: other, ..fixture.commented(1) }).await;
    assert_eq!(fixture.write(move |tx| tx.notifications().remove_all(owner)).await, 2);
    assert_eq!(fixture.write(move |tx| tx.notifications().remove_all(owner)).await, 0);
    assert_eq!(fixture.get(other, theirs.id).await, Some(theirs));
}

async fn s7_a_notification_is_removed_once(fixture: Fixture) {
    let own = fixture.insert(fixture.commented(1)).await;
    let kept = fixture.insert(fixture.commented(2)).await;
    let (owner, id) = (own.owner, own.id);
    assert!(fixture.write(move |tx| tx.notifications().remove(owner, id)).await);
    assert!(!fixture.write(move |tx| tx.notifications().remove(owner, id)).await);
    assert_eq!(fixture.list(owner, EVERYTHING, Paging::Number(1)).await.items, [kept]);
}

async fn p1_a_name_finds_an_active_account(fixture: Fixture) {
    let ada = fixture.people[0];
    for (name, expected) in
        [("ada", Some(ada)), ("ADA", Some(ada)), ("mallory", None), ("a", None), ("ad%", None)]
    {
        let found = fixture.read(move |tx| tx.people().find(name)).await;
        let id = found.as_ref().map(|person| person.id);
        assert_eq!(id, expected, "{name}");
        let plain = found.map(|person| person.permissions);
        assert_eq!(plain, expected.map(|_| Role::User.permissions()), "{name}");
    }
}

async fn p2_names_are_those_of_accounts(fixture: Fixture) {
    let [ada, grace, mallory] = [fixture.people[0], fixture.people[1], fixture.suspended];
    let found = fixture.read(move |tx| tx.people().names(&[ada, mallory, nobody()])).await;
    let expected = [(ada, "ada"), (mallory, "mallory")].map(|(id, name)| (id, name.to_owned()));
    assert_eq!(found, BTreeMap::from(expected));
    let found = fixture.read(move |tx| tx.people().names(&[grace])).await;
    assert_eq!(found.len(), 1);
    assert_eq!(fixture.read(|tx| tx.people().names(&[])).await, BTreeMap::new());
}

async fn p3_an_address_is_that_of_an_active_account_and_proven(fixture: Fixture) {
    let [ada, grace, mallory] = [fixture.people[0], fixture.people[1], fixture.suspended];
    for (user, expected) in
        [(ada, Some("ada@example.com")), (grace, None), (mallory, None), (nobody(), None)]
    {
        let found = fixture.read(move |tx| tx.people().address(user)).await;
        assert_eq!(found.as_deref(), expected, "{user}");
    }
}

impl Fixture {
    /// A notification that is held until a moment.
    async fn hold(&self, new: NewNotification, until: i64) -> Sending {
        let notification = self.insert(new).await;
        let held = Sending {
            notification: notification.id,
            owner: notification.owner,
            channel: Channel::Email,
            state: State::Held,
            reason: Some(Reason::Quiet),
            due_at: moment(until),
        };
        self.put(&held).await;
        held
    }

    async fn put(&self, sending: &Sending) {
        let sending = sending.clone();
        self.write(move |tx| tx.sendings().put(&sending)).await;
    }

    async fn due(&self, now: i64, limit: u32) -> Vec<Sending> {
        self.write(move |tx| tx.sendings().due(moment(now), limit)).await
    }

    async fn settings(&self, owner: UserId) -> Settings {
        self.read(move |tx| tx.settings().of(owner)).await
    }
}

async fn n4_what_is_held_is_due_when_its_time_has_come(fixture: Fixture) {
    let [owner, other] = [fixture.people[0], fixture.people[1]];
    let late = fixture.hold(fixture.commented(1), 20).await;
    let soon = fixture.hold(fixture.commented(2), 10).await;
    let theirs = NewNotification { owner: other, ..fixture.commented(3) };
    let theirs = fixture.hold(theirs, 10).await;
    let sent = fixture.hold(fixture.commented(4), 5).await;
    fixture.put(&Sending { state: State::Sent, reason: None, ..sent }).await;
    assert_eq!(fixture.due(9, 9).await, []);
    assert_eq!(fixture.due(10, 9).await, [soon.clone(), theirs.clone()]);
    assert_eq!(fixture.due(20, 2).await, [late.clone(), soon.clone()]);
    let is_holding =
        async |owner| fixture.read(move |tx| tx.sendings().is_holding(owner, Channel::Email)).await;
    assert!(is_holding(owner).await && is_holding(other).await);
    fixture.put(&Sending { state: State::Skipped, reason: Some(Reason::Read), ..theirs }).await;
    assert!(is_holding(owner).await && !is_holding(other).await);
    assert_eq!(fixture.due(20, 9).await, [late, soon]);
}

async fn n4_what_is_hastened_is_due_now(fixture: Fixture) {
    let [owner, other] = [fixture.people[0], fixture.people[1]];
    let held = fixture.hold(fixture.commented(1), 20).await;
    let sent = fixture.hold(fixture.commented(2), 5).await;
    let sent = Sending { state: State::Sent, reason: None, ..sent };
    fixture.put(&sent).await;
    fixture.hold(NewNotification { owner: other, ..fixture.commented(3) }, 20).await;
    assert_eq!(fixture.write(move |tx| tx.sendings().hasten(owner, moment(7))).await, 1);
    assert_eq!(fixture.due(7, 9).await, [Sending { due_at: moment(7), ..held }]);
    let id = sent.notification;
    assert_eq!(fixture.read(move |tx| tx.sendings().sendings(id)).await, [sent]);
}

impl Fixture {
    async fn batch(&self, new: NewNotification, until: i64) -> Sending {
        let batched =
            Sending { state: State::Batched, reason: None, ..self.hold(new, until).await };
        self.put(&batched).await;
        batched
    }

    async fn batched(&self, owner: UserId, limit: u32) -> Vec<Sending> {
        self.write(move |tx| tx.sendings().batched(owner, Channel::Email, limit)).await
    }

    async fn digest_at(&self, owner: UserId) -> Option<Timestamp> {
        self.read(move |tx| tx.sendings().digest_at(owner, Channel::Email)).await
    }
}

async fn n5_what_is_batched_waits_for_its_person(fixture: Fixture) {
    let [owner, other] = [fixture.people[0], fixture.people[1]];
    assert_eq!((fixture.batched(owner, 9).await, fixture.digest_at(owner).await), (vec![], None));
    let late = fixture.batch(fixture.commented(1), 20).await;
    let soon = fixture.batch(fixture.commented(2), 10).await;
    let theirs = NewNotification { owner: other, ..fixture.commented(3) };
    let theirs = fixture.batch(theirs, 5).await;
    fixture.hold(fixture.commented(4), 1).await;
    assert_eq!(fixture.batched(owner, 9).await, [late.clone(), soon]);
    assert_eq!(fixture.batched(owner, 1).await, std::slice::from_ref(&late));
    assert_eq!(fixture.batched(other, 9).await, [theirs]);
    assert_eq!(fixture.digest_at(owner).await, Some(moment(10)));
    assert_eq!(fixture.due(99, 9).await.len(), 1, "a digest is not released");
    // Other wishes: each is looked at anew.
    assert_eq!(fixture.write(move |tx| tx.sendings().hasten(owner, moment(7))).await, 3);
    assert_eq!((fixture.batched(owner, 9).await, fixture.due(7, 9).await.len()), (vec![], 3));
    assert_eq!(fixture.batched(other, 9).await.len(), 1);
    let removed = late.notification;
    assert!(fixture.write(move |tx| tx.notifications().remove(owner, removed)).await);
    assert_eq!(fixture.due(7, 9).await.len(), 2);
}

async fn n5_what_is_batched_goes_out_once(fixture: Fixture) {
    let owner = fixture.people[0];
    for event in 0..20 {
        fixture.batch(fixture.commented(event), 5).await;
    }
    let work = &fixture.work;
    let one = |_| {
        let future: BoxFuture<'_, Result<usize, StoreError>> = Box::pin(work.write(move |tx| {
            let mine = tx.sendings().batched(owner, Channel::Email, 100)?;
            for sending in &mine {
                tx.sendings().put(&Sending { state: State::Sent, ..sending.clone() })?;
            }
            Ok(mine.len())
        }));
        future
    };
    let counts = together((0..6).map(one).collect()).await;
    let counts: Vec<usize> = counts.into_iter().map(Result::unwrap).collect();
    assert_eq!(counts.iter().sum::<usize>(), 20, "{counts:?}");
    assert_eq!(fixture.batched(owner, 9).await, []);
}

async fn n5_a_digest_and_its_marks_commit_together(fixture: Fixture) {
    let owner = fixture.people[0];
    let batched = fixture.batch(fixture.commented(1), 5).await;
    let send = |fails: bool| {
        let sent = Sending { state: State::Sent, ..batched.clone() };
        fixture.work.write(move |tx| {
            tx.sendings().put(&sent)?;
            let email = Email::new("ada@example.com", "digest", "text", "<p>html</p>");
            let email = email.map_err(|error| StoreError::Internal(error.to_string()))?;
            tx.emails().enqueue(&email, moment(6))?;
            if fails { Err(StoreError::Contention) } else { Ok(()) }
        })
    };
    let waiting = async || fixture.read(|tx| tx.emails().waiting()).await.waiting;
    let undone: Result<(), StoreError> = send(true).await;
    assert!(undone.is_err());
    assert_eq!((fixture.batched(owner, 9).await.len(), waiting().await), (1, 0));
    send(false).await.unwrap();
    assert_eq!((fixture.batched(owner, 9).await.len(), waiting().await), (0, 1));
}

async fn p5_a_person_has_the_language_that_was_chosen(fixture: Fixture) {
    for user in [fixture.people[0], fixture.suspended, nobody()] {
        let locale = fixture.read(move |tx| tx.people().locale(user)).await;
        assert_eq!(locale, Locale::DEFAULT, "{user}");
    }
}

async fn q6_looking_for_what_is_due_writes_nothing(fixture: Fixture) {
    let is_any_due =
        async |now| fixture.read(move |tx| tx.sendings().is_any_due(moment(now))).await;
    assert!(!is_any_due(9).await);
    let held = fixture.hold(fixture.commented(1), 5).await;
    assert!(!is_any_due(4).await && is_any_due(5).await && is_any_due(9).await);
    fixture.put(&Sending { state: State::Sent, reason: None, ..held }).await;
    assert!(!is_any_due(9).await);
}

async fn p4_holders_are_active_accounts_with_the_permission(fixture: Fixture) {
    let holders = async |permission| fixture.read(move |tx| tx.people().holders(permission)).await;
    let mut all = holders(Permission::TasksRead).await;
    all.sort_unstable();
    assert_eq!(all, fixture.people, "every role has it; the suspended account is no holder");
    assert_eq!(holders(Permission::JobsManage).await, []);
}

async fn n7_every_field_of_a_sending_survives(fixture: Fixture) {
    let first = fixture.hold(fixture.commented(1), 1).await;
    let id = first.notification;
    let reasons = Reason::ALL.iter().copied().map(Some).chain([None]);
    for (reason, at) in reasons.zip(123_456..) {
        for state in State::ALL {
            let sending = Sending { state: *state, reason, due_at: moment(at), ..first.clone() };
            fixture.put(&sending).await;
            assert_eq!(fixture.read(move |tx| tx.sendings().sendings(id)).await, [sending]);
        }
    }
}

async fn n7_a_change_adds_nothing(fixture: Fixture) {
    let held = fixture.hold(fixture.commented(1), 1).await;
    let change = async |sending: &Sending| {
        let sending = sending.clone();
        fixture.write(move |tx| tx.sendings().change(&sending)).await
    };
    let failed = Sending {
        state: State::Failed,
        reason: Some(Reason::Refused),
        due_at: moment(123_456),
        ..held.clone()
    };
    assert!(change(&failed).await);
    let id = held.notification;
    let noted = async || fixture.read(move |tx| tx.sendings().sendings(id)).await;
    assert_eq!(noted().await, std::slice::from_ref(&failed));
    let other = Sending { channel: Channel::Sms, ..failed.clone() };
    assert!(!change(&other).await, "there is none on this channel");
    assert_eq!(noted().await, std::slice::from_ref(&failed));
    let owner = held.owner;
    assert!(fixture.write(move |tx| tx.notifications().remove(owner, id)).await);
    assert!(!change(&failed).await, "it went with its notification");
    assert_eq!(noted().await, []);
}

async fn n3_channels_are_apart(fixture: Fixture) {
    let owner = fixture.people[0];
    let wish = |channel, mode| Preference { scope: Scope::All, channel, mode };
    let all = [wish(Channel::Email, Mode::Digest), wish(Channel::Sms, Mode::On)];
    let settings = Settings { preferences: Preferences::of(all), ..Settings::of(owner) };
    let saved = settings.clone();
    fixture.write(move |tx| tx.settings().save_settings(&saved)).await;
    assert_eq!(fixture.settings(owner).await, settings);
    let modes = Channel::ALL
        .iter()
        .map(|channel| settings.preferences.effective(Kind::TaskCommented, *channel).mode);
    assert_eq!(modes.collect::<Vec<_>>(), [Mode::Digest, Mode::On, Mode::Off]);
}

async fn n4_what_is_held_on_one_channel_holds_no_other(fixture: Fixture) {
    let owner = fixture.people[0];
    let held = fixture.hold(fixture.commented(1), 10).await;
    let text = Sending { channel: Channel::Sms, due_at: moment(20), ..held.clone() };
    fixture.put(&text).await;
    let is_holding =
        async |channel| fixture.read(move |tx| tx.sendings().is_holding(owner, channel)).await;
    assert!(is_holding(Channel::Email).await && is_holding(Channel::Sms).await);
    assert_eq!(fixture.due(10, 9).await, std::slice::from_ref(&held));
    assert_eq!(fixture.due(20, 9).await, [held.clone(), text.clone()]);
    let pending = Sending { state: State::Pending, reason: None, ..text };
    fixture.put(&pending).await;
    assert!(is_holding(Channel::Email).await && !is_holding(Channel::Sms).await);
    assert_eq!(fixture.due(99, 9).await, std::slice::from_ref(&held), "a job sends it");
    // Other wishes: what waits for its time does not wait for a job.
    assert_eq!(fixture.write(move |tx| tx.sendings().hasten(owner, moment(5))).await, 1);
    let id = held.notification;
    let noted = fixture.read(move |tx| tx.sendings().sendings(id)).await;
    assert_eq!(noted, [Sending { due_at: moment(5), ..held }, pending]);
}

async fn p6_a_phone_number_is_that_of_an_active_account(fixture: Fixture) {
    let [ada, grace, mallory] = [fixture.people[0], fixture.people[1], fixture.suspended];
    for (user, expected) in [(ada, Some(phone())), (grace, None), (mallory, None), (nobody(), None)]
    {
        let found = fixture.read(move |tx| tx.people().phone(user)).await;
        assert_eq!(found, expected, "{user}");
    }
}

async fn n9_what_is_removed_is_not_due(fixture: Fixture) {
    let owner = fixture.people[0];
    let removed = fixture.hold(fixture.commented(1), 1).await.notification;
    assert!(fixture.write(move |tx| tx.notifications().remove(owner, removed)).await);
    assert_eq!(fixture.due(9, 9).await, []);
    fixture.hold(fixture.commented(2), 1).await;
    fixture.write(move |tx| tx.notifications().remove_all(owner)).await;
    assert_eq!(fixture.due(9, 9).await, []);
}

/// Settings with every field at its extremes.
fn chosen(owner: UserId) -> Settings {
    let scopes = [Scope::All, Scope::Category(Category::Products)];
    let scopes = scopes.into_iter().chain(Kind::ALL.iter().copied().map(Scope::Kind));
    let all = scopes.zip(Mode::ALL.iter().copied().cycle());
    let all = all.zip(Channel::ALL.iter().copied().cycle());
    let wish = |((scope, mode), channel)| Preference { scope, channel, mode };
    Settings {
        owner,
        preferences: Preferences::of(all.map(wish)),
        quiet: QuietHours {
            zone: Zone::parse("America/Argentina/ComodRivadavia").unwrap(),
            days: Day::ALL.to_vec(),
            from: Minute::parse("23:59").unwrap(),
            to: Minute::parse("00:00").unwrap(),
        },
        version: 1 << 40,
    }
}

async fn c1_settings_come_back_as_they_were_saved(fixture: Fixture) {
    let [owner, other] = [fixture.people[0], fixture.people[1]];
    assert_eq!(fixture.settings(owner).await, Settings::of(owner));
    for settings in [chosen(owner), Settings::of(owner)] {
        let saved = settings.clone();
        fixture.write(move |tx| tx.settings().save_settings(&saved)).await;
        assert_eq!(fixture.settings(owner).await, settings);
    }
    assert_eq!(fixture.settings(other).await, Settings::of(other));
}

async fn c2_who_locks_second_sees_what_the_first_saved(fixture: Fixture) {
    let owner = fixture.people[0];
    let kinds: Vec<Kind> = Kind::ALL.to_vec();
    let one = |place: usize| {
        let kind = kinds[place];
        let future: BoxFuture<'_, Result<(), StoreError>> =
            Box::pin(fixture.work.write(move |tx| {
                let mut settings = tx.settings().lock_settings(owner)?;
                let (scope, channel) = (Scope::Kind(kind), Channel::Email);
                settings.preferences.merge([Preference { scope, channel, mode: Mode::Off }]);
                tx.settings().save_settings(&settings)
            }));
        future
    };
    for outcome in together((0..kinds.len()).map(one).collect()).await {
        outcome.unwrap();
    }
    let all = fixture.settings(owner).await.preferences;
    assert_eq!(all.all().len(), kinds.len(), "a wish was lost");
}

async fn c3_forgetting_one_persons_settings_touches_no_others(fixture: Fixture) {
    let [owner, other] = [fixture.people[0], fixture.people[1]];
    for person in [owner, other] {
        fixture.write(move |tx| tx.settings().save_settings(&chosen(person))).await;
    }
    fixture.write(move |tx| tx.settings().forget_settings(owner)).await;
    fixture.write(move |tx| tx.settings().forget_settings(owner)).await;
    assert_eq!(fixture.settings(owner).await, Settings::of(owner));
    assert_eq!(fixture.settings(other).await, chosen(other));
}
