#!/usr/bin/env bash
# The crates with unsafe code under AddressSanitizer and LeakSanitizer (needs a nightly toolchain).
set -euo pipefail
cd "$(dirname "$0")/.."

if ! cargo +nightly --version >/dev/null 2>&1; then
    echo 'skipped: no nightly toolchain here'
    exit 0
fi
export RUSTFLAGS='-Zsanitizer=address --cfg asyncio_no_free_list' ASAN_OPTIONS=detect_leaks=1
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/asan"
for crate in asyncio-context asyncio-executor asyncio-reactor asyncio-sync; do
    cargo +nightly test --quiet --package "$crate" --lib --tests --target x86_64-unknown-linux-gnu
done
