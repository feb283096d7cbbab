-- Who may send webhooks to us.
CREATE TABLE webhook_sources (
  name TEXT PRIMARY KEY,
  scheme INTEGER NOT NULL,
  header TEXT,
  id_header TEXT,
  max_bytes INTEGER NOT NULL,
  -- Sealed under the key that protects second factors, and bound to the name.
  secrets BLOB NOT NULL,
  hints TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT;

-- Events that other programs sent. There is no reference to the source: an event outlives it.
CREATE TABLE webhook_inbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  source TEXT NOT NULL,
  scheme INTEGER NOT NULL,
  external_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  object TEXT,
  occurred_at INTEGER,
  received_at INTEGER NOT NULL,
  state INTEGER NOT NULL,
  job_id INTEGER,
  settled_at INTEGER
) STRICT;

-- One row for each event of a source, however often and wherever it arrives.
CREATE UNIQUE INDEX webhook_inbox_once ON webhook_inbox (source, external_id);
-- Lists by state, and counts of what waits and what failed.
CREATE INDEX webhook_inbox_in_state ON webhook_inbox (state, id);
-- What is removed.
CREATE INDEX webhook_inbox_settled ON webhook_inbox (settled_at) WHERE settled_at IS NOT NULL;

-- What events said, byte for byte; apart, so that lists do not read it.
CREATE TABLE webhook_contents (
  event_id INTEGER PRIMARY KEY CONSTRAINT webhook_contents_event
    REFERENCES webhook_inbox (id) ON DELETE CASCADE,
  headers TEXT NOT NULL,
  body BLOB NOT NULL
) STRICT;

-- What was applied last to an object; without a moment while the first is on its way.
CREATE TABLE webhook_marks (
  source TEXT NOT NULL,
  object TEXT NOT NULL,
  applied_at INTEGER,
  ranked INTEGER NOT NULL,
  PRIMARY KEY (source, object)
) STRICT;

CREATE INDEX webhook_marks_applied ON webhook_marks (applied_at);

-- Payments that providers reported.
CREATE TABLE payments (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  provider TEXT NOT NULL,
  external_id TEXT NOT NULL,
  state INTEGER NOT NULL,
  amount INTEGER NOT NULL,
  amount_refunded INTEGER NOT NULL,
  currency TEXT NOT NULL,
  reference TEXT,
  -- As the metadata says; there may be no such account.
  user_id INTEGER,
  metadata TEXT NOT NULL,
  occurred_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX payments_once ON payments (provider, external_id);
CREATE INDEX payments_of_provider ON payments (provider, id);
CREATE INDEX payments_in_state ON payments (state, id);
CREATE INDEX payments_for ON payments (reference, id) WHERE reference IS NOT NULL;
CREATE INDEX payments_of_user ON payments (user_id, id) WHERE user_id IS NOT NULL;
