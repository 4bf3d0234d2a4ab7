#!/usr/bin/env bash
# images.sh WICK MAKE_PICTURES: `wick train images` on small pictures, killed and gone on with; `wick eval`, `wick predict`, `wick data preview`; what is wrong is said.
set -u
wick=$1 make=$2
source "$(dirname "$0")/common.sh"
sum() { sha256sum <"$1/model.safetensors"; }

"$make" pictures || fail "no pictures"
common="--size 16 --epochs 2 --batch-size 8 --label-smoothing 0.1 --early-stop 5"
start=$(date +%s%N)
text=$("$wick" train images pictures --out whole $common --augment strong --threads 1) || fail "the unbroken run failed: $text"
length=$((($(date +%s%N) - start) / 1000000))  # milliseconds
has "$text" "90 pictures, 3 classes (72 train, 18 val)"
has "$text" "epoch  2/2  loss"
has "$text" "val accuracy"
[ "$(wc -l <whole/log.csv)" = 3 ] || fail "the log has other rows: $(cat whole/log.csv)"
for part in "<svg" "data:image/png;base64," "Worst mistakes" "prefers-color-scheme:dark" "What to try next"; do has "$(cat whole/report.html)" "$part"; done
grep -qE '(src|href)="?https?:|@import' whole/report.html && fail "the report wants the network"

# Killed at any moment, with any number of threads and workers: the same bits.
kills=0 gone_on=0
for part in 30 50 70 40 80 60 90 20; do
  ls run 2>/dev/null | grep -q '^checkpoint-.*s$' && gone_on=$((gone_on + 1))
  # shellcheck disable=SC2086
  "$wick" train images pictures --out run --resume --checkpoint-every 2 $common --augment strong --threads $((kills % 2 + 1)) --workers $((kills % 3)) >said 2>&1 &
  pid=$!
  sleep "$(awk "BEGIN { print $length * $part / 100000 }")"
  kill -KILL $pid 2>/dev/null && kills=$((kills + 1))
  wait $pid 2>/dev/null
done
[ $gone_on -gt 0 ] || fail "no run was gone on with: nothing was tested"
# shellcheck disable=SC2086
text=$("$wick" train images pictures --out run --resume $common --augment strong) || fail "going on failed: $text"
[ "$(sum run)" = "$(sum whole)" ] || fail "after $kills kills the model is another"
cut -d, -f1-6 whole/log.csv | cmp -s - <(cut -d, -f1-6 run/log.csv) || fail "the log is another"
refused 1 "was started otherwise" "$wick" train images pictures --out run --resume $common --augment light

# Ctrl-C finishes the step, saves, and says so.
"$wick" train images pictures --out broken-off --size 16 --epochs 1000 --threads 1 >said 2>&1 &
pid=$!
until [ -s broken-off/log.csv ]; do sleep 0.05; kill -0 $pid 2>/dev/null || fail "$(cat said)"; done
kill -INT $pid
wait $pid
code=$?
[ $code = 130 ] && [ -s broken-off/report.html ] && ls broken-off | grep -q '^checkpoint-' && "$wick" eval broken-off -q >/dev/null || fail "SIGINT gave exit code $code: $(cat said)"
has "$(cat said)" "--resume goes on"

# What was learnt is used.
"$wick" train images pictures --out good --size 16 --epochs 12 --batch-size 8 --threads 1 --lr 0.005 -q >said || fail "$(cat said)"
awk '{ exit !($1 >= 0.7) }' said || fail "accuracy $(cat said) after 12 epochs"
[ "$("$wick" eval good -q)" = "$(cat said)" ] || fail "eval says $("$wick" eval good -q), training said $(cat said)"
has "$("$wick" eval good pictures --json)" '"total":90'
text=$("$wick" predict good pictures/disc/0.png pictures/square --json) || fail "predict failed"
[ "$(wc -l <<<"$text")" = 31 ] || fail "not a line for each picture: $text"
has "$text" '{"file":"pictures/disc/0.png","class":"'
awk -F'"confidence":' '{ split($2, a, /[,}]/); if (!(a[1] > 0.33 && a[1] <= 1)) exit 1 }' <<<"$text" || fail "confidences: $text"
has "$("$wick" predict good pictures/disc/1.png --top 2)" "confidence"
"$wick" train digits --epochs 1 --out digits -q >said && [ "$("$wick" eval digits -q)" = "$(cat said)" ] || fail "eval of digits"
has "$("$wick" predict digits pictures/disc/0.png --json)" '"class":"'
grep -q "data:image/png" digits/report.html || fail "no pictures in the report of digits"
"$wick" train images pictures --weights good/model.safetensors --model resnet20 --size 16 --epochs 1 --out tuned -q --threads 1 >/dev/null || fail "weights of another run"
cp -r pictures two && rm -r two/stripes
"$wick" train images two --weights good/model.safetensors --model resnet20 --size 16 --epochs 1 --out tuned2 -q --threads 1 >/dev/null || fail "weights for other classes"

# A contact sheet.
has "$("$wick" data preview pictures --out sheet.png --rows 3 --columns 4 --augment strong)" "3 pictures at 32 x 32"
[ "$(head -c 4 sheet.png | tail -c 3)" = PNG ] || fail "the sheet is no PNG"

# Folders for training, validation and testing.
mkdir parts && cp -r pictures parts/train && cp -r two parts/val && cp -r pictures parts/test
text=$("$wick" train images parts --size 16 --epochs 1 --threads 1 --out parted) || fail "train, val, test: $text"
has "$text" "(90 train, 60 val, 90 test)"
has "$text" "test accuracy"
has "$("$wick" eval parted)" "test accuracy"
has "$("$wick" eval parted --part val --json)" '"total":60'

# Bad input.
refused 2 "DIR is required" "$wick" train images
refused 2 "--augment" "$wick" train images pictures --augment wild
refused 1 "no folder nothing" "$wick" train images nothing
mkdir flat && cp pictures/disc/0.png flat
refused 1 "no class folders in flat: it has 1 file and no sub-folders" "$wick" train images flat
mkdir one && cp -r pictures/disc one
refused 1 "only one class in one (disc)" "$wick" train images one
cp -r pictures empty && mkdir empty/nothing
refused 1 "class folders without pictures (jpg, jpeg, png) in empty: nothing" "$wick" train images empty
cp -r pictures broken && head -c 100 pictures/disc/0.png >broken/disc/0.png && echo text >broken/square/1.png
refused 1 "2 pictures cannot be read" "$wick" train images broken
refused 1 "broken/square/1.png" "$wick" train images broken
text=$("$wick" train images broken --skip-bad --size 16 --epochs 1 --threads 1 --out skipped) || fail "--skip-bad: $text"
has "$text" "left out: 2 that cannot be read"
has "$text" "88 pictures"
cp -r pictures other && mv other/disc other/circle
refused 1 'unknown class "circle"' "$wick" eval good other
refused 1 "resnet999" "$wick" train images pictures --model resnet999
refused 1 "does not fit" "$wick" train images pictures --model resnet18 --weights good/model.safetensors --size 32
refused 1 "no model.safetensors" "$wick" predict pictures pictures
refused 1 "no file or folder none.png" "$wick" predict good none.png
while IFS='|' read -r change text; do
  mkdir -p odd && sed "$change" good/model.safetensors >odd/model.safetensors
  cmp -s good/model.safetensors odd/model.safetensors && fail "$change changed nothing"
  refused 1 "$text" "$wick" predict odd pictures
done <<'EOF'
s/pictures/pictvres/|its settings cannot be read
s/outputs\(..\):3/outputs\1:2/|2 classes apart, and 3
s/settings/settinks/|does not say what it was trained for
EOF
text=$("$wick" predict good broken/square/1.png broken/square/2.png 2>said)
[ $? = 1 ] && has "$text" "2.png" && has "$(cat said)" "1.png" || fail "a picture that cannot be read ended the others"
echo "images: all as expected, $kills kills, $gone_on times gone on with"
