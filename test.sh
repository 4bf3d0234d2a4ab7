#!/usr/bin/env bash
# Installs, builds and runs every test.
set -euo pipefail
cd "$(dirname "$0")"
scripts/install-deps.sh
cmake --preset release -DWICK_TESTS=ON >/dev/null
NINJA_STATUS='  [%f/%t] %es ' cmake --build --preset release
ctest --preset release "$@"
