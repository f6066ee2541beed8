-- Settings that this library's statements rely on, for a new session. Statements are planned once (a
-- generic plan; without this those with arrays would be planned at every call), and each has an index
-- to go by, which the planner would not take if the tables were small when it planned. Append order
-- needs a new snapshot per statement, and short statements are not worth compiling. $1 is the
-- statement timeout in milliseconds, '' for the server's own. Returns the default schema.
SELECT current_schema(),
    set_config('plan_cache_mode', 'force_generic_plan', false),
    set_config('enable_seqscan', 'off', false),
    set_config('default_transaction_isolation', 'read committed', false),
    set_config('standard_conforming_strings', 'on', false),
    set_config('jit', 'off', false),
    set_config('statement_timeout', coalesce(nullif($1, ''), current_setting('statement_timeout')), false)
