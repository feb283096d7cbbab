-- How long a task will take, in minutes.
ALTER TABLE tasks ADD COLUMN estimate_minutes BIGINT;
