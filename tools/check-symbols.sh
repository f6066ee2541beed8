#!/usr/bin/env bash
# The public header, the export map, the libraries and the manual agree:
#   tools/check-symbols.sh BUILD-FOLDER
# Same names everywhere, nothing else exported, each function explained in the header and by one page. And the library needs nothing of
# libpq that version 14 does not have (tools/libpq-14.txt: what that exports); what is newer is looked for at run time.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:?usage: check-symbols.sh BUILD-FOLDER}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
status=0

ctags -x --c-kinds=p --_xformat='%N' -I 'PGC_EXPORT,PGC_MUST_CHECK' include/pgconvo*.h | grep '^pgc_' | sort > "$folder/header"
sed -nE 's/^ *(pgc_[a-z_0-9]+);$/\1/p' src/pgconvo.map | sort > "$folder/map"
nm -D --defined-only "$build/src/libpgconvo.so" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | sort > "$folder/shared"
nm --defined-only --extern-only "$build/src/libpgconvo.a" | awk 'NF == 3 { print $3 }' | sort > "$folder/static"
for page in man/*.3.scd; do
    awk '/^# NAME/ { getline; getline; sub(/ - .*/, ""); gsub(/, */, "\n"); print; exit }' "$page"
done | grep -v '^libpgconvo$' | sort > "$folder/manual"

# A page may have a name of its own, which is no function.
for page in man/*.3.scd; do
    page=$(basename "$page" .3.scd)
    grep -qx "$page" "$folder/header" || sed -i "/^$page\$/d" "$folder/manual"
done

for kind in map shared static manual; do
    if ! diff "$folder/header" "$folder/$kind" > "$folder/diff"; then
        echo "include/pgconvo*.h (<) and the $kind names (>) differ:"
        grep '^[<>]' "$folder/diff"
        status=1
    fi
done

newer=$(nm -D --undefined-only "$build/src/libpgconvo.so" | awk '$2 ~ /^PQ/ { print $2 }' | grep -vxFf tools/libpq-14.txt || true)
if [ -n "$newer" ]; then
    printf 'libpq 14 does not have %s\n' "$newer"
    status=1
fi

# Every declaration stands under a comment, with no blank line between.
awk '
    /\*\/[ \t]*$/ { explained = 1; next }
    /^[ \t]*$/ { explained = 0; next }
    /^PGC_EXPORT/ && !explained { print FILENAME ":" FNR ": not explained: " $0; bad = 1 }
    END { exit bad }
' include/pgconvo*.h || status=1
exit "$status"
