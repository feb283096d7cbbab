DROP TABLE payments;
DROP TABLE webhook_marks;
DROP TABLE webhook_contents;
DROP TABLE webhook_inbox;
DROP TABLE webhook_sources;
