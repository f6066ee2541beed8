-- Puts a step's result into a run's context, and merges into its request context; makes the run if it is
-- not there. One statement, which finds the run as it is under the row's lock, so that of concurrent
-- results none is lost. Returns the run with its context as it is then, and no row if it has none.
--
-- Where the old and the new result both have an output that is a list, the new one is merged into the old
-- one: its members replace the old ones, and the outputs merge place by place. There a null keeps the old
-- value. While any place of the new output is the marker `{"__mastra_pending__": true}`, nothing of the
-- new result counts but its markers: each resets its place, if that holds null, a marker or a suspended
-- step.
-- $1 workflow, $2 run, $3 snapshot of a run that is not there, $4 step, $5 result, $6 members of the old
-- result to drop when the new one is merged into it, $7 request context, $8 its members to drop, $9 now
-- params: text text jsonb text jsonb text[] jsonb text[] timestamptz
INSERT INTO :"schema".workflow_runs AS r (workflow_name, run_id, created_at, updated_at, snapshot)
VALUES ($1, $2, $9, $9, $3 || jsonb_build_object(
    'context', CASE jsonb_typeof($3 -> 'context') WHEN 'object' THEN $3 -> 'context' ELSE '{}' END
        || jsonb_build_object($4::text, $5),
    'requestContext',
        CASE jsonb_typeof($3 -> 'requestContext') WHEN 'object' THEN $3 -> 'requestContext' ELSE '{}' END || $7))
ON CONFLICT (workflow_name, run_id) DO UPDATE
SET updated_at = greatest(r.updated_at, excluded.updated_at),
    snapshot = r.snapshot || jsonb_build_object(
        'context', (r.snapshot -> 'context') || jsonb_build_object($4::text, (
            SELECT CASE WHEN NOT merges THEN $5
                    ELSE CASE WHEN pending THEN old ELSE (old - $6) || $5 END || jsonb_build_object('output', (
                        SELECT coalesce(jsonb_agg(CASE
                                WHEN n.value = marker THEN
                                    CASE WHEN o.value IS NULL OR o.value IN ('null', marker)
                                            OR o.value -> 'status' = '"suspended"'
                                                AND (o.value ? 'suspendPayload' OR o.value ? 'suspendedAt')
                                        THEN 'null' ELSE o.value END
                                WHEN n.value <> 'null' AND NOT pending THEN n.value
                                ELSE coalesce(o.value, 'null')
                            END ORDER BY place), '[]')
                        FROM jsonb_array_elements(old -> 'output') WITH ORDINALITY o (value, place)
                        FULL JOIN jsonb_array_elements($5 -> 'output') WITH ORDINALITY n (value, place) USING (place)
                    ))
                END
            FROM (VALUES (r.snapshot -> 'context' -> $4, '{"__mastra_pending__": true}'::jsonb)) was (old, marker)
            CROSS JOIN LATERAL (
                SELECT jsonb_typeof(old -> 'output') = 'array' AND jsonb_typeof($5 -> 'output') = 'array'
            ) kind (both_lists)
            CROSS JOIN LATERAL (
                SELECT both_lists IS TRUE, both_lists AND EXISTS (
                    SELECT FROM jsonb_array_elements(CASE WHEN both_lists THEN $5 -> 'output' ELSE '[]' END) e
                    WHERE e.value = marker
                )
            ) how (merges, pending)
        )),
        'requestContext', CASE jsonb_typeof(r.snapshot -> 'requestContext')
            WHEN 'object' THEN (r.snapshot -> 'requestContext') - $8 ELSE '{}' END || $7)
WHERE jsonb_typeof(r.snapshot -> 'context') = 'object'
RETURNING r.workflow_name, r.run_id, r.resource_id, r.created_at, r.updated_at, r.snapshot -> 'context' AS context
