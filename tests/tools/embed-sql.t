#!/usr/bin/env bash
# The SQL embedder, by what a C program finds in the header that it makes of the fixture.
set -uo pipefail
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/tap.sh
. ../tap.sh
embed=$PWD/../../tools/embed-sql.awk
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cat > "$folder/show.c" << 'END'
#define SQL_TEXTS
#include "sql.h"
#include <stdio.h>
#include <stdbool.h>
#define QUERY(name, params, text, reads) printf("query %s (%s)%s\n%s", #name, params, (reads) ? " reads" : "", text);
#define MIGRATION(number, name, sum, text) printf("migration %d %s %s\n%s", number, name, sum, text);
#define SCHEMA(name, text) printf("schema %s\n%s", #name, text);
#define ADOPT(name, text) printf("adopt %s\n%s", #name, text);
int main(void) {
    SQL_QUERIES(QUERY)
    SQL_MIGRATIONS(MIGRATION)
    SQL_SCHEMA(SCHEMA)
    SQL_ADOPT(ADOPT)
}
END

embed_and_show() {
    (cd "$1" && awk -f "$embed" queries/*.sql migrations/*.sql schema/*.sql adopt/*.sql) > "$folder/sql.h" &&
        "${CC:-cc}" -Werror -Wall -o "$folder/show" "$folder/show.c" && "$folder/show"
}

# query_says TEXT: a folder with this one query.
query_says() {
    rm -rf "$folder/one"
    mkdir -p "$folder/one/queries"
    printf '%s\n' "$1" > "$folder/one/queries/one.sql"
    (cd "$folder/one" && awk -f "$embed" queries/one.sql)
}

sum=$(sha256sum < fixture/migrations/0001_init.sql | cut -d' ' -f1)
is "queries, variants, migrations and schema files come out as written" \
    "$(embed_and_show fixture)" "$(sed "s/CHECKSUM/$sum/" fixture/expected)"

fingerprint_of() { query_says $'-- params:\n'"$1" | grep SQL_FINGERPRINT; }
is "the same queries have one fingerprint" "$(fingerprint_of 'SELECT 1')" "$(fingerprint_of 'SELECT 1')"
ok "other ones another" test "$(fingerprint_of 'SELECT 1')" != "$(fingerprint_of 'SELECT 2')"

says_reads() { query_says $'-- params:\n'"$1" | grep -o 'sql_query_one, [a-z]*'; }
is "a read" "$(says_reads 'SELECT updated_at FROM locked WHERE share_of')" "sql_query_one, true"
for text in 'INSERT INTO t VALUES (1)' 'WITH a AS (DELETE FROM t) SELECT 1' 'SELECT 1 FROM t FOR NO KEY UPDATE' \
    'SELECT 1 FROM t FOR KEY SHARE' 'SELECT FROM t FOR SHARE' "SELECT set_config('a', 'b', true)" 'select pg_advisory_xact_lock(1)'; do
    is "no read: $text" "$(says_reads "$text")" "sql_query_one, false"
done

fails "a query without its line of parameters" query_says 'SELECT 1'
fails "a query without a statement" query_says '-- params:'
fails "a variant that cannot be read" query_says $'-- params:\n-- variant: a what is this\nSELECT 1'
ok "a query without parameters" query_says $'-- params:\nSELECT 1'
fails "a file elsewhere" awk -f "$embed" fixture/expected

done_testing
