#!/usr/bin/env bash
# events.sh WICK: every `wick train` leaves event files with what happened, also when it goes on.
set -u
wick=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
fail() { echo "events: $*"; exit 1; }
has() { cat "$1"/events.out.tfevents.* | grep -aF -- "$2" >/dev/null || fail "$1 has no '$2'"; }

"$wick" train digits --out run --epochs 2 --threads 1 -q >said || fail "$(cat said)"
for tag in step/loss step/train_accuracy lr epoch/loss epoch/test_accuracy epoch/per_second parameters/features.0.weight samples/test confusion/test about/text_summary \
  _hparams_/session_start_info held_out/test_accuracy 'input/input.1' 'output/output.1' 'Convolution'; do has run "$tag"; done
[ "$(find run -name 'events.out.tfevents.*' | wc -l)" = 2 ] || fail "$(ls run)"
cp run/model.safetensors before
"$wick" train digits --out run --epochs 2 --threads 1 --resume -q >said || fail "$(cat said)"
cmp -s before run/model.safetensors || fail "another model after --resume"

printf 'a,b,y\n' >t.csv
for i in $(seq 60); do echo "$i,$((i * 7 % 13)),$((i * 2 + i * 7 % 13))"; done >>t.csv
"$wick" train table t.csv --target y --out table --epochs 2 --threads 1 -q >said || fail "$(cat said)"
has table epoch/val_mae
has table _hparams_/experiment
echo "events: ok"
