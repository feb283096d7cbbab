//! The tables of jobs. Their rows are read by the statements beside, in the order of `COLUMNS`.

diesel::table! {
    jobs (id) {
        id -> BigInt,
        kind -> Text,
        queue -> Text,
        priority -> SmallInt,
        state -> SmallInt,
        args -> Text,
        due_at -> BigInt,
        enqueued_at -> BigInt,
        attempt -> BigInt,
        max_attempts -> BigInt,
        run -> BigInt,
        worker -> Nullable<Text>,
        started_at -> Nullable<BigInt>,
        finished_at -> Nullable<BigInt>,
        lane -> Nullable<Text>,
        unique_key -> Nullable<Text>,
        unique_until -> Nullable<BigInt>,
        merged -> BigInt,
        batch_id -> Nullable<BigInt>,
        pending -> BigInt,
        cancel_at -> Nullable<BigInt>,
        error -> Nullable<Text>,
        schedule -> Nullable<Text>,
        tick_at -> Nullable<BigInt>,
        traceparent -> Nullable<Text>,
    }
}

diesel::table! {
    job_runs (job_id, run) {
        job_id -> BigInt,
        run -> BigInt,
        worker -> Text,
        started_at -> BigInt,
        duration_us -> Nullable<BigInt>,
        outcome -> SmallInt,
        error -> Nullable<Text>,
    }
}

diesel::table! {
    job_queues (name) {
        name -> Text,
        paused -> SmallInt,
        concurrency -> Nullable<BigInt>,
        version -> BigInt,
    }
}

diesel::table! {
    schedules (name) {
        name -> Text,
        kind -> Text,
        args -> Text,
        cron -> Text,
        zone -> Text,
        enabled -> SmallInt,
        missed -> SmallInt,
        overlap -> SmallInt,
        next_at -> Nullable<BigInt>,
        last_at -> Nullable<BigInt>,
        missed_count -> BigInt,
        version -> BigInt,
    }
}
