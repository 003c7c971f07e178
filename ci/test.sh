#!/usr/bin/env bash
# The test suites, on both drivers; closes with one line that adds them up.
set -euo pipefail
cd "$(dirname "$0")/.."

log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
run() { "$@" 2>&1 | tee -a "$log" || status=1; }

run cargo test --workspace --no-fail-fast
ASYNCIO_DRIVER=polling run cargo test --workspace --no-fail-fast --lib --tests

awk '/^test result:/ { passed += $4; failed += $6 } END { printf "%d passed, %d failed\n", passed, failed }' "$log"
exit "$status"
