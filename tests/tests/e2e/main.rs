//! Journeys over HTTP against the real binary, each a named case on each backend:
//! `cargo test -p alveole-tests --test e2e -- sqlite::tasks`.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "journeys say what is wrong by panicking"
)]

mod acts;
mod admin;
mod attached_files;
mod audit;
mod authz;
mod background;
mod backups;
mod bodies;
mod browser_sessions;
mod bulk;
mod catalogue;
mod chat;
mod chat_live;
mod chat_model;
mod collector;
mod comments;
mod crash;
mod dependencies;
mod email_flows;
mod event_socket;
mod export;
mod factors;
mod files;
mod formats;
mod http;
mod idempotency;
mod imports;
mod inbound;
mod integrations;
mod jobs;
mod keys;
mod limits;
mod lists;
mod live;
mod memory;
mod monitoring;
mod notifications;
mod oauth;
mod operator;
mod people;
mod personal_access_tokens;
mod phones;
mod products;
mod resumable;
mod rights;
mod roles;
mod sessions;
mod tasks;
mod tls;
mod traces;
mod updates;
mod variants;
mod webhooks;

use alveole_tests::{Backend, backend, server};
use libtest_mimic::{Arguments, Trial};

/// Lists journeys by the names of their functions.
macro_rules! journeys {
    ($($room:ident: $($name:ident),+ $(,)?);+ $(;)?) => {
        &[$($((
            concat!(stringify!($room), "::", stringify!($name)),
            $room::$name as fn(Backend),
        ),)+)+]
    };
}

const JOURNEYS: &[(&str, fn(Backend))] = journeys! {
    bodies:
        an_answer_that_leaves_before_its_body_ends_the_connection,
        a_body_that_stays_away_ends_the_connection,
        connections_stay_open_after_a_whole_body,
        a_body_that_only_drips_is_ended,
        a_length_over_the_limit_is_refused_before_the_body,
        a_client_that_expects_is_asked_for_its_body;
    memory:
        fifty_pictures_leave_a_small_container_alive;
    sessions:
        register_sign_in_and_read_yourself,
        a_taken_name_is_named,
        unknown_account_and_wrong_password_get_the_same_answer,
        refresh_tokens_rotate_and_a_reused_one_ends_the_session,
        a_lost_refresh_answer_can_be_asked_for_again,
        racing_refreshes_leave_at_most_one_live_branch,
        sign_out_ends_the_session_and_logout_all_every_session,
        suspension_is_felt_within_five_seconds,
        a_new_password_ends_the_other_sessions;
    admin:
        the_dashboard_counts_everything,
        settings_are_shown_without_secrets,
        administrators_end_the_sessions_of_others,
        a_changed_entry_of_the_audit_trail_is_named;
    browser_sessions:
        a_cookie_keeps_the_session_of_a_browser,
        a_stolen_cookie_ends_the_session,
        pages_of_elsewhere_get_no_session,
        programs_sign_in_as_before,
        a_second_factor_comes_before_the_cookie,
        who_reads_the_log_makes_the_first_administrator,
        of_many_only_one_becomes_the_first_administrator;
    keys:
        the_published_key_verifies_a_token_of_a_sign_in,
        a_rotation_hurts_nobody,
        a_ring_given_as_a_secret_signs_and_checks,
        the_move_from_a_secret_to_a_ring_signs_nobody_out,
        forged_tokens_are_refused_at_the_door,
        production_starts_with_keys_that_are_there_and_closed,
        a_ring_that_cannot_be_read_stays_as_it_was;
    catalogue:
        a_product_has_a_price_or_is_a_draft,
        a_product_is_owned_once_with_a_number_and_once_without,
        a_warranty_does_not_end_before_its_purchase,
        a_file_of_a_spreadsheet_makes_and_changes_products;
    chat:
        who_is_named_or_written_to_is_notified,
        files_of_messages_are_read_by_members_only;
    chat_live:
        frames_are_those_of_the_seed,
        who_was_cut_off_gets_what_they_missed_and_then_what_comes,
        a_message_that_is_sent_again_is_stored_once,
        two_people_hear_each_other_without_joining,
        who_is_out_of_a_room_hears_nothing_of_it,
        an_ended_sign_in_ends_its_sockets,
        what_is_wrong_is_named_and_closes_nothing,
        who_writes_and_who_has_read_is_shown,
        what_concerns_one_elsewhere_comes_too,
        the_settings_bound_sockets_and_what_rooms_show,
        presence_that_cannot_be_kept_is_listed_and_the_chat_goes_on,
        strangers_get_no_socket,
        twenty_readers_that_never_read_delay_nobody,
        a_second_listener_serves_sockets_and_nothing_else;
    chat_model:
        random_cuts_and_kills_lose_and_repeat_nothing;
    event_socket:
        what_one_may_see_arrives_and_a_cut_loses_nothing,
        topics_are_added_and_taken_away,
        what_cannot_be_proven_is_a_reset_and_nothing_else,
        what_one_may_not_follow_is_named_and_closes_nothing;
    imports:
        an_import_is_seen_whole_and_lets_others_write,
        a_killed_import_leaves_nothing_and_can_be_sent_again;
    integrations:
        facts_come_from_their_providers,
        many_callers_cause_one_call,
        a_provider_that_refuses_the_key_is_replaced,
        what_is_missing_is_named;
    attached_files:
        files_keep_an_owned_product_on_the_list,
        attaching_and_deleting_simultaneously_leave_no_orphan,
        documents_become_files;
    files:
        a_file_comes_back_as_it_went_in,
        parts_and_conditions_are_as_the_rfc_has_them,
        hostile_forms_are_refused_in_words,
        usage_is_bounded_and_a_repetition_adds_none,
        a_link_opens_a_file_until_it_is_taken_back,
        what_is_attached_to_a_task_is_its_peoples,
        a_large_upload_takes_little_memory,
        a_kill_in_the_middle_of_uploads_leaves_nothing_dangling,
        what_is_known_as_malware_is_not_kept;
    formats:
        text_is_kept_under_its_name_and_type,
        films_and_heic_are_refused_in_words,
        a_picture_that_moves_is_answered_with_a_warning;
    resumable:
        an_upload_in_pieces_becomes_one_file,
        what_came_before_a_connection_broke_is_kept,
        a_checksum_keeps_all_bytes_of_a_request_or_none,
        of_eight_who_continue_at_one_place_one_wins,
        a_kill_costs_some_mebibytes_at_most,
        an_abandoned_upload_is_pruned,
        what_is_wrong_with_an_upload_is_said;
    variants:
        a_picture_comes_in_the_size_of_its_link,
        a_shared_picture_comes_in_each_edition,
        a_link_to_a_size_opens_nothing,
        sizes_that_nobody_signed_are_not_drawn;
    factors:
        from_setup_to_sign_in_and_off_again,
        a_code_lets_in_once_however_many_bring_it,
        wrong_codes_hold_the_account_off_even_after_a_kill,
        a_token_of_one_kind_is_none_of_another,
        a_role_can_be_made_to_have_a_second_factor,
        production_has_second_factors_with_a_key_only,
        a_server_with_another_encryption_key_does_not_start,
        wrong_passwords_make_who_tries_wait_and_nobody_else;
    oauth:
        somebody_new_gets_an_account_and_comes_back_to_it,
        a_state_works_once_in_its_browser_with_its_provider,
        forged_id_tokens_let_nobody_in,
        a_provider_that_is_away_is_a_503,
        an_address_counts_only_when_it_is_proven,
        who_waits_in_an_account_for_its_owner_is_shut_out,
        a_suspended_account_stays_outside,
        a_front_end_redeems_its_code_once,
        browsers_are_sent_to_known_front_ends_only,
        identities_are_linked_and_unlinked_by_their_owner,
        of_many_who_come_with_one_new_identity_one_account_is_made,
        providers_stand_beside_the_other_routes;
    email_flows:
        an_address_is_confirmed_by_email,
        an_account_goes_to_whoever_confirms_its_address_elsewhere,
        an_address_gets_so_many_emails_a_day,
        a_forgotten_password_is_set_by_email,
        of_many_who_ask_and_use_simultaneously_one_gets_through,
        a_new_device_is_reported_to_its_owner,
        another_address_takes_both,
        a_closed_account_can_be_had_back_for_a_while,
        an_unused_account_is_warned_of_and_closed,
        everything_about_oneself_in_one_file,
        emails_are_requested_under_the_strict_limit;
    operator:
        an_operator_lists_and_changes_accounts,
        a_server_that_may_not_migrate_waits_for_the_operator,
        a_reader_that_leaves_early_is_no_error,
        the_sample_is_added_once;
    people:
        private_data_is_for_administrators_and_oneself,
        profiles_change_by_merge_patch,
        deleting_yourself_frees_your_name,
        the_audit_log_shows_who_did_what;
    roles:
        nobody_is_raised_to_or_above_the_callers_role,
        the_last_super_admin_stays,
        a_refusal_names_the_permission_and_it_can_be_explained;
    personal_access_tokens:
        a_token_is_shown_once_and_does_what_its_scopes_name,
        errors_of_a_token_are_named,
        a_token_opens_no_further_door,
        one_kind_of_token_is_not_taken_for_another,
        a_token_ends_by_time_by_deletion_and_with_its_owner,
        a_stream_ends_with_the_token_that_opened_it,
        a_service_account_works_by_token_and_never_signs_in,
        a_role_is_given_and_taken_without_a_new_sign_in,
        roles_are_kept_like_other_things;
    audit:
        every_security_event_is_on_record,
        a_change_of_one_byte_is_named,
        what_is_removed_or_swapped_is_named,
        exports_are_verified_without_the_server,
        an_older_database_gets_its_chain_and_old_entries_go,
        many_sign_ins_simultaneously_leave_one_line;
    acts:
        what_administrators_do_to_others_is_on_record;
    authz:
        every_operation_answers_every_role_as_the_table_says;
    background:
        a_consumer_that_fails_delays_nothing_else_and_is_retried,
        an_event_that_cannot_be_read_is_a_dead_letter_until_it_is_retried,
        a_schedule_is_listed_and_run_by_command,
        of_two_replicas_one_runs_a_tick_and_the_other_takes_over;
    backups:
        a_back_up_made_by_its_schedule_brings_everything_back,
        back_ups_by_hand_are_bounded_and_keep_secrets_only_when_asked;
    jobs:
        a_schedule_fills_the_caches,
        a_job_is_run_by_hand_and_leaves_a_line,
        a_schedule_is_previewed_changed_run_and_paused,
        a_worker_runs_what_a_server_without_workers_enqueues,
        processes_that_are_killed_lose_no_job;
    products:
        a_product_from_birth_to_its_end,
        two_hundred_movements_simultaneously_add_up,
        lists_and_searches_are_exact_after_every_write,
        a_file_is_taken_whole_or_its_good_rows,
        what_one_owns_is_ones_own;
    tasks:
        a_task_from_birth_to_restoration,
        all_errors_are_listed_together,
        texts_survive_byte_for_byte,
        statistics_count_what_lists_show;
    updates:
        merge_patch_keeps_sets_and_clears,
        etags_answer_304_and_412_with_the_current_state,
        of_twenty_writers_with_one_etag_exactly_one_wins;
    rights:
        assignees_see_the_task_and_change_only_its_status,
        strangers_see_nothing_and_administrators_everything;
    comments:
        owner_and_assignee_comment_and_authors_edit;
    lists:
        numbered_pages_and_links_cover_every_row_once,
        cursors_cover_every_row_once_even_with_equal_keys,
        depth_is_bounded_and_names_the_cursor,
        totals_stop_at_ten_thousand,
        every_filter_narrows,
        sorting_follows_the_documented_fields,
        search_finds_words_and_takes_nothing_as_syntax,
        bad_list_parameters_are_refused;
    bulk:
        all_operations_or_none;
    export:
        csv_json_and_ics_carry_every_row;
    idempotency:
        fifty_parallel_posts_with_one_key_have_one_effect,
        a_key_reused_for_another_request_is_refused,
        refusals_are_not_kept,
        what_is_kept_of_a_request_is_keyed;
    live:
        events_arrive_and_resume_without_loss_or_repetition,
        other_peoples_events_are_not_seen,
        a_ticket_opens_the_stream_once,
        list_then_follow_ends_with_the_state_of_the_server_by_every_way;
    http:
        unknown_routes_methods_and_ids,
        bodies_that_cannot_be_read,
        problems_have_pages,
        headers_ids_and_compression,
        head_is_wherever_get_is,
        cors_is_strictly_from_configuration,
        requests_that_cannot_be_read_get_a_problem,
        operational_endpoints_need_no_sign_in;
    limits:
        answers_carry_the_limit_and_429_says_when,
        strangers_cannot_lock_an_account_out,
        however_a_path_is_spelled_the_route_counts,
        strangers_cannot_use_up_what_an_account_allows_its_owner;
    traces:
        a_trace_goes_from_the_caller_to_the_statements_and_to_what_follows,
        a_caller_that_takes_no_trace_is_followed,
        every_request_has_a_trace_id,
        a_collector_that_is_away_is_no_matter,
        shed_requests_are_counted,
        redis_has_its_part_in_a_trace,
        metrics_cover_units_of_work_and_the_process,
        what_alerts_and_dashboards_rely_on_is_served_and_nothing_is_unlisted;
    crash:
        sigterm_lets_requests_in_flight_finish,
        writers_on_open_connections_lose_nothing_when_the_server_stops,
        nothing_acknowledged_is_lost_when_the_process_is_killed;
    dependencies:
        what_does_not_answer_is_listed_and_the_rest_goes_on,
        a_bucket_that_is_wrong_stops_the_start,
        a_locked_table_is_felt_by_its_callers_only,
        port_scanners_are_not_in_the_log,
        metrics_have_a_namespace_and_help,
        staged_bytes_obey_the_grace;
    tls:
        postgres_is_reached_by_tls,
        redis_is_reached_by_tls,
        emails_leave_by_tls,
        traces_leave_by_tls;
    notifications:
        people_hear_of_what_others_do_with_their_tasks,
        a_role_that_was_made_counts_while_it_is_held,
        the_inbox_follows_its_owner,
        emails_come_when_they_are_wanted,
        of_two_who_choose_simultaneously_one_is_refused,
        people_hear_what_happened_to_their_account,
        people_are_reminded_of_what_is_due,
        emails_are_in_the_language_that_the_readers_program_prefers,
        a_digest_has_each_notification_once_in_the_readers_language,
        owners_hear_of_warranties_and_administrators_of_dead_jobs,
        reports_come_once_a_day_to_who_wants_them;
    inbound:
        a_signed_event_is_applied_once_however_often_it_comes,
        each_scheme_takes_what_is_signed_and_no_altered_byte,
        signed_deliveries_do_not_count_against_their_address,
        what_fails_is_shown_and_revived_by_a_redelivery,
        while_the_database_is_away_senders_are_asked_to_try_again,
        a_kill_in_the_middle_of_deliveries_applies_each_once;
    phones:
        a_number_is_confirmed_by_text,
        a_number_gets_so_many_codes_a_day,
        a_second_request_waits_a_moment,
        notifications_come_by_text_when_they_are_wanted,
        texts_leave_by_twilio,
        without_a_provider_there_are_no_numbers;
    webhooks:
        an_event_reaches_its_endpoints_signed,
        what_fails_is_sent_again_under_the_same_id,
        an_ordered_endpoint_gets_one_event_after_another,
        one_hanging_endpoint_holds_up_no_other,
        no_event_is_lost_when_a_process_dies,
        a_test_and_a_replay_are_asked_for_by_hand,
        an_endpoint_hears_of_the_rooms_that_its_owner_is_in;
    monitoring:
        a_burnt_core_raises_an_alert_that_names_its_cause_and_resolves,
        series_agree_with_the_metrics_and_gaps_are_no_zeros,
        the_socket_shows_samples_and_alerts,
        twenty_viewers_are_cheap,
        minutes_survive_a_restart;
};

fn main() {
    let mut arguments = Arguments::from_args();
    // Most of a journey is waiting: for a start, for a time to pass, for a drain.
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    arguments.test_threads.get_or_insert(2 * cores);
    if !arguments.list
        && let Err(why) = server::binary()
    {
        eprintln!("{why}");
        std::process::exit(1);
    }
    let mut trials = Vec::new();
    for backend in Backend::all() {
        for (name, run) in JOURNEYS {
            trials.push(Trial::test(format!("{backend}::{name}"), move || {
                run(backend);
                Ok(())
            }));
        }
    }
    if backend::postgres_url().is_none() {
        eprintln!("SKIPPED: no PostgreSQL to test on; `make test` or TEST_POSTGRES_URL gives one");
        for (name, _) in JOURNEYS {
            let name = format!("postgres::{name}");
            trials.push(Trial::test(name, || Ok(())).with_ignored_flag(true));
        }
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    backend::wait_for_drops();
    conclusion.exit();
}
