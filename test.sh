#!/usr/bin/env bash
# Installs, builds and runs every test.
set -euo pipefail
cd "$(dirname "$0")"
scripts/install-deps.sh
cmake --preset release -DWICK_TESTS=ON >/dev/null
NINJA_STATUS='  [%f/%t] %es ' cmake --build --preset release
if [ $# -gt 0 ]; then
  ctest --preset release "$@"
else  # fuzzers side by side: they take long, and do not mind each other
  ctest --preset release -E '^fuzz\.'
  ctest --preset release -R '^fuzz\.' -j "$(nproc)"
fi
