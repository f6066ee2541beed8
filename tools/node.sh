#!/usr/bin/env bash
# The Node package in node/:
#   tools/node.sh build      compiles the addon into node/prebuilds/, after which node/ can be imported as it stands
#   tools/node.sh pack       build, and a tarball in dist/ that holds the compiled addon and no install script
#   tools/node.sh test       build and pack, then the tests of node/test, in the tree and from the installed tarball
#   tools/node.sh bench      build, then node/bench beside `pg` with prepared statements
# Servers for tests and bench come from tests/pg.sh. CC says which compiler; the headers of Node-API are those of the node that
# runs, of Debian's libnode-dev, or of npm's node-api-headers.
set -euo pipefail
cd "$(dirname "$0")/.."
build=./build-node
addon=node/prebuilds/linux-$(node -p process.arch)/pgconvo.node

die() {
    printf 'node.sh: %s\n' "$*" >&2
    exit 1
}

headers() {
    local folder
    for folder in "$(node -p 'path.resolve(process.execPath, "../../include/node")')" /usr/include/node /usr/include/nodejs/src \
        node/node_modules/node-api-headers/include; do
        if [ -e "$folder/node_api.h" ]; then
            echo "$folder"
            return
        fi
    done
    die "node_api.h is missing (Debian: apt-get install libnode-dev; or npm install node-api-headers in node/)"
}

pg_includes() {
    pkg-config --variable=includedir libpq
}

compile_core() {
    if [ ! -e "$build/build.ninja" ]; then
        meson setup "$build" --buildtype=release -Dwerror=true -Dcli=false -Dtests=false -Dexamples=false -Dbench=false \
            > /dev/null
    fi
    ninja -C "$build" --quiet src/libcore.a
}

compile_addon() {
    local include warnings
    include=$(headers)
    warnings=(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wcast-qual -Wformat=2 -Wmissing-prototypes
        -Wstrict-prototypes -Wvla -Wwrite-strings -Wundef -Wswitch-enum -Wimplicit-fallthrough -Werror)
    mkdir -p "$(dirname "$addon")"
    "${CC:-gcc}" -std=gnu17 -O2 -g -fPIC -fvisibility=hidden -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 \
        "${warnings[@]}" -DNAPI_VERSION=8 -isystem "$include" -isystem "$(pg_includes)" -Iinclude node/addon/*.c \
        -shared -Wl,-z,relro,-z,now,--exclude-libs,ALL \
        "$build/src/libcore.a" -lpq -lpthread -o "$build/pgconvo.node"
    strip -o "$addon.new" "$build/pgconvo.node"
    mv "$addon.new" "$addon" # a process may have the old one in use
}

# Nothing but the entry points of Node-API may be visible: other addons may carry other versions of the same names.
check_symbols() {
    local extra
    extra=$(nm -D --defined-only "$addon" | awk '{ print $3 }' | grep -v '^napi_register_module_v1$\|^node_api_module_get_api_version_v1$' || true)
    [ -z "$extra" ] || die "the addon exports $extra"
}

verb_build() {
    compile_core
    compile_addon
    check_symbols
}

verb_pack() {
    verb_build
    mkdir -p dist
    cp LICENSE node/LICENSE
    (cd node && npm pack --silent --pack-destination ../dist > /dev/null)
    rm node/LICENSE
    ls dist/pgconvo-*.tgz
}

# What tests and benchmark need from npm, in node/node_modules.
install_tools() {
    if [ ! -e node/node_modules/pg ] || [ ! -e node/node_modules/typescript ]; then
        (cd node && npm install --silent --no-audit --no-fund --ignore-scripts)
    fi
}

# run_tests FOLDER-OF-PACKAGE: adds to passed and failed.
run_tests() {
    local log=$folder/log
    PGCONVO_NODE_PACKAGE=$1 tests/pg.sh node --test --test-reporter=tap node/test/*.test.mjs > "$log" 2>&1 || true
    if ! grep -q '^# fail 0$' "$log" || ! grep -q '^# cancelled 0$' "$log"; then
        grep -B1 -A40 '^ *not ok' "$log" || tail -n 60 "$log"
    fi
    passed=$((passed + $(sed -n 's/^# pass //p' "$log")))
    failed=$((failed + $(sed -n 's/^# fail //p' "$log") + $(sed -n 's/^# cancelled //p' "$log")))
}

verb_test() {
    verb_pack > /dev/null
    install_tools
    folder=$(mktemp -d)
    passed=0 failed=0
    trap 'rm -rf "$folder"' EXIT
    echo "== the package in the tree"
    run_tests "$PWD/node"
    echo "== the package as packed"
    echo '{"private": true}' > "$folder/package.json"
    (cd "$folder" && npm install --silent --no-audit --no-fund --ignore-scripts "$OLDPWD"/dist/pgconvo-*.tgz)
    run_tests "$folder/node_modules/pgconvo"
    [ "$passed" -gt 0 ] || failed=$((failed + 1))
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
}

verb_bench() {
    verb_build
    install_tools
    PG_DURABLE=1 tests/pg.sh node node/bench/bench.mjs "$@"
}

verb=${1:-}
[ $# -eq 0 ] || shift
declare -F "verb_$verb" > /dev/null || {
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0"
    exit 2
}
"verb_$verb" "$@"
