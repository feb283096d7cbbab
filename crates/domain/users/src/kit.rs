//! The conformance kit of this room's ports. An adapter gives each case of [`CASES`]
//! a fresh [`Fixture`] and knows whether every promise is kept. Failures are panics.
//!
//! What every store shares (units of work, events, idempotency) is proven by the kit of the tasks
//! room; here is what only this room asks for.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a kit is made of tests: its failures are panics"
)]

mod accounts;
mod activity;
mod audit_log;
mod chain;
mod emails;
mod factors;
mod identities;
mod lists;
mod login_throttle;
mod one_time_tokens;
mod personal_access_tokens;
mod phones;
mod races;
mod roles;
mod sessions;

use std::{sync::Arc, time::Duration};

use kernel::kit::{long, moment, nobody, together};
use kernel::{Locale, Role, UnitOfWork, UserId};

use crate::{
    ports::UsersTx,
    session::{NewSession, Session},
    user::{NewUser, User},
    values::{EmailAddress, PasswordHash, PersonName, Provider, Username},
};

/// A fresh, empty store.
pub struct Fixture {
    /// The store.
    pub work: Arc<dyn UnitOfWork<dyn UsersTx>>,
}

kernel::cases! { Fixture;
    accounts:
        a1_an_account_comes_back_as_it_went_in,
        a1_a_save_writes_every_field,
        a2_usernames_are_unique_without_case,
        a2_addresses_are_unique_without_case,
        a2_the_username_is_named_first,
        a3_a_save_grows_the_version_in_store_and_argument,
        a3_a_stale_save_changes_nothing,
        a5_names_and_addresses_are_found_in_any_case,
        a5_what_is_looked_for_is_taken_literally,
        a6_the_password_is_what_was_last_set_and_grows_no_version,
        a8_a_removed_account_is_on_no_read_and_its_names_are_free,
        a8_sessions_tokens_and_tickets_go_with_their_account,
        a8_tokens_and_roles_go_with_their_account,
        a8_removing_what_is_not_there_gives_false,
        a8_the_number_of_a_removed_account_is_not_given_again,
        a10_a_sign_in_is_noted_and_grows_no_version,
        a11_closed_accounts_are_due_when_their_time_is_over;
    races:
        a2_of_many_who_want_one_name_one_gets_it,
        a4_of_many_who_save_one_version_one_succeeds,
        a9_of_those_who_give_a_role_up_simultaneously_the_last_stays,
        a9_a_role_that_nobody_holds_can_be_locked,
        s2_who_locks_a_session_second_sees_what_the_first_wrote,
        s7_of_many_who_take_one_ticket_one_gets_it;
    lists:
        a7_every_order_is_the_same_by_number_and_by_cursor,
        a7_two_keys_order_one_after_the_other,
        a7_every_filter_gives_exactly_what_matches,
        a7_words_find_by_their_beginning,
        a7_nothing_in_a_query_is_syntax,
        a7_a_search_sees_changes_immediately,
        a7_a_cursor_leads_on_when_its_row_is_gone,
        a7_the_empty_and_the_last_page_say_so;
    sessions:
        s9_open_sessions_are_counted,
        s1_a_session_comes_back_as_it_went_in,
        s1_a_save_writes_every_field,
        s3_live_gives_both_or_nothing,
        s4_the_open_sessions_come_newest_first,
        s5_all_but_one_are_ended_and_named,
        s6_a_refresh_token_is_found_by_its_digest_only,
        s6_only_the_state_of_a_refresh_token_changes,
        s7_a_ticket_is_taken_once_and_never_late,
        s8_pruning_takes_what_ended_before_and_nothing_else,
        s8_pruning_keeps_to_its_limit;
    one_time_tokens:
        l1_a_link_is_found_as_it_went_in_and_never_late,
        l2_a_link_is_taken_once_and_only_as_what_it_is,
        l3_of_many_who_take_one_link_one_gets_it,
        l4_links_are_revoked_by_account_and_kind,
        l5_the_newest_of_a_kind_is_returned,
        l6_an_account_has_one_change_of_address,
        l7_pruning_takes_what_expired_before_and_keeps_to_its_limit,
        n1_a_device_is_known_from_its_first_time_on,
        n2_pruning_forgets_devices_that_were_last_met_before,
        n3_when_a_device_was_last_met_is_known_and_not_changed_by_asking,
        a8_links_and_devices_go_with_their_account;
    personal_access_tokens:
        g1_tokens_come_back_as_they_went_in_newest_first,
        g2_live_gives_all_of_now_or_nothing,
        g3_digests_are_unique,
        g4_a_use_is_noted_once_in_a_while,
        g5_only_the_accounts_own_tokens_are_removed,
        g5_of_many_who_remove_one_token_one_gets_it,
        g6_pruning_takes_what_expired_before_and_nothing_else;
    roles:
        k1_a_role_comes_back_as_it_went_in,
        k2_names_are_unique,
        k3_a_stale_save_changes_nothing,
        k4_roles_are_listed_by_name,
        k5_an_account_has_what_was_last_assigned,
        k6_roles_allow_together_what_each_does_now,
        k7_a_removed_role_is_taken_from_everybody,
        k8_the_open_sessions_of_holders_are_named,
        k9_who_locks_a_role_second_sees_what_the_first_wrote;
    factors:
        f1_a_factor_comes_back_as_it_went_in,
        f2_a_factor_goes_with_all_that_belongs_to_it,
        f3_a_recovery_code_is_taken_once,
        f3_of_many_who_take_one_code_one_gets_it,
        f4_a_challenge_is_found_by_its_digest_until_it_is_dropped,
        f5_pruning_takes_what_was_waited_for_in_vain,
        f6_the_first_mark_of_a_key_stays,
        f6_of_many_that_set_a_mark_all_get_one,
        a8_the_second_factor_goes_with_its_account;
    login_throttle:
        w1_counts_come_back_as_they_went_in,
        w2_of_many_who_count_simultaneously_none_is_lost,
        w3_pruning_takes_what_is_older_and_keeps_to_its_limit;
    activity:
        y1_a_use_is_noted_once_in_a_while,
        y1_a_use_takes_an_announced_closing_back,
        y2_a_standing_tells_of_more_roles,
        y3_who_comes_back_simultaneously_keeps_the_account,
        y4_unused_accounts_come_by_their_moment,
        y4_only_plain_people_who_can_be_warned_are_listed,
        y5_who_came_lately_is_counted;
    emails:
        m1_emails_are_counted_by_key_and_by_window,
        m2_of_many_that_count_simultaneously_none_is_lost,
        m3_pruning_takes_windows_that_are_over_and_keeps_to_its_limit,
        m4_when_a_window_began_is_known;
    phones:
        a1_a_phone_number_is_saved_and_removed,
        a8_a_phone_number_and_its_change_go_with_their_account,
        p1_an_account_has_one_change_of_number,
        p2_of_many_tries_at_one_code_none_is_lost,
        p2_of_many_who_bring_the_right_code_one_gets_it,
        p3_removing_touches_no_other_account,
        p4_pruning_takes_what_expired_before_and_keeps_to_its_limit;
    identities:
        e1_an_identity_comes_back_as_it_went_in,
        e1_subjects_are_compared_letter_by_letter,
        e2_an_identity_has_one_account_and_an_account_one_of_each,
        e3_of_many_who_bring_one_identity_one_gets_it,
        e4_only_the_named_identity_is_removed,
        e5_an_attempt_is_taken_once_and_never_late,
        e5_of_many_who_take_one_attempt_one_gets_it,
        e6_a_code_comes_back_as_it_went_in,
        e6_the_second_lock_on_a_code_sees_what_the_first_wrote,
        e7_a_code_is_spent_once,
        e8_pruning_takes_what_expired_before_and_nothing_else,
        e8_pruning_keeps_to_its_limit,
        a8_identities_attempts_and_codes_go_with_their_account;
    audit_log:
        d1_an_entry_is_there_exactly_when_its_unit_committed,
        d1_every_field_survives,
        d1_an_act_on_what_is_no_account_is_an_entry,
        d1_entries_outlive_the_account_they_point_to,
        d2_every_filter_gives_exactly_what_matches,
        d2_a_walk_gives_the_same_oldest_first,
        d2_pages_are_the_same_by_number_and_by_cursor;
    chain:
        d3_a_new_audit_log_ends_where_it_begins,
        d3_each_entry_follows_on_the_one_before_it,
        d3_a_unit_sees_the_chain_with_what_it_wrote,
        d4_a_unit_that_does_not_commit_leaves_no_gap,
        d4_of_many_who_append_simultaneously_the_chain_is_one_line,
        d5_what_is_left_of_a_cut_audit_log_is_a_chain,
        d5_a_cut_ends_before_the_first_entry_that_stays,
        d5_a_cut_keeps_to_its_limit,
        d5_an_audit_log_that_was_cut_to_nothing_goes_on,
        d5_who_cuts_and_who_appends_simultaneously_keep_one_line;
}

/// A transaction, as closures get it.
type Tx = dyn UsersTx;

kernel::fixture!(Fixture: Tx);

impl Fixture {
    async fn insert(&self, user: NewUser) -> User {
        self.write(move |tx| tx.users().insert(&user, Some(&hash("none")))).await
    }

    /// A plain account of this name.
    async fn account(&self, name: &str) -> User {
        self.insert(newcomer(name)).await
    }

    async fn get(&self, id: UserId) -> Option<User> {
        self.read(move |tx| tx.users().get(id)).await
    }

    async fn save(&self, user: &User) -> User {
        let user = user.clone();
        self.write(move |tx| {
            let mut user = user.clone();
            tx.users().save(&mut user)?;
            Ok(user)
        })
        .await
    }

    /// A session of `user` that began `micros` after [`moment`] and lasts an hour.
    async fn session(&self, user: UserId, micros: i64) -> Session {
        let new = NewSession {
            user,
            device: None,
            ip: None,
            created_at: moment(micros),
            expires_at: moment(micros).plus(HOUR),
        };
        self.write(move |tx| tx.sessions().insert(&new)).await
    }
}

const HOUR: Duration = Duration::from_secs(60 * 60);
const MICROSECOND: Duration = Duration::from_micros(1);

fn hash(text: &str) -> PasswordHash {
    PasswordHash::parse(&format!("kit${text}")).unwrap()
}

fn name(text: &str) -> PersonName {
    PersonName::parse(text).unwrap()
}

fn username(text: &str) -> Username {
    Username::parse(text).unwrap()
}

fn email(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap()
}

fn newcomer(text: &str) -> NewUser {
    NewUser {
        username: username(text),
        email: email(&format!("{text}@example.com")),
        role: Role::User,
        first_name: name(""),
        last_name: name(""),
        locale: Locale::DEFAULT,
        provider: Provider::Local,
        email_verified: false,
        created_at: moment(0),
    }
}

/// Texts that stores have stumbled over, none of them with white space around it.
const ODD_TEXTS: [&str; 11] = [
    "",
    "O'Brien \"quoted\" `ticked` $1 ?1 :a",
    "100% _under_ \\ back\\slash \\' \\%",
    "'; DROP TABLE users; --",
    "Ünïcödé ß ǅ ﬁ İ ı",
    "e\u{301} is not \u{e9}",
    "日本語の名前",
    "عربى שלום \u{202e}rtl",
    "👩‍👩‍👧‍👦 🏳️‍🌈 𝒳",
    "line\nbreak\r\nand\ttab",
    "\u{1}\u{1f}\u{7f}x null {} <b>&amp;</b> \u{feff}\u{10ffff}",
];
