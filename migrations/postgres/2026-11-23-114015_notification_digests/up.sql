-- What waits for a digest: state 3.
CREATE INDEX notification_sends_batched ON notification_sends (user_id, channel, notification_id)
  WHERE state = 3;
