#!/usr/bin/env bash
# run.sh DATA [PLOTS]: makes all tables of chapter 4, and its plots in the folder PLOTS. DATA holds images/bccd_crops_64, checkpoints/cifar10-resnet,
# mnist, fashion-mnist and text/sst2. BUILD (build/release) is where the programs are. Two of them run at a time, on one core each.
set -eu
data=$1
plots=${2:+--plots $2}
bin=${BUILD:-$(dirname "$0")/../../build/release}/examples/example_transfer_learning
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
export OMP_NUM_THREADS=1

# shellcheck disable=SC2086
(time "${bin}_blood_cells" --data "$data/images/bccd_crops_64" --weights "$data/checkpoints/cifar10-resnet/resnet20-12fca82f.th" --steps 100 $plots) >"$out/1" 2>&1 &
first=$!
# shellcheck disable=SC2086
for program in "domains --data $data/mnist" "overfitting --data $data/fashion-mnist" "sentiment --data $data/text/sst2"; do
  (time "${bin}"_$program $plots) 2>&1
  echo
done
wait $first
cat "$out/1"
