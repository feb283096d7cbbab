DROP TABLE notification_sends;
DROP TABLE notification_settings;
ALTER TABLE mails DROP COLUMN unsubscribe;
