#!/usr/bin/env bash
# Weak scaling from one rank to two, one thread each, of Wick's and PyTorch's DistributedDataParallel over Gloo, run in turn; and their all-reduces.
# usage: bench/scale.sh [mlp cnn resnet gpt reduce]      (default: all)
# The peer is the torch of $TORCH_PYTHON (default python3). Needs a release build. ROUNDS=N (default 3). RUN: a command that each measurement is run
# with, for machines that others use, too. Prints a table of medians and writes scale.json in the build folder.
#   efficiency  a step on one rank / one on two: the second rank adds as much work as it does
#   exchange    of a step on two ranks, what goes when gradients stay where they are: what is seen of communication
#   cores       a step on one rank / one on two without exchange: what two processes that do not talk take from each other
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
build=${WICK_BUILD:-$root/build/release}
rounds=${ROUNDS:-3}
python=${TORCH_PYTHON:-python3}
"$python" -c 'import torch.distributed' 2>/dev/null || { echo "scale.sh: $python has no torch; set TORCH_PYTHON to one that has (pip install torch)" >&2; exit 1; }
libs=$(find "$build" -maxdepth 2 -name 'libwick_*.so' ! -name '*_gloo.so' ! -name '*_mpi.so' | tr '\n' ' ')
[ -n "$libs" ] || { echo "scale.sh: no release build in $build; run cmake --preset release && cmake --build --preset release" >&2; exit 1; }
work=$(mktemp -d "${TMPDIR:-/tmp}/wick-scale-XXXXXX")
trap 'rm -rf "$work"' EXIT
# shellcheck disable=SC2086
g++ -std=c++17 -O2 -I"$root/compat" -I"$root/include" "$root/bench/scale.cpp" -o "$work/scale" $libs "-Wl,-rpath,$(dirname "${libs%% *}")"
cp "$root/bench/scale.py" "$work"
export OMP_NUM_THREADS=1
cat >"$work/both.sh" <<'END'
# both.sh RANKS PROGRAM…: so many ranks on this machine.
n=$1; shift
[ "$n" = 1 ] && exec "$@"
export WORLD_SIZE=$n LOCAL_WORLD_SIZE=$n MASTER_ADDR=127.0.0.1 MASTER_PORT=$((20000 + RANDOM % 10000)) WICK_DIST_SECRET=$RANDOM$RANDOM
for ((r = 1; r < n; ++r)); do RANK=$r LOCAL_RANK=$r "$@" & done
RANK=0 LOCAL_RANK=0 "$@"
wait
END
cd "$work"
for r in $(seq "$rounds"); do
  for n in 1 2; do
    echo "round $r of $rounds, $n rank(s)" >&2
    # shellcheck disable=SC2086
    ${RUN:-} bash both.sh $n ./scale "$@" | sed "s/^/$n\t/" >>wick.tsv
    # shellcheck disable=SC2086
    ${RUN:-} bash both.sh $n "$python" scale.py "$@" | sed "s/^/$n\t/" >>torch.tsv
  done
done
awk -F'\t' -v json="$build/scale.json" '
  function med(side, n, name,   c, i, j, t, a) {
    c = count[side, n, name]; for (i = 1; i <= c; i++) a[i] = val[side, n, name, i]
    for (i = 2; i <= c; i++) for (j = i; j > 1 && a[j] < a[j - 1]; j--) { t = a[j]; a[j] = a[j - 1]; a[j - 1] = t }
    return c ? a[int((c + 1) / 2)] : 0
  }
  FNR == 1 { side++ }
  { val[side, $1, $2, ++count[side, $1, $2]] = $3; if (!($2 in seen)) { seen[$2] = 1; order[++names] = $2 } }
  END {
    printf "%-44s | %8s %8s %7s %7s %6s | %8s %8s %7s %7s %6s\n", "", "Wick: 1", "2 ranks", "effic.", "exch.", "cores", "PyTorch:1", "2 ranks", "effic.", "exch.", "cores"
    printf "[" > json
    for (i = 1; i <= names; i++) {
      name = order[i]
      if (name ~ /^all-reduce/) { printf "%-44s | %8s %8.3f ms %29s %8.3f ms\n", name, "", med(1, 2, name), "|", med(2, 2, name)
        printf "%s\n  {\"name\": \"%s\", \"wick\": %.6g, \"torch\": %.6g}", (written++ ? "," : ""), name, med(1, 2, name), med(2, 2, name) > json; continue }
      if (name !~ /, step$/) continue
      m = substr(name, 1, length(name) - 6); printf "%-44s", m
      printf "%s\n  {\"name\": \"%s\"", (written++ ? "," : ""), m > json
      for (s = 1; s <= 2; s++) {
        one = med(s, 1, name); two = med(s, 2, name); quiet = med(s, 2, m ", without exchange")
        printf " | %8.2f %8.2f %5.1f %% %5.1f %% %4.0f %%", one, two, two ? 100 * one / two : 0, two ? 100 * (two - quiet) / two : 0, quiet ? 100 * one / quiet : 0
        printf ", \"%s\": {\"one\": %.6g, \"two\": %.6g, \"without_exchange\": %.6g, \"waited\": %.4g, \"under_way\": %.4g}", (s == 1 ? "wick" : "torch"), one, two, quiet, med(s, 2, m ", waited"), med(s, 2, m ", under way") > json
      }
      printf "\n"
    }
    printf "\n]\n" > json
  }' wick.tsv torch.tsv
