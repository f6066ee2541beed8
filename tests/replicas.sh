#!/usr/bin/env bash
# Runs a command beside a primary and a standby that follows it, gone afterwards:
#
#   tests/replicas.sh COMMAND [ARGUMENT...]
#
# They listen on one unix socket each. The command finds them by PGCONVO_TEST_URL (the primary), PGCONVO_TEST_STANDBY_URL and
# PGCONVO_TEST_BOTH_URL (libpq's list of hosts), and their data folders by PGCONVO_TEST_PGDATA and PGCONVO_TEST_STANDBY_PGDATA. A commit
# waits until the standby has written it to its disk (as much as a server without fsync has a disk).
set -euo pipefail

if [ $# -eq 0 ]; then
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0"
    exit 2
fi

# shellcheck source=tests/beside.sh
. "$(dirname "$0")/beside.sh"
set_up replicas QUIT

init_cluster "$folder/a"
cat >> "$folder/a/postgresql.conf" <<- END
	listen_addresses = ''
	unix_socket_directories = '$folder'
	shared_buffers = 16MB
	fsync = off
	full_page_writes = off
	wal_receiver_status_interval = 1s
	wal_retrieve_retry_interval = 200ms
	hot_standby_feedback = on
	log_line_prefix = '%m [%p] '
END
# The standby is a copy of the primary that never ran; promoted, it waits for nobody.
"${owner[@]}" cp -a "$folder/a" "$folder/b"
"${owner[@]}" touch "$folder/b/standby.signal"
echo "primary_conninfo = 'host=$folder port=5432 user=postgres application_name=b'" >> "$folder/b/postgresql.conf"
echo 'synchronous_standby_names = b' >> "$folder/a/postgresql.conf"
start_cluster "$folder/a" "$folder/a.log" -p 5432
until_ready "$folder/a" "$folder/a.log"
start_cluster "$folder/b" "$folder/b.log" -p 5433
until_ready "$folder/b" "$folder/b.log"

unset PGHOST PGPORT PGUSER PGDATABASE PGCONVO_TEST_STORE_URL
export PGCONVO_TEST_URL="host=$folder port=5432 user=postgres dbname=postgres" PGCONVO_TEST_PGDATA=$folder/a
export PGCONVO_TEST_STANDBY_URL="host=$folder port=5433 user=postgres dbname=postgres" PGCONVO_TEST_STANDBY_PGDATA=$folder/b
export PGCONVO_TEST_BOTH_URL="host=$folder,$folder port=5432,5433 user=postgres dbname=postgres"

run_command "$@"
