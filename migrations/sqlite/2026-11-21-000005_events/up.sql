-- There is one writer, so an event's place in the feed is given when it is appended. The newest
-- event is never swept, so that no place is given twice.
CREATE TABLE outbox (
  seq INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  at INTEGER NOT NULL,
  actor_id INTEGER,
  subject INTEGER NOT NULL,
  audience TEXT NOT NULL,
  payload TEXT NOT NULL,
  request_id TEXT
) STRICT;

-- What each consumer of the feed has dealt with, how far it came, and what it put aside.
CREATE TABLE settlements (
  consumer TEXT NOT NULL,
  event_id INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (consumer, event_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX settlements_at ON settlements (at);

CREATE TABLE positions (
  consumer TEXT PRIMARY KEY NOT NULL,
  event_id INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE dead_letters (
  consumer TEXT NOT NULL,
  event_id INTEGER NOT NULL,
  why TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (consumer, event_id)
) STRICT, WITHOUT ROWID;
