#!/usr/bin/env bash
# All static checks, several at a time; shows what those say that fail.
#   tools/lint.sh [JOBS]
set -euo pipefail
cd "$(dirname "$0")/.."
jobs=${1:-$(nproc)}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

mapfile -t c_files < <(git ls-files -co --exclude-standard -- '*.c' '*.h' | while read -r file; do
    if [ -e "$file" ]; then echo "$file"; fi
done)
mapfile -t scripts < <(git ls-files -co --exclude-standard | while read -r file; do
    if head -c 64 "$file" 2> /dev/null | head -n 1 | grep -qE '^#!.*\b(ba)?sh\b'; then echo "$file"; fi
done)

not() { if "$@"; then return 1; fi; }

check_format() { clang-format --dry-run -Werror "${c_files[@]}"; }

check_tidy() { # the compiler's own warnings are for the builds to show
    printf '%s\n' "${c_files[@]}" | grep -E '^(src|cli|examples|bench|tests/fuzz)/.*\.c$' |
        xargs -P "$jobs" -n 4 clang-tidy -p build-clang --quiet 2> "$folder/tidy.noise"
}

check_cppcheck() {
    cppcheck --quiet --error-exitcode=1 --std=c11 --library=posix --library=gnu --inline-suppr \
        --enable=warning,performance,portability --suppressions-list=tools/cppcheck.txt \
        -j "$jobs" -I include -I src -I build-clang/src src cli examples bench
}

check_analyzer() {
    mkdir -p "$folder/analyzer"
    CC=gcc meson setup "$folder/analyzer" -Dwerror=true -Dtests=disabled -Dc_args=-fanalyzer > "$folder/analyzer.setup"
    ninja -C "$folder/analyzer" --quiet
}

check_shell() { shellcheck "${scripts[@]}"; }

# Example conversations speak several languages.
check_spelling() { git ls-files -coz --exclude-standard ':!examples/conversations/*.jsonl' | xargs -0 codespell; }

check_manual() {
    local source page
    for source in man/*.scd; do
        page=$folder/$(basename "$source" .scd)
        scdoc < "$source" > "$page" || return
        mandoc -T lint -W warning "$page" >> "$folder/mandoc"
    done
    not grep -v 'skipping paragraph macro' "$folder/mandoc" # scdoc makes too many of them
}

check_layers() {
    printf '%s\n' "${c_files[@]}" | grep -E '^(src|cli|examples|bench)/' | xargs awk -f tools/check-layers.awk
}

check_lists() { tools/check-lists.sh; }

check_symbols() { tools/check-symbols.sh build-test; }

check_length() { tools/top-length.sh; }

check_banned() { tools/banned-functions.sh; }

# Both builds give the checks what they look at: a compilation database, the generated header, the libraries.
failed=()
run() {
    local check=$1 start=$SECONDS
    if "check_$check" > "$folder/$check.log" 2>&1; then
        echo "ok   $check ($((SECONDS - start)) s)"
    else
        echo "FAIL $check ($((SECONDS - start)) s)"
        touch "$folder/$check.failed"
    fi
}
checks=(analyzer tidy cppcheck format shell spelling manual layers lists symbols length banned)
for check in "${checks[@]}"; do
    while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do wait -n; done
    run "$check" &
done
wait

for check in "${checks[@]}"; do
    [ -e "$folder/$check.failed" ] || continue
    failed+=("$check")
    printf '\n== %s\n' "$check"
    cat "$folder/$check.log"
done
[ ${#failed[@]} -eq 0 ] || {
    printf '\nlint: failed: %s\n' "${failed[*]}"
    exit 1
}
echo "lint: nothing found"
