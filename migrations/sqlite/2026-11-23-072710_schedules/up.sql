-- When jobs of a kind are enqueued by themselves. missed: 0 skip, 1 last, 2 all; overlap: 0 skip, 1 queue,
-- 2 allow. next_at is null while nothing ticks. version counts the changes by administrators.
CREATE TABLE schedules (
  name TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  args TEXT NOT NULL,
  cron TEXT NOT NULL,
  zone TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  missed INTEGER NOT NULL,
  overlap INTEGER NOT NULL,
  next_at INTEGER,
  last_at INTEGER,
  missed_count INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX schedules_next ON schedules (next_at) WHERE next_at IS NOT NULL;

-- The schedule that a job is for, and its tick; null when it was enqueued by hand.
ALTER TABLE jobs ADD COLUMN schedule TEXT;
ALTER TABLE jobs ADD COLUMN tick_at INTEGER;
CREATE INDEX jobs_schedule ON jobs (schedule, id) WHERE schedule IS NOT NULL;

-- What one process at a time does is a job now: its schedule begins when the program starts.
DROP TABLE chores;
