#!/usr/bin/env bash
# No password gets into what the tool writes, wherever it was given and whatever is wrong around it.
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$(dirname "$0")/tap.sh"

# keeps NAME COMMAND...: it fails, says something, and none of what it writes has a part of the password in it.
keeps() {
    local name=$1 part got=
    shift
    run "$@"
    for part in hunter2 hun%74er2 hun%2Fter2 hun/ter2 hunter%32; do
        if grep -qF -e "$part" out err; then got="$got $part"; fi
    done
    is "$name: no password gets out" "$got" ""
    ok "$name: but an error" test "$status" -ne 0 -a -s err
}

urls=(
    'postgresql://u:hunter2@127.0.0.1:1/d'
    'postgresql://u:hun%74er2@127.0.0.1:1/d'
    'postgresql://u:hun%2Fter2@127.0.0.1:1/d'
    'postgresql://u:hun/ter2@127.0.0.1:1/d'
    'postgresql://u:hunter%32@[::1/d'
    'postgresql://u:hunter2@name.invalid/d'
    'postgresql://u@127.0.0.1:1/d?password=hunter2'
    'postgresql://u@127.0.0.1:1/d?password=hunter2&nonsense=1'
    'postgresql://u:hunter2@127.0.0.1:1/d?sslmode=verify-full&sslrootcert=/nowhere'
    'postgresql://u:hunter2@127.0.0.1:1/d?channel_binding=hunter'
    'mysql://u:hunter2@127.0.0.1/d'
    'host=127.0.0.1 port=1 password=hunter2'
    "host=127.0.0.1 port=1 password='hunter2"
    'host=127.0.0.1 port=1 password=x hunter2'
    'host=127.0.0.1 port=1 password=hunter2 nonsense=1'
)
for url in "${urls[@]}"; do
    keeps "--url $url" "$PGCONVO" --url "$url" threads
    keeps "\$PGCONVO_URL $url" env PGCONVO_URL="$url" "$PGCONVO" threads --format json
    keeps "\$DATABASE_URL $url" env -u PGCONVO_URL DATABASE_URL="$url" "$PGCONVO" init
done
good=${urls[0]}
keeps "adopt" "$PGCONVO" --url "$good" adopt --from-schema mastra
keeps "export" "$PGCONVO" --url "$good" export
echo '{"type":"conversation","id":"c"}' > one.jsonl
keeps "import" "$PGCONVO" --url "$good" import one.jsonl
keeps "an option that does not exist" "$PGCONVO" --url "$good" --nonsense threads
keeps "an argument too many" "$PGCONVO" --url "$good" threads extra

# By libpq's own ways.
keeps "PGPASSWORD" env PGPASSWORD=hunter2 "$PGCONVO" --url 'host=127.0.0.1 port=1' threads
echo '*:*:*:*:hunter2' > passfile
chmod 600 passfile
keeps "PGPASSFILE" env PGPASSFILE="$work/passfile" "$PGCONVO" --url 'host=127.0.0.1 port=1' threads
printf '[s]\nhost=127.0.0.1\nport=1\npassword=hunter2\n' > services
keeps "a service" env PGSERVICEFILE="$work/services" "$PGCONVO" --url 'service=s' threads
keeps "a service that is not there" env PGSERVICEFILE="$work/services" "$PGCONVO" --url 'service=t' threads
printf '[s]\nhost=127.0.0.1\nhunter2\n' > services
keeps "a service that cannot be read" env PGSERVICEFILE="$work/services" "$PGCONVO" --url 'service=s' threads

# What works says nothing of it, either.
run "$PGCONVO" --url "${PGCONVO_TEST_URL:-} password=hunter2" --schema "$schema" init
is "with a password that nobody asks for" "$status" 0
ok "it is not shown" sh -c '! grep -q hunter2 out err'
drop_schema "$schema"

done_testing
