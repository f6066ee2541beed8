-- Settings that this library's statements rely on, for a new session. Statements are planned once (a
-- generic plan; without this those with arrays would be planned at every call), and each has an index
-- to go by, which the planner would not take if the tables were small when it planned. Append order
-- needs a new snapshot per statement, and short statements are not worth compiling. $1 is the
-- statement timeout in milliseconds, null for the server's own. $2 is the process id that we were told,
-- or 0 for a pooler: if it is not that of this session, a pooler is in between, and the settings last for
-- this transaction only. Its level can no longer be changed here, only checked: SQLSTATE 25001 if it
-- is another. Returns the default schema, and whether there is a pooler. Names few functions and operators,
-- since a new session has to look up each of them.
SELECT current_schema(),
    s.pooled,
    set_config('plan_cache_mode', 'force_generic_plan', s.pooled),
    set_config('enable_seqscan', 'off', s.pooled),
    CASE WHEN s.pooled THEN set_config('transaction_isolation', 'read committed', true)
        ELSE set_config('default_transaction_isolation', 'read committed', false) END,
    set_config('standard_conforming_strings', 'on', s.pooled),
    set_config('jit', 'off', s.pooled),
    CASE WHEN $1::text IS NOT NULL THEN set_config('statement_timeout', $1, s.pooled) END
FROM (SELECT $2::int8 <> pg_backend_pid() AS pooled OFFSET 0) s
