DROP INDEX task_comments_user;
DROP TABLE devices;
DROP TABLE email_changes;
DROP TABLE links;
DROP INDEX users_purge;
ALTER TABLE users DROP COLUMN purge_at;
