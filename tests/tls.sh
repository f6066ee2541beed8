#!/usr/bin/env bash
# Runs a command beside a throw-away PostgreSQL server of its own that speaks TLS, which is gone afterwards:
#
#   tests/tls.sh COMMAND [ARGUMENT...]
#
# The command finds its superuser by PGCONVO_TEST_URL, its port on 127.0.0.1 in PGPORT, and keys and certificates (certificates.sh) in
# PGCONVO_TEST_TLS; tests of other things open their stores by PGCONVO_TEST_STORE_URL, with TLS. The server's keys and certificates are in the folder server/ there, to be set by ssl_cert_file and ssl_key_file; it begins with `good`.
# Of the users, all with the password "open sesame", tls_scram may come with TLS and without, tls_only with TLS only, tls_md5 has an old
# password, tls_cert needs a certificate instead, tls_both needs both, tls_trust nothing.
set -euo pipefail

if [ $# -eq 0 ]; then
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0"
    exit 2
fi
if ! command -v openssl > /dev/null || ! command -v psql > /dev/null; then
    echo "1..0 # SKIP no openssl, or no psql, is installed (Debian: apt-get install openssl postgresql-client)"
    exit 0
fi

# A port that nobody listens on, below those that the system gives to clients.
free_port() {
    local port
    while port=$((15000 + RANDOM % 15000)) && (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null; do :; done
    echo "$port"
}

if [ -z "${TLS_INSIDE:-}" ]; then
    TLS_INSIDE=1 PGCONVO_TEST_URL='' PG_TCP_PORT=$(free_port) exec "$(dirname "$0")/pg.sh" "$0" "$@"
fi

tests=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d "${TMPDIR:-/tmp}/pgconvo-tls.XXXXXX")
trap 'rm -rf "$folder"' EXIT
chmod 711 "$folder"
"$tests/certificates.sh" "$folder"
mkdir "$folder/server"
cp "$folder"/*.crt "$folder"/*.key "$folder/server"
chown -R --reference="$PGCONVO_TEST_PGDATA" "$folder/server"

cat >> "$PGCONVO_TEST_PGDATA/postgresql.conf" <<- END
	ssl = on
	ssl_ca_file = '$folder/server/ca.crt'
END
hba=$(cat "$PGCONVO_TEST_PGDATA/pg_hba.conf")
cat > "$PGCONVO_TEST_PGDATA/pg_hba.conf" <<- END
	host all tls_scram 127.0.0.1/32 scram-sha-256
	hostssl all tls_only 127.0.0.1/32 scram-sha-256
	host all tls_only 127.0.0.1/32 reject
	hostssl all tls_md5 127.0.0.1/32 md5
	hostssl all tls_cert 127.0.0.1/32 cert
	hostssl all tls_both 127.0.0.1/32 scram-sha-256 clientcert=verify-ca
	$hba
END
psql --no-psqlrc --quiet --output=/dev/null <<- END
	ALTER SYSTEM SET ssl_cert_file = '$folder/server/good.crt';
	ALTER SYSTEM SET ssl_key_file = '$folder/server/good.key';
	CREATE ROLE tls_scram LOGIN PASSWORD 'open sesame';
	CREATE ROLE tls_only LOGIN PASSWORD 'open sesame';
	CREATE ROLE tls_both LOGIN PASSWORD 'open sesame';
	CREATE ROLE tls_cert LOGIN;
	CREATE ROLE tls_trust LOGIN;
	SET password_encryption TO md5;
	CREATE ROLE tls_md5 LOGIN PASSWORD 'open sesame';
	SELECT pg_reload_conf();
END
tries=600
until psql --no-psqlrc --quiet --output=/dev/null --command='SELECT 1' "host=127.0.0.1 sslmode=require user=tls_trust" 2> "$folder/log"; do
    ((tries-- > 0)) || {
        cat "$folder/log" >&2
        exit 1
    }
    sleep 0.05
done

export PGCONVO_TEST_TLS=$folder
export PGCONVO_TEST_STORE_URL="host=localhost hostaddr=127.0.0.1 port=$PGPORT user=postgres dbname=postgres sslmode=verify-full \
sslrootcert=$folder/ca.crt"
status=0
"$@" || status=$?
exit "$status"
