-- What emails and notifications are written in: 0 English, 1 French, 2 Chinese in simplified characters.
ALTER TABLE users ADD COLUMN locale INTEGER NOT NULL DEFAULT 0;
