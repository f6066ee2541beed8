# For scripts that start servers: newest_bindir prints the folder of the newest PostgreSQL that is installed.
# shellcheck shell=bash
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
