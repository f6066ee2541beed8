-- Are the tables of a store in the schema $1?
SELECT to_regclass(format('%I.store_meta', $1)) IS NOT NULL
