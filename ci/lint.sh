#!/usr/bin/env bash
# Clippy over every target, warnings as errors; then what no lint knows.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo clippy --workspace --all-targets --quiet -- -D warnings

# The clock and chance have one source (docs/design.md): nobody else reads them.
if git grep -nE 'Instant::now\(\)|SystemTime::now\(\)' -- 'crates/*/src/**' ':!crates/asyncio-context/src' | grep -vE '^[^:]+:[0-9]+: *//'; then
    echo 'lint: read the time through asyncio_context::clock' >&2
    exit 1
fi
