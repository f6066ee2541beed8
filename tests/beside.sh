# For scripts that run a command beside servers of their own (pg.sh, replicas.sh, pooler.sh), which are gone afterwards:
#
#   set_up NAME SIGNAL        `folder` is a new one, whose servers are ended by SIGNAL whatever happens
#   init_cluster DATA         makes a PostgreSQL cluster
#   start LOG COMMAND...      starts a server, whose process is `server` then
#   check_running LOG         ends the script, with the log, if that server has ended
#   start_cluster DATA LOG [OPTION...]
#                             starts PostgreSQL; until_ready DATA LOG waits until it takes connections
#   run_command COMMAND...    runs the command, and ends the script with its status
#
# shellcheck shell=bash
servers=()
command=

# The folder of the newest PostgreSQL that is installed.
newest_bindir() {
    local postgres
    for postgres in $(printf '%s\n' /usr/lib/postgresql/*/bin/postgres /usr/local/pgsql/bin/postgres | sort -rV); do
        if [ -x "$postgres" ]; then
            dirname "$postgres"
            return
        fi
    done
    echo "$(basename "$0"): no PostgreSQL server is installed (Debian: apt-get install postgresql)" >&2
    exit 1
}

stop() {
    if [ -n "$2" ] && kill -"$1" "$2" 2> /dev/null; then wait "$2" 2> /dev/null || true; fi
}

clean_up() {
    local server
    trap '' INT TERM HUP
    stop TERM "$command"
    for server in "${servers[@]}"; do stop "$end" "$server"; done
    # A server that was killed may have left processes that notice it a little later.
    rm -rf "$folder" 2> /dev/null || { sleep 1 && rm -rf "$folder"; }
}

# A server must not run as root; and if this script is killed, it goes too.
set_up() {
    folder=$(mktemp -d "${TMPDIR:-/tmp}/pgconvo-$1.XXXXXX")
    end=$2
    owner=(setpriv --pdeathsig "$end")
    if [ "$(id -u)" -eq 0 ]; then
        owner+=(--reuid=postgres --regid=postgres --clear-groups)
        chown postgres: "$folder"
    fi
    owner+=(env "HOME=$folder")
    trap clean_up EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

init_cluster() {
    bindir=${PG_BINDIR:-$(newest_bindir)}
    (cd "$folder" && "${owner[@]}" "$bindir/initdb" --pgdata="$1" --username=postgres --auth=trust --encoding=UTF8 \
        --locale=C.UTF-8 --no-sync --no-instructions > "$folder/log" 2>&1) || {
        cat "$folder/log" >&2
        exit 1
    }
}

start() {
    "${owner[@]}" "${@:2}" > "$1" 2>&1 < /dev/null &
    server=$!
    servers+=("$server")
}

check_running() {
    kill -0 "$server" 2> /dev/null && return
    cat "$1" >&2
    exit 1
}

start_cluster() {
    start "$2" "$bindir/postgres" -D "$1" "${@:3}"
}

# The eighth line of this file is how far the server is; no client program is needed to ask, which not every installation has.
until_ready() {
    until [ "$(sed -n '8s/ *$//p' "$1/postmaster.pid" 2> /dev/null)" = ready ]; do
        check_running "$2"
        sleep 0.05
    done
}

run_command() {
    local status=0
    "$@" <&0 &
    command=$!
    wait "$command" || status=$?
    command=
    exit "$status"
}
