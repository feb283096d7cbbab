DROP INDEX jobs_backups;
DROP INDEX users_active;
DROP TABLE notification_reports;
