-- Jobs: rows that are due at a time and are claimed under a lease. state: 0 queued, 1 retrying, 2 running,
-- 3 succeeded, 4 dead, 5 cancelled, 6 waiting for its lane or its batch. due_at is the end of the lease
-- while the job runs. unique_until says when unique_key is free again: null when the job has ended, 0 when
-- it starts, else that time. batch_id is the follow-up of the batch, pending counts the jobs that a
-- follow-up waits for.
CREATE TABLE jobs (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind TEXT NOT NULL,
  queue TEXT NOT NULL,
  priority SMALLINT NOT NULL,
  state SMALLINT NOT NULL,
  args TEXT NOT NULL,
  due_at BIGINT NOT NULL,
  enqueued_at BIGINT NOT NULL,
  attempt BIGINT NOT NULL,
  max_attempts BIGINT NOT NULL,
  run BIGINT NOT NULL,
  worker TEXT,
  started_at BIGINT,
  finished_at BIGINT,
  lane TEXT,
  unique_key TEXT,
  unique_until BIGINT,
  merged BIGINT NOT NULL,
  batch_id BIGINT,
  pending BIGINT NOT NULL,
  cancel_at BIGINT,
  error TEXT
);
CREATE INDEX jobs_due ON jobs (queue, priority, due_at, id) WHERE state < 3;
CREATE UNIQUE INDEX jobs_unique ON jobs (kind, unique_key) WHERE unique_key IS NOT NULL;
CREATE UNIQUE INDEX jobs_head ON jobs (lane) WHERE lane IS NOT NULL AND state < 3;
CREATE INDEX jobs_behind ON jobs (lane, enqueued_at, id) WHERE state = 6;
CREATE INDEX jobs_limit ON jobs (kind) WHERE state = 2;
CREATE INDEX jobs_dead ON jobs (kind, id) WHERE state = 4;
CREATE INDEX jobs_finished ON jobs (finished_at) WHERE finished_at IS NOT NULL;

-- A line for every run. outcome: 0 running, 1 succeeded, 2 failed, 3 postponed, 4 cancelled, 5 lost with its
-- worker, 6 handed back.
CREATE TABLE job_runs (
  job_id BIGINT NOT NULL,
  run BIGINT NOT NULL,
  worker TEXT NOT NULL,
  started_at BIGINT NOT NULL,
  duration_us BIGINT,
  outcome SMALLINT NOT NULL,
  error TEXT,
  PRIMARY KEY (job_id, run)
);

-- What an administrator has set for a queue; a queue without a row runs, without a limit.
CREATE TABLE job_queues (
  name TEXT PRIMARY KEY,
  paused SMALLINT NOT NULL,
  concurrency BIGINT,
  version BIGINT NOT NULL
);

-- Every run of a job leaves dead rows behind; the usual fifth of the table would be too late.
ALTER TABLE jobs SET (
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0
);
