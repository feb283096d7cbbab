-- Every column that lists of all tasks are filtered by, so that their rows are not read for it.
-- `deleted_at` is always NULL here: without it SQLite reads the row to see that.
DROP INDEX tasks_created_live;
CREATE INDEX tasks_created_live ON tasks (created_at, id, status, priority, due, deleted_at)
  WHERE deleted_at IS NULL;
