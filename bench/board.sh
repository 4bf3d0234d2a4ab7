#!/usr/bin/env bash
# bench/board.sh [BUILD]: 250 runs with 10,000 tags, 1 GB; seconds until the first chart's numbers are there, and memory. With TENSORBOARD=path of that program, TensorBoard's too.
set -euo pipefail
build=${1:-build/release}
data=${BOARD_DATA:-/tmp/wick-bench-board}
make_runs=$build/bin/wick-bench-board
if [ ! -d "$data" ]; then
  mkdir -p "$build/bin"
  ${CXX:-g++} -std=c++17 -O2 -Iinclude bench/board.cpp -o "$make_runs" -L"$build" -L"$build/lib" -lwick_log -lwick_nn -lwick_core -Wl,-rpath,"$(realpath "$build")"
  "$make_runs" "$data"
fi
echo "data     $(du -sm "$data" | cut -f1) MB in $(ls "$data" | wc -l) runs"
now() { date +%s.%N; }
# the first answer of `url` that is not empty, asked again and again
await() {
  for _ in $(seq 3000); do
    if [ "$(curl -s -m 60 -o /dev/null -w '%{http_code} %{size_download}' "$1" | awk -v least="$2" '{print ($1 == 200 && $2 > least)}')" = 1 ]; then return; fi
    sleep 0.02
  done
  echo "no answer from $1"; exit 1
}
report() { printf '%-12s first chart %5.2f s   memory %d MB\n' "$1" "$(echo "$(now) - $2" | bc)" "$(($(ps -o rss= -p "$3") / 1024))"; }
tag=layer0/weight0/norm

t=$(now)
rm -f /tmp/wick-board-bench.json  # of an earlier run: its address is nobody's
"$build/bin/wick-board" "$data" --port 0 --json > /tmp/wick-board-bench.json & pid=$!
trap 'kill $pid 2>/dev/null || true' EXIT
until grep -q url /tmp/wick-board-bench.json 2>/dev/null; do sleep 0.005; done
url=$(sed 's/.*"url": "\([^"]*\)".*/\1/' /tmp/wick-board-bench.json)
await "${url}api/scalars?runs=0-19&tag=$tag&n=500" 2000
report "wick board" "$t" $pid
await "${url}api/tags?runs=230-249&wait=10" 2000
report "  20 runs" "$t" $pid
until curl -s "${url}api/tags?runs=0-249&wait=10" | tail -c 40 | grep -q '"waiting":\[\]'; do :; done
report "  all runs" "$t" $pid
kill $pid; wait $pid 2>/dev/null || true
if [ -n "${TENSORBOARD:-}" ]; then
  t=$(now)
  "$TENSORBOARD" --logdir "$data" --port 16017 >/tmp/tensorboard-bench.log 2>&1 & pid=$!
  await "http://localhost:16017/data/plugin/scalars/scalars?run=run0000&tag=${tag//\//%2F}" 1000
  children=$(pgrep -P $pid | tr '\n' ' ')
  rss=0; for p in $pid $children; do rss=$((rss + $(ps -o rss= -p "$p" || echo 0))); done
  printf '%-12s first chart %5.2f s   memory %d MB (with its data server)\n' TensorBoard "$(echo "$(now) - $t" | bc)" $((rss / 1024))
  # until all runs are there
  for _ in $(seq 600); do
    n=$(curl -s "http://localhost:16017/data/plugin/scalars/tags" | grep -o '"run[0-9]*"' | wc -l)
    [ "$n" -ge 250 ] && break; sleep 0.2
  done
  sleep 1
  rss=0; for p in $pid $children; do rss=$((rss + $(ps -o rss= -p "$p" || echo 0))); done
  printf '%-12s all runs    %5.2f s   memory %d MB\n' '' "$(echo "$(now) - $t" | bc)" $((rss / 1024))
  kill $pid; wait $pid 2>/dev/null || true
fi
