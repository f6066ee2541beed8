#!/usr/bin/env bash
# Export, import into another schema, export again: equal to the byte, with all that JSON can hold.
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$(dirname "$0")/tap.sh"

copy() {
    "$PGCONVO" --url "${PGCONVO_TEST_URL:-}" --schema "$schema copy" "$@"
}

# Contents as hostile as valid JSON can be; each line is one.
cat > contents <<- 'END'
	"plain"
	"\u0000 \ud800 \udc00\ud800 \ud83d\ude00 \/ \b\f\n\r\t\"\\"
	"Grüße, 世界, 👩‍👩‍👧, مرحبا, שלום, \u202e"
	""
	null
	true
	1.10
	-0.0
	1E400
	123456789012345678901234567890.0000
	[]
	{}
	{"b":1,"a":2,"b":3}
	{"" : { "x" : [ 1 , 2.50 ] } ,	"\u0041" : "A"}
	[[[[[[[[[[{"deep":[]}]]]]]]]]]]
	"\u003cscript\u003e \u2028"
END
awk 'BEGIN { printf "{\"format\":\"pgconvo/1\",\"id\":\"odd\",\"messages\":[" }
     { printf "%s{\"id\":\"m%d\",\"role\":\"user\",\"content\":%s}", (NR > 1 ? "," : ""), NR, $0 }
     END { print "]}" }' contents > odd.jsonl
printf '%s\n' '{"id":"empty","title":"nothing \u0000 in \ud800 it \ud83d\ude00","messages":[]}' \
    '{"id":"ид/世界 \"\\ \u0001","resource_id":"","title":"","created_at":"1969-12-31T23:59:59.999999Z","metadata":{"a":"\u0000","\ud800":[1.50,{"b":null}],"c":"\\u0000"},"messages":[{"role":"user","content":"x","created_at":"0044-03-15T12:00:00.000001Z","metadata":{"z":"\udfff"}}]}' >> odd.jsonl
printf '[{"id":"breaks","messages":[{"role":"user","content":[1,\n  "two",\r\n {"three"\n:3}]},{"role":"tool","name":"t",\n"content":"c"}]}]' > breaks.json
{
    printf '{"id":"large","messages":[{"role":"user","content":"'
    head -c 750000 /dev/urandom | base64 -w 0
    printf '"},{"role":"user","content":{"k":"'
    head -c 750000 /dev/urandom | base64 -w 0
    printf '"}}]}\n'
} > large.jsonl
awk 'BEGIN {
    printf "{\"id\":\"pages\",\"resource_id\":\"r\",\"created_at\":\"2024-01-01\",\"messages\":["
    for (i = 0; i < 1200; i++) printf "%s{\"role\":\"user\",\"content\":%d,\"created_at\":\"2024-01-0%d\"}", i ? "," : "", i, i / 400 + 1
    print "]}"
}' > pages.jsonl
seq -f '{"id":"t%.0f","messages":[]}' 1 1100 > threads.jsonl
printf '%s\n' '{"format":"pgconvo/1","id":"shared","resource_id":"r2","messages":[{"id":"mine","role":"user","content":"a"},{"id":"yours","role":"user","resource_id":"r3","content":"b"},{"id":"nobody","role":"user","resource_id":"","content":"c"}]}' > shared.jsonl

exits "import" 0 pgconvo import odd.jsonl breaks.json large.jsonl pages.jsonl threads.jsonl shared.jsonl
exits "export" 0 pgconvo export
cp out first.jsonl
is "says how much" "$(cat err)" "exported: 1107 conversations, 1224 messages"
is "one conversation a line" "$(wc -l < first.jsonl)" 1107
exits "import of an export" 0 copy import first.jsonl
is "takes all" "$(cat err)" "conversations: 1107 new, 0 there already; messages: 1224 new"
exits "export of the copy" 0 copy export
cp out second.jsonl
ok "is equal to the byte" cmp first.jsonl second.jsonl
exits "import of the copy's export" 0 pgconvo import second.jsonl
is "changes nothing" "$(cat err)" "conversations: 0 new, 1107 there already; messages: 0 new"
pgconvo export -q > third.jsonl
ok "nor the export" cmp first.jsonl third.jsonl

lost=0
while read -r content; do
    grep -qF -e "\"content\":$content}" first.jsonl || lost=$((lost + 1))
done < contents
is "every content is as it was" "$lost" 0
has "line ends between tokens survive as a string" first.jsonl '"content_json":"[1,\n  \"two\",\r\n {\"three\"\n:3}]"'
has "also in a message kept whole" first.jsonl '"content_json":"{\"role\":\"tool\",\"name\":\"t\",\n\"content\":\"c\"}"'
has "title with U+0000 and a lone surrogate" first.jsonl '"title":"nothing \u0000 in \ud800 it 😀"'
has "metadata with them" first.jsonl '\u0000'
has "times before 1970" first.jsonl '"created_at":"1969-12-31T23:59:59.999999Z"'
has "times of long ago" first.jsonl '"created_at":"0044-03-15T12:00:00.000001Z"'
has "the resource of a message of others" first.jsonl '"id":"yours","role":"user","resource_id":"r3",'
has "but not that of the conversation" first.jsonl '"id":"mine","role":"user","created_at"'
has "an empty resource" first.jsonl '"resource_id":"","title":""'
is "oldest first" "$(head -1 first.jsonl | grep -oP '^.*?(?=,"resource_id)')" '{"format":"pgconvo/1","id":"ид/世界 \"\\ \u0001"'

exits "--thread" 0 pgconvo export --thread pages
is "brings one" "$(wc -l < out)" 1
is "in order" "$(grep -oE '"content":[0-9]+' out | cut -d: -f2 | md5sum)" "$(seq 0 1199 | md5sum)"
exits "--resource" 0 pgconvo export --resource r
is "brings its own" "$(wc -l < out)" 1
exits "--resource of nobody" 0 pgconvo export --resource nobody
is "brings nothing" "$(cat out)" ""
exits "--thread that is not there" 1 pgconvo export --thread nowhere

exits "-o" 0 pgconvo export -o file.jsonl
ok "writes the same" cmp first.jsonl file.jsonl
is "with the modes of a new file" "$(stat -c %a file.jsonl)" "$(printf '%o' $((0666 & ~$(umask))))"
echo before > kept.jsonl
exits "-o with a failure" 1 pgconvo export --thread nowhere -o kept.jsonl
is "leaves the file" "$(cat kept.jsonl)" before
is "and no other" "$(find . -name 'kept.jsonl?*' | wc -l)" 0
exits "-o in a folder that is not there" 1 pgconvo export -o nowhere/file
has "is said" err "cannot write nowhere/file"
if [ -e /dev/full ]; then
    status=0
    pgconvo export > /dev/full 2> err || status=$?
    is "a full disk is an error" "$status" 1
    has "and said" err "cannot write to standard output: No space left on device"
else
    skip "a full disk" "there is no /dev/full"
fi
pgconvo export 2> err | head -c 100 > /dev/null
is "a closed pipe is no reason for words" "${PIPESTATUS[0]} $(cat err)" "1 "

if command -v python3 > /dev/null; then
    ok "every line is JSON for others too" python3 -c '
import json, sys
for line in open(sys.argv[1], encoding="utf-8"):
    json.loads(line)' first.jsonl
else
    skip "JSON for others" "there is no python3"
fi

# The examples of the repository.
examples=("$root"/examples/conversations/*.jsonl)
if [ -e "${examples[0]}" ]; then
    schema="$schema examples"
    lines=$(cat "${examples[@]}" | wc -l)
    exits "import of the examples" 0 pgconvo import "${examples[@]}"
    has "brings them all" err "conversations: $lines new, 0 there already"
    exits "again" 0 pgconvo import "${examples[@]}"
    has "changes nothing" err "conversations: 0 new, $lines there already; messages: 0 new"
    pgconvo export -q > first.jsonl
    copy import -q first.jsonl
    copy export -q > second.jsonl
    ok "and back" cmp first.jsonl second.jsonl
    is "all of them" "$(wc -l < first.jsonl)" "$lines"
    drop_schema "$schema"
    drop_schema "$schema copy"
    schema="${schema% examples}"
fi

drop_schema "$schema"
drop_schema "$schema copy"
done_testing
