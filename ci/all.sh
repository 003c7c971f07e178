#!/usr/bin/env bash
# All checks of one landing, cheapest first; the test suites come last, so that their summary closes the output.
set -euo pipefail
cd "$(dirname "$0")/.."

step() {
    local name=$1 began=$SECONDS
    shift
    printf '\n== %s\n' "$name"
    "$@"
    printf '== %s: %s s\n' "$name" "$((SECONDS - began))"
}

step 'what the checks need' ci/setup.sh
step 'format' cargo fmt --all --check
step 'lints' ci/lint.sh
step 'docs' ci/docs.sh
step 'conformance' ci/conformance.sh
step 'models' ci/models.sh
step 'sanitizers' ci/sanitize.sh
step 'counts' ci/counts.sh
printf '\n== tests\n'
exec ci/test.sh
