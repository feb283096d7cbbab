CREATE TABLE chores (
  name TEXT NOT NULL PRIMARY KEY,
  due_at BIGINT NOT NULL,
  holder TEXT,
  until BIGINT,
  last_started BIGINT,
  last_duration BIGINT,
  last_error TEXT
);
DROP INDEX jobs_schedule;
ALTER TABLE jobs DROP COLUMN tick_at;
ALTER TABLE jobs DROP COLUMN schedule;
DROP TABLE schedules;
