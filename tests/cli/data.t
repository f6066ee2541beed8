#!/usr/bin/env bash
# Larger data sets: they are not part of the repository; PGCONVO_TEST_DATA names their folder.
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$(dirname "$0")/tap.sh"

data=${PGCONVO_TEST_DATA:-$root/../shared/data}

copy() {
    "$PGCONVO" --url "${PGCONVO_TEST_URL:-}" --schema "$schema copy" "$@"
}

round() { # FILE CONVERSATIONS MESSAGES
    local name
    name=$(basename "$1")
    if [ ! -e "$1" ]; then
        skip "$name" "the file is not there"
        return
    fi
    exits "$name" 0 pgconvo import "$1"
    is "comes completely" "$(cat err)" "conversations: $2 new, 0 there already; messages: $3 new"
    exits "again" 0 pgconvo import "$1"
    is "adds nothing" "$(cat err)" "conversations: 0 new, $2 there already; messages: 0 new"
    pgconvo export -q > first.jsonl
    is "its export is whole" "$(wc -l < first.jsonl)" "$2"
    exits "import of the export" 0 copy import first.jsonl
    is "is complete" "$(cat err)" "conversations: $2 new, 0 there already; messages: $3 new"
    copy export -q > second.jsonl
    ok "and its export is equal" cmp first.jsonl second.jsonl
    drop_schema "$schema"
    drop_schema "$schema copy"
}

round "$data/sgd-dialogues.jsonl" 2559 38492
round "$data/sharegpt.json" 500 2000

done_testing
