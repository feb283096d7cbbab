DROP TABLE phone_changes;
ALTER TABLE users DROP COLUMN phone;
