-- Endpoints. state: 0 enabled, 1 disabled. behind_at is the place in the feed of an endpoint that does not keep up
-- with the dispatcher (0: before the first event). due_at is when it has something to do, or the end of the lease
-- while it is held; none when it has nothing to do. Secrets are encrypted.
CREATE TABLE webhook_endpoints (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id BIGINT NOT NULL CONSTRAINT webhook_endpoints_owner REFERENCES users (id),
  url TEXT NOT NULL,
  patterns TEXT NOT NULL,
  description TEXT NOT NULL,
  ordered SMALLINT NOT NULL,
  rate BIGINT,
  state SMALLINT NOT NULL,
  reason SMALLINT,
  secret TEXT NOT NULL,
  old_secret TEXT,
  old_until BIGINT,
  streak BIGINT NOT NULL,
  failing_since BIGINT,
  warned SMALLINT NOT NULL,
  wait_until BIGINT,
  last_success_at BIGINT,
  last_failure_at BIGINT,
  behind_at BIGINT,
  missed TEXT NOT NULL,
  run BIGINT NOT NULL,
  held SMALLINT NOT NULL,
  due_at BIGINT,
  enabled_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX webhook_endpoints_due ON webhook_endpoints (due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX webhook_endpoints_followers ON webhook_endpoints (id) WHERE state = 0 AND behind_at IS NULL;
CREATE INDEX webhook_endpoints_newest ON webhook_endpoints (user_id, id);

-- What is sent for an event, byte for byte; a test has no event.
CREATE TABLE webhook_messages (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event_id BIGINT CONSTRAINT webhook_messages_event UNIQUE,
  wire_id TEXT NOT NULL,
  name TEXT NOT NULL,
  at BIGINT NOT NULL,
  subject BIGINT NOT NULL,
  audience TEXT NOT NULL,
  body TEXT NOT NULL
);

-- cause: 0 the event, 1 a replay, 2 a test. state: 0 pending, 1 succeeded, 2 failed, 3 cancelled. attempt counts
-- towards the schedule, tries counts all.
CREATE TABLE webhook_deliveries (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  endpoint_id BIGINT NOT NULL REFERENCES webhook_endpoints (id) ON DELETE CASCADE,
  message_id BIGINT NOT NULL REFERENCES webhook_messages (id),
  cause SMALLINT NOT NULL,
  state SMALLINT NOT NULL,
  attempt BIGINT NOT NULL,
  tries BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  finished_at BIGINT
);
CREATE UNIQUE INDEX webhook_deliveries_once ON webhook_deliveries (endpoint_id, message_id) WHERE cause = 0;
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (endpoint_id, due_at, id) WHERE state = 0;
CREATE INDEX webhook_deliveries_newest ON webhook_deliveries (endpoint_id, id);
CREATE INDEX webhook_deliveries_message ON webhook_deliveries (message_id);
CREATE INDEX webhook_deliveries_finished ON webhook_deliveries (finished_at) WHERE finished_at IS NOT NULL;

CREATE TABLE webhook_attempts (
  delivery_id BIGINT NOT NULL REFERENCES webhook_deliveries (id) ON DELETE CASCADE,
  number BIGINT NOT NULL,
  at BIGINT NOT NULL,
  duration_us BIGINT NOT NULL,
  status BIGINT,
  fault TEXT,
  answer TEXT NOT NULL,
  PRIMARY KEY (delivery_id, number)
);
