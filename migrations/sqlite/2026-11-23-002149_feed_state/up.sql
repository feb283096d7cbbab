-- Which feed it is, and the last place that was removed from it. A restore draws a new epoch, so that
-- cursors of before are refused instead of being continued with a gap.
CREATE TABLE feed_state (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  epoch INTEGER NOT NULL,
  floor_seq INTEGER NOT NULL
) STRICT;
-- Events that wait for a retry stay behind the floor.
INSERT INTO feed_state (one, epoch, floor_seq)
SELECT 1, CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER), coalesce(min(seq) - 1, 0)
FROM outbox
WHERE seq NOT IN (SELECT event_id FROM event_retries) AND seq NOT IN (SELECT event_id FROM dead_letters);
