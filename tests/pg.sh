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

# shellcheck source=tests/beside.sh
. "$(dirname "$0")/beside.sh"
set_up test QUIT
port=${PG_TCP_PORT:-5432}
data=$folder/data
init_cluster "$data"
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

start_cluster "$data" "$folder/log"
until_ready "$data" "$folder/log"

export PGHOST=$folder PGPORT=$port PGUSER=postgres PGDATABASE=postgres
export PGCONVO_TEST_URL="host=$folder${PG_TCP_PORT:+ port=$port} user=postgres dbname=postgres" PGCONVO_TEST_PGDATA=$data

run_command "$@"
