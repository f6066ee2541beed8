-- Goes in front of a read on a standby: fails with SQLSTATE 2201E (a logarithm of zero, which nothing
-- else here takes) unless the standby has replayed the log up to $1. A server that is no standby (any
-- more) is asked for what it has written.
SELECT ln(CASE WHEN (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
    ELSE pg_current_wal_insert_lsn() END) >= $1::text::pg_lsn THEN 1 ELSE 0 END::float8)
