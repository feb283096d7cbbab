DROP TABLE oauth_grants;
DROP TABLE oauth_attempts;
DROP TABLE identities;
