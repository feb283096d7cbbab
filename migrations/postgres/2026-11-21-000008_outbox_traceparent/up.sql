-- The W3C trace context of who appended the event, so that its handling joins the same trace.
ALTER TABLE outbox ADD COLUMN traceparent TEXT;
