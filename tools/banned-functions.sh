#!/usr/bin/env bash
# Functions that have no place here: unbounded or locale-dependent ones anywhere, and in the library what ends or prints for its host.
set -euo pipefail
cd "$(dirname "$0")/.."
status=0

# banned NAMES FOLDER...: comments and strings do not count.
banned() {
    local names=$1 file
    shift
    while read -r file; do
        gcc -fpreprocessed -dD -E -P -w - < "$file" 2> /dev/null | sed 's/"\(\\.\|[^"\\]\)*"/""/g' |
            grep -nE "(^|[^A-Za-z0-9_.>])($names) *\\(" | sed "s|^[0-9]*:|$file: |" && status=1
    done < <(find "$@" -name '*.[ch]' | sort)
    return 0
}

banned 'strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|atoll|atof|gets|alloca|mktemp|tmpnam' \
    include src cli examples bench
banned 'abort|exit|printf|vprintf|puts|putchar|perror|setlocale|signal' src
exit "$status"
