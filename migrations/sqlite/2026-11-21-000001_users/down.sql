DROP TABLE users_words;
DROP TABLE users;
