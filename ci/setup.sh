#!/usr/bin/env bash
# Installs what the checks call and a fresh Debian machine may lack.
set -euo pipefail

missing=()
for tool in strace valgrind; do
    command -v "$tool" >/dev/null || missing+=("$tool")
done
if [ ${#missing[@]} -gt 0 ]; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}"
fi
cargo --version
