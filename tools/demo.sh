#!/usr/bin/env bash
# Shows what pgconvo does with real conversations, in a private PostgreSQL that is gone afterwards:
#   tools/demo.sh PGCONVO
set -euo pipefail
pgconvo=$(readlink -f "${1:?usage: demo.sh PGCONVO}")
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
chmod 711 "$folder" # run by root, the server belongs to another user, who must get through
export PGCONVO_URL=local:$folder/server

clean_up() {
    "$pgconvo" local stop > /dev/null 2>&1 || true
    rm -rf "$folder"
}
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

bold='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then bold=$'\033[1m' plain=$'\033[0m'; fi

# show HEADING COMMAND...: the heading, the command as one would type it, and what it says.
show() {
    local word line='$ pgconvo'
    printf '\n%s%s%s\n' "$bold" "$1" "$plain"
    shift
    for word; do
        case $word in
            *[!A-Za-z0-9_./:=-]*) line+=" '$word'" ;;
            *) line+=" $word" ;;
        esac
    done
    echo "$line"
    "$pgconvo" "$@"
}

show "A private PostgreSQL, made on first use" local start
show "The example conversations go in" import examples/conversations/*.jsonl
show "Threads, the newest of them" threads --desc --limit 10
show "The last messages of one" messages travel-301 --last 4
show "What is still open and urgent, by metadata" threads --metadata '{"status": "escalated", "priority": 1}'
show "Around one message: what came before it, and after" messages travel-341 --around travel-341-06
show "The whole of a short one, in another language" messages multi-pl-01
show "And in SQL, since it is all plain PostgreSQL (psql)" local status
