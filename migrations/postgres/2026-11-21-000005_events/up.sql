-- Transactions commit in another order than they append. `ticket` is the order of appending;
-- `seq`, the place in the feed, is given afterwards, to committed events only, by one sequencer
-- at a time: so nothing ever appears behind a reader's cursor.
CREATE TABLE outbox (
  ticket BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  seq BIGINT,
  name TEXT NOT NULL,
  at BIGINT NOT NULL,
  actor_id BIGINT,
  subject BIGINT NOT NULL,
  audience TEXT NOT NULL,
  payload TEXT NOT NULL,
  request_id TEXT
);

CREATE UNIQUE INDEX outbox_seq ON outbox (seq) WHERE seq IS NOT NULL;
CREATE INDEX outbox_waiting ON outbox (ticket) WHERE seq IS NULL;

-- The last place given, so that sweeping never makes one free again.
CREATE TABLE outbox_head (
  one BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (one),
  last_seq BIGINT NOT NULL
);
INSERT INTO outbox_head (last_seq) VALUES (0);

-- What each consumer of the feed has dealt with, how far it came, and what it put aside.
CREATE TABLE settlements (
  consumer TEXT NOT NULL,
  event_id BIGINT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (consumer, event_id)
);

CREATE INDEX settlements_at ON settlements (at);

CREATE TABLE positions (
  consumer TEXT PRIMARY KEY NOT NULL,
  event_id BIGINT NOT NULL
);

CREATE TABLE dead_letters (
  consumer TEXT NOT NULL,
  event_id BIGINT NOT NULL,
  why TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (consumer, event_id)
);
