DROP INDEX tasks_created_live;
CREATE INDEX tasks_created_live ON tasks (created_at) WHERE deleted_at IS NULL;
