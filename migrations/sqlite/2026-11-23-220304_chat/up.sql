-- Rooms. kind: 0 public, 1 private, 2 direct (of two people, with a pair_key instead of a name). last_seq counts what
-- happens in a room, messages what is said. all_number is the last message that names everyone.
CREATE TABLE rooms (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind INTEGER NOT NULL,
  name TEXT,
  name_key TEXT CONSTRAINT rooms_name UNIQUE,
  pair_key TEXT CONSTRAINT rooms_pair UNIQUE,
  description TEXT NOT NULL,
  created_by INTEGER NOT NULL CONSTRAINT rooms_creator REFERENCES users (id),
  last_seq INTEGER NOT NULL,
  messages INTEGER NOT NULL,
  members INTEGER NOT NULL,
  all_number INTEGER NOT NULL,
  slow_mode_seconds INTEGER NOT NULL,
  retention_days INTEGER,
  last_message_at INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT;
CREATE INDEX rooms_keeping ON rooms (id) WHERE retention_days IS NOT NULL;

-- state: 0 joined, 1 left, 2 banned. role: 0 member, 1 moderator, 2 owner.
CREATE TABLE room_members (
  room_id INTEGER NOT NULL CONSTRAINT room_members_room REFERENCES rooms (id) ON DELETE CASCADE,
  user_id INTEGER NOT NULL CONSTRAINT room_members_user REFERENCES users (id),
  state INTEGER NOT NULL,
  role INTEGER NOT NULL,
  notify INTEGER NOT NULL,
  read_number INTEGER NOT NULL,
  joined_number INTEGER NOT NULL,
  joined_seq INTEGER NOT NULL,
  muted_until INTEGER,
  last_sent_at INTEGER,
  joined_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (room_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX room_members_of_user ON room_members (user_id, state, room_id);

-- attachments is what reads give back (JSON); message_attachments is where a file is looked up.
CREATE TABLE messages (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  room_id INTEGER NOT NULL CONSTRAINT messages_room REFERENCES rooms (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  author_id INTEGER NOT NULL CONSTRAINT messages_author REFERENCES users (id),
  client_id TEXT,
  fingerprint TEXT,
  content TEXT,
  reply_to INTEGER,
  attachments TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  edited_at INTEGER,
  deleted_at INTEGER,
  version INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX messages_number ON messages (room_id, number);
CREATE UNIQUE INDEX messages_client ON messages (author_id, client_id) WHERE client_id IS NOT NULL;
-- The export of personal data.
CREATE INDEX messages_author ON messages (author_id, id);

-- Words are cut by the application; the tokenizer `ascii` leaves them as they are.
CREATE VIRTUAL TABLE messages_words USING fts5 (
  words, content = '', contentless_delete = 1, tokenize = 'ascii', detail = 'none'
);

CREATE TABLE message_attachments (
  file_id INTEGER NOT NULL,
  message_id INTEGER NOT NULL CONSTRAINT message_attachments_message REFERENCES messages (id) ON DELETE CASCADE,
  PRIMARY KEY (file_id, message_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX message_attachments_of_message ON message_attachments (message_id);

CREATE TABLE message_mentions (
  user_id INTEGER NOT NULL CONSTRAINT message_mentions_user REFERENCES users (id),
  room_id INTEGER NOT NULL CONSTRAINT message_mentions_room REFERENCES rooms (id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  PRIMARY KEY (user_id, room_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX message_mentions_of_message ON message_mentions (room_id, number);

CREATE TABLE message_reactions (
  message_id INTEGER NOT NULL CONSTRAINT message_reactions_message REFERENCES messages (id) ON DELETE CASCADE,
  emoji TEXT NOT NULL,
  user_id INTEGER NOT NULL CONSTRAINT message_reactions_user REFERENCES users (id),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (message_id, emoji, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX message_reactions_of_user ON message_reactions (user_id);

-- What happened in a room, in its order. There is no reference to the message: an entry outlives it.
CREATE TABLE room_log (
  room_id INTEGER NOT NULL CONSTRAINT room_log_room REFERENCES rooms (id) ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  change INTEGER NOT NULL,
  at INTEGER NOT NULL,
  actor_id INTEGER,
  message_id INTEGER,
  number INTEGER,
  user_id INTEGER,
  detail TEXT,
  PRIMARY KEY (room_id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX room_log_old ON room_log (at);

CREATE TABLE room_invitations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  room_id INTEGER NOT NULL CONSTRAINT room_invitations_room REFERENCES rooms (id) ON DELETE CASCADE,
  user_id INTEGER NOT NULL CONSTRAINT room_invitations_user REFERENCES users (id),
  invited_by INTEGER NOT NULL CONSTRAINT room_invitations_by REFERENCES users (id),
  created_at INTEGER NOT NULL,
  CONSTRAINT room_invitations_once UNIQUE (room_id, user_id)
) STRICT;
CREATE INDEX room_invitations_of_user ON room_invitations (user_id, id);
CREATE INDEX room_invitations_by_user ON room_invitations (invited_by);

CREATE TABLE user_blocks (
  user_id INTEGER NOT NULL CONSTRAINT user_blocks_user REFERENCES users (id),
  blocked_id INTEGER NOT NULL CONSTRAINT user_blocks_blocked REFERENCES users (id),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (user_id, blocked_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX user_blocks_against ON user_blocks (blocked_id);
