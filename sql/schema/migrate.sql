-- Creates or upgrades a schema, in one transaction. Safe against itself in any number of sessions:
-- the lock is polled, since a session that waited in pg_advisory_lock would hold a snapshot that
-- CREATE INDEX CONCURRENTLY waits for. Nothing is touched if something in the schema is not ours.
-- SQLSTATE PGC15 is this library's PGC_SCHEMA.
DO $migrate$
DECLARE
    target CONSTANT text := :'schema';
    waited int := 0;
    present bool;
    stranger text;
    version int := 0;
    owner oid;
    older oid[];
    step record;
BEGIN
    PERFORM set_config('statement_timeout', '0', true), set_config('lock_timeout', '2s', true),
        set_config('client_min_messages', 'warning', true);
    WHILE NOT pg_try_advisory_xact_lock(1346520, hashtext(target)) LOOP
        waited := waited + 1;
        IF waited > 600 THEN
            RAISE EXCEPTION 'another session has been migrating schema "%" for a minute', target USING ERRCODE = '55P03';
        END IF;
        PERFORM pg_sleep(0.05 + random() * 0.1);
    END LOOP;

    IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = target) THEN
        IF NOT has_database_privilege(current_database(), 'CREATE') THEN
            RAISE EXCEPTION 'schema "%" does not exist and user "%" may not create it', target, current_user
                USING ERRCODE = '42501', HINT = :'advice';
        END IF;
        EXECUTE format('CREATE SCHEMA %I', target);
    END IF;

    present := to_regclass(format('%I.store_meta', target)) IS NOT NULL;
    IF present THEN
        BEGIN
            EXECUTE format('SELECT max(v::int) FROM %I.store_meta WHERE k = $1 AND EXISTS '
                '(SELECT FROM %I.store_meta WHERE k = $2 AND v = $3)', target, target)
                INTO version USING 'version', 'format', 'pgconvo';
        EXCEPTION WHEN others THEN -- whatever this table is, it is not ours
            version := NULL;
        END;
    END IF;
    IF NOT present OR version IS NULL THEN
        SELECT c.relname INTO stranger
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = target AND c.relname IN ('threads', 'messages', 'metadata', 'store_meta')
        ORDER BY c.relname
        LIMIT 1;
        IF stranger IS NOT NULL THEN
            RAISE EXCEPTION 'schema "%" has a "%" that is not of this store', target, stranger
                USING ERRCODE = 'PGC15', HINT = 'Use a schema of its own for the store.';
        END IF;
    END IF;

    SELECT c.relowner INTO owner FROM pg_class c WHERE version > 0 AND c.oid = to_regclass(format('%I.threads', target));
    SELECT array_agg(c.oid) INTO older FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = target;
    FOR step IN SELECT * FROM (VALUES :steps) AS s (number, checksum, body) WHERE number > version ORDER BY number LOOP
        IF NOT has_schema_privilege(target, 'CREATE') THEN
            RAISE EXCEPTION 'user "%" may not create tables in schema "%"', current_user, target
                USING ERRCODE = '42501', HINT = :'advice';
        ELSIF NOT pg_has_role(owner, 'USAGE') THEN
            RAISE EXCEPTION 'user "%" may not upgrade the store in schema "%"', current_user, target
                USING ERRCODE = '42501', HINT = format('Let the owner of its tables do it, "%s".', pg_get_userbyid(owner));
        END IF;
        BEGIN
            EXECUTE step.body;
        EXCEPTION WHEN duplicate_table OR duplicate_object THEN
            RAISE EXCEPTION 'schema "%" has something of a name that the store needs: %', target, SQLERRM
                USING ERRCODE = 'PGC15', HINT = 'Use a schema of its own for the store.';
        END;
        EXECUTE format('INSERT INTO %I.store_meta (k, v) VALUES ($1, $2)', target)
            USING 'migration/' || lpad(step.number::text, 4, '0'), step.checksum;
        EXECUTE format('INSERT INTO %I.store_meta (k, v) VALUES ($1, $2), ($3, $4) '
            'ON CONFLICT (k) DO UPDATE SET v = excluded.v', target)
            USING 'version', step.number::text, 'format', 'pgconvo';
        IF :metadata_index AND step.number = 1 THEN
            EXECUTE format('CREATE INDEX metadata_data_idx ON %I.metadata USING gin (data jsonb_path_ops)', target);
        END IF;
    END LOOP;

    FOR step IN -- who may use the threads may use the tables that are new, too
        SELECT format('GRANT %s ON %s TO %s', a.privilege_type, c.oid::regclass,
            CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END) AS body
        FROM pg_class t, aclexplode(t.relacl) a, pg_class c
        WHERE owner IS NOT NULL AND t.oid = to_regclass(format('%I.threads', target)) AND a.grantee <> owner
            AND a.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
            AND c.relnamespace = t.relnamespace AND c.relkind = 'r' AND c.oid <> ALL (older)
    LOOP
        EXECUTE step.body;
    END LOOP;
END
$migrate$
