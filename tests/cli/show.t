#!/usr/bin/env bash
# What people see: tables, messages, colours, and nothing that could steer their terminal.
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$(dirname "$0")/tap.sh"

unset COLUMNS NO_COLOR
export TERM=xterm

cat > data.jsonl <<- 'END'
	{"id":"a","resource_id":"r1","title":"Short","created_at":"2024-01-01","updated_at":"2024-01-05","metadata":{"tag":"x","n":1},"messages":[]}
	{"id":"b","resource_id":"r2","title":"漢字の題名 and more of it, so that it is too long for a narrow terminal","created_at":"2024-01-02","updated_at":"2024-01-04","metadata":{"tag":"x"},"messages":[]}
	{"id":"c","title":"evil \u001b[31mred\u0007 \u202e\u0000 \ud800\nline","created_at":"2024-01-03","updated_at":"2024-01-03","messages":[{"id":"c1","role":"user","content":"evil \u001b]0;title\u0007 \u009b31m \u202e \u0000 \ud800\ttab\r\nnext line\rback","created_at":"2024-01-01T10:00:00Z","metadata":{"k":1}},{"id":"c2","role":"assistant","content":null,"tool_calls":[{"id":"x","function":{"name":"look","arguments":"{\"up\":1}"}}],"created_at":"2024-01-01T10:00:01Z"},{"id":"c3","role":"tool","tool_call_id":"x","content":"found","created_at":"2024-01-01T10:00:02Z"},{"id":"c4","role":"user","content":[{"type":"text","text":"see"},{"type":"image_url","image_url":{"url":"u"}}],"created_at":"2024-01-01T10:00:03Z"},{"id":"c5","role":"assistant","content":"one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen\n\n  indented 漢字漢字","created_at":"2024-01-01T10:00:04Z","metadata":{"k":1}},{"id":"c6","role":"x\u001b[0m","content":{"a": [1,  2]},"created_at":"2024-01-01T10:00:05Z"}]}
END
exits "import" 0 pgconvo import -q data.jsonl

exits "threads" 0 pgconvo threads
is "a table" "$(cat out)" "\
 id | resource | created          | updated          | title
----+----------+------------------+------------------+-------------------------------------------------------------------------
 a  | r1       | 2024-01-01 00:00 | 2024-01-05 00:00 | Short
 b  | r2       | 2024-01-02 00:00 | 2024-01-04 00:00 | 漢字の題名 and more of it, so that it is too long for a narrow terminal
 c  |          | 2024-01-03 00:00 | 2024-01-03 00:00 | evil \\u001b[31mred\\u0007 \\u202e\\u0000 \\ud800\\nline"
is "and no words" "$(cat err)" ""
COLUMNS=80 run pgconvo threads
is "a narrow one cuts titles" "$(sed -n '4,5p' out)" "\
 b  | r2       | 2024-01-02 00:00 | 2024-01-04 00:00 | 漢字の題名 and more of i…
 c  |          | 2024-01-03 00:00 | 2024-01-03 00:00 | evil \\u001b[31mred\\u0007…"
LC_ALL=C COLUMNS=80 run pgconvo threads
has "whatever the locale" out "| 漢字の題名 and more of i…"
exits "--statements" 0 pgconvo --statements unnamed threads --format json
cp out unnamed
exits "--statements" 0 pgconvo --statements named threads --format json
is "however they are sent, they bring the same" "$(cat out)" "$(cat unnamed)"
exits "there are three ways" 2 pgconvo --statements prepared threads
has "which are told" err "auto|named|unnamed"
exits "--desc" 0 pgconvo threads --desc --format json
is "newest first" "$(grep -oE '^."id":".' out | cut -c8 | tr -d '\n')" "cba"
exits "--order updated" 0 pgconvo threads --order updated --format json
is "by change" "$(grep -oE '^."id":".' out | cut -c8 | tr -d '\n')" "cba"
exits "--resource" 0 pgconvo threads --resource r1 --format json
is "one line of JSON" "$(cat out)" '{"id":"a","resource_id":"r1","title":"Short","created_at":"2024-01-01T00:00:00.000000Z","updated_at":"2024-01-05T00:00:00.000000Z","last_seq":0,"metadata":{"n": 1, "tag": "x"}}'
exits "--metadata" 0 pgconvo threads --metadata '{"tag":"x"}' --format json --total
is "finds by containment" "$(wc -l < out)" 2
is "--total" "$(cat err)" "total: 2"
exits "--metadata that is no object" 2 pgconvo threads --metadata 'x'
exits "--limit" 0 pgconvo threads --limit 2 --format json
is "limits" "$(wc -l < out)" 2
cursor=$(sed -n 's/^next: --cursor //p' err)
exits "--cursor" 0 pgconvo threads --limit 2 --cursor "$cursor" --format json
is "goes on" "$(grep -oE '^."id":".' out | cut -c8)" "c"
is "to the end" "$(cat err)" ""
exits "a cursor that is none" 2 pgconvo threads --cursor frob
exits "--page" 0 pgconvo threads --limit 2 --page 1 --format json
is "turns the page" "$(grep -oE '^."id":".' out | cut -c8)" "c"
pgconvo threads | head -1 > out
is "threads | head" "$(cut -c1-3 out) ${PIPESTATUS[0]}" " id 0"

exits "messages" 0 pgconvo messages c
is "as a person reads them" "$(cat out)" "\
user  2024-01-01 10:00:00  c1
  evil \\u001b]0;title\\u0007 \\u009b31m \\u202e \\u0000 \\ud800    tab
  next line\\rback

assistant  2024-01-01 10:00:01  openai.message  c2
  -> look({\"up\":1})

tool  2024-01-01 10:00:02  openai.message  c3
  tool_call_id: x
  found

user  2024-01-01 10:00:03  c4
  see
  [image_url] {\"type\": \"image_url\", \"image_url\": {\"url\": \"u\"}}

assistant  2024-01-01 10:00:04  c5
  one two three four five six seven eight nine ten eleven twelve thirteen
  fourteen fifteen sixteen

    indented 漢字漢字

x\\u001b[0m  2024-01-01 10:00:05  c6
  {\"a\": [1, 2]}"
is "no control character but line ends" "$(tr -d '\n' < out | grep -cP '[\x00-\x1f\x7f]')" 0
COLUMNS=30 run pgconvo messages c --last 2
is "a narrow terminal" "$(sed -n '2,7p' out)" "\
  one two three four five six
  seven eight nine ten eleven
  twelve thirteen fourteen
  fifteen sixteen

    indented 漢字漢字"
exits "as JSON" 0 pgconvo messages c --last 1 --format json
is "one line" "$(cat out)" '{"thread_id":"c","id":"c6","role":"x\u001b[0m","content":{"a": [1,  2]},"created_at":"2024-01-01T10:00:05.000000Z","seq":6,"metadata":{}}'

ids() {
    grep -oE '^."thread_id":"c","id":"c[0-9]"' out | cut -d'"' -f8 | tr '\n' ' '
}
exits "--last" 0 pgconvo messages c --last 2 --format json
is "the last two" "$(ids)" "c5 c6 "
exits "--around" 0 pgconvo messages c --around c3 --before-count 1 --after-count 2 --format json
is "neighbours" "$(ids)" "c2 c3 c4 c5 "
exits "--around alone" 0 pgconvo messages c --around c2 --format json
is "two of each" "$(ids)" "c1 c2 c3 c4 "
exits "--around what is not there" 1 pgconvo messages c --around nowhere
exits "--since-seq" 0 pgconvo messages c --since-seq 4 --format json
is "what came after" "$(ids)" "c5 c6 "
exits "--from and --until" 0 pgconvo messages c --from 2024-01-01T10:00:01Z --until 2024-01-01T11:00:03+01:00 --format json
is "a range" "$(ids)" "c2 c3 "
exits "--metadata" 0 pgconvo messages c --metadata '{"k":1}' --format json --total
is "by containment" "$(ids)" "c1 c5 "
is "--total of messages" "$(cat err)" "total: 2"
exits "--desc" 0 pgconvo messages c --desc --limit 2 --format json
is "from the end" "$(ids)" "c6 c5 "
cursor=$(sed -n 's/^next: --cursor //p' err)
exits "--cursor" 0 pgconvo messages c --desc --limit 2 --cursor "$cursor" --format json
is "goes on" "$(ids)" "c4 c3 "
exits "--resource" 0 pgconvo messages --resource r1
is "with no messages" "$(cat out)" ""
exits "messages of what is not there" 1 pgconvo messages nowhere
has "is said" err "pgconvo: "
exits "an evil id" 1 pgconvo messages "$(printf 'a\033[31mb')"
is "is escaped in what is said" "$(grep -cP '\x1b' err)" 0

# Colours: on a terminal only, and only if they are wanted.
if command -v script > /dev/null; then
    on_terminal() {
        script -qec "$*" /dev/null < /dev/null > out 2>&1
    }
    show="'$PGCONVO' --url '${PGCONVO_TEST_URL:-}' --schema '$schema' messages c --last 2"
    escapes() {
        grep -cP '\x1b\[' out
    }
    on_terminal "$show"
    ok "colours on a terminal" [ "$(escapes)" -gt 0 ]
    on_terminal "$show --no-color"
    is "none with --no-color" "$(escapes)" 0
    on_terminal "NO_COLOR=1 $show"
    is "none with NO_COLOR" "$(escapes)" 0
    on_terminal "TERM=dumb $show"
    is "none on a dumb terminal" "$(escapes)" 0
    on_terminal "stty cols 30; $show"
    has "the terminal's width counts" out "  seven eight nine ten eleven"
    seq -f '{"id":"p%.0f","messages":[]}' 1 3000 > many.jsonl
    on_terminal "${show%messages*} import many.jsonl"
    ok "import shows how far it is" grep -qP '\r[0-9]+ conversations, [0-9]+ %\x1b\[K' out
    has "and the summary at the end" out "conversations: 3000 new"
else
    skip "colours" "there is no script(1)"
fi
run pgconvo messages c
is "none in a pipe" "$(grep -cP '\x1b' out)" 0

drop_schema "$schema"
done_testing
