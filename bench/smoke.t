#!/usr/bin/env bash
# The benchmark runs through and fills its tables; what the figures are is not tested.
#   smoke.t BENCH
set -u
# shellcheck source=tests/tap.sh
source "$(dirname "$0")/../tests/tap.sh"
bench=${1:?the benchmark is not named}

printed=$("$bench" --quick --rounds 1 2>&1)
result $? "it ends well"
while IFS= read -r line; do echo "# $line"; done <<< "$printed"

# rows LABEL: in how many rows of the tables, with positive figures, the label stands.
rows() {
    grep -cE "^$1 +[0-9.]*[1-9][0-9.]* +[0-9.]*[1-9][0-9.]* +[0-9.]+ +[0-9]+ +[0-9.]+ +[0-9.]+$" <<< "$printed"
}
is "the last 20 messages, at once and in a long thread" "$(rows 'last 20 messages')" 2
is "a page at a cursor" "$(rows 'page of 20 at a cursor')" 1
is "a window, at once and in a long thread" "$(rows 'window, 5 before and 5 after')" 2
is "a thread" "$(rows 'get thread')" 1
is "a list of threads" "$(rows 'list 20 threads')" 1
is "appends of one, beside libpq and beside four round trips" "$(rows 'append 1')" 2
is "appends of two, alone and in eight threads" "$(rows 'append 2')" 2
is "appends of 100" "$(rows 'append 100')" 1
is "appends of 1,000" "$(rows 'append 1,000')" 1
is "a merge" "$(rows 'merge one metadata key')" 1
is "two ways to import" "$(rows 'import, .*[a-z]')" 2
fails "an unknown option is refused" "$bench" --unknown
done_testing
