#!/usr/bin/env bash
# Shows what pgconvo does with real conversations, in a private PostgreSQL that is gone afterwards:
#   tools/demo.sh PGCONVO
set -euo pipefail
tool=$(readlink -f "${1:?usage: demo.sh PGCONVO}")
cd "$(dirname "$0")/../examples/conversations"
folder=$(mktemp -d)
chmod 711 "$folder" # run by root, the server belongs to another user, who must get through
export PGCONVO_URL=local:$folder/server

clean_up() {
    "$tool" local stop > /dev/null 2>&1 || true
    rm -rf "$folder"
}
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

bold='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then bold=$'\033[1m' plain=$'\033[0m'; fi

pgconvo() { "$tool" "$@"; }

# show HEADING LINE: the heading, the line as one would type it, and what it says.
show() {
    printf '\n%s%s%s\n$ %s\n\n' "$bold" "$1" "$plain" "$2"
    eval "$2"
}

show "A private PostgreSQL server, made on first use" "pgconvo local start"
show "Fifty conversations go in" "pgconvo import *.jsonl"
show "Threads, the newest ten" "pgconvo threads --desc --limit 10"
show "The last messages of one" "pgconvo messages travel-301 --last 4"
show "What is escalated and urgent, by metadata" \
    "pgconvo threads --metadata '{\"status\": \"escalated\", \"priority\": 1}'"
show "Messages around one" \
    "pgconvo messages travel-341 --around travel-341-06 --before-count 1 --after-count 2"
show "One more message, and what came after message 8" \
    "pgconvo append multi-pl-01 --role assistant 'Do usług!' && pgconvo messages multi-pl-01 --since-seq 8"
printf '\nThe server is stopped and its folder removed. Yours: %s --help\n' "${tool#"$OLDPWD"/}"
