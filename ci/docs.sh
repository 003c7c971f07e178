#!/usr/bin/env bash
# The documentation builds without a warning: no missing page, no dead link.
set -euo pipefail
cd "$(dirname "$0")/.."

RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --quiet
