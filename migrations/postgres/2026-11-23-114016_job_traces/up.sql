-- The trace of what enqueued a job; its runs are parts of it.
ALTER TABLE jobs ADD COLUMN traceparent text;
