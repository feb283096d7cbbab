-- Endpoints. state: 0 enabled, 1 disabled. behind_at is the place in the feed of an endpoint that does not keep up
-- with the dispatcher (0: before the first event). due_at is when it has something to do, or the end of the lease
-- while it is held; none when it has nothing to do. Secrets are encrypted.
CREATE TABLE webhook_endpoints (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  user_id INTEGER NOT NULL CONSTRAINT webhook_endpoints_owner REFERENCES users (id),
  url TEXT NOT NULL,
  patterns TEXT NOT NULL,
  description TEXT NOT NULL,
  ordered INTEGER NOT NULL,
  rate INTEGER,
  state INTEGER NOT NULL,
  reason INTEGER,
  secret TEXT NOT NULL,
  old_secret TEXT,
  old_until INTEGER,
  streak INTEGER NOT NULL,
  failing_since INTEGER,
  warned INTEGER NOT NULL,
  wait_until INTEGER,
  last_success_at INTEGER,
  last_failure_at INTEGER,
  behind_at INTEGER,
  missed TEXT NOT NULL,
  run INTEGER NOT NULL,
  held INTEGER NOT NULL,
  due_at INTEGER,
  enabled_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT;
CREATE INDEX webhook_endpoints_due ON webhook_endpoints (due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX webhook_endpoints_followers ON webhook_endpoints (id) WHERE state = 0 AND behind_at IS NULL;
CREATE INDEX webhook_endpoints_newest ON webhook_endpoints (user_id, id);

-- What is sent for an event, byte for byte; a test has no event.
CREATE TABLE webhook_messages (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  event_id INTEGER CONSTRAINT webhook_messages_event UNIQUE,
  wire_id TEXT NOT NULL,
  name TEXT NOT NULL,
  at INTEGER NOT NULL,
  subject INTEGER NOT NULL,
  audience TEXT NOT NULL,
  body TEXT NOT NULL
) STRICT;

-- cause: 0 the event, 1 a replay, 2 a test. state: 0 pending, 1 succeeded, 2 failed, 3 cancelled. attempt counts
-- towards the schedule, tries counts all.
CREATE TABLE webhook_deliveries (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  endpoint_id INTEGER NOT NULL REFERENCES webhook_endpoints (id) ON DELETE CASCADE,
  message_id INTEGER NOT NULL REFERENCES webhook_messages (id),
  cause INTEGER NOT NULL,
  state INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  tries INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  finished_at INTEGER
) STRICT;
CREATE UNIQUE INDEX webhook_deliveries_once ON webhook_deliveries (endpoint_id, message_id) WHERE cause = 0;
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (endpoint_id, due_at, id) WHERE state = 0;
CREATE INDEX webhook_deliveries_newest ON webhook_deliveries (endpoint_id, id);
CREATE INDEX webhook_deliveries_message ON webhook_deliveries (message_id);
CREATE INDEX webhook_deliveries_finished ON webhook_deliveries (finished_at) WHERE finished_at IS NOT NULL;

CREATE TABLE webhook_attempts (
  delivery_id INTEGER NOT NULL REFERENCES webhook_deliveries (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  at INTEGER NOT NULL,
  duration_us INTEGER NOT NULL,
  status INTEGER,
  fault TEXT,
  answer TEXT NOT NULL,
  PRIMARY KEY (delivery_id, number)
) STRICT, WITHOUT ROWID;
