#!/usr/bin/env bash
# Keeps code short enough to read: functions of at most 60 lines, files of at most 600, lines of at most 100 columns.
#   tools/top-length.sh [N]      checks; with N, shows the N longest functions and files too
set -euo pipefail
cd "$(dirname "$0")/.."
status=0

# The public header is one file on purpose: it is the whole contract, and it is read from top to bottom.
allowed='^include/pgconvo\.h$'

mapfile -t files < <(git ls-files -co --exclude-standard -- '*.c' '*.h' | while read -r file; do
    if [ -e "$file" ]; then echo "$file"; fi
done)
functions=$(ctags -x --c-kinds=f --fields=+ne --_xformat='%n %e %N %F' "${files[@]}" |
    awk '{ print $2 - $1 + 1, $4 ":" $1, $3 }' | sort -rn)
lengths=$(wc -l "${files[@]}" | awk '$2 != "total" { print $1, $2 }' | sort -rn)

if [ $# -gt 0 ]; then
    echo "$functions" | head -n "$1"
    echo "$lengths" | head -n "$1"
fi
awk '$1 > 60 { print $2 ": function " $3 " has " $1 " lines"; bad = 1 } END { exit bad }' <<< "$functions" || status=1
awk -v allowed="$allowed" '$1 > 600 && $2 !~ allowed { print $2 ": " $1 " lines"; bad = 1 } END { exit bad }' <<< "$lengths" || status=1
LC_ALL=C.UTF-8 grep -nE '^.{101,}' "${files[@]}" | cut -c1-90 && status=1
exit "$status"
