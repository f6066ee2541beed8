#!/usr/bin/env bash
# Functions that have no place here: unbounded or locale-dependent ones anywhere, and in the library what ends, prints or
# changes the process that it lives in.
set -euo pipefail
cd "$(dirname "$0")/.."
status=0

# banned NAMES FOLDER...: calls of these; lines of comments do not count.
banned() {
    local names=$1
    shift
    grep -rnE --include='*.[ch]' "(^|[^A-Za-z0-9_.>])($names) *\(" "$@" | grep -vE '^[^:]*:[0-9]+: *(/\*|\*)' && status=1
    return 0
}

banned 'strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|atoll|atof|gets|alloca|mktemp|tmpnam' include src cli examples bench
banned 'abort|exit|printf|vprintf|puts|putchar|perror|setlocale' src
exit "$status"
