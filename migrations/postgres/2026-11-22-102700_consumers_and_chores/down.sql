ALTER TABLE mails DROP COLUMN run;
DROP TABLE chores;

-- What waited for a retry is put aside, so that nothing is lost without a trace.
INSERT INTO dead_letters (consumer, event_id, why, at, subject)
SELECT 'flows', event_id, error, due_at, subject FROM event_retries
ON CONFLICT DO NOTHING;
INSERT INTO dead_letters (consumer, event_id, why, at, subject)
SELECT 'flows', event_id, why, at, subject FROM dead_letters WHERE consumer LIKE 'flows.%'
ON CONFLICT DO NOTHING;
DELETE FROM dead_letters WHERE consumer LIKE 'flows.%';
DROP TABLE event_retries;
ALTER TABLE dead_letters DROP COLUMN subject;

INSERT INTO positions (consumer, event_id)
SELECT 'flows', min(event_id) FROM positions WHERE consumer LIKE 'flows.%' HAVING min(event_id) > 0;
DELETE FROM positions WHERE consumer LIKE 'flows.%';
