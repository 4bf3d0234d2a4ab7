#!/usr/bin/env bash
# modes.sh WICK MAKE_PICTURES: `wick train images --mode features|finetune|lora` on the weights of another run, gone on with, and used.
set -u
wick=$1 make=$2
source "$(dirname "$0")/common.sh"
sum() { sha256sum <"$1/model.safetensors"; }

"$make" pictures || fail "no pictures"
"$wick" train images pictures --out first --model resnet20 --size 16 --epochs 12 --batch-size 8 --threads 1 --lr 0.005 -q >said || fail "$(cat said)"
common="--model resnet20 --weights first/model.safetensors --size 16 --batch-size 8 --threads 1"

# shellcheck disable=SC2086
text=$("$wick" train images pictures --out features $common --mode features) || fail "features failed: $text"
has "$text" "features 64 of each picture"
ls features/features/*.safetensors >/dev/null || fail "no features are kept"
text=$("$wick" train images pictures --out features $common --mode features) || fail "features failed again: $text"
has "$text" "as kept"
[ -s features/report.html ] && ! [ -e features/log.csv ] || fail "the files of --mode features"

# shellcheck disable=SC2086
for mode in "lora --lora-rank 2" "finetune --depth-decay 0.7"; do
  name=${mode%% *}
  "$wick" train images pictures --out $name $common --mode $mode --epochs 2 -q >said || fail "$mode: $(cat said)"
  # Broken off after the first epoch and gone on with: the same model.
  "$wick" train images pictures --out broken $common --mode $mode --epochs 2 --checkpoint-every 3 >said 2>&1 &
  pid=$!
  until ls broken 2>/dev/null | grep -q '^checkpoint-.*s$'; do sleep 0.01; kill -0 $pid 2>/dev/null || break; done
  kill -KILL $pid 2>/dev/null
  wait $pid 2>/dev/null
  "$wick" train images pictures --out broken --resume $common --mode $mode --epochs 2 -q >said || fail "$mode --resume: $(cat said)"
  [ "$(sum broken)" = "$(sum $name)" ] || fail "$mode: going on gives another model"
  rm -r broken
done
[ -s lora/adapter/adapter_model.safetensors ] && [ -s lora/adapter/adapter_config.json ] || fail "no adapter"
[ "$(sum first)" != "$(sum lora)" ] || fail "LoRA taught nothing"
for run in features lora finetune; do
  [ "$("$wick" predict $run pictures/disc | wc -l)" -gt 3 ] || fail "predict $run"
done

text=$("$wick" train images pictures --mode lora 2>&1) && fail "a mode without weights"
has "$text" "--weights"
echo "modes: features, LoRA, fine-tuning; gone on with and used"
