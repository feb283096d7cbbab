DROP TABLE chat_online;
