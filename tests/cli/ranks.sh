#!/usr/bin/env bash
# ranks.sh WICK DIST_TESTS: `wick train` on several ranks equals one with the batches of all; it is stopped, killed and gone on with, on other numbers of ranks too.
set -u
wick=$1 program=$2
"$program" has gloo || { echo "skipped: no gloo"; exit 77; }
source "$(dirname "$0")/common.sh"
# Mean, deviation, least and largest value of each tensor differ by 1e-6 at most.
same() {
  paste <("$wick" inspect --json "$1/model.safetensors" | grep -oE '"(mean|std|min|max)":[^,}]*') <("$wick" inspect --json "$2/model.safetensors" | grep -oE '"(mean|std|min|max)":[^,}]*') |
    awk -F'[:\t]' '{ d = $2 - $4; if (d < 0) d = -d; if (!(d <= 1e-6)) bad = 1 } END { exit bad || NR < 12 }' || fail "the models in $1 and $2 differ"
}
sum() { sha256sum <"$1/model.safetensors"; }

awk 'BEGIN { srand(3); print "a,b,c,town,price,kind"; for (i = 0; i < 203; ++i) { a = rand(); b = rand(); c = rand(); k = i % 7 ? (a > b ? "x" : "y") : "rare"
  printf("%.4f,%.4f,%.4f,%s,%.4f,%s\n", a, b, c, i % 3 ? "north" : "south", 3 * a - 2 * b + c * c + (i % 3), k) } }' >t.csv
numbers="train table t.csv --target price --ignore kind --dropout 0 --threads 1"
three="--epochs 3"
classes="train table t.csv --target kind --dropout 0 --epochs 2 --threads 1 --label-smoothing 0.1"
# shellcheck disable=SC2086
{
"$wick" $numbers $three --batch-size 24 --out one >/dev/null || fail "one process"
"$wick" $classes --batch-size 24 --out class1 >/dev/null || fail "one process, classes"
text=$("$wick" launch -n 2 --plain "$wick" $numbers $three --batch-size 12 --out two 2>said) || fail "two ranks: $text $(cat said)"
[ -s said ] && fail "warnings: $(cat said)"
same one two
has "$text" "ranks    2 over gloo; a batch of 12 each, 24 in all"
[ "$(grep -c '^epoch  3/3' <<<"$text")" = 1 ] || fail "not one line an epoch: $text"
has "$text" "rank  host "
grep -qE '^   1  ' <<<"$text" || fail "no times of rank 1: $text"
cut -d, -f1,2,4,5 one/log.csv >a; cut -d, -f1,2,4,5 two/log.csv >b
paste -d, a b | awk -F, 'NR > 1 { for (i = 2; i <= 4; ++i) { d = $i - $(i + 4); if (d < 0) d = -d; if (d > 1e-6) exit 1 } }' || fail "other metrics: $(cat one/log.csv two/log.csv)"
for part in '<h2>Ranks</h2>' 'rank 1: waiting for communication' 'communication beside compute'; do has "$(cat two/report.html)" "$part"; done
# A batch that no number of ranks divides, a last one of which some have nothing; the whole batch given.
"$wick" launch -n 3 --plain "$wick" $numbers $three --batch-size 8 --out three -q >said || fail "three ranks"
[ "$(wc -l <said)" = 1 ] || fail "more than one score: $(cat said)"
same one three
"$wick" launch -n 3 --plain "$wick" $classes --batch-size 24 --global-batch --out class3 --json >said || fail "three ranks, classes: $(cat said)"
same class1 class3
[ "$(wc -l <said)" = 3 ] || fail "JSON: $(cat said)"
has "$(tail -n 1 said)" '"ranks":[{"rank":0,'
"$wick" launch -n 2 --plain "$wick" $classes --batch-size 13 --global-batch --out x >said 2>&1 && fail "13 by 2"
has "$(cat said)" "13 examples cannot be shared equally by 2 ranks; choose a multiple"
text=$("$wick" launch -n 2 --plain "$wick" train digits --epochs 1 --sync-bn --scale-lr linear --warmup 0.3 --out bn) || fail "digits: $text"
has "$text" "learning rate x 2"
has "$(cat bn/report.html)" "0.004, Adam"
if [ "$(ls bn)" = "" ] || ! "$wick" eval bn -q >said || [ "$(cat said)" != "$(awk '/^test accuracy/ { print }' <<<"$text" | sed -E 's/.*\(([0-9]+) of ([0-9]+)\)/\1 \2/' | awk '{ printf("%.4f", $1 / $2) }')" ]; then fail "eval: $(cat said)"; fi

# One rank is told to end: all end after the same step and save; the rest, on two ranks, is as without the break, and on one or three as one process.
"$wick" launch -n 2 --plain "$wick" $numbers --batch-size 12 --out gone --epochs 400 --checkpoint-every 3 >said 2>&1 &
pid=$!
until grep -q "epoch  2" said; do sleep 0.05; kill -0 $pid 2>/dev/null || fail "$(cat said)"; done
kill -TERM "$(pgrep -P "$(pgrep -P $pid)" | tail -n 1)"
wait $pid
[ $? = 143 ] && ls gone | grep -q '^checkpoint-' && has "$(cat said)" "interrupted: the model as it is now was saved" || fail "SIGTERM of one rank: $(cat said)"
"$wick" launch -n 2 --plain "$wick" $numbers $three --batch-size 12 --out part --checkpoint-every 2 -q >/dev/null
rm part/checkpoint-000000021.safetensors && cp -r part kept
text=$("$wick" launch -n 2 --plain "$wick" $numbers $three --batch-size 12 --out part --resume) || fail "going on: $text"
has "$text" "resumed  after step 20"
[ "$(sum part)" = "$(sum two)" ] || fail "going on gives another model"
rm -r part && mv kept part
"$wick" launch -n 3 --plain "$wick" $numbers $three --batch-size 12 --out part --resume >said || fail "going on with three: $(cat said)"
has "$(cat said)" "resumed  after step 20, epoch 3 of 3"
"$wick" launch -n 2 --plain "$wick" $numbers $three --batch-size 24 --global-batch --out whole --checkpoint-every 2 -q >/dev/null
rm whole/checkpoint-000000021.safetensors
text=$("$wick" $numbers $three --batch-size 24 --global-batch --out whole --resume) || fail "going on with one: $text"
has "$text" "resumed  after step 20"
same whole one
text=$("$wick" launch -n 2 --plain "$wick" $numbers $three --batch-size 12 --lr 1 --out part --resume 2>&1) && fail "went on with another rate"
has "$text" "was started otherwise"

# A rank dies: who, and what is known of the time.
"$wick" launch -n 2 --plain "$wick" $numbers --batch-size 2 --epochs 100000 --out dead >said 2>&1 &
pid=$!
until grep -q "epoch 30/" said; do sleep 0.05; kill -0 $pid 2>/dev/null || fail "$(cat said)"; done
sleep 1.5
kill -KILL "$(pgrep -P "$(pgrep -P $pid)" | tail -n 1)"
wait $pid && fail "a dead rank"
has "$(cat said)" "rank 1"
grep -qE '^   1  .*last heard' said || fail "no summary: $(tail -n 20 said)"
}
if "$program" has mpi && command -v mpirun >/dev/null; then
  # shellcheck disable=SC2086
  text=$(mpirun --allow-run-as-root --oversubscribe --mca btl self,vader -n 2 "$wick" $numbers $three --batch-size 12 --out mpi) || fail "mpirun: $text"
  has "$text" "ranks    2 over mpi"
  same one mpi
fi
echo "ranks: all as expected"
