#!/usr/bin/env bash
# A minute of the faults campaign: whatever happened, nothing that was acknowledged was lost, doubled or put elsewhere.
#   chaos.t CHAOS [SECONDS]
set -u
# shellcheck source=tests/tap.sh
source "$(dirname "$0")/../tap.sh"
chaos=${1:?the campaign is not named}
seconds=${2:-60}

printed=$("$chaos" "$seconds" --untimed 2>&1)
result $? "it ends well"
while IFS= read -r line; do echo "# $line"; done <<< "$printed"

last=$(tail -n 1 <<< "$printed")
ok "nothing was lost, duplicated or reordered" grep -qE \
    '^faults [1-9][0-9]*, operations [1-9][0-9]*, longest stall [0-9]+ ms, lost 0, duplicated 0, reordered 0$' <<< "$last"

# befell NAME: there were such faults, and such calls.
befell() { ok "there were: $1" grep -qE "^ *[1-9][0-9]*  $1" <<< "$printed"; }
befell "connection"
befell "server"
befell "writes acknowledged"
befell "messages acknowledged"
befell "calls failed, surely without effect"
befell "calls failed, perhaps with effect"
fails "an unknown option is refused" "$chaos" --unknown
done_testing
