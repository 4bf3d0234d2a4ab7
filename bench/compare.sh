#!/usr/bin/env bash
# Compares Wick with libtorch on this machine: each benchmark is compiled against both and run in turn.
# usage: bench/compare.sh [name…]      names: dispatch memory gemm optim train models zoo steady data checkpoint size (default: all)
# The peer is the libtorch in $TORCH_DIR, or of the python3 on the PATH that has torch. Needs a release build.
# data: the peer for photos is torchvision of $VISION_PYTHON (default python3), where it has one; they are made of the JPEGs in the folder $PHOTOS.
# Prints a table and writes bench.json in the build folder. ROUNDS=N (default 3) runs of each.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
build=${WICK_BUILD:-$root/build/release}
work=$build/bench
rounds=${ROUNDS:-3}
torch=${TORCH_DIR:-$(python3 -c 'import os, torch; print(os.path.dirname(torch.__file__))' 2>/dev/null || true)}
[ -d "$torch/lib" ] || { echo "compare.sh: no libtorch found; set TORCH_DIR to the torch folder of a wheel (pip install torch)" >&2; exit 1; }
[ -e "$build/lib" ] || [ -e "$build/libwick_core.so" ] || { echo "compare.sh: no release build in $build; run cmake --preset release && cmake --build --preset release" >&2; exit 1; }
mkdir -p "$work"
names=("$@")
[ ${#names[@]} -gt 0 ] || names=(dispatch memory gemm optim train models zoo steady data checkpoint size)

wick_libs=$(find "$build" -maxdepth 2 -name 'libwick_*.so' | tr '\n' ' ')
wick_dir=$(dirname "$(echo "$wick_libs" | cut -d' ' -f1)")
wick_cxx=(g++ -std=c++17 -I"$root/compat" -I"$root/include")
wick_link=($wick_libs "-Wl,-rpath,$wick_dir")
torch_cxx=(g++ -std=c++17 -w -I"$torch/include" -I"$torch/include/torch/csrc/api/include")
torch_link=("-L$torch/lib" -ltorch -ltorch_cpu -lc10 "-Wl,-rpath,$torch/lib")

median() { sort -g | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }
seconds() { local s e; s=$(date +%s.%N); "$@" >/dev/null; e=$(date +%s.%N); echo "$e $s" | awk '{print $1 - $2}'; }

: > "$work/wick.tsv"
: > "$work/libtorch.tsv"
for name in "${names[@]}"; do
  if [ "$name" = size ]; then
    for side in wick libtorch; do
      if [ $side = wick ]; then cxx=("${wick_cxx[@]}"); link=("${wick_link[@]}"); libs=$wick_libs; else cxx=("${torch_cxx[@]}"); link=("${torch_link[@]}"); libs="$torch/lib/libtorch.so $torch/lib/libtorch_cpu.so $torch/lib/libc10.so"; fi
      for _ in $(seq "$rounds"); do CCACHE_DISABLE=1 seconds "${cxx[@]}" -O0 -c "$root/bench/hello.cpp" -o "$work/hello_$side.o"; done | median | awk '{printf "compile 20 lines, -O0\t%s\ts\n", $1}' >> "$work/$side.tsv"
      g++ "$work/hello_$side.o" -o "$work/hello_$side" "${link[@]}"
      for _ in 1 2 3 4 5 6 7 8 9; do seconds "$work/hello_$side"; done | median | awk '{printf "start, one step, exit\t%s\tms\n", 1000 * $1}' >> "$work/$side.tsv"
      total=0; for l in $libs; do cp -L "$l" "$work/lib.tmp"; strip "$work/lib.tmp"; total=$((total + $(stat -c %s "$work/lib.tmp"))); done; rm -f "$work/lib.tmp"
      echo "$total" | awk '{printf "own shared libraries, stripped\t%.1f\tMB\n", $1 / 1e6}' >> "$work/$side.tsv"
    done
    continue
  fi
  echo "compiling $name" >&2
  "${wick_cxx[@]}" -O2 "$root/bench/$name.cpp" -o "$work/${name}_wick" "${wick_link[@]}"
  [ "$work/${name}_libtorch" -nt "$root/bench/$name.cpp" ] || "${torch_cxx[@]}" -O2 "$root/bench/$name.cpp" -o "$work/${name}_libtorch" "${torch_link[@]}"
  arguments=()
  if [ "$name" = data ] && [ -d "${PHOTOS:=$root/../shared/data/images/hymenoptera_256/train}" ]; then
    arguments=("$work/photos")
    [ -d "$work/photos" ] || find "$PHOTOS" -name '*.jpg' -print0 | sort -z | head -zn 128 | xargs -0 "$work/data_wick" --make "$work/photos"
  fi
  for r in $(seq "$rounds"); do
    for side in wick libtorch; do
      echo "running $name, $side, round $r of $rounds" >&2
      "$work/${name}_$side" "${arguments[@]}" >> "$work/$side.tsv"
    done
    [ ${#arguments[@]} = 0 ] || "${VISION_PYTHON:-python3}" "$root/bench/data.py" "${arguments[@]}" >> "$work/libtorch.tsv" || echo "compare.sh: no torchvision, so no peer for photos" >&2
  done
done

# Medians of each line over the rounds; smaller is better but for rates.
awk -F'\t' -v json="$build/bench.json" '
  function med(key,   n, i, j, t, a) { n = count[key]; for (i = 1; i <= n; i++) a[i] = val[key, i]; for (i = 2; i <= n; i++) for (j = i; j > 1 && a[j] < a[j - 1]; j--) { t = a[j]; a[j] = a[j - 1]; a[j - 1] = t } return a[int((n + 1) / 2)] }
  FNR == 1 { side++ }
  { key = side SUBSEP $1; val[key, ++count[key]] = $2; unit[$1] = $3; if (!($1 in seen)) { seen[$1] = 1; order[++n] = $1 } }
  END {
    printf "%-60s %12s %12s  %-8s %7s\n", "", "Wick", "libtorch", "", "ratio"
    printf "[" > json
    for (i = 1; i <= n; i++) {
      name = order[i]; w = med(1 SUBSEP name); t = med(2 SUBSEP name); rate = unit[name] ~ /\/s$/
      ratio = rate ? (t > 0 ? w / t : 0) : (w > 0 ? t / w : 0)
      printf "%-60s %12.4g %12.4g  %-8s %6.2fx\n", name, w, t, unit[name], ratio
      printf "%s\n  {\"name\": \"%s\", \"wick\": %.6g, \"libtorch\": %.6g, \"unit\": \"%s\", \"ratio\": %.4g}", (i > 1 ? "," : ""), name, w, t, unit[name], ratio > json
    }
    printf "\n]\n" > json
  }' "$work/wick.tsv" "$work/libtorch.tsv"
