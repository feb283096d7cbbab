-- When the next report of a kind is due, to those who get any.
CREATE TABLE notification_reports (
  user_id INTEGER NOT NULL CONSTRAINT notification_reports_owner REFERENCES users (id),
  kind INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, kind)
) STRICT;

CREATE INDEX notification_reports_due ON notification_reports (kind, due_at, user_id);

-- What reports count: who was here lately, and when a back-up was last made.
CREATE INDEX users_active ON users (active_at) WHERE deleted_at IS NULL;
CREATE INDEX jobs_backups ON jobs (finished_at) WHERE kind = 'backup' AND state = 3;
