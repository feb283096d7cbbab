-- Where one POST takes the reader off the list.
ALTER TABLE mails ADD COLUMN unsubscribe TEXT;

-- What people chose, as JSON: it is read as a whole and by its owner alone.
CREATE TABLE notification_settings (
  user_id BIGINT PRIMARY KEY CONSTRAINT notification_settings_owner REFERENCES users (id),
  chosen TEXT NOT NULL
);

-- What became of a notification on each channel.
CREATE TABLE notification_sends (
  notification_id BIGINT NOT NULL CONSTRAINT notification_sends_notification
    REFERENCES notifications (id) ON DELETE CASCADE,
  channel SMALLINT NOT NULL,
  user_id BIGINT NOT NULL,
  state SMALLINT NOT NULL,
  reason SMALLINT,
  due_at BIGINT NOT NULL,
  PRIMARY KEY (notification_id, channel)
);

-- What waits: state 0.
CREATE INDEX notification_sends_held ON notification_sends (due_at, notification_id) WHERE state = 0;
CREATE INDEX notification_sends_of_user ON notification_sends (user_id, channel) WHERE state = 0;
