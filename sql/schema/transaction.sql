-- The settings of session.sql for one transaction, where the session is a pooler's: goes in front of
-- each call, so it is short. The level of isolation is checked: SQLSTATE 25001 if it is another. $1
-- is the statement timeout in milliseconds, null for the server's own.
SELECT set_config('transaction_isolation', 'read committed', true),
    set_config('plan_cache_mode', 'force_generic_plan', true),
    set_config('enable_seqscan', 'off', true),
    set_config('standard_conforming_strings', 'on', true),
    set_config('jit', 'off', true),
    set_config('statement_timeout', coalesce($1, current_setting('statement_timeout')), true)
