DROP TABLE dead_letters;
DROP TABLE positions;
DROP TABLE settlements;
DROP TABLE outbox;
