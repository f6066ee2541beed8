#!/usr/bin/env bash
# What the store holds, and how quickly it answers.
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$(dirname "$0")/tap.sh"

exits "a store that is not there" 3 pgconvo stats
has "is not made" err "schema"
exits "init" 0 pgconvo -q init

exits "--engine on an empty store" 0 pgconvo stats --engine --rounds 3 --format json
ok "lists three times" grep -q '^{"operation":"thread_list","started":3,"succeeded":3,"failed":0,"retried":0,' out
ok "and reads nothing" sh -c '! grep -q message_last out'

for thread in one two; do
    for _ in 1 2 3; do printf 'hello %s' "$thread" | pgconvo -q append --create "$thread" --role user > /dev/null; done
done

# The server's statistics come a little later than the rows.
for _ in $(seq 300); do
    run pgconvo stats --format json
    grep -q '"messages","rows":6,' out && break
    sleep 0.1
done
is "stats" "$status" 0
ok "tells rows and bytes of each table" grep -qxE '\{"table":"messages","rows":6,"bytes":[1-9][0-9]*,"index_bytes":[1-9][0-9]*\}' out
ok "of threads" grep -q '^{"table":"threads","rows":2,' out
is "of all of them" "$(grep -c '"table":' out)" 8
exits "as a table" 0 pgconvo stats
is "with its head" "$(head -1 out | tr -s ' ')" " table | rows, about | bytes | index bytes"
is "and no words" "$(cat err)" ""

exits "--engine" 0 pgconvo stats --engine --rounds 7 --format json
for read in thread_list thread_get message_last message_list metadata_get; do
    ok "makes seven calls of $read" grep -q "^{\"operation\":\"$read\",\"started\":7,\"succeeded\":7,\"failed\":0," out
done
ok "tells rows and bytes" grep -qE '"operation":"message_last",.*"rows":21,"bytes_sent":[1-9][0-9]*,"bytes_received":[1-9][0-9]*,' out
ok "and how long they took" grep -qE '"total_us":[1-9][0-9]*,"p50_us":[1-9][0-9]*,"p90_us":[1-9][0-9]*,"p99_us":[1-9][0-9]*,"max_us":[1-9][0-9]*' out
# shellcheck disable=SC2016 # these are awk's
ok "percentiles rise" awk -F '[:,]' '/"operation"/ { n = NF; for (i = n - 6; i + 2 <= n; i += 2) if ($i + 0 > $(i + 2) + 0) exit 1 }' out
ok "the engine comes last" sh -c 'tail -1 out | grep -q "^{\"connects\":"'
exits "--engine as a table" 0 pgconvo stats --engine --rounds 2
is "with its head" "$(head -1 out | tr -s ' ')" " operation | calls | failed | rows | p50 ms | p90 ms | p99 ms | max ms"
ok "and a row" grep -qE '^ message_last +\| 2 +\| 0 ' out
ok "and words about the rest" grep -qE '^[0-9]+ bytes sent, [0-9]+ received; [0-9]+ connections made, 0 lost; 0 calls waited$' err
exits "--quiet" 0 pgconvo -q stats --engine --rounds 1
is "leaves them out" "$(cat err)" ""
exits "--rounds alone" 2 pgconvo stats --rounds 5
exits "no server" 4 "$PGCONVO" --url "postgresql://u@127.0.0.1:1/d" stats --engine
ok "the call that failed is counted" grep -qE '^ thread_list +\| 1 +\| 1 ' out

drop_schema "$schema"
done_testing
