-- What the schema says of itself: format, version, the oldest client that may use it, and the
-- checksums of its migrations. Without a table store_meta this fails.
SELECT m.k, m.v FROM :"schema".store_meta m
