-- Lists scores, by keyset. The first column is the total, if it is asked for; a single row with a null id
-- stands for an empty page. All filters hold; the variant says which of them leads the way to the rows. The
-- others hide from the planner in a CASE: they would make it think that few rows are left, which need no
-- order of an index. If the leading one is the only one, the total is counted from its index alone.
-- $1 scorer, $2 run, $3 entity, $4 type of the entity, $5 source, $6 trace, $7 span, $8 organization and
-- $9 project, or null: any; $10 from, $11 until, $12 time and $13 id to go on behind, $14 limit, $15 offset,
-- $16 is the total wanted
-- params: text text text text text text text text text timestamptz timestamptz timestamptz text int8 int8 bool
-- variant: all_asc alone="coalesce($1, $2, $3, $4, $5, $6, $7, $8, $9) IS NULL" lead="octet_length(s.id) > 0" dir=ASC cmp=> other="s.created_at < $11"
-- variant: all_desc alone="coalesce($1, $2, $3, $4, $5, $6, $7, $8, $9) IS NULL" lead="octet_length(s.id) > 0" dir=DESC cmp=< other="s.created_at >= $10"
-- variant: scorer_asc alone="coalesce($2, $3, $4, $5, $6, $7, $8, $9) IS NULL" lead="s.scorer_id = $1" dir=ASC cmp=> other="s.created_at < $11"
-- variant: scorer_desc alone="coalesce($2, $3, $4, $5, $6, $7, $8, $9) IS NULL" lead="s.scorer_id = $1" dir=DESC cmp=< other="s.created_at >= $10"
-- variant: run_asc alone="coalesce($1, $3, $4, $5, $6, $7, $8, $9) IS NULL" lead="s.run_id = $2" dir=ASC cmp=> other="s.created_at < $11"
-- variant: run_desc alone="coalesce($1, $3, $4, $5, $6, $7, $8, $9) IS NULL" lead="s.run_id = $2" dir=DESC cmp=< other="s.created_at >= $10"
-- variant: entity_asc alone="coalesce($1, $2, $4, $5, $6, $7, $8, $9) IS NULL" lead="s.entity_id = $3" dir=ASC cmp=> other="s.created_at < $11"
-- variant: entity_desc alone="coalesce($1, $2, $4, $5, $6, $7, $8, $9) IS NULL" lead="s.entity_id = $3" dir=DESC cmp=< other="s.created_at >= $10"
-- variant: trace_asc alone="coalesce($1, $2, $3, $4, $5, $7, $8, $9) IS NULL" lead="s.trace_id = $6" dir=ASC cmp=> other="s.created_at < $11"
-- variant: trace_desc alone="coalesce($1, $2, $3, $4, $5, $7, $8, $9) IS NULL" lead="s.trace_id = $6" dir=DESC cmp=< other="s.created_at >= $10"
SELECT CASE
        WHEN NOT $16 THEN NULL
        WHEN :alone THEN (
            SELECT count(*) FROM :"schema".scores s WHERE :lead AND s.created_at >= $10 AND s.created_at < $11
        )
        ELSE (
            SELECT count(*) FROM :"schema".scores s
            WHERE :lead AND s.created_at >= $10 AND s.created_at < $11
                AND ($1 IS NULL OR s.scorer_id = $1) AND ($2 IS NULL OR s.run_id = $2)
                AND ($3 IS NULL OR s.entity_id = $3) AND ($4 IS NULL OR s.entity_type = $4)
                AND ($5 IS NULL OR s.source = $5) AND ($6 IS NULL OR s.trace_id = $6)
                AND ($7 IS NULL OR s.span_id = $7) AND ($8 IS NULL OR s.organization_id = $8)
                AND ($9 IS NULL OR s.project_id = $9)
        )
    END AS total,
    s.id, s.scorer_id, s.run_id, s.entity_id, s.entity_type, s.source, s.trace_id, s.span_id, s.organization_id,
    s.project_id, s.created_at, s.updated_at, s.document
FROM (VALUES (1)) one
LEFT JOIN LATERAL (
    SELECT * FROM :"schema".scores s
    WHERE :lead AND (s.created_at, s.id) :cmp ($12, $13) AND :other
        AND CASE WHEN ($1 IS NULL OR s.scorer_id = $1) AND ($2 IS NULL OR s.run_id = $2)
            AND ($3 IS NULL OR s.entity_id = $3) AND ($4 IS NULL OR s.entity_type = $4)
            AND ($5 IS NULL OR s.source = $5) AND ($6 IS NULL OR s.trace_id = $6)
            AND ($7 IS NULL OR s.span_id = $7) AND ($8 IS NULL OR s.organization_id = $8)
            AND ($9 IS NULL OR s.project_id = $9) THEN true ELSE false END
    ORDER BY s.created_at :dir, s.id :dir
    LIMIT $14 OFFSET $15
) s ON true
ORDER BY s.created_at :dir, s.id :dir
