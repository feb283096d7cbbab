-- SQLite alone needs a wider index. PostgreSQL goes by statistics and reads rows in parallel, and a status in
-- an index would make every change of status write to all indexes.
SELECT 1;
