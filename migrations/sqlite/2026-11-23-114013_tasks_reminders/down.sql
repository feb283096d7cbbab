DROP INDEX tasks_to_remind;
DROP INDEX tasks_reminded;
ALTER TABLE tasks DROP COLUMN reminded_of;
ALTER TABLE tasks DROP COLUMN reminded;
