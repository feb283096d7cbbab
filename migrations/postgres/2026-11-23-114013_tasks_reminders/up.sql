-- The due time of which something was said, and what: 0 that it comes soon, 1 that it is over.
ALTER TABLE tasks ADD COLUMN reminded_of BIGINT;
ALTER TABLE tasks ADD COLUMN reminded SMALLINT;

-- What was over before there were reminders is not told of now.
UPDATE tasks SET reminded_of = due, reminded = 1 WHERE due < (extract(epoch FROM now()) * 1000000)::bigint;

-- A task is in at most one of them, and in none when nothing is left to say. Changing the due time or the
-- status moves it by itself.
CREATE INDEX tasks_to_remind ON tasks (due, id)
  WHERE deleted_at IS NULL AND status < 2 AND due IS NOT NULL AND reminded_of IS DISTINCT FROM due;
CREATE INDEX tasks_reminded ON tasks (due, id)
  WHERE deleted_at IS NULL AND status < 2 AND due IS NOT NULL AND reminded_of = due AND reminded = 0;
