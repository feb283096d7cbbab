-- Each consumer has its own position, retries and dead letters. The flows were one consumer; each of
-- the three that follow goes on where they were, at the beginning if they never began.
INSERT INTO positions (consumer, event_id)
SELECT name, coalesce((SELECT event_id FROM positions WHERE consumer = 'flows'), 0)
FROM (
  SELECT 'flows.forget_user' AS name
  UNION ALL SELECT 'flows.forget_files'
  UNION ALL SELECT 'flows.forget_owner'
) AS named;
DELETE FROM positions WHERE consumer = 'flows';

ALTER TABLE dead_letters ADD COLUMN subject TEXT NOT NULL DEFAULT '';
UPDATE dead_letters SET subject = (
  SELECT substr(name, 1, instr(name || '.', '.') - 1) || ':' || outbox.subject FROM outbox WHERE seq = dead_letters.event_id
) WHERE event_id IN (SELECT seq FROM outbox);
INSERT INTO dead_letters (consumer, event_id, why, at, subject)
SELECT name, event_id, why, at, subject
FROM dead_letters, (
  SELECT 'flows.forget_user' AS name
  UNION ALL SELECT 'flows.forget_files'
  UNION ALL SELECT 'flows.forget_owner'
) AS named
WHERE consumer = 'flows';
DELETE FROM dead_letters WHERE consumer = 'flows';

-- Events that a consumer could not handle yet, and those of the same subject behind them.
CREATE TABLE event_retries (
  consumer TEXT NOT NULL,
  event_id INTEGER NOT NULL,
  subject TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  error TEXT NOT NULL,
  PRIMARY KEY (consumer, event_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX event_retries_subject ON event_retries (consumer, subject, event_id);

-- Recurring maintenance: schedule, lease and status in one row. `last_duration` is in microseconds.
CREATE TABLE chores (
  name TEXT NOT NULL PRIMARY KEY,
  due_at INTEGER NOT NULL,
  holder TEXT,
  until INTEGER,
  last_started INTEGER,
  last_duration INTEGER,
  last_error TEXT
) STRICT, WITHOUT ROWID;
DELETE FROM leases WHERE name = 'background';

-- Grows with each claim of an email, so that a late answer to an earlier claim changes nothing.
ALTER TABLE mails ADD COLUMN run INTEGER NOT NULL DEFAULT 0;
