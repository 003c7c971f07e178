#!/usr/bin/env bash
# Counts that do not drift with the machine: instructions and allocations per operation (valgrind), system calls per
# request of the echo server (strace). Fails over the limits in ci/counts.limits.
#
# A count per operation is the difference between a longer and a shorter run, so start and end of the program fall out.
set -euo pipefail
cd "$(dirname "$0")/.."

limits=ci/counts.limits
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}/benches"
cargo build --quiet --release --locked --no-default-features --manifest-path benches/Cargo.toml --bin bench
bench=$CARGO_TARGET_DIR/release/bench
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Operations of the shorter run; the longer one has twice as many. Every run has two rounds.
operations() {
    case $1 in
    spawn_join | timeout) echo 10000 ;;
    *) echo 5000 ;;
    esac
}

# per_op COUNTER SCENARIO RUNTIME
per_op() {
    local n short long
    n=$(operations "$2")
    short=$("$1" "$2" "$3" "$n")
    long=$("$1" "$2" "$3" $((2 * n)))
    awk -v a="$short" -v b="$long" -v n="$n" 'BEGIN { printf "%.2f", (b - a) / (2 * n) }'
}

instructions() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$bench" "$1" "$2" --n "$3" --rounds 1 2>"$work/log" >/dev/null
    awk '/Collected :/ { print $4 }' "$work/log"
}

allocations() {
    valgrind --leak-check=no "$bench" "$1" "$2" --n "$3" --rounds 1 2>"$work/log" >/dev/null
    awk '/total heap usage:/ { gsub(",", ""); print $5 }' "$work/log"
}

# calls CONNS RUNTIME REQUESTS: all calls of a server that answers so many. It is traced, its client is not.
calls() {
    local server
    mkfifo "$work/address"
    strace -f -c -o "$work/calls" "$bench" serve "$2" >"$work/address" &
    server=$!
    "$bench" load "$(head -n 1 "$work/address")" --conns "$1" --requests "$3"
    wait "$server"
    rm "$work/address"
    # Share, seconds, microseconds per call, calls, errors if there were any, and the word.
    awk '$NF == "total" { print $4 }' "$work/calls"
}

syscalls() {
    local few many
    few=$(calls "${1#echo_}" "$2" 5000)
    many=$(calls "${1#echo_}" "$2" 20000)
    awk -v a="$few" -v b="$many" 'BEGIN { printf "%.2f", (b - a) / 15000 }'
}

status=0
printf '%-14s %-16s %-16s %10s %10s\n' count scenario runtime measured limit
while read -r count scenario runtime limit; do
    case $count in
    '' | '#'*) continue ;;
    syscalls) measured=$(syscalls "$scenario" "$runtime") ;;
    instructions | allocations) measured=$(per_op "$count" "$scenario" "$runtime") ;;
    *) echo "$limits: $count?" >&2 && exit 2 ;;
    esac
    verdict=
    if awk -v m="$measured" -v l="$limit" 'BEGIN { exit !(m > l) }'; then
        verdict='  over the limit'
        status=1
    fi
    printf '%-14s %-16s %-16s %10s %10s%s\n' "$count" "$scenario" "$runtime" "$measured" "$limit" "$verdict"
done <"$limits"
exit "$status"
