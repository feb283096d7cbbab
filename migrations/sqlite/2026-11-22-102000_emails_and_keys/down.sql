DROP TABLE key_marks;
DROP TABLE email_counts;
