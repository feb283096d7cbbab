DROP INDEX users_warned;
DROP INDEX users_idle;
ALTER TABLE users DROP COLUMN closing_at;
ALTER TABLE users DROP COLUMN active_at;
