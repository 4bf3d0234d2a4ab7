#!/usr/bin/env bash
# Installs what Wick builds with (Debian 12 and newer, Ubuntu). Does nothing when all of it is there.
set -euo pipefail
packages=(g++ cmake ninja-build ccache git libdnnl-dev libhwy-dev libopenblas-openmp-dev liblapacke-dev
          zlib1g-dev libutf8proc-dev libpcre2-dev libjpeg62-turbo-dev libpng-dev liblmdb-dev libsqlite3-dev libcurl4-openssl-dev libcli11-dev nlohmann-json3-dev libgtest-dev
          libgloo-dev libopenmpi-dev openmpi-bin iproute2 libprotozero-dev libisal2 libcpp-httplib-dev node-d3 node-marked)
missing=()
for p in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing+=("$p")
done
[ ${#missing[@]} -gt 0 ] || exit 0
sudo=()
[ "$(id -u)" = 0 ] || sudo=(sudo)
echo "wick: installing packages (apt): ${missing[*]}"
"${sudo[@]}" apt-get update -qq
DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
