#!/usr/bin/env bash
# Runs the tests in a folder that was built with gcc's --coverage, and says which lines and branches of src/ they ran:
#
#   tools/coverage.sh BUILD-FOLDER
#
# BUILD-FOLDER/coverage.html shows them in the source. tools/coverage.cfg says what is not counted, and why; the bars stand there, too.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:?usage: coverage.sh BUILD-FOLDER}

# Private servers are started by processes of ours that have become another user, and write what they ran as that one.
find "$build" -name '*.gcda' -delete
chmod -R a+rwX "$build"
umask 0

tests/pg.sh meson test -C "$build" --no-rebuild --suite unit --suite fuzz --suite live --suite cli --suite pooler \
    > "$build/test.log" 2>&1 || true
tools/count-tests.py "$build" || failed=1
gcovr --config tools/coverage.cfg --root . --filter src/ --html-details "$build/coverage.html" "$build" > "$build/coverage.log" 2>&1 || failed=1
grep -vE '^\(INFO\)' "$build/coverage.log"
[ -z "${failed:-}" ]
