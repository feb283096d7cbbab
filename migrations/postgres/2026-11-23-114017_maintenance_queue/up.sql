-- Recurring maintenance has a queue of its own. Until now, everything that has a schedule is maintenance.
UPDATE jobs SET queue = 'maintenance' WHERE kind IN (SELECT kind FROM schedules);
