//! What must hold for replicas and under faults, each a named case on real servers:
//! `make test-cluster`, or one case by
//! `cargo test -p alveole-tests --features cluster --test cluster -- faults::`.
//!
//! Each case has a cluster of its own unless it leaves everything running; those share one.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "cases say what is wrong by panicking"
)]

mod bounds;
mod chat;
mod faults;
mod limits;
mod load;
mod monitoring;
mod replicas;
mod restarts;

use std::{
    panic,
    sync::{Mutex, PoisonError},
};

use alveole_tests::{cluster, server};
use libtest_mimic::{Arguments, Trial};

/// A case, and whether it means something only when replicas share a Redis.
struct Case {
    name: &'static str,
    run: fn(),
    needs_redis: bool,
}

/// Lists cases by the names of their functions.
macro_rules! cases {
    ($($needs_redis:literal $room:ident: $($name:ident),+ $(,)?);+ $(;)?) => {
        &[$($(Case {
            name: concat!(stringify!($room), "::", stringify!($name)),
            run: $room::$name,
            needs_redis: $needs_redis,
        },)+)+]
    };
}

const CASES: &[Case] = cases! {
    false replicas:
        three_that_start_simultaneously_on_an_empty_database_migrate_it_once,
        sixty_posts_with_one_key_over_all_replicas_have_one_effect,
        fifty_uses_of_one_refresh_token_leave_at_most_one_live_branch,
        suspension_role_and_sign_out_are_felt_everywhere_within_five_seconds,
        events_of_all_replicas_arrive_in_order_and_resume_anywhere,
        background_work_goes_on_whichever_replica_is_killed,
        two_hundred_stock_movements_over_all_replicas_add_up;
    false chat:
        a_room_has_one_order_on_all_replicas_and_goes_on_when_one_dies,
        who_is_out_on_one_replica_hears_nothing_on_another,
        two_people_on_two_replicas_hear_each_other,
        without_postgres_sockets_stay_and_say_so,
        who_types_and_who_has_read_is_seen_on_another_replica;
    true replicas:
        a_page_of_the_catalogue_is_never_older_than_the_last_write;
    true limits:
        quotas_are_exact_over_three_replicas;
    false restarts:
        a_rolling_restart_under_load_fails_no_request_and_loses_no_write,
        killed_replicas_lose_double_and_halve_nothing;
    false monitoring:
        a_rule_fires_once_when_whoever_evaluates_dies;
    false faults:
        without_postgres_answers_are_503_until_it_is_back,
        a_hung_postgres_is_answered_503_in_time;
    true faults:
        without_redis_nothing_fails_and_limits_still_limit;
    false bounds:
        sigterm_turns_ready_off_and_lets_slow_requests_finish,
        dribblers_and_idlers_are_cut_and_hold_nobody_up,
        a_burst_is_shed_with_503_and_nobody_waits_long;
};

fn main() {
    let mut arguments = Arguments::from_args();
    // The cases load the whole machine and time out by the clock: one after another.
    arguments.test_threads = Some(1);
    if !arguments.list {
        let mut missing = cluster::missing();
        missing.extend(server::binary().err());
        if !missing.is_empty() {
            eprintln!("the cluster tests cannot run; what is missing:");
            for what in missing {
                eprintln!("  {what}");
            }
            std::process::exit(1);
        }
    }
    if !cluster::with_redis() {
        eprintln!("SKIPPED: what needs Redis, because ALVEOLE_CLUSTER_REDIS is 0");
    }
    // What went wrong may be far above in the output, and on another thread than the case's own.
    static PANICS: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let shown = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        PANICS.lock().unwrap_or_else(PoisonError::into_inner).push(info.to_string());
        shown(info);
    }));
    let trials = CASES.iter().map(|case| {
        let ignored = case.needs_redis && !cluster::with_redis();
        let run = || {
            (case.run)();
            Ok(())
        };
        Trial::test(case.name, run).with_ignored_flag(ignored)
    });
    let conclusion = libtest_mimic::run(&arguments, trials.collect());
    // `exit` runs no destructors
    replicas::end();
    for panic in PANICS.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        eprintln!("{panic}");
    }
    conclusion.exit();
}
