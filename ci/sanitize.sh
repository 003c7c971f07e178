#!/usr/bin/env bash
# The crates with unsafe code, and the programs that cross them, under AddressSanitizer and LeakSanitizer. Needs a nightly
# toolchain. Free lists are off: they would hide a use after free.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! cargo +nightly --version >/dev/null 2>&1; then
    echo 'skipped: there is no nightly toolchain here'
    exit 0
fi
export RUSTFLAGS='-Zsanitizer=address --cfg asyncio_no_free_list' ASAN_OPTIONS=detect_leaks=1
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/asan"
target=x86_64-unknown-linux-gnu
crates=(asyncio-context asyncio-executor asyncio-hyper asyncio-reactor asyncio-sync)
cargo +nightly test --quiet "${crates[@]/#/--package=}" --lib --tests --target "$target"
cargo +nightly test --quiet --package asyncio-tests --test it --target "$target" -- ten_programs faults::inputs faults::panics
cargo +nightly test --quiet --package asyncio-tests --test conformance --target "$target"
