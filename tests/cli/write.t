#!/usr/bin/env bash
# append, metadata, init.
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$(dirname "$0")/tap.sh"

exits "init" 0 pgconvo init
is "says the schema" "$(cat err)" "the store in the schema \"$schema\" is ready"
exits "init again" 0 pgconvo init --metadata-index
exits "init -q" 0 pgconvo init -q
is "says nothing" "$(cat out err)" ""

exits "append without a conversation" 1 pgconvo append t hello
exits "append --create" 0 pgconvo append t --create --title "A title" --resource r --id m1 hello "wide  world"
is "prints the id" "$(cat out)" "m1"
exits "append with an id that is there" 1 pgconvo append t --id m1 again
has "is said" err "pgconvo: "
exits "append --format json" 0 pgconvo append t --role assistant --id m2 --metadata '{"k":"v"}' --created-at 2030-01-01T00:00:00.000001Z --format json -- --text
is "prints where it stands" "$(cat out)" '{"thread_id":"t","id":"m2","created_at":"2030-01-01T00:00:00.000001Z","seq":2}'
exits "append --json" 0 pgconvo append t --id m3 --json '[1.10,  {"b":1,"a":2}]' --type note
exits "append --json with what is none" 2 pgconvo append new --create --json '[1,'
exits "makes no conversation" 1 pgconvo messages new
printf 'two\nlines\n' > text
status=0
pgconvo append t --id m4 --role tool < text > out 2> err || status=$?
is "append of standard input" "$status" 0
exits "append of nothing" 0 pgconvo append t --id m5
exits "append without an id" 0 pgconvo append t --role system x
ok "prints the one that was made" grep -qxE '[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}' out
exits "append with metadata that are none" 2 pgconvo append t --metadata '[]' x
exits "messages" 0 pgconvo messages t --format json
is "contents" "$(sed -E 's/.*"content":(.*),"created_at".*/\1/' out)" "$(printf '%s\n' '"hello wide  world"' '"--text"' '[1.10,  {"b":1,"a":2}]' '"two\nlines"' '""' '"x"')"
has "metadata" out '"id":"m2","role":"assistant","content":"--text","created_at":"2030-01-01T00:00:00.000001Z","seq":2,"metadata":{"k": "v"}'
has "type" out '"type":"note"'
exits "threads" 0 pgconvo threads --format json
has "title and resource" out '"id":"t","resource_id":"r","title":"A title"'
exits "--create of what is there" 0 pgconvo append t --create --title "Other" --id m6 x
exits "threads" 0 pgconvo threads --format json
has "keeps the title" out '"title":"A title"'

exits "metadata get" 0 pgconvo metadata get t
is "of none" "$(cat out)" "{}"
exits "metadata merge" 0 pgconvo metadata merge t '{"a":{"b":1,"c":2},"d":[1]}'
is "prints it" "$(cat out)" '{"a": {"b": 1, "c": 2}, "d": [1]}'
exits "metadata merge in depth" 0 pgconvo metadata merge t '{"a":{"c":null,"x":"\u0000"},"d":null}'
is "removes with null" "$(cat out)" '{"a": {"b": 1, "x": "\u0000"}}'
exits "metadata set" 0 pgconvo metadata set t 'k=v=w "q"' e= "a.b=true"
exits "metadata get" 0 pgconvo metadata get t
is "sets texts" "$(cat out)" '{"a": {"b": 1, "x": "\u0000"}, "e": "", "k": "v=w \"q\"", "a.b": "true"}'
exits "metadata set --json" 0 pgconvo metadata set t --json 'n=[1.10]' 'e=null'
is "sets values" "$(cat out)" '{"a": {"b": 1, "x": "\u0000"}, "k": "v=w \"q\"", "n": [1.10], "a.b": "true"}'
exits "metadata set --json of what is none" 2 pgconvo metadata set t --json 'n=x'
exits "metadata set without =" 2 pgconvo metadata set t n
exits "metadata remove" 0 pgconvo metadata remove t a k a.b nowhere
is "removes" "$(cat out)" '{"n": [1.10]}'
exits "metadata replace" 0 pgconvo metadata replace t '{"new":null}'
is "replaces" "$(cat out)" '{"new": null}'
exits "metadata merge of what is no object" 2 pgconvo metadata merge t '[1]'
exits "metadata of a message" 0 pgconvo metadata merge t --message m1 '{"m":1}'
is "prints it" "$(cat out)" '{"m": 1}'
exits "metadata get of a message" 0 pgconvo metadata get -m m2 t
is "is its own" "$(cat out)" '{"k": "v"}'
exits "metadata of a message that is not there" 1 pgconvo metadata get t --message nowhere
exits "metadata of a conversation that is not there" 1 pgconvo metadata get nowhere

# Where the store is.
exits "PGCONVO_URL" 0 env PGCONVO_URL="$PGCONVO_TEST_URL" DATABASE_URL=postgresql:// "$PGCONVO" --schema "$schema" metadata get t
exits "DATABASE_URL" 0 env -u PGCONVO_URL DATABASE_URL="$PGCONVO_TEST_URL" "$PGCONVO" --schema "$schema" metadata get t
exits "an empty PGCONVO_URL does not count" 0 env PGCONVO_URL= DATABASE_URL="$PGCONVO_TEST_URL" "$PGCONVO" --schema "$schema" metadata get t

drop_schema "$schema"
done_testing
