DROP TABLE tries;
DROP TABLE challenges;
DROP TABLE recovery_codes;
DROP TABLE factors;
-- Nobody can be asked for what is not there any more.
UPDATE users SET two_factor_enabled = FALSE WHERE two_factor_enabled;
