//! The tables as both databases have them. What only one of them has (the word indexes, the
//! tickets of the outbox) is not here; a test compares the rest with both databases. A domain that
//! has records lists their tables in its own `rows.rs`.

pub(crate) use crate::domains::{
    jobs::rows::{job_queues, job_runs, schedules},
    users::rows::users,
};

/// What other domains ask of a domain's tables, which are there whichever domains are compiled in.
pub(crate) mod facts {
    diesel::table! {
        tasks (id) {
            id -> BigInt,
            user_id -> BigInt,
            assignee_id -> Nullable<BigInt>,
            deleted_at -> Nullable<BigInt>,
        }
    }

    diesel::table! {
        user_products (id) {
            id -> BigInt,
            user_id -> BigInt,
        }
    }
}

diesel::table! {
    sessions (id) {
        id -> BigInt,
        user_id -> BigInt,
        device -> Nullable<Text>,
        ip -> Nullable<Text>,
        created_at -> BigInt,
        last_used_at -> BigInt,
        expires_at -> BigInt,
        revoked_at -> Nullable<BigInt>,
        generation -> BigInt,
        parent -> BigInt,
        seen -> BigInt,
        last_generation -> BigInt,
    }
}

diesel::table! {
    refresh_tokens (session_id, generation) {
        session_id -> BigInt,
        generation -> BigInt,
        digest -> Binary,
        state -> SmallInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    tickets (digest) {
        digest -> Binary,
        session_id -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    links (digest) {
        digest -> Binary,
        kind -> SmallInt,
        user_id -> BigInt,
        address -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    identities (provider, subject) {
        provider -> Text,
        subject -> Text,
        user_id -> BigInt,
        linked_at -> BigInt,
    }
}

diesel::table! {
    oauth_attempts (state) {
        state -> Binary,
        browser -> Binary,
        provider -> Text,
        verifier -> Text,
        nonce -> Text,
        user_id -> Nullable<BigInt>,
        session_id -> Nullable<BigInt>,
        redirect_uri -> Nullable<Text>,
        client_state -> Nullable<Text>,
        client_id -> Nullable<Text>,
        challenge -> Nullable<Binary>,
        expires_at -> BigInt,
    }
}

diesel::table! {
    grants (id) {
        id -> BigInt,
        user_id -> BigInt,
        name -> Text,
        digest -> Binary,
        scopes -> Text,
        expires_at -> Nullable<BigInt>,
        created_at -> BigInt,
        last_used_at -> Nullable<BigInt>,
        last_used_ip -> Nullable<Text>,
    }
}

diesel::table! {
    factors (user_id) {
        user_id -> BigInt,
        secret -> Binary,
        created_at -> BigInt,
        confirmed_at -> Nullable<BigInt>,
        last_step -> BigInt,
        failed -> BigInt,
        blocked_until -> Nullable<BigInt>,
    }
}

diesel::table! {
    email_changes (user_id) {
        user_id -> BigInt,
        from_address -> Text,
        to_address -> Text,
        from_agreed -> Bool,
        to_proven -> Bool,
        asked_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    phone_changes (user_id) {
        user_id -> BigInt,
        phone -> Text,
        code -> Nullable<Binary>,
        failed -> BigInt,
        asked_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    recovery_codes (user_id, digest) {
        user_id -> BigInt,
        digest -> Binary,
    }
}

diesel::table! {
    devices (user_id, digest) {
        user_id -> BigInt,
        digest -> Binary,
        last_met_at -> BigInt,
    }
}

diesel::table! {
    roles (name) {
        name -> Text,
        description -> Text,
        permissions -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
        version -> BigInt,
    }
}

diesel::table! {
    user_roles (user_id, role) {
        user_id -> BigInt,
        role -> Text,
    }
}

diesel::table! {
    challenges (digest) {
        digest -> Binary,
        user_id -> BigInt,
        first_proof -> SmallInt,
        mark -> Binary,
        failed -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    tries (key) {
        key -> Binary,
        failed -> BigInt,
        last_at -> BigInt,
        blocked_until -> Nullable<BigInt>,
    }
}

diesel::table! {
    email_counts (key) {
        key -> Binary,
        began_at -> BigInt,
        count -> BigInt,
    }
}

diesel::table! {
    key_marks (id) {
        id -> BigInt,
        mark -> Binary,
    }
}

diesel::table! {
    oauth_grants (code) {
        code -> Binary,
        user_id -> BigInt,
        provider -> Text,
        subject -> Text,
        challenge -> Binary,
        redirect_uri -> Text,
        client_id -> Nullable<Text>,
        expires_at -> BigInt,
        spent_at -> Nullable<BigInt>,
        session_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    audit (id) {
        id -> BigInt,
        at -> BigInt,
        actor_id -> Nullable<BigInt>,
        action -> Text,
        target_type -> Nullable<Text>,
        target_id -> Nullable<BigInt>,
        target_name -> Nullable<Text>,
        outcome -> SmallInt,
        ip -> Nullable<Text>,
        request_id -> Nullable<Text>,
        detail -> Nullable<Text>,
        previous -> Binary,
        hash -> Binary,
    }
}

diesel::table! {
    audit_head (one) {
        one -> BigInt,
        pruned_id -> BigInt,
        pruned_hash -> Binary,
        head_id -> BigInt,
        head_hash -> Binary,
    }
}

diesel::table! {
    task_tags (task_id, tag) {
        task_id -> BigInt,
        tag -> Text,
    }
}

// `seq` is nullable on PostgreSQL, where it is given after the commit; it is only ever read where
// it is not null.
diesel::table! {
    outbox (seq) {
        seq -> BigInt,
        name -> Text,
        at -> BigInt,
        actor_id -> Nullable<BigInt>,
        subject -> BigInt,
        audience -> Text,
        payload -> Text,
        request_id -> Nullable<Text>,
        traceparent -> Nullable<Text>,
    }
}

diesel::table! {
    feed_audience (token, seq) {
        token -> Text,
        seq -> BigInt,
    }
}

diesel::table! {
    feed_state (one) {
        one -> BigInt,
        epoch -> BigInt,
        floor_seq -> BigInt,
    }
}

diesel::table! {
    settlements (consumer, event_id) {
        consumer -> Text,
        event_id -> BigInt,
        at -> BigInt,
    }
}

diesel::table! {
    positions (consumer) {
        consumer -> Text,
        event_id -> BigInt,
    }
}

diesel::table! {
    dead_letters (consumer, event_id) {
        consumer -> Text,
        event_id -> BigInt,
        why -> Text,
        at -> BigInt,
        subject -> Text,
    }
}

diesel::table! {
    event_retries (consumer, event_id) {
        consumer -> Text,
        event_id -> BigInt,
        subject -> Text,
        attempts -> BigInt,
        due_at -> BigInt,
        error -> Text,
    }
}

diesel::table! {
    receipts (scope, key) {
        scope -> Text,
        key -> Text,
        fingerprint -> Binary,
        answer -> Binary,
        expires_at -> BigInt,
    }
}

diesel::table! {
    leases (name) {
        name -> Text,
        holder -> Text,
        held_until -> BigInt,
    }
}

diesel::table! {
    mails (id) {
        id -> BigInt,
        recipient -> Text,
        subject -> Text,
        text_body -> Text,
        html_body -> Text,
        unsubscribe -> Nullable<Text>,
        queued_at -> BigInt,
        due_at -> BigInt,
        attempts -> BigInt,
        given_up_at -> Nullable<BigInt>,
        run -> BigInt,
    }
}

diesel::table! {
    blobs (id) {
        id -> BigInt,
        sha256 -> Binary,
        size -> BigInt,
        object_key -> Text,
        refs -> BigInt,
    }
}

diesel::table! {
    blob_variants (blob_id, name) {
        blob_id -> BigInt,
        name -> SmallInt,
        object_key -> Text,
        media -> SmallInt,
        size -> BigInt,
        sha256 -> Binary,
        width -> BigInt,
        height -> BigInt,
    }
}

diesel::table! {
    files (id) {
        id -> BigInt,
        blob_id -> BigInt,
        owner_id -> BigInt,
        filename -> Text,
        kind -> SmallInt,
        visibility -> SmallInt,
        task_id -> Nullable<BigInt>,
        product_id -> Nullable<BigInt>,
        media -> SmallInt,
        size -> BigInt,
        sha256 -> Binary,
        width -> Nullable<BigInt>,
        height -> Nullable<BigInt>,
        uploaded_at -> BigInt,
        updated_at -> BigInt,
        version -> BigInt,
        text_name -> Nullable<Text>,
        charset -> SmallInt,
    }
}

diesel::table! {
    file_usage (user_id) {
        user_id -> BigInt,
        bytes -> BigInt,
    }
}

diesel::table! {
    file_shares (id) {
        id -> BigInt,
        file_id -> BigInt,
        user_id -> BigInt,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    uploads (id) {
        id -> BigInt,
        owner_id -> BigInt,
        kind -> SmallInt,
        visibility -> SmallInt,
        filename -> Text,
        declared -> Nullable<Text>,
        task_id -> Nullable<BigInt>,
        product_id -> Nullable<BigInt>,
        length -> BigInt,
        received -> BigInt,
        metadata -> Text,
        file_id -> Nullable<BigInt>,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    upload_parts (upload_id, start) {
        upload_id -> BigInt,
        start -> BigInt,
        size -> BigInt,
        object_key -> Text,
    }
}

diesel::table! {
    staged_imports (first_id) {
        first_id -> BigInt,
        last_id -> BigInt,
        run -> BigInt,
        until -> BigInt,
    }
}

diesel::table! {
    search_rules (name) {
        name -> Text,
        rules -> BigInt,
        place -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(sessions, users);
diesel::allow_tables_to_appear_in_same_query!(grants, users);
diesel::allow_tables_to_appear_in_same_query!(roles, user_roles);
diesel::allow_tables_to_appear_in_same_query!(sessions, user_roles);
diesel::allow_tables_to_appear_in_same_query!(audit, audit_head);
