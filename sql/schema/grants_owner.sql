-- What a role needs to make the tables of a store, to upgrade them, and to let others use them. To be run by
-- an administrator, before there is a store.
BEGIN;
CREATE SCHEMA IF NOT EXISTS :"schema" AUTHORIZATION :"role";
GRANT CREATE ON SCHEMA :"schema" TO :"role";
GRANT USAGE ON SCHEMA :"schema" TO :"role" WITH GRANT OPTION;
COMMIT;
