-- Who may send webhooks to us.
CREATE TABLE webhook_sources (
  name TEXT PRIMARY KEY,
  scheme SMALLINT NOT NULL,
  header TEXT,
  id_header TEXT,
  max_bytes BIGINT NOT NULL,
  -- Sealed under the key that protects second factors, and bound to the name.
  secrets BYTEA NOT NULL,
  hints TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);

-- Events that other programs sent. There is no reference to the source: an event outlives it.
CREATE TABLE webhook_inbox (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  source TEXT NOT NULL,
  scheme SMALLINT NOT NULL,
  external_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  object TEXT,
  occurred_at BIGINT,
  received_at BIGINT NOT NULL,
  state SMALLINT NOT NULL,
  job_id BIGINT,
  settled_at BIGINT
);

-- One row for each event of a source, however often and wherever it arrives.
CREATE UNIQUE INDEX webhook_inbox_once ON webhook_inbox (source, external_id);
-- Lists by state, and counts of what waits and what failed.
CREATE INDEX webhook_inbox_in_state ON webhook_inbox (state, id);
-- What is removed.
CREATE INDEX webhook_inbox_settled ON webhook_inbox (settled_at) WHERE settled_at IS NOT NULL;

-- What events said, byte for byte; apart, so that lists do not read it.
CREATE TABLE webhook_contents (
  event_id BIGINT PRIMARY KEY CONSTRAINT webhook_contents_event
    REFERENCES webhook_inbox (id) ON DELETE CASCADE,
  headers TEXT NOT NULL,
  body BYTEA NOT NULL
);

-- What was applied last to an object; without a moment while the first is on its way.
CREATE TABLE webhook_marks (
  source TEXT NOT NULL,
  object TEXT NOT NULL,
  applied_at BIGINT,
  ranked SMALLINT NOT NULL,
  PRIMARY KEY (source, object)
);

CREATE INDEX webhook_marks_applied ON webhook_marks (applied_at);

-- Payments that providers reported.
CREATE TABLE payments (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  provider TEXT NOT NULL,
  external_id TEXT NOT NULL,
  state SMALLINT NOT NULL,
  amount BIGINT NOT NULL,
  amount_refunded BIGINT NOT NULL,
  currency TEXT NOT NULL,
  reference TEXT,
  -- As the metadata says; there may be no such account.
  user_id BIGINT,
  metadata TEXT NOT NULL,
  occurred_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);

CREATE UNIQUE INDEX payments_once ON payments (provider, external_id);
CREATE INDEX payments_of_provider ON payments (provider, id);
CREATE INDEX payments_in_state ON payments (state, id);
CREATE INDEX payments_for ON payments (reference, id) WHERE reference IS NOT NULL;
CREATE INDEX payments_of_user ON payments (user_id, id) WHERE user_id IS NOT NULL;
