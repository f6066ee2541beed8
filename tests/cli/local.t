#!/usr/bin/env bash
# The private server from the command line.
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$(dirname "$0")/tap.sh"

chmod 755 "$work"
place=$work/server
trap '"$PGCONVO" local stop "$place" > /dev/null 2>&1; rm -rf "$work"' EXIT

exits "status of what is not there" 1 "$PGCONVO" local status "$place"
has "is said" out "not created"
exits "start" 0 "$PGCONVO" local start "$place"
has "says that it runs" out "running"
exits "status" 0 "$PGCONVO" local status "$place"
has "says where" out "$place"
exits "as JSON" 0 "$PGCONVO" local status --format json --url "local:$place"
has "too, and the folder may come from the URL" out '"created":true,"running":true'
exits "it works" 0 "$PGCONVO" --url "local:$place" append t --create hello
exits "and keeps" 0 "$PGCONVO" --url "local:$place" messages t
has "what it is given" out "hello"
exits "stop" 0 "$PGCONVO" local stop "$place"
exits "status of a stopped one" 1 "$PGCONVO" local status "$place"
has "says so" out "stopped"
exits "a stopped one is started on demand" 0 "$PGCONVO" --url "local:$place" messages t
has "and has its data" out "hello"
exits "and is stopped again" 1 "$PGCONVO" local status "$place"

done_testing
