//! Stores of accounts with one planted bug each: the case that promises otherwise must fail, or it proves nothing. A bug
//! spoils what a unit has written, just before it commits.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use kernel::{Access, BoxFuture, StoreError, UnitOfWork, Verdict, Work};
use pollster::block_on;
use users::{
    UsersTx,
    kit::{CASES, Fixture},
};

use super::tables::UsersTables;
use crate::{MemoryDb, state::Table};

/// What a bug makes of the tables before and after a unit.
type Spoil = fn(&UsersTables, &mut UsersTables);

struct PlantedDb {
    inner: Arc<MemoryDb>,
    spoil: Spoil,
}

impl UnitOfWork<dyn UsersTx> for PlantedDb {
    fn run(
        &self,
        access: Access,
        mut work: Work<dyn UsersTx>,
    ) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            self.inner.execute_now(access, &mut |tx| {
                let before = tx.state.domains.users.clone();
                let verdict = work(tx);
                if access == Access::Write && verdict == Verdict::Commit {
                    (self.spoil)(&before, &mut tx.state.domains.users);
                }
                verdict
            })
        })
    }
}

/// Brings back what was removed.
fn keep<K: Ord + Clone, V: Clone>(before: &Table<K, V>, after: &mut Table<K, V>) {
    for (key, value) in before.iter() {
        Arc::make_mut(after).entry(key.clone()).or_insert_with(|| value.clone());
    }
}

/// Takes back what was changed; what is new stays.
fn undo<K: Ord + Clone, V: Clone>(before: &Table<K, V>, after: &mut Table<K, V>) {
    for (key, value) in Arc::make_mut(after).iter_mut() {
        if let Some(old) = before.get(key) {
            *value = old.clone();
        }
    }
}

/// Each bug with the case that it turns red.
const BUGS: &[(Spoil, &str)] = &[
    // A save overwrites whatever version is there.
    (
        |before, after| {
            for (id, account) in Arc::make_mut(&mut after.accounts).iter_mut() {
                if let Some(old) = before.accounts.get(id) {
                    Arc::make_mut(account).user.version = old.user.version;
                }
            }
        },
        "a4_of_many_who_save_one_version_one_succeeds",
    ),
    // A password stays what it was.
    (
        |before, after| {
            for (id, account) in Arc::make_mut(&mut after.accounts).iter_mut() {
                if let Some(old) = before.accounts.get(id) {
                    Arc::make_mut(account).password.clone_from(&old.password);
                }
            }
        },
        "a6_the_password_is_what_was_last_set_and_grows_no_version",
    ),
    // A removed account leaves its sessions.
    (
        |before, after| keep(&before.sessions, &mut after.sessions),
        "a8_sessions_tokens_and_tickets_go_with_their_account",
    ),
    // The number of a removed account is given again.
    (
        |_, after| {
            after.last_user = after.accounts.keys().last().map_or(0, |id| id.get());
        },
        "a8_the_number_of_a_removed_account_is_not_given_again",
    ),
    // A ticket, a link, a recovery code, a sign-in that began elsewhere: each is taken twice.
    (
        |before, after| keep(&before.tickets, &mut after.tickets),
        "s7_of_many_who_take_one_ticket_one_gets_it",
    ),
    (
        |before, after| keep(&before.one_time_tokens, &mut after.one_time_tokens),
        "l3_of_many_who_take_one_link_one_gets_it",
    ),
    (
        |before, after| keep(&before.recovery_codes, &mut after.recovery_codes),
        "f3_of_many_who_take_one_code_one_gets_it",
    ),
    (
        |before, after| keep(&before.attempts, &mut after.attempts),
        "e5_of_many_who_take_one_attempt_one_gets_it",
    ),
    // A code of a front-end is spent twice.
    (|before, after| undo(&before.codes, &mut after.codes), "e7_a_code_is_spent_once"),
    // A refresh token that was used is as good as new.
    (
        |before, after| undo(&before.refresh, &mut after.refresh),
        "s6_only_the_state_of_a_refresh_token_changes",
    ),
    // Wrong passwords, wrong codes and emails are not counted.
    (
        |before, after| undo(&before.login_throttle, &mut after.login_throttle),
        "w2_of_many_who_count_simultaneously_none_is_lost",
    ),
    (
        |before, after| undo(&before.phone_changes, &mut after.phone_changes),
        "p2_of_many_tries_at_one_code_none_is_lost",
    ),
    (
        |before, after| undo(&before.email_counts, &mut after.email_counts),
        "m2_of_many_that_count_simultaneously_none_is_lost",
    ),
    // A role that was removed is still held.
    (
        |before, after| {
            keep(&before.roles, &mut after.roles);
            after.roles_held = Arc::clone(&before.roles_held);
        },
        "k7_a_removed_role_is_taken_from_everybody",
    ),
    // The audit trail loses an entry; its chain does not.
    (
        |before, after| {
            if after.audit.len() > before.audit.len() {
                Arc::make_mut(&mut after.audit).pop_last();
            }
        },
        "d1_an_entry_is_there_exactly_when_its_unit_committed",
    ),
];

/// Whether a case passes on a store with this bug.
fn passes(spoil: Spoil, name: &str) -> bool {
    let case = CASES.iter().find(|case| case.name == name);
    let case = case.unwrap_or_else(|| panic!("there is no case {name}"));
    let work = Arc::new(PlantedDb { inner: MemoryDb::new(), spoil });
    catch_unwind(AssertUnwindSafe(|| block_on((case.run)(Fixture { work })))).is_ok()
}

#[test]
fn each_bug_of_accounts_turns_its_case_red() {
    for (spoil, case) in BUGS {
        assert!(passes(|_, _| {}, case), "{case} fails without a bug");
        assert!(!passes(*spoil, case), "{case} misses its bug");
    }
}
