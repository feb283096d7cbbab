-- Which feed it is, and the last place that was removed from it. A restore draws a new epoch, so that
-- cursors of before are refused instead of being continued with a gap.
CREATE TABLE feed_state (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  epoch BIGINT NOT NULL,
  floor_seq BIGINT NOT NULL
);
-- Events that wait for a retry stay behind the floor.
INSERT INTO feed_state (one, epoch, floor_seq)
SELECT 1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint, coalesce(min(seq) - 1, 0)
FROM outbox
WHERE seq NOT IN (SELECT event_id FROM event_retries) AND seq NOT IN (SELECT event_id FROM dead_letters);
