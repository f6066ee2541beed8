#!/usr/bin/env bash
# Every source stands in the list of its meson.build: one that is forgotten is neither built nor run.
set -euo pipefail
shopt -s nullglob
cd "$(dirname "$0")/.."
status=0

# listed MESON-FILE FOLDER FILE...: the files, by their path below the folder.
listed() {
    local list=$1 folder=$2 file text
    shift 2
    text=$(< "$list")
    for file; do
        file=${file#"$folder"/}
        if [[ $text != *"'$file'"* ]]; then
            echo "$list: $file is missing"
            status=1
        fi
    done
}

listed src/meson.build src src/*/*.c
listed src/meson.build sql/queries sql/queries/*.sql
listed src/meson.build sql/migrations sql/migrations/*.sql
listed src/meson.build sql/schema sql/schema/*.sql
listed src/meson.build sql/adopt sql/adopt/*.sql
listed cli/meson.build sql/cli sql/cli/*.sql
listed cli/meson.build cli cli/*.c
listed bench/meson.build bench bench/*.c
listed tests/meson.build tests/unit tests/unit/t_*.c
listed tests/meson.build tests/live tests/live/t_*.c
listed tests/fuzz/meson.build tests/fuzz tests/fuzz/*.c
listed tests/meson.build tests/cli tests/cli/*.t
listed tests/meson.build tests/tools tests/tools/*.t
for target in tests/fuzz/corpus/*; do listed tests/fuzz/meson.build tests/fuzz "tests/fuzz/fuzz_${target##*/}.c"; done
for page in man/*.scd; do listed man/meson.build man "${page%.scd}"; done
exit "$status"
