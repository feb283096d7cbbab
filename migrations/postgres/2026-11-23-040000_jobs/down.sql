DROP TABLE job_queues;
DROP TABLE job_runs;
DROP TABLE jobs;
