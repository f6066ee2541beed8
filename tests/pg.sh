#!/usr/bin/env bash
# Runs a command beside a throw-away PostgreSQL server, which is gone afterwards:
#
#   tests/pg.sh COMMAND [ARGUMENT...]
#
# The command finds the server through PGHOST, PGPORT, PGUSER, PGDATABASE or PGCONVO_TEST_URL; PGCONVO_TEST_PGDATA is its data folder.
# Where PGCONVO_TEST_URL is set already, the command just runs. PG_BINDIR says which PostgreSQL; else it is the newest that is installed.
# PG_DURABLE=1: the server waits for the disk, as servers do; else it does not. PG_TCP_PORT: it listens there too, on 127.0.0.1, and
# its socket has that number.
set -euo pipefail

if [ $# -eq 0 ]; then
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0"
    exit 2
fi
if [ -n "${PGCONVO_TEST_URL:-}" ]; then
    exec "$@"
fi

# shellcheck source=tests/bindir.sh
. "$(dirname "$0")/bindir.sh"
bindir=${PG_BINDIR:-$(newest_bindir)}
port=${PG_TCP_PORT:-5432}
folder=$(mktemp -d "${TMPDIR:-/tmp}/pgconvo-test.XXXXXX")
data=$folder/data
server=
command=

# A server must not run as root; and if this script is killed, it goes too.
owner=(setpriv --pdeathsig QUIT)
if [ "$(id -u)" -eq 0 ]; then
    owner+=(--reuid=postgres --regid=postgres --clear-groups)
    chown postgres: "$folder"
fi
owner+=(env "HOME=$folder")

stop() {
    if [ -n "$2" ] && kill -"$1" "$2" 2> /dev/null; then wait "$2" || true; fi
}

clean_up() {
    trap '' INT TERM HUP
    stop TERM "$command"
    stop QUIT "$server"
    rm -rf "$folder"
}
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

cd "$folder"
"${owner[@]}" "$bindir/initdb" --pgdata="$data" --username=postgres --auth=trust --encoding=UTF8 \
    --locale=C.UTF-8 --no-sync --no-instructions > "$folder/log" 2>&1 || {
    cat "$folder/log" >&2
    exit 1
}
cat >> "$data/postgresql.conf" <<- END
	listen_addresses = '${PG_TCP_PORT:+127.0.0.1}'
	port = $port
	unix_socket_directories = '$folder'
	max_connections = 100
	log_line_prefix = '%m [%p] '
END
if [ -z "${PG_DURABLE:-}" ]; then
    printf 'fsync = off\nfull_page_writes = off\n' >> "$data/postgresql.conf"
fi
cd "$OLDPWD"

"${owner[@]}" "$bindir/postgres" -D "$data" > "$folder/log" 2>&1 < /dev/null &
server=$!
# The eighth line of this file is how far the server is; no client program is needed to ask.
until [ "$(sed -n '8s/ *$//p' "$data/postmaster.pid" 2> /dev/null)" = ready ]; do
    if ! kill -0 "$server" 2> /dev/null; then
        cat "$folder/log" >&2
        exit 1
    fi
    sleep 0.05
done

export PGHOST=$folder PGPORT=$port PGUSER=postgres PGDATABASE=postgres
export PGCONVO_TEST_URL="host=$folder${PG_TCP_PORT:+ port=$port} user=postgres dbname=postgres" PGCONVO_TEST_PGDATA=$data

"$@" <&0 &
command=$!
status=0
wait "$command" || status=$?
command=
exit "$status"
