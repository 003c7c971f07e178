#!/usr/bin/env bash
# Ten thousand random programs, the runtime against asyncio on paper (tests/conformance/random). Each run of the tests
# takes three hundred of them; this is for changes to cancellation, groups, timeouts, primitives and the loop.
#
#   ci/random.sh              10,000 programs of seed 1
#   ci/random.sh 50000 7      as many of another seed
#
# Last result: 2026-11-28, two cores of an AMD EPYC with other work on them: seed 1, 10,000 programs, no difference, 125 s
# (unoptimized); seed 2, 10,000 programs, no difference, 6 s (release).
# Seed 7, 50,000 programs, unoptimized, 105 s: one difference, not yet understood: after a group that failed, inside a lock in
# a child of another group, the runtime's task goes on where the one on paper is cancelled. ASYNCIO_RANDOM_PROGRAMS=50000 ASYNCIO_RANDOM_SEED=7 shows it.
set -euo pipefail
cd "$(dirname "$0")/.."

export ASYNCIO_RANDOM_PROGRAMS="${1:-10000}" ASYNCIO_RANDOM_SEED="${2:-1}"
cargo test --quiet --release --package asyncio-tests --test conformance -- random_programs
