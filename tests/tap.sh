# shellcheck shell=bash
# The Test Anything Protocol for shell scripts: source it, make checks, end with done_testing.

count=0
failed=0

# result CODE NAME: one check; 0 is a pass.
result() {
    count=$((count + 1))
    if [ "$1" = 0 ]; then
        echo "ok $count - $2"
    else
        failed=$((failed + 1))
        echo "not ok $count - $2"
    fi
}

# ok NAME COMMAND...: the command succeeds; what it said is shown where it does not.
ok() {
    local name=$1 code=0 said
    shift
    said=$("$@" 2>&1) || code=$?
    result "$code" "$name"
    [ "$code" = 0 ] || printf '# exit code %s of %s\n#   %s\n' "$code" "$*" "${said//$'\n'/$'\n#   '}"
}

# fails NAME COMMAND...: the command does not succeed.
fails() {
    local name=$1 code=0
    shift
    "$@" > /dev/null 2>&1 || code=$?
    result "$((code == 0))" "$name"
}

# is NAME GOT WANTED
is() {
    if [ "$2" = "$3" ]; then
        result 0 "$1"
    else
        result 1 "$1"
        printf '#      got: %s\n#   wanted: %s\n' "${2//$'\n'/$'\n#           '}" "${3//$'\n'/$'\n#           '}"
    fi
}

skip() {
    count=$((count + 1))
    echo "ok $count - $1 # SKIP $2"
}

done_testing() {
    echo "1..$count"
    [ "$failed" = 0 ]
}
