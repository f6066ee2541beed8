-- How far the primary has written its log: whatever was committed before this has its place in front
-- of it. For reads on a standby that must see it (replayed.sql).
SELECT pg_current_wal_insert_lsn()::text
