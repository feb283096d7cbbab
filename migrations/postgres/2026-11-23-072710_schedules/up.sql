-- When jobs of a kind are enqueued by themselves. missed: 0 skip, 1 last, 2 all; overlap: 0 skip, 1 queue,
-- 2 allow. next_at is null while nothing ticks. version counts the changes by administrators.
CREATE TABLE schedules (
  name TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  args TEXT NOT NULL,
  cron TEXT NOT NULL,
  zone TEXT NOT NULL,
  enabled SMALLINT NOT NULL,
  missed SMALLINT NOT NULL,
  overlap SMALLINT NOT NULL,
  next_at BIGINT,
  last_at BIGINT,
  missed_count BIGINT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX schedules_next ON schedules (next_at) WHERE next_at IS NOT NULL;

-- The schedule that a job is for, and its tick; null when it was enqueued by hand.
ALTER TABLE jobs ADD COLUMN schedule TEXT;
ALTER TABLE jobs ADD COLUMN tick_at BIGINT;
CREATE INDEX jobs_schedule ON jobs (schedule, id) WHERE schedule IS NOT NULL;

-- What one process at a time does is a job now: its schedule begins when the program starts.
DROP TABLE chores;
