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
