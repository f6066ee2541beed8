-- Does the server know the time zone $1? Both its names and its abbreviations count.
SELECT EXISTS (SELECT FROM pg_catalog.pg_timezone_names z WHERE lower(z.name) = lower($1))
    OR EXISTS (SELECT FROM pg_catalog.pg_timezone_abbrevs z WHERE lower(z.abbrev) = lower($1))
