#!/usr/bin/env bash
# The checks of lint and the counting of tests: each finds what is planted for it and nothing in clean input.
set -uo pipefail
cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/tap.sh
. ../tap.sh
tools=$PWD/../../tools
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# layers PATH INCLUDE: one file with one include line.
layers() {
    mkdir -p "$folder/$(dirname "$1")"
    printf '#include %s\n' "$2" > "$folder/$1"
    (cd "$folder" && awk -f "$tools/check-layers.awk" "$1")
}

ok "a layer may include what is below it" layers src/engine/pool.c '"connection/conn.h"'
ok "a layer may include its own folder" layers src/engine/pool.c '"engine/op.h"'
fails "a layer may not include what is above it" layers src/engine/pool.c '"domain/thread.h"'
fails "the private server knows no connections" layers src/local/local.c '"connection/conn.h"'
fails "the base layer knows no libpq" layers src/base/arena.c '<libpq-fe.h>'
ok "a connection is made with libpq" layers src/connection/conn.c '<libpq-fe.h>'
fails "the command line sees no internal header" layers cli/main.c '"base/arena.h"'
ok "the command line has headers of its own" layers cli/main.c '"say.h"'
fails "there are no other layers" layers src/other/x.c '<stdio.h>'

# counted RESULT STDOUT: what is counted of one program that ended so.
counted() {
    mkdir -p "$folder/meson-logs"
    printf '{"name": "t", "result": "%s", "returncode": 0, "stdout": "%s"}\n' "$1" "$2" \
        > "$folder/meson-logs/testlog.json"
    "$tools/count-tests.py" "$folder" | tail -n 1
}

is "passed and failed checks are counted" "$(counted ERROR 'ok 1\nnot ok 2\nok 3\n1..3\n')" "2 passed, 1 failed"
is "a skipped check is none" "$(counted OK 'ok 1\nok 2 # SKIP why\n1..2\n')" "1 passed, 0 failed"
is "a crash is a failure" "$(counted ERROR 'ok 1\n')" "1 passed, 1 failed"
is "a crash after the plan is a failure" "$(counted ERROR 'ok 1\n1..1\n')" "1 passed, 1 failed"
is "a time limit that was reached is a failure" "$(counted TIMEOUT 'ok 1\n')" "1 passed, 1 failed"
is "a plan that was not kept is a failure" "$(counted OK 'ok 1\n1..2\n')" "1 passed, 1 failed"
is "no check at all is a failure" "$(counted OK '1..0\n')" "0 passed, 1 failed"

done_testing
