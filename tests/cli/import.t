#!/usr/bin/env bash
# Import: formats, bad records, repetition.
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$(dirname "$0")/tap.sh"

content() { # THREAD N: content of the N-th message
    pgconvo messages "$1" --format json | sed -n "$2p" | grep -oP '"content":\K.*(?=,"created_at":"[^"]*","seq":)'
}

cat > openai.jsonl <<- 'END'
	{"id":"one","title":"First \u00fc","metadata":{"k":[1.10,null]},"created_at":"2024-02-29T12:00:00.123456+01:00","messages":[{"role":"system","content":"be brief"},{"role":"user","content":[ {"type" : "text","text":"hi"} ],"metadata":{"m":1}},{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},{"role":"tool","tool_call_id":"c1","content":"42"},{"role":"assistant"},{"role":"assistant","content":null}]}

	  {"messages":[{"role":"user","content":"no id"}],"model":"m-1"}  
	{"id":17,"messages":[]}
END
exits "an OpenAI file" 0 pgconvo import openai.jsonl
is "says what came" "$(cat err)" "conversations: 3 new, 0 there already; messages: 7 new"
is "and nothing on stdout" "$(cat out)" ""
exits "a second time" 0 pgconvo import openai.jsonl
is "adds nothing" "$(cat err)" "conversations: 0 new, 3 there already; messages: 0 new"
exits "-q" 0 pgconvo import -q openai.jsonl
is "says nothing" "$(cat err)" ""
is "a plain content" "$(content one 1)" '"be brief"'
is "a content that is an array keeps its bytes" "$(content one 2)" '[ {"type" : "text","text":"hi"} ]'
is "a message with more to it is kept whole" "$(content one 3)" \
    '{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]}'
is "a tool's answer too" "$(content one 4)" '{"role":"tool","tool_call_id":"c1","content":"42"}'
is "one without content too" "$(content one 5)" '{"role":"assistant"}'
is "null is a content" "$(content one 6)" 'null'
pgconvo messages one --format json > one.jsonl
is "types" "$(grep -c '"type":"openai.message"' one.jsonl)" 3
has "ids are made of the thread's" one.jsonl '"id":"one/5"'
has "metadata of a message" one.jsonl '"metadata":{"m": 1}'
pgconvo threads --format json > threads.jsonl
has "title" threads.jsonl '"title":"First ü"'
has "metadata keep number spelling" threads.jsonl '1.10'
has "time to the microsecond" threads.jsonl '"created_at":"2024-02-29T11:00:00.123456Z"'
has "an id from the record's bytes" threads.jsonl '"id":"import-'
has "further members go into the metadata" threads.jsonl '{"record": {"model": "m-1"}}'
has "a number as an id" threads.jsonl '"id":"17"'

cat > sharegpt.json <<- 'END'
	[
	  {
	    "id": "sg-1",
	    "conversations": [
	      {"from": "system", "value": "s"},
	      {"from": "human", "value": "Who are you?\n\u0000\ud800 \/"},
	      {"from": "gpt", "value": "x", "weight": 0},
	      {"from": "function", "value": "f"},
	      {"from": "judge", "value": "j"}
	    ]
	  },
	  {"id": "sg-2", "conversations": []}
	]
END
exits "a ShareGPT array" 0 pgconvo import sharegpt.json
is "says what came" "$(cat err)" "conversations: 2 new, 0 there already; messages: 5 new"
is "roles" "$(pgconvo messages sg-1 --format json | grep -oE '"role":"[a-z]+","(type|content)' | cut -d'"' -f4 | tr '\n' ' ')" \
    "system user assistant tool judge "
is "content byte for byte" "$(content sg-1 2)" '"Who are you?\n\u0000\ud800 \/"'
is "a message with more to it" "$(content sg-1 3)" '{"from": "gpt", "value": "x", "weight": 0}'
echo '{"id":"sg-3","conversations":[{"from":"human","value":"a line"}]}' > sharegpt.jsonl
status=0
pgconvo import - < sharegpt.jsonl > out 2> err || status=$?
is "ShareGPT, one a line, on standard input" "$status" 0
printf '\xef\xbb\xbf{"id":"bom","messages":[]}\r\n' > bom.jsonl
exits "a byte order mark and a CR" 0 pgconvo import bom.jsonl
exits "--resource" 0 pgconvo import --resource "owner 1" bom.jsonl sharegpt.jsonl
is "changes nothing that is there" "$(pgconvo threads --resource "owner 1" --format json)" ""
echo '{"id":"owned","resource_id":"x","messages":[{"role":"user","content":"1"}]}' > owned.jsonl
exits "--resource with a new one" 0 pgconvo import --resource "owner 1" owned.jsonl
is "is its owner" "$(pgconvo threads --resource "owner 1" --format json | wc -l)" 1
exits "a forced format that does not fit" 5 pgconvo import --format sharegpt owned.jsonl
has "is said" err 'owned.jsonl:1: the record has no member "conversations"'

# Times decide the order; messages without one stay where they are.
echo '{"id":"times","messages":[{"role":"user","content":"b"},{"role":"user","content":"c","created_at":1700000000.123456},{"role":"user","content":"d"},{"role":"user","content":"a","created_at":"2020-01-01"}]}' > times.jsonl
exits "times" 0 pgconvo import times.jsonl
is "order" "$(pgconvo messages times --format json | grep -oE '"content":"."' | cut -d'"' -f4 | tr -d '\n')" "abcd"
is "microseconds" "$(pgconvo messages times --format json | grep -c '2023-11-14T22:13:20.123456Z')" 3

pgconvo threads --format json > threads.jsonl
has "the thread has those of its messages" threads.jsonl '"id":"times","created_at":"2020-01-01T00:00:00.000000Z","updated_at":"2023-11-14T22:13:20.123456Z"'

# An import of a longer version adds what is new.
echo '{"id":"sg-3","conversations":[{"from":"human","value":"a line"},{"from":"gpt","value":"more"}]}' > longer.jsonl
exits "a conversation that has grown" 0 pgconvo import longer.jsonl
is "gets its new messages" "$(cat err)" "conversations: 0 new, 1 with new messages, 0 there already; messages: 1 new"

bad() { # NAME RECORD TEXT
    printf '%s\n' '{"id":"before","messages":[]}' "$2" '{"id":"after","messages":[]}' > bad.jsonl
    exits "bad record: $1" 5 pgconvo import bad.jsonl
    has "is reported with its place" err "bad.jsonl:2: $3"
}
bad "not JSON" '{"id":"b","messages":[{"role":"user","content":"x",}]}' "not valid JSON"
has "and the byte" err "(byte 52)"
has "and that it stopped there" err "1 bad record; stopped there"
bad "cut off" '{"id":"b","messages":[' "not valid JSON"
bad "an array" '["x"]' "a conversation must be a JSON object (byte 1)"
bad "no messages" '{"id":"b"}' 'the record has no member "messages"'
bad "messages are no array" '{"id":"b","messages":{}}' "messages is not an array (byte 22)"
bad "a message is no object" '{"id":"b","messages":[1]}' "messages[0] is not an object"
bad "no role" '{"id":"b","messages":[{"role":"u","content":"x"},{"content":"x"}]}' "messages[1].role is missing"
bad "a role that is a number" '{"id":"b","messages":[{"role":1,"content":"x"}]}' "messages[0].role is not a string"
bad "an empty role" '{"id":"b","messages":[{"role":"","content":"x"}]}' ""
bad "metadata that are an array" '{"id":"b","metadata":[],"messages":[]}' "metadata is not an object"
bad "a time that is none" '{"id":"b","messages":[{"role":"u","content":"x","created_at":"soon"}]}' "messages[0].created_at is not a time"
bad "an id twice" '{"id":"b","messages":[{"id":"i","role":"u","content":"x"},{"id":"i","role":"u","content":"y"}]}' "the messages 0 and 1 (from 0) have the same id"
bad "a member twice" '{"id":"b","id":"c","messages":[]}' "a member stands twice"
bad "an id that is too long" "{\"id\":\"$(printf 'x%.0s' {1..256})\",\"messages\":[]}" ""
bad "an id with U+0000" '{"id":"b\u0000","messages":[]}' ""
bad "an id that stands in another conversation" '{"id":"b","messages":[{"id":"one/0","role":"u","content":"x"}]}' ""
bad "of a newer format" '{"format":"pgconvo/99","id":"b","messages":[]}' "the record is not of the format pgconvo/1"
bad "a member that the format does not know" '{"format":"pgconvo/1","id":"b","messages":[],"x":1}' "the record has a member"
is "nothing of a bad record is imported" "$(pgconvo threads --format json | grep -c '"id":"b"')" 0
is "what came before it is" "$(pgconvo threads --format json | grep -c '"id":"before"')" 1

printf '%s\n' '{"id":"k1","messages":[]}' '{' '{"id":"k2","messages":[]}' 'x' '{"id":"k3","messages":[]}' > keep.jsonl
exits "--keep-going" 5 pgconvo import --keep-going keep.jsonl
has "reports one bad line" err "keep.jsonl:2: "
has "and the other" err "keep.jsonl:4: "
has "and the count" err "2 bad records passed over"
has "and imports the rest" err "conversations: 3 new"
printf '[\n {"id":"a1","messages":[]},\n {"id":"a2",\n  "messages":[{"role":1}]}\n]' > array.json
exits "a bad element of an array" 5 pgconvo import array.json
has "is reported with the line of the mistake" err "array.json:4: messages[0].role is not a string (byte 23)"
for text in '[{"id":"e","messages":[]} {}]' '[{"id":"e","messages":[]},]' '[{"id":"e","messages":[]}' '[] x'; do
    printf '%s' "$text" > structure.json
    exits "a broken array: $text" 5 pgconvo import structure.json
    has "is reported" err "structure.json:1: "
done
printf '' > empty
exits "an empty file" 0 pgconvo import empty
exits "a file that is not there" 1 pgconvo import nowhere.jsonl
has "is said" err "cannot read nowhere.jsonl: No such file or directory"
exits "a folder" 1 pgconvo import .

# Long things.
{
    printf '{"id":"long","messages":[{"role":"user","content":"'
    head -c 3000000 /dev/zero | tr '\0' 'x'
    printf '"}]}\n'
} > long.jsonl
exits "a content of 3 MB" 0 pgconvo import long.jsonl
is "is there" "$(pgconvo messages long --format json | tr -cd 'x' | wc -c)" 3000000
id=$(printf 'i%.0s' {1..255})
echo "{\"id\":\"$id\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"},{\"role\":\"user\",\"content\":\"y\"}]}" > id.jsonl
exits "an id of 255 bytes" 0 pgconvo import id.jsonl
exits "again" 0 pgconvo import id.jsonl
has "changes nothing" err "conversations: 0 new, 1 there already; messages: 0 new"
awk 'BEGIN {
    printf "{\"id\":\"many\",\"messages\":["
    for (i = 0; i < 25001; i++) printf "%s{\"role\":\"user\",\"content\":\"%d\"}", i ? "," : "", i
    print "]}"
}' > many.jsonl
exits "25,001 messages" 0 pgconvo import many.jsonl
has "are all there" err "conversations: 1 new, 0 there already; messages: 25001 new"
is "in order" "$(pgconvo messages many --format json --limit 100000 | grep -oE '"content":"[0-9]+"' | cut -d'"' -f4 | md5sum)" \
    "$(seq 0 25000 | md5sum)"
exits "again" 0 pgconvo import many.jsonl
has "changes nothing" err "conversations: 0 new, 1 there already; messages: 0 new"

# The same conversation several times in one file: the file's order counts.
for i in $(seq 1 30); do
    echo "{\"id\":\"same\",\"messages\":[{\"id\":\"s$i\",\"role\":\"user\",\"content\":\"$i\"}]}"
done > same.jsonl
exits "one conversation in pieces" 0 pgconvo import same.jsonl
is "comes in the order of the file" "$(pgconvo messages same --format json | grep -oE '"content":"[0-9]+"' | cut -d'"' -f4 | tr '\n' ' ')" \
    "$(seq 1 30 | tr '\n' ' ')"
seq -f '{"id":"order-%.0f","messages":[]}' 1 100 > order.jsonl
exits "conversations without a time" 0 pgconvo import order.jsonl
is "stand in the order of the file" "$(pgconvo threads --format json --limit 100000 | grep -oE '"id":"order-[0-9]+"' | cut -d'"' -f4 | cut -d- -f2 | tr '\n' ' ')" \
    "$(seq 1 100 | tr '\n' ' ')"

# An interrupt while it waits for more.
mkfifo pipe
"$PGCONVO" --url "${PGCONVO_TEST_URL:-}" --schema "$schema" import pipe > out 2> err &
import=$!
exec 9> pipe
echo '{"id":"interrupted","messages":[]}' >&9
until pgconvo threads --format json --desc 2> /dev/null | grep -q '"id":"interrupted"' || ! kill -0 "$import" 2> /dev/null; do sleep 0.1; done
kill -INT "$import"
status=0
wait "$import" || status=$?
exec 9>&-
is "an interrupted import ends with 5" "$status" 5
has "says so" err "interrupted"
has "and what it did" err "conversations: 1 new"

drop_schema "$schema"
done_testing
