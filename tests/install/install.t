#!/usr/bin/env bash
# What is installed is enough: the examples are built against it as a stranger would, and run.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/tap.sh
. tests/tap.sh
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
prefix=$folder/prefix
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig LD_LIBRARY_PATH=$prefix/lib
cc=${CC:-cc}
flags() { pkg-config "$@" pgconvo; }

ok "it installs" ./dev install "$prefix"
for file in include/pgconvo.h lib/libpgconvo.so lib/libpgconvo.so.0 lib/libpgconvo.a \
    lib/pkgconfig/pgconvo.pc bin/pgconvo share/man/man3/pgc_thread_create.3; do
    ok "$file is there" test -e "$prefix/$file"
done
is "the headers are all that is installed there" \
    "$(find "$prefix/include" -type f -printf '%f\n' | sort | tr '\n' ' ')" "$(cd include && echo pgconvo*.h) "
is "pkg-config names the version" "$(flags --modversion)" "$(sed -n 's/.*PGC_VERSION_STRING "\(.*\)"/\1/p' include/pgconvo.h)"
is "the installed tool finds its library" \
    "$(env -u LD_LIBRARY_PATH "$prefix/bin/pgconvo" --version > /dev/null; echo $?)" 0

read -r -a compile <<< "$(flags --cflags)"
read -r -a link <<< "$(flags --libs)"
read -r -a loops <<< "$(pkg-config --cflags --libs libuv glib-2.0) -lev"
for source in examples/*.c; do
    name=$(basename "$source" .c)
    ok "$name builds against it" \
        "$cc" -Wall -Werror -o "$folder/$name" "$source" "${compile[@]}" "${link[@]}" "${loops[@]}"
    ok "$name runs" "$folder/$name" "$PGCONVO_TEST_URL" < /dev/null
done
ok "blocking prints the conversation" grep -q '^assistant: {"text": "May' \
    <("$folder/blocking" "$PGCONVO_TEST_URL")

# A program with names like those inside the library.
cat > "$folder/names.c" << 'END'
#include <pgconvo.h>
int arena_alloc = 1, buf_append = 2, json_check = 3, conn_new = 4;
int main(void) { return pgc_code_name(arena_alloc)[0] == '\0'; }
END
ok "it links statically" "$cc" -o "$folder/blocking_static" examples/blocking.c "${compile[@]}" \
    "$prefix/lib/libpgconvo.a" -lpq -lpthread -ldl
ok "and runs without the shared library" \
    env -u LD_LIBRARY_PATH "$folder/blocking_static" "$PGCONVO_TEST_URL"
ok "internal names do not clash with those of a program" \
    "$cc" -o "$folder/names" "$folder/names.c" "${compile[@]}" "$prefix/lib/libpgconvo.a" -lpq -lpthread -ldl
is "the static library shows public names only" \
    "$(nm --defined-only --extern-only "$prefix/lib/libpgconvo.a" | awk 'NF == 3 && $3 !~ /^pgc_/')" ""
for header in include/*.h; do
    echo "#include <${header##*/}>" > "$folder/header.cc"
    ok "$header serves C++" \
        "$cc" -x c++ -fsyntax-only -Wall -Wextra -Werror "${compile[@]}" "${loops[@]}" "$folder/header.cc"
done
is "only libpq and the C library are needed" \
    "$(readelf -d "$prefix/lib/libpgconvo.so" | sed -n 's/.*(NEEDED).*\[\(.*\)\..*\]/\1/p' | sort | tr '\n' ' ')" \
    "libc.so libpq.so "

done_testing
