#!/bin/sh
# wick embed, answer and generate, on the small models of tests/golden/text.
set -eu
wick=$1
golden=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cp -r "$golden/bert" "$golden/gpt2" "$dir"
cp "$golden/vocab.txt" "$dir/bert/"
cp "$golden/vocab.json" "$golden/merges.txt" "$dir/gpt2/"
printf 'the man came\n\nhow many times will the old house turn\r\n' > "$dir/lines.txt"
"$wick" embed --weights "$dir/bert" "$dir/lines.txt" --out "$dir/v.npy" --json | grep -q '"rows":3,"dimensions":16,"cut":0'
"$wick" inspect "$dir/v.npy" | grep -q '\[3, 16\]'
"$wick" embed --weights "$dir/bert" "$dir/lines.txt" --out "$dir/v.npy" --max-length 5 | grep -q '1 lines were cut at 5 tokens'
"$wick" answer --weights "$dir/bert" "what man" "$dir/lines.txt" --json --top 2 | grep -c '"confidence"' | grep -q '^2$'
"$wick" answer --weights "$dir/bert" "what man" - < "$dir/lines.txt" | grep -q '%'
if "$wick" embed --weights "$dir/bert" "$dir/none" --out "$dir/v.npy" 2> "$dir/err"; then exit 1; fi
grep -q 'embed: cannot open' "$dir/err"
if "$wick" generate --weights "$dir/bert" x 2> "$dir/err"; then exit 1; fi
grep -q 'bert has no head for the next word; gpt2 has' "$dir/err"
# The small model knows the first 60 tokens only, and these characters are among them.
"$wick" generate --weights "$dir/gpt2" "ABC" --max-new-tokens 5 --json | grep -q '"tokens":5'
[ "$("$wick" generate --weights "$dir/gpt2" ABC --max-new-tokens 5 --temperature 0.9 --seed 4)" = "$("$wick" generate --weights "$dir/gpt2" ABC --max-new-tokens 5 --temperature 0.9 --seed 4)" ]
"$wick" generate --weights "$dir/gpt2" "ABC" --max-new-tokens 500 --beams 2 | grep -q '^ABC'
# Fine-tuning: words of one kind or the other; a broken run goes on to the same model; the folder is one as published.
i=0
while [ $i -lt 40 ]; do printf 'the man came %s\tgood\n\nhow many times %s\tbad\n' $i $i; i=$((i + 1)); done > "$dir/train.tsv"
train="train text $dir/train.tsv --weights $dir/bert --epochs 4 --lr 0.01 --threads 1"
"$wick" $train --check | grep -q '0 warnings, 0 failed'
"$wick" $train --out "$dir/whole" --test "$dir/train.tsv" | grep -q 'test accuracy 100.0 % (80 of 80)'
"$wick" $train --out "$dir/parts" --checkpoint-every 1 -q > /dev/null
rm "$dir/parts/model.safetensors"
"$wick" $train --out "$dir/parts" --checkpoint-every 1 --resume -q > /dev/null
cmp "$dir/whole/model.safetensors" "$dir/parts/model.safetensors"
printf 'how many times\nthe man came\n' > "$dir/new.txt"
[ "$("$wick" predict "$dir/whole" "$dir/new.txt" -q | tr '\n' ' ')" = "bad good " ]
"$wick" eval "$dir/whole" "$dir/train.tsv" -q | grep -q '^1.0000$'
"$wick" eval "$dir/whole" -q | grep -q '^1.0000$'
"$wick" train text "$dir/train.tsv" --weights "$dir/whole" --epochs 1 --out "$dir/more" -q > /dev/null
if "$wick" train text "$dir/lines.txt" --weights "$dir/bert" --out "$dir/none" 2> "$dir/err"; then exit 1; fi
grep -q 'lines.txt:1 has 1 column, and text and label are both column 0' "$dir/err"
