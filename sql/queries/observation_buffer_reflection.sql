-- Appends a reflection to what a record has buffered of them. Returns a row if there is such a record.
-- $1 record, $2 text, $3 its tokens, $4 tokens that it was made of, $5 lines that it was made of, $6 now
-- params: text text int8 int8 int8 timestamptz
UPDATE :"schema".observations AS o
SET reflection = CASE WHEN o.reflection <> '' THEN o.reflection || E'\n\n' || $2 ELSE $2 END,
    reflection_tokens = coalesce(o.reflection_tokens, 0) + $3,
    reflection_input_tokens = coalesce(o.reflection_input_tokens, 0) + $4,
    reflected_lines = $5,
    updated_at = greatest(o.updated_at, $6)
WHERE o.id = $1
RETURNING o.id
