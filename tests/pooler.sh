#!/usr/bin/env bash
# Runs a command beside a PgBouncer in transaction mode, which is gone afterwards:
#
#   tests/pg.sh tests/pooler.sh COMMAND [ARGUMENT...]
#
# It stands before the server of pg.sh, with few connections that it uses in turn, so that hardly two transactions of a client meet the
# same session. The command finds it through PGCONVO_TEST_STORE_URL, by which tests open their stores; PGCONVO_TEST_URL is still the server.
set -euo pipefail

if [ $# -eq 0 ]; then
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0"
    exit 2
fi
# Debian has it where only administrators look.
PATH=$PATH:/usr/sbin
if ! command -v pgbouncer > /dev/null || ! command -v psql > /dev/null; then
    echo "1..0 # SKIP no pgbouncer, or no psql, is installed (Debian: apt-get install pgbouncer postgresql-client)"
    exit 0
fi

# shellcheck source=tests/beside.sh
. "$(dirname "$0")/beside.sh"
set_up pooler TERM # it, too, refuses to run as root

# Any user of the server may come, without a password.
cat > "$folder/pgbouncer.ini" <<- END
	[databases]
	* = host=$PGHOST port=$PGPORT auth_user=$PGUSER
	[pgbouncer]
	listen_port = 6432
	unix_socket_dir = $folder
	unix_socket_mode = 0777
	auth_type = trust
	auth_file = $folder/users
	pool_mode = transaction
	default_pool_size = ${POOLER_SIZE:-4}
	min_pool_size = 3
	server_round_robin = 1
	max_client_conn = 400
END
echo "\"$PGUSER\" \"\"" > "$folder/users"
if [ "$(id -u)" -eq 0 ]; then chown -R postgres: "$folder"; fi

start "$folder/log" pgbouncer --quiet "$folder/pgbouncer.ini"
until [ -S "$folder/.s.PGSQL.6432" ]; do
    check_running "$folder/log"
    sleep 0.02
done

# Transactions at the same time make it open several connections to the server.
warm=()
for _ in 1 2 3; do
    psql --no-psqlrc --quiet --output=/dev/null --command='SELECT pg_sleep(0.2)' "host=$folder port=6432 user=$PGUSER dbname=$PGDATABASE" &
    warm+=($!)
done
wait "${warm[@]}"

export PGCONVO_TEST_STORE_URL="host=$folder port=6432 user=$PGUSER dbname=$PGDATABASE"
run_command "$@"
