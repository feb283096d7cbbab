DROP INDEX users_service;
DROP TABLE user_roles;
DROP TABLE roles;
DROP TABLE grants;
