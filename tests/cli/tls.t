#!/usr/bin/env bash
# The tool and a server with TLS (tests/tls.sh), and roles that it prints privileges for.
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$(dirname "$0")/tap.sh"

tls=${PGCONVO_TEST_TLS:?run it by tests/tls.sh}
schema=cli
# as USER [PARAMETER]...: a connection string.
as() {
    echo "host=localhost hostaddr=127.0.0.1 port=$PGPORT dbname=postgres user=$*"
}
full="sslmode=verify-full sslrootcert=$tls/ca.crt"
export PGPASSWORD='open sesame'

exits "the owner's privileges" 0 "$PGCONVO" schema --schema $schema --grants owner tls_only
ok "run through psql" psql -X -q -v ON_ERROR_STOP=1 -f out
exits "the owner makes the store" 0 "$PGCONVO" --url "$(as tls_only "$full" channel_binding=require)" --schema $schema init
exits "the writer's privileges" 0 "$PGCONVO" --schema $schema schema --grants writer tls_scram
ok "are the owner's to give" psql -X -q -v ON_ERROR_STOP=1 -f out "$(as tls_only "$full")"
exits "the reader's privileges" 0 "$PGCONVO" --schema $schema schema --grants=reader tls_trust
ok "too" psql -X -q -v ON_ERROR_STOP=1 -f out "$(as tls_only "$full")"

exits "the writer writes" 0 "$PGCONVO" --url "$(as tls_scram "$full" channel_binding=require)" --schema $schema append t --create hello
exits "by a URI" 0 "$PGCONVO" --url "postgresql://tls_scram@localhost:$PGPORT/postgres?hostaddr=127.0.0.1&sslmode=verify-full&\
sslrootcert=$tls/ca.crt" --schema $schema append t again
exits "the reader reads" 0 "$PGCONVO" --url "$(as tls_trust "$full")" --schema $schema messages t
has "what was written" out "again"
exits "and sees how large it is" 0 "$PGCONVO" --url "$(as tls_trust "$full")" --schema $schema stats
exits "but does not write" 3 "$PGCONVO" --url "$(as tls_trust "$full")" --schema $schema append t no
has "and is told why" err "permission denied"
has "with a hint" err "pgconvo schema --grants"
exits "nobody else gets in" 3 "$PGCONVO" --url "$(as tls_cert "$full" "sslcert=$tls/client.crt sslkey=$tls/client.key")" --schema $schema threads
has "and is told what is missing" err "permission denied for schema"

exits "another authority" 4 "$PGCONVO" --url "$(as tls_scram "sslmode=verify-full sslrootcert=$tls/other-ca.crt")" --schema $schema threads
has "is refused" err "certificate verify failed"
has "with a hint" err "hint: The server's certificate is out of date, or no authority in sslrootcert vouches for it."
exits "another name" 4 "$PGCONVO" --url "host=127.0.0.1 port=$PGPORT dbname=postgres user=tls_scram $full" threads
has "is refused" err 'does not match host name "127.0.0.1"'
exits "no TLS for who must have it" 4 "$PGCONVO" --url "$(as tls_only sslmode=disable)" threads
has "is refused" err "no encryption"
exits "channel binding without TLS" 4 "$PGCONVO" --url "$(as tls_scram sslmode=disable channel_binding=require)" threads
has "is refused" err "channel binding required"
PGPASSWORD='sesame close' exits "a wrong password" 4 "$PGCONVO" --url "$(as tls_scram "$full")" threads
ok "is not shown" sh -c '! grep -q sesame out err'
unset PGPASSWORD
exits "no password" 4 "$PGCONVO" --url "$(as tls_scram "$full")" threads
has "is told" err "none was given"
has "with the ways to give it" err "PGPASSWORD"

exits "a role without --grants" 2 "$PGCONVO" schema somebody
exits "--grants without a role" 2 "$PGCONVO" schema --grants writer
has "asks for one" err "--grants needs the name of a role"
exits "two names" 2 "$PGCONVO" schema --grants writer one two
exits "an unknown kind" 2 "$PGCONVO" schema --grants god one
exits "an index beside it" 2 "$PGCONVO" schema --grants writer --metadata-index one
exits "an owner of no schema" 2 "$PGCONVO" schema --grants owner one

done_testing
