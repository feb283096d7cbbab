-- The place of a series in a row is its id less one.
CREATE TABLE monitoring_series (
  id BIGINT PRIMARY KEY,
  name TEXT NOT NULL CONSTRAINT monitoring_series_name UNIQUE,
  unit SMALLINT NOT NULL
);

-- What all series did within one step, packed. step: 0 a minute, 1 ten minutes, 2 an hour. at is in seconds.
CREATE TABLE monitoring_samples (
  step SMALLINT NOT NULL,
  at BIGINT NOT NULL,
  replica TEXT NOT NULL,
  data BYTEA NOT NULL,
  PRIMARY KEY (step, at, replica)
);

-- The minutes of an hour that say what is usual.
CREATE TABLE monitoring_hours (
  replica TEXT NOT NULL,
  at BIGINT NOT NULL,
  data BYTEA NOT NULL,
  PRIMARY KEY (replica, at)
);

-- The last that each replica reported, as JSON; written every few seconds, so its page has room for that.
CREATE TABLE monitoring_reports (
  replica TEXT PRIMARY KEY NOT NULL,
  at BIGINT NOT NULL,
  data TEXT NOT NULL
) WITH (fillfactor = 50);

-- condition: 0 above, 1 below, 2 anomaly. severity: 0 info, 1 warning, 2 critical. Times are in seconds.
CREATE TABLE monitoring_rules (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name TEXT NOT NULL,
  series TEXT NOT NULL,
  condition SMALLINT NOT NULL,
  threshold DOUBLE PRECISION NOT NULL,
  clear DOUBLE PRECISION NOT NULL,
  held_for BIGINT NOT NULL,
  clear_for BIGINT NOT NULL,
  repeat BIGINT,
  severity SMALLINT NOT NULL,
  enabled SMALLINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL
);

-- state: 0 pending, 1 firing, 2 resolved. An empty replica stands for all. The rule may have been deleted.
CREATE TABLE monitoring_alerts (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  rule_id BIGINT NOT NULL,
  rule_name TEXT NOT NULL,
  severity SMALLINT NOT NULL,
  condition SMALLINT NOT NULL,
  threshold DOUBLE PRECISION NOT NULL,
  replica TEXT NOT NULL,
  series TEXT NOT NULL,
  state SMALLINT NOT NULL,
  value DOUBLE PRECISION NOT NULL,
  cause TEXT NOT NULL,
  since BIGINT NOT NULL,
  fired_at BIGINT,
  clear_since BIGINT,
  resolved_at BIGINT,
  resolution SMALLINT,
  changes TEXT NOT NULL,
  flapping SMALLINT NOT NULL,
  notified_at BIGINT,
  acked_by BIGINT,
  acked_at BIGINT,
  silenced_by BIGINT,
  silenced_until BIGINT,
  version BIGINT NOT NULL
);
CREATE UNIQUE INDEX monitoring_alerts_open ON monitoring_alerts (rule_id, replica, series) WHERE state < 2;
CREATE INDEX monitoring_alerts_resolved ON monitoring_alerts (resolved_at) WHERE state = 2;
