-- Counters and markers are in no index and have space to change in place.
-- Rooms. kind: 0 public, 1 private, 2 direct (of two people, with a pair_key instead of a name). last_seq counts what
-- happens in a room, messages what is said. all_number is the last message that names everyone.
CREATE TABLE rooms (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind SMALLINT NOT NULL,
  name TEXT,
  name_key TEXT COLLATE "C" CONSTRAINT rooms_name UNIQUE,
  pair_key TEXT COLLATE "C" CONSTRAINT rooms_pair UNIQUE,
  description TEXT NOT NULL,
  created_by BIGINT NOT NULL CONSTRAINT rooms_creator REFERENCES users (id),
  last_seq BIGINT NOT NULL,
  messages BIGINT NOT NULL,
  members BIGINT NOT NULL,
  all_number BIGINT NOT NULL,
  slow_mode_seconds BIGINT NOT NULL,
  retention_days BIGINT,
  last_message_at BIGINT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX rooms_keeping ON rooms (id) WHERE retention_days IS NOT NULL;

-- state: 0 joined, 1 left, 2 banned. role: 0 member, 1 moderator, 2 owner.
CREATE TABLE room_members (
  room_id BIGINT NOT NULL CONSTRAINT room_members_room REFERENCES rooms (id) ON DELETE CASCADE,
  user_id BIGINT NOT NULL CONSTRAINT room_members_user REFERENCES users (id),
  state SMALLINT NOT NULL,
  role SMALLINT NOT NULL,
  notify SMALLINT NOT NULL,
  read_number BIGINT NOT NULL,
  joined_number BIGINT NOT NULL,
  joined_seq BIGINT NOT NULL,
  muted_until BIGINT,
  last_sent_at BIGINT,
  joined_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (room_id, user_id)
) WITH (fillfactor = 70);
CREATE INDEX room_members_of_user ON room_members (user_id, state, room_id);

-- attachments is what reads give back (JSON); message_attachments is where a file is looked up.
CREATE TABLE messages (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  room_id BIGINT NOT NULL CONSTRAINT messages_room REFERENCES rooms (id) ON DELETE CASCADE,
  number BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  author_id BIGINT NOT NULL CONSTRAINT messages_author REFERENCES users (id),
  client_id TEXT COLLATE "C",
  fingerprint TEXT,
  content TEXT,
  reply_to BIGINT,
  attachments TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  edited_at BIGINT,
  deleted_at BIGINT,
  version BIGINT NOT NULL,
  -- Words of the content, cut by the application, and one that names the room; none of a deleted message.
  words TSVECTOR
);
CREATE UNIQUE INDEX messages_number ON messages (room_id, number);
CREATE UNIQUE INDEX messages_client ON messages (author_id, client_id) WHERE client_id IS NOT NULL;
-- The export of personal data.
CREATE INDEX messages_author ON messages (author_id, id);
CREATE INDEX messages_words ON messages USING gin (words) WHERE words IS NOT NULL;

CREATE TABLE message_attachments (
  file_id BIGINT NOT NULL,
  message_id BIGINT NOT NULL CONSTRAINT message_attachments_message REFERENCES messages (id) ON DELETE CASCADE,
  PRIMARY KEY (file_id, message_id)
);
CREATE INDEX message_attachments_of_message ON message_attachments (message_id);

CREATE TABLE message_mentions (
  user_id BIGINT NOT NULL CONSTRAINT message_mentions_user REFERENCES users (id),
  room_id BIGINT NOT NULL CONSTRAINT message_mentions_room REFERENCES rooms (id) ON DELETE CASCADE,
  number BIGINT NOT NULL,
  PRIMARY KEY (user_id, room_id, number)
);
CREATE INDEX message_mentions_of_message ON message_mentions (room_id, number);

CREATE TABLE message_reactions (
  message_id BIGINT NOT NULL CONSTRAINT message_reactions_message REFERENCES messages (id) ON DELETE CASCADE,
  emoji TEXT COLLATE "C" NOT NULL,
  user_id BIGINT NOT NULL CONSTRAINT message_reactions_user REFERENCES users (id),
  created_at BIGINT NOT NULL,
  PRIMARY KEY (message_id, emoji, user_id)
);
CREATE INDEX message_reactions_of_user ON message_reactions (user_id);

-- What happened in a room, in its order. There is no reference to the message: an entry outlives it.
CREATE TABLE room_log (
  room_id BIGINT NOT NULL CONSTRAINT room_log_room REFERENCES rooms (id) ON DELETE CASCADE,
  seq BIGINT NOT NULL,
  change SMALLINT NOT NULL,
  at BIGINT NOT NULL,
  actor_id BIGINT,
  message_id BIGINT,
  number BIGINT,
  user_id BIGINT,
  detail TEXT,
  PRIMARY KEY (room_id, seq)
);
CREATE INDEX room_log_old ON room_log (at);

CREATE TABLE room_invitations (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  room_id BIGINT NOT NULL CONSTRAINT room_invitations_room REFERENCES rooms (id) ON DELETE CASCADE,
  user_id BIGINT NOT NULL CONSTRAINT room_invitations_user REFERENCES users (id),
  invited_by BIGINT NOT NULL CONSTRAINT room_invitations_by REFERENCES users (id),
  created_at BIGINT NOT NULL,
  CONSTRAINT room_invitations_once UNIQUE (room_id, user_id)
);
CREATE INDEX room_invitations_of_user ON room_invitations (user_id, id);
CREATE INDEX room_invitations_by_user ON room_invitations (invited_by);

CREATE TABLE user_blocks (
  user_id BIGINT NOT NULL CONSTRAINT user_blocks_user REFERENCES users (id),
  blocked_id BIGINT NOT NULL CONSTRAINT user_blocks_blocked REFERENCES users (id),
  created_at BIGINT NOT NULL,
  PRIMARY KEY (user_id, blocked_id)
);
CREATE INDEX user_blocks_against ON user_blocks (blocked_id);
