CREATE TABLE notifications (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id INTEGER NOT NULL CONSTRAINT notifications_owner REFERENCES users (id),
  kind INTEGER NOT NULL,
  -- One person has one notification of a kind with it.
  dedupe TEXT NOT NULL,
  subject_kind INTEGER,
  subject_id INTEGER,
  -- The name is looked up when the notification is shown.
  actor_id INTEGER,
  params TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  read_at INTEGER
) STRICT;

CREATE UNIQUE INDEX notifications_once ON notifications (user_id, kind, dedupe);

-- A page of one person's list is a range of this index.
CREATE INDEX notifications_newest ON notifications (user_id, id);

-- Counts and lists of what is unread look at nothing else.
CREATE INDEX notifications_unread ON notifications (user_id, kind, id) WHERE read_at IS NULL;
