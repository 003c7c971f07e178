#!/usr/bin/env bash
# The protocols between threads, every interleaving up to a bound (loom). Longer runs: LOOM_MAX_PREEMPTIONS=4 ci/models.sh
set -euo pipefail
cd "$(dirname "$0")/.."

export RUSTFLAGS="--cfg loom" LOOM_MAX_PREEMPTIONS="${LOOM_MAX_PREEMPTIONS:-2}"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/loom"
for crate in asyncio-context asyncio-executor asyncio-reactor asyncio-sync asyncio-task; do
    cargo test --quiet --release --package "$crate" --lib -- loom models
done
