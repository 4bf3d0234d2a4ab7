#!/usr/bin/env bash
# Installs, builds, and trains a network on handwritten digits.
set -euo pipefail
cd "$(dirname "$0")"
scripts/install-deps.sh
echo "wick: building (release)      cmake --preset release && cmake --build --preset release"
cmake --preset release -DWICK_TESTS=OFF >/dev/null
NINJA_STATUS='  [%f/%t] %es ' cmake --build --preset release
echo
echo '$ build/release/bin/wick train digits'
exec build/release/bin/wick train digits "$@"
