-- The place of a series in a row is its id less one.
CREATE TABLE monitoring_series (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL CONSTRAINT monitoring_series_name UNIQUE,
  unit INTEGER NOT NULL
) STRICT;

-- What all series did within one step, packed. step: 0 a minute, 1 ten minutes, 2 an hour. at is in seconds.
CREATE TABLE monitoring_samples (
  step INTEGER NOT NULL,
  at INTEGER NOT NULL,
  replica TEXT NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (step, at, replica)
) STRICT, WITHOUT ROWID;

-- The minutes of an hour that say what is usual.
CREATE TABLE monitoring_hours (
  replica TEXT NOT NULL,
  at INTEGER NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (replica, at)
) STRICT;

-- The last that each replica reported, as JSON.
CREATE TABLE monitoring_reports (
  replica TEXT PRIMARY KEY NOT NULL,
  at INTEGER NOT NULL,
  data TEXT NOT NULL
) STRICT;

-- condition: 0 above, 1 below, 2 anomaly. severity: 0 info, 1 warning, 2 critical. Times are in seconds.
CREATE TABLE monitoring_rules (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  series TEXT NOT NULL,
  condition INTEGER NOT NULL,
  threshold REAL NOT NULL,
  clear REAL NOT NULL,
  held_for INTEGER NOT NULL,
  clear_for INTEGER NOT NULL,
  repeat INTEGER,
  severity INTEGER NOT NULL,
  enabled INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT;

-- state: 0 pending, 1 firing, 2 resolved. An empty replica stands for all. The rule may have been deleted.
CREATE TABLE monitoring_alerts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  rule_id INTEGER NOT NULL,
  rule_name TEXT NOT NULL,
  severity INTEGER NOT NULL,
  condition INTEGER NOT NULL,
  threshold REAL NOT NULL,
  replica TEXT NOT NULL,
  series TEXT NOT NULL,
  state INTEGER NOT NULL,
  value REAL NOT NULL,
  cause TEXT NOT NULL,
  since INTEGER NOT NULL,
  fired_at INTEGER,
  clear_since INTEGER,
  resolved_at INTEGER,
  resolution INTEGER,
  changes TEXT NOT NULL,
  flapping INTEGER NOT NULL,
  notified_at INTEGER,
  acked_by INTEGER,
  acked_at INTEGER,
  silenced_by INTEGER,
  silenced_until INTEGER,
  version INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX monitoring_alerts_open ON monitoring_alerts (rule_id, replica, series) WHERE state < 2;
CREATE INDEX monitoring_alerts_resolved ON monitoring_alerts (resolved_at) WHERE state = 2;
