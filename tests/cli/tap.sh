# shellcheck shell=bash
# What the tests of the command line tool share: TAP, a work folder, a schema of their own.
#
# PGCONVO is the tool, PGCONVO_TEST_URL the server (tests/pg.sh starts one). Source this file, run tests, call done_testing.

set -u

if [ ! -x "${PGCONVO:-}" ]; then
    echo "Bail out! PGCONVO does not name the tool to test"
    exit 1
fi
# shellcheck disable=SC2034 # for those that source this
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/tap.sh
source "$root/tests/tap.sh"
work=$(mktemp -d "${TMPDIR:-/tmp}/pgconvo-cli.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

status=0

# The tool, in the schema $schema of the test server.
schema="cli $(basename "$0" .t) $$"
pgconvo() {
    "$PGCONVO" --url "${PGCONVO_TEST_URL:-}" --schema "$schema" "$@"
}

# run COMMAND...: its exit code goes to $status, what it writes to the files out and err.
run() {
    status=0
    "$@" > out 2> err < /dev/null || status=$?
}

# has NAME FILE TEXT: the file has the text in it.
has() {
    if grep -qF -e "$3" "$2"; then
        result 0 "$1"
    else
        result 1 "$1"
        echo "# not found: $3"
        sed 's/^/# /' "$2" | head -20
    fi
}

# exits NAME CODE COMMAND...: it ends with that code.
exits() {
    local name=$1 wanted=$2
    shift 2
    run "$@"
    if [ "$status" = "$wanted" ]; then
        result 0 "$name"
    else
        result 1 "$name"
        echo "# exit code $status instead of $wanted"
        sed 's/^/# /' err | head -20
    fi
}

drop_schema() {
    if command -v psql > /dev/null; then
        psql --quiet "$PGCONVO_TEST_URL" -c "set client_min_messages = error; drop schema if exists \"$1\" cascade" > /dev/null
    fi
}
