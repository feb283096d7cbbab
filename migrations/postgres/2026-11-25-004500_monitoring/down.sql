DROP TABLE monitoring_alerts;
DROP TABLE monitoring_rules;
DROP TABLE monitoring_reports;
DROP TABLE monitoring_hours;
DROP TABLE monitoring_samples;
DROP TABLE monitoring_series;
