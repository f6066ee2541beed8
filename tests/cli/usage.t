#!/usr/bin/env bash
# The command line itself: help, options, exit codes of usage. Needs no server.
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$(dirname "$0")/tap.sh"

commands="init import export threads messages append metadata stats adopt local schema help"

exits "without a command it ends with 2" 2 "$PGCONVO"
is "and writes nothing to stdout" "$(cat out)" ""
has "but the usage to stderr" err "usage: pgconvo"
exits "help" 0 "$PGCONVO" help
for command in $commands; do
    has "help lists $command" out "  $command "
done
exits "--help is help" 0 "$PGCONVO" --help
has "on stdout" out "usage: pgconvo"
exits "--version" 0 "$PGCONVO" --version
ok "names the version" grep -qxE 'pgconvo [0-9]+\.[0-9]+\.[0-9]+' out

# Help, parsing and the manual page are of one mind.
man=$root/man/pgconvo.1.scd
undocumented=
for command in $commands; do
    exits "help $command" 0 "$PGCONVO" help "$command"
    cp out help
    exits "$command --help" 0 "$PGCONVO" "$command" --help
    ok "says the same" cmp out help
    while read -r option; do
        grep -qF -e "*$option*" "$man" || undocumented="$undocumented $command:$option"
    done < <(grep -oE -e '--[a-z-]+' help | sort -u)
done
is "every option is in the manual page" "$undocumented" ""
unknown=
for command in $commands; do "$PGCONVO" help "$command"; done > all
while read -r option; do
    grep -qF -e "$option" all || unknown="$unknown $option"
done < <(grep -oE -e '\*--[a-z-]+\*' "$man" | tr -d '*' | sort -u)
is "every option of the manual page exists" "$unknown" ""

exits "an unknown command" 2 "$PGCONVO" frobnicate
has "is named" err "'frobnicate' is not a command"
exits "help on an unknown command" 2 "$PGCONVO" help frobnicate
exits "an unknown option" 2 "$PGCONVO" threads --frobnicate
has "is named" err "option --frobnicate"
has "with a hint" err "hint: 'pgconvo help threads'"
exits "an unknown letter" 2 "$PGCONVO" threads -Z
has "is named" err "option -Z"
exits "an unknown option before the command" 2 "$PGCONVO" --frobnicate threads
exits "an option without its value" 2 "$PGCONVO" threads --limit
has "is named" err "option --limit needs a value"
exits "a letter without its value" 2 "$PGCONVO" threads -n
has "is named" err "option -n needs a value"
exits "a missing argument" 2 "$PGCONVO" append
exits "one argument too many" 2 "$PGCONVO" threads extra
has "is named" err "'extra'"
for number in -1 1x 100001 99999999999999999999 ''; do
    exits "a limit of '$number'" 2 "$PGCONVO" threads --limit="$number"
done
has "tells the range" err "from 0 to 100000"
for time in yesterday 2024-13-01 2024-02-30 2024-01-01T25:00 2024-01-01T00:00+1 2024-01-01x; do
    exits "a time of '$time'" 2 "$PGCONVO" messages t --from "$time"
done
exits "an unknown order" 2 "$PGCONVO" threads --order size
has "tells the choices" err "created|updated"
exits "an unknown action of metadata" 2 "$PGCONVO" metadata frob t
exits "metadata merge without its object" 2 "$PGCONVO" metadata merge t
exits "an unknown action of local" 2 "$PGCONVO" local frob
exits "messages without a thread" 2 "$PGCONVO" messages
exits "two ways to choose messages" 2 "$PGCONVO" messages t --last 1 --since-seq 0
exits "two ways to choose an export" 2 "$PGCONVO" export --thread t --resource r
exits "a title without --create" 2 "$PGCONVO" append t --title x y

exits "schema" 0 "$PGCONVO" schema --schema 'odd "name'
has "prints SQL with the schema quoted" out '"odd ""name"'
exits "a schema name that is too long" 2 "$PGCONVO" schema --schema "$(printf 'x%.0s' {1..64})"

exits "no server at the URL" 4 "$PGCONVO" --url "postgresql://u:topsecret@127.0.0.1:1/d" threads
has "is said" err "pgconvo: "
ok "without the password" sh -c '! grep -q topsecret err'
exits "a URL that is none" 2 "$PGCONVO" --url "postgresql://[" threads

done_testing
