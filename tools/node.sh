#!/usr/bin/env bash
# The Node package in node/:
#   tools/node.sh build      compiles the addon into node/prebuilds/, after which node/ can be imported as it stands
#   tools/node.sh pack       build, and a tarball in dist/ that holds the compiled addon and no install script
#   tools/node.sh test       build and pack, then the tests of node/test: in the tree, by the system's Node and by another one, and
#                            some of them with the installed tarball
#   tools/node.sh bench [mastra|store] [ROUNDS]
#                            build, then PostgresStore beside that of @mastra/pg, or Store beside `pg` with prepared statements
#   tools/node.sh soak [CALLS]
#                            build, then calls of PostgresStore by the million, at a constant size
# Servers for tests and bench come from tests/pg.sh. CC says which compiler. The other Node comes from npm; NODE_VERSION says
# which, else it is a 22. Where the system's Node is older than 20 or there is none, it does everything; npm itself must be there.
# The headers of Node-API are those of the node that runs, of Debian's libnode-dev, or of that other one.
set -euo pipefail
cd "$(dirname "$0")/.."
build=./build-node
runtime_version=${NODE_VERSION:-22.23.3}
runtime=./build-node${runtime_version%%.*}

arch() {
    case $(uname -m) in
        x86_64) echo x64 ;;
        aarch64) echo arm64 ;;
        *) uname -m ;;
    esac
}

addon=node/prebuilds/linux-$(arch)/pgconvo.node
runtime_bin=$PWD/$runtime/node_modules/node-linux-$(arch)/bin

die() {
    printf 'node.sh: %s\n' "$*" >&2
    exit 1
}

npm_quietly() {
    npm "$@" --silent --no-audit --no-fund --ignore-scripts
}

# The other Node.
install_runtime() {
    [ "$runtime_version" != "$(cat "$runtime/version" 2> /dev/null)" ] || return 0
    rm -rf "$runtime"
    mkdir "$runtime"
    (cd "$runtime" && echo '{"private": true}' > package.json && npm_quietly install "node-linux-$(arch)@$runtime_version")
    echo "$runtime_version" > "$runtime/version"
}

is_new_enough() {
    command -v node > /dev/null && [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ]
}

# `node` is one that can do it, from here on.
find_node() {
    is_new_enough && return
    command -v npm > /dev/null || die "npm is missing (Debian: apt-get install npm)"
    install_runtime
    PATH=$runtime_bin:$PATH
}

headers() {
    local folder
    for folder in "$(node -p 'path.resolve(process.execPath, "../../include/node")')" /usr/include/node /usr/include/nodejs/src \
        "$runtime_bin/../include/node"; do
        if [ -e "$folder/node_api.h" ]; then
            echo "$folder"
            return
        fi
    done
    install_runtime
    echo "$runtime_bin/../include/node"
}

pg_includes() {
    pkg-config --variable=includedir libpq
}

compile_core() {
    if [ ! -e "$build/build.ninja" ]; then
        meson setup "$build" --buildtype=release -Dwerror=true -Dcli=false -Dtests=disabled -Dexamples=false -Dbench=false \
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
        "$build/src/libcore.a" -lpq -lpthread -ldl -o "$build/pgconvo.node"
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

# What tests and benchmark need from npm, in node/node_modules. npm chooses by the Node that it runs on.
install_tools() {
    local stamp=node/node_modules/.installed-for
    install_runtime
    cmp --silent node/package.json $stamp && return
    (cd node && PATH=$runtime_bin:$PATH npm_quietly install)
    cp node/package.json $stamp
}

# An application's folder with the packed package and Mastra, installed where there is no compiler.
install_packed() {
    local tool
    mkdir "$folder/bin"
    for tool in node npm sh env; do ln -s "$(readlink -f "$(command -v $tool)")" "$folder/bin/$tool"; done
    version() { node -p "require('./node/package.json').devDependencies['$1']"; }
    echo '{"private": true}' > "$folder/package.json"
    (
        set -- "$PWD"/dist/pgconvo-*.tgz "@mastra/core@$(version @mastra/core)" "@mastra/memory@$(version @mastra/memory)"
        cd "$folder"
        PATH=$folder/bin npm_quietly install "$@"
    )
}

# run_tests WHAT FOLDER-OF-PACKAGE FILE...: adds to passed and failed.
run_tests() {
    local log=$folder/log what=$1 package=$2
    shift 2
    echo "== $what, Node $(node -p process.versions.node)"
    PGCONVO_NODE_PACKAGE=$package tests/pg.sh node --test --test-reporter=tap --test-concurrency="$(nproc)" \
        --test-timeout=900000 "$@" > "$log" 2>&1 || true # what hangs is to end at some time
    if ! grep -q '^# fail 0$' "$log" || ! grep -q '^# cancelled 0$' "$log"; then
        grep -B1 -A40 '^ *not ok' "$log" || tail -n 60 "$log"
    fi
    passed=$((passed + $(sed -n 's/^# pass //p' "$log")))
    failed=$((failed + $(sed -n 's/^# fail //p' "$log") + $(sed -n 's/^# cancelled //p' "$log")))
}

verb_test() {
    local files
    verb_pack > /dev/null
    install_tools
    folder=$(mktemp -d)
    passed=0 failed=0
    trap 'rm -rf "$folder"' EXIT
    mapfile -t files < <(find node/test -name '*.test.mjs' -not -path '*/packed/*' | sort)
    run_tests "the package in the tree" "$PWD/node" "${files[@]}"
    install_packed
    run_tests "the package as packed" "$folder/node_modules/pgconvo" node/test/packed/*.test.mjs node/test/package.test.mjs \
        node/test/operations.test.mjs
    if [ "$(node -p 'process.versions.node')" != "$runtime_version" ]; then
        PATH=$runtime_bin:$PATH run_tests "the package in the tree" "$PWD/node" "${files[@]}"
    fi
    [ "$passed" -gt 0 ] || failed=$((failed + 1))
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
}

# A port that is free now.
free_port() {
    node -e "const s = require('net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close(); })"
}

verb_bench() {
    local what=${1:-mastra}
    [ $# -eq 0 ] || shift
    verb_build
    install_tools
    case $what in
        mastra) PG_TCP_PORT=$(free_port) PG_DURABLE=1 tests/pg.sh node node/bench/mastra.mjs "$@" ;;
        store) PG_DURABLE=1 tests/pg.sh node node/bench/store.mjs "$@" ;;
        *) die "there is no benchmark '$what'" ;;
    esac
}

verb_soak() {
    verb_build
    install_tools
    tests/pg.sh node --expose-gc node/bench/soak.mjs "$@"
}

verb=${1:-}
[ $# -eq 0 ] || shift
declare -F "verb_$verb" > /dev/null || {
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0"
    exit 2
}
find_node
"verb_$verb" "$@"
