#!/bin/sh
# wick profile: tables, JSON, files, and what there is not.
set -eu
wick=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$wick" profile resnet20 --batch 2 --steps 1 --rows 100 --trace "$dir/trace.json" --flame "$dir/flame.svg" > "$dir/out"
for word in 'aten::convolution ' 'ConvolutionBackward0' 'Optimizer.step#SGD.step' 'ResNet.layer1.0.conv1 ' 'Of the roof' 'What would help'; do
  grep -qF "$word" "$dir/out" || { echo "not printed: $word"; cat "$dir/out"; exit 1; }
done
grep -q '"name":"aten::convolution"' "$dir/trace.json"
grep -q '</svg>' "$dir/flame.svg"
"$wick" profile resnet20 --batch 2 --steps 1 --inference --json > "$dir/json"
grep -q '"training": false' "$dir/json"
if grep -q Backward0 "$dir/json"; then exit 1; fi
code=0
"$wick" profile resnet20 --sort beauty > /dev/null 2>&1 || code=$?
[ $code = 2 ]
code=0
"$wick" profile nothing > /dev/null 2> "$dir/err" || code=$?
[ $code = 1 ]
grep -q nothing "$dir/err"
