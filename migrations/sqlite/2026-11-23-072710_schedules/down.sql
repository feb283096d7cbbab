CREATE TABLE chores (
  name TEXT NOT NULL PRIMARY KEY,
  due_at INTEGER NOT NULL,
  holder TEXT,
  until INTEGER,
  last_started INTEGER,
  last_duration INTEGER,
  last_error TEXT
) STRICT, WITHOUT ROWID;
DROP INDEX jobs_schedule;
ALTER TABLE jobs DROP COLUMN tick_at;
ALTER TABLE jobs DROP COLUMN schedule;
DROP TABLE schedules;
