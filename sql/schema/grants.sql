-- What a role needs to use a store and no more. To be run by the owner of the store's tables, when they are
-- there. Tables of later versions are granted by the migration that makes them, to whoever has threads.
BEGIN;
GRANT USAGE ON SCHEMA :"schema" TO :"role";
GRANT SELECT ON :"schema".store_meta TO :"role";
GRANT :privileges ON
    :"schema".threads,
    :"schema".messages,
    :"schema".metadata,
    :"schema".resources,
    :"schema".observations,
    :"schema".workflow_runs,
    :"schema".scores
TO :"role";
COMMIT;
