CREATE TABLE notifications (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id BIGINT NOT NULL CONSTRAINT notifications_owner REFERENCES users (id),
  kind SMALLINT NOT NULL,
  -- One person has one notification of a kind with it.
  dedupe TEXT NOT NULL,
  subject_kind SMALLINT,
  subject_id BIGINT,
  -- The name is looked up when the notification is shown.
  actor_id BIGINT,
  params TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  read_at BIGINT
);

CREATE UNIQUE INDEX notifications_once ON notifications (user_id, kind, dedupe);

-- A page of one person's list is a range of this index.
CREATE INDEX notifications_newest ON notifications (user_id, id);

-- Counts and lists of what is unread look at nothing else.
CREATE INDEX notifications_unread ON notifications (user_id, kind, id) WHERE read_at IS NULL;
