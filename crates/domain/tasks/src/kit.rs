//! The conformance kit of this room's ports. An adapter gives each case of [`CASES`]
//! a fresh [`Fixture`] and knows whether every promise is kept. Failures are panics.
//!
//! A store under test is wrong in ways nobody thought of, so the cases use the extremes: the longest
//! texts in every script, quotes and wildcards, single microseconds, equal sort keys, the empty and
//! the last page, failures and panics half-way, and many units at once.
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a kit is made of tests: its failures are panics"
)]

mod comments;
mod counts;
mod feed;
mod idempotency;
mod leases;
mod lists;
mod reminders;
mod search;
mod tasks;
mod units;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use kernel::kit::{ODD_TEXTS, long, moment, nobody, together};
use kernel::{Event, EventId, NewEvent, Timestamp, UnitOfWork, UserId};

use crate::{
    events::Cause,
    ports::TasksTx,
    task::{NewTask, Task},
    values::{Description, Priority, Status, Tag, Tags, TaskId, Title},
};

/// A fresh, empty store with some people in it.
pub struct Fixture {
    /// The store.
    pub work: Arc<dyn UnitOfWork<dyn TasksTx>>,
    /// Three active accounts.
    pub people: Vec<UserId>,
    /// An account that exists and is suspended.
    pub suspended: UserId,
}

kernel::cases! { Fixture;
    units:
        u1_what_was_committed_is_there_for_the_next_unit,
        u1_a_unit_sees_its_own_writes,
        u2_an_error_leaves_nothing_behind,
        u3_a_panic_leaves_nothing_behind_and_harms_nobody,
        u4_a_unit_with_a_stale_save_does_not_commit,
        u4_a_unit_with_a_missing_person_does_not_commit,
        u5_writes_in_reading_units_fail,
        u6_whoever_is_answered_finds_it_committed,
        u7_a_caller_that_goes_away_leaves_all_or_nothing,
        p1_only_active_people_are_known;
    tasks:
        t1_a_task_comes_back_as_it_went_in,
        t1_a_save_writes_every_field,
        t2_a_save_grows_the_version_in_store_and_argument,
        t2_a_stale_save_changes_nothing,
        t3_people_who_are_not_there_are_missing,
        t4_live_and_deleted_tasks_are_kept_apart,
        t5_who_locks_second_sees_what_the_first_wrote,
        t6_of_many_who_save_one_version_one_succeeds,
        t11_purge_removes_what_was_deleted_before_and_nothing_else,
        t11_purge_keeps_to_its_limit,
        t12_a_forgotten_person_is_in_no_live_task;
    reminders:
        t13_live_open_tasks_are_due_soon_and_then_overdue,
        t13_those_due_first_come_first_within_the_limit,
        t14_another_due_time_is_said_anew,
        t14_a_reminder_is_no_change_of_the_task,
        t15_an_agenda_counts_what_a_person_is_to_do;
    lists:
        t7_every_order_is_the_same_by_number_and_by_cursor,
        t7_two_keys_order_one_after_the_other,
        t7_every_filter_gives_exactly_what_matches,
        t7_filters_are_joined_by_and,
        t7_deleted_tasks_are_on_no_page,
        t7_tags_are_literal_and_know_case,
        t7_a_cursor_leads_on_when_its_row_is_gone,
        t8_the_empty_and_the_last_page_say_so,
        t8_a_page_may_have_five_hundred_rows;
    search:
        t9_words_find_by_their_beginning,
        t9_accents_are_no_difference,
        t9_nothing_in_a_query_is_syntax,
        t9_a_search_sees_changes_immediately,
        t9_titles_are_searched_inside_of_their_words,
        t9_insides_go_with_the_title;
    counts:
        t10_counts_agree_with_the_list,
        t10_intervals_agree_with_the_list;
    comments:
        m1_a_comment_comes_back_as_it_went_in,
        m2_a_save_grows_the_version_and_a_stale_one_changes_nothing,
        m3_a_comment_is_found_only_under_its_task,
        m4_comments_come_oldest_first_by_number_and_by_cursor,
        m5_removing_what_is_not_there_gives_false,
        m6_there_is_no_comment_without_a_task,
        m7_what_somebody_wrote_is_found_under_every_task;
    idempotency:
        r1_a_new_key_is_free,
        r2_a_completed_key_returns_its_record,
        r3_of_many_who_begin_simultaneously_one_takes_effect,
        r4_an_expired_record_is_replaced,
        r4_pruning_removes_what_expired_and_no_more,
        r5_a_rolled_back_begin_leaves_the_key_free,
        r6_scopes_and_keys_are_kept_apart;
    feed:
        o1_an_event_is_there_exactly_when_its_unit_committed,
        o2_events_keep_their_order,
        o3_nothing_appears_before_what_was_shown,
        o4_every_field_survives,
        o5_the_feed_is_read_in_stretches,
        o5_pruning_keeps_the_newest;
    leases:
        h1_a_lease_that_nobody_holds_is_given,
        h1_a_lease_whose_time_is_over_is_given,
        h2_a_lease_is_kept_and_prolonged,
        h3_of_many_who_ask_simultaneously_one_gets_it,
        h4_a_released_lease_is_free_immediately,
        h5_names_do_not_see_one_another;
}

/// A transaction, as closures get it.
type Tx = dyn TasksTx;

kernel::fixture!(Fixture: Tx);

impl Fixture {
    async fn insert(&self, task: NewTask) -> Task {
        self.write(move |tx| tx.tasks().insert(&task)).await
    }

    async fn get(&self, id: TaskId) -> Option<Task> {
        self.read(move |tx| tx.tasks().get(id)).await
    }

    /// Deletes, as the service does.
    async fn delete(&self, task: &Task, at: Timestamp) -> Task {
        let mut task = task.clone();
        task.deleted_at = Some(at);
        self.write(move |tx| {
            let mut task = task.clone();
            tx.tasks().save(&mut task)?;
            Ok(task)
        })
        .await
    }

    /// Gives events their places, then reads the feed.
    async fn feed(&self, after: Option<EventId>, limit: u32) -> Vec<Event> {
        while self.write(|tx| tx.outbox().sequence(10)).await > 0 {}
        self.read(move |tx| tx.outbox().after(after, limit)).await
    }

    fn owner(&self) -> UserId {
        self.people[0]
    }

    fn helper(&self) -> UserId {
        self.people[1]
    }

    fn third(&self) -> UserId {
        self.people[2]
    }

    /// A plain task of the first person.
    fn plain(&self, title: &str) -> NewTask {
        NewTask {
            title: self::title(title),
            description: Description::empty(),
            status: Status::Pending,
            priority: Priority::Medium,
            due: None,
            owner: self.owner(),
            assignee: None,
            tags: Tags::default(),
            completed_at: None,
            created_at: moment(0),
        }
    }

    /// A plain event about subject `subject`.
    fn event(&self, subject: i64) -> NewEvent {
        NewEvent {
            name: "task.created.v1",
            at: moment(subject.min(1_000_000)),
            actor: None,
            subject,
            audience: vec![self.owner().into()],
            payload: Default::default(),
            request_id: None,
        }
    }
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn title(text: &str) -> Title {
    Title::parse(text).unwrap()
}

fn tags(words: &[&str]) -> Tags {
    Tags::parse(words.iter().map(|word| Tag::parse(word).unwrap()).collect()).unwrap()
}

/// The payload of a real event with this title.
fn payload_titled(task: &Task, text: &str) -> NewEvent {
    let task = Task { title: title(text), ..task.clone() };
    Cause::nobody(moment(0)).created(&task)
}

fn ids(tasks: &[Task]) -> Vec<i64> {
    tasks.iter().map(|task| task.id.get()).collect()
}

fn id_set(tasks: &[Task]) -> BTreeSet<i64> {
    ids(tasks).into_iter().collect()
}
