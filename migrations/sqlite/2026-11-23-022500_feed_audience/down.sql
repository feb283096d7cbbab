DROP TABLE feed_audience;
