#!/usr/bin/env bash
# adopt.
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$(dirname "$0")/tap.sh"

if ! command -v psql > /dev/null; then
    echo "1..0 # SKIP there is no psql"
    exit 0
fi
mastra="cli mastra $$"
back="cli mastra back $$"
load() {
    psql --quiet "$PGCONVO_TEST_URL" -c "create schema \"$mastra\"" -c "set search_path to \"$mastra\"" -f "$root/tests/adopt/$1.sql" > /dev/null
}
ok "a schema of Mastra" load 0.12.2

exits "adopt without a schema" 2 pgconvo adopt
has "says what is missing" err "--from-schema is missing"
exits "adopt --back without one" 2 pgconvo adopt --back --from-schema "$mastra"
has "says what is missing" err "--to-schema is missing"
exits "adopt with both" 2 pgconvo adopt --from-schema "$mastra" --to-schema "$back"
exits "adopt of a schema without Mastra's tables" 1 pgconvo adopt --from-schema "$mastra none" --dry-run
exits "adopt with an unknown zone" 2 pgconvo adopt --from-schema "$mastra" --time-zone Nowhere/None --dry-run

exits "adopt --dry-run" 0 pgconvo adopt --from-schema "$mastra" --time-zone America/New_York --dry-run
has "counts" out "mastra_messages          | 19    | 19     | 0     | 0"
has "tells the decisions" out "no instant beside the digits: read as local time of America/New_York"
has "names what stays" out "mastra_evals"
cp out dry
exits "it makes no store" 1 pgconvo messages t-v2
exits "adopt" 0 pgconvo adopt --from-schema "$mastra" --time-zone America/New_York
is "reports the same" "$(cat out)" "$(cat dry)"
exits "messages" 0 pgconvo messages t-v2 --format json
is "in their order" "$(sed -E 's/.*"id":"([^"]*)".*/\1/' out | tr '\n' ' ')" "a1 a3 a2 a4 "
exits "adopt --format json" 0 pgconvo adopt --from-schema "$mastra" --time-zone America/New_York --format json
has "again" out '{"name":"mastra_messages","present":true,"found":19,"copied":0,"existing":19,"refused":0}'
exits "adopt --back" 0 pgconvo adopt --back --to-schema "$back"
has "counts" out "mastra_messages             | 19    | 19     | 0     | 0"
is "writes" "$(psql -XAtq "$PGCONVO_TEST_URL" -c "select count(*) from \"$back\".mastra_messages")" 19

psql --quiet "$PGCONVO_TEST_URL" -c "update \"$mastra\".mastra_messages set id = repeat('x', 300) where id = 'a1'"
exits "adopt of what is refused" 5 pgconvo adopt --from-schema "$mastra"
has "is told" err "1 row was refused"
has "with the reason" out "is 300 bytes long"

drop_schema "$schema"
drop_schema "$mastra"
drop_schema "$back"
done_testing
