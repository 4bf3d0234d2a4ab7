#!/usr/bin/env bash
# doctor.sh WICK: `wick doctor` on runs that are well and on one that is not, on log.csv alone, and on what is no run.
set -u
wick=$1
source "$(dirname "$0")/common.sh"

awk 'BEGIN { srand(5); print "a,b,c,d,e,coin,large"; for (i = 0; i < 200; ++i) { a = rand(); b = rand();
  printf("%f,%f,%f,%f,%f,%s,%s\n", a, b, rand(), rand(), rand(), rand() < 0.5 ? "heads" : "tails", a > b ? "yes" : "no") } }' >rows.csv
"$wick" train table rows.csv --target large --ignore coin --epochs 30 --out well -q >/dev/null || fail "training"
"$wick" train table rows.csv --target coin --ignore large --epochs 200 --dropout 0 --hidden 128,128 --out heart -q >/dev/null || fail "training"
"$wick" train table rows.csv --target coin --ignore large --epochs 6 --lr 1e-9 --out slow -q >/dev/null || fail "training"
[ -s well/doctor.json ] || fail "no doctor.json"

has "$("$wick" doctor well)" "Nothing stands out: 20 things"
has "$("$wick" doctor heart)" "Overfitting"
has "$("$wick" doctor heart)" "--early-stop"
[ "$("$wick" doctor slow -q)" = rate_too_low ] || fail "slow: $("$wick" doctor slow)"
has "$("$wick" doctor slow --json)" '"id":"rate_too_low"'
has "$("$wick" doctor slow)" "--lr 1e-08   (now "

has "$(cat slow/report.html)" "the learning rate is too low"
grep -q "learning rate is too" well/report.html && fail "the report of a run that is well"

# The page: charts with the epoch that is meant, bars, advice; nothing from the network. The report says the same.
has "$("$wick" doctor heart)" "with charts: heart/doctor.html"
for page in heart/doctor.html heart/report.html; do
  for part in "Overfitting" "high confidence" 'class="mark"' ">epoch " "right in the end" "What to try" "<code>--early-stop</code>" "prefers-color-scheme:dark"; do has "$(cat $page)" "$part"; done
done
"$wick" doctor slow -q >/dev/null && has "$(cat slow/doctor.html)" "0.1 is usual"
"$wick" doctor well -q && has "$(cat well/doctor.html)" "The run looks well"
has "$(cat well/doctor.html)" "gradient by layer"
grep -qE '(src|href)="?https?:|@import' heart/doctor.html && fail "the page wants the network"
cp -r well readonly && chmod a-w readonly && has "$("$wick" doctor readonly)" "Nothing stands out"
chmod u+w readonly

# The same again, and not quite.
"$wick" train table rows.csv --target large --ignore coin --epochs 30 --out again -q >/dev/null || fail "training"
"$wick" train table rows.csv --target large --ignore coin --epochs 30 --seed 2 --out other -q >/dev/null || fail "training"
"$wick" train table rows.csv --target large --ignore coin --epochs 30 --lr 0.004 --out faster -q >/dev/null || fail "training"
has "$("$wick" doctor well --again again)" "The same as again, number for number: 30 epochs, the losses of 150 steps, and model.safetensors byte for byte."
[ -z "$("$wick" doctor well --again again -q)" ] || fail "the same run"
[ "$("$wick" doctor well --again other -q)" = nondeterminism ] || fail "another seed"
has "$(cat well/doctor.html)" "loss of the first steps"
has "$("$wick" doctor well --again other)" "they differ from the first step on"
has "$("$wick" doctor well --again faster)" "they were not begun alike: the learning rates"
has "$("$wick" doctor well --again other --json)" '"first_step":1'
refused 1 "there is no folder none" "$wick" doctor well --again none

# Before training: nothing is written.
said=$("$wick" train table rows.csv --target large --check) || fail "check: $said"
has "$said" "PASS  one_batch"
has "$said" "0 warnings, 0 failed"
has "$("$wick" train table rows.csv --target a --ignore b --check)" "0 warnings, 0 failed"
has "$("$wick" train digits --check --json)" '"id":"deterministic","verdict":"pass"'
[ "$("$wick" train table rows.csv --target large --lr 1e-9 --check -q)" = "warn one_batch" ] || fail "a rate that is too low"
refused 1 "fail one_batch" "$wick" train table rows.csv --target large --lr 1e9 --check -q
refused 2 "--out excludes --check" "$wick" train digits --check --out x

# The search for a learning rate: a number between those that learn nothing and those that diverge; the training is as if it had not been.
said=$("$wick" train digits --lr-range --out range) || fail "lr-range: $said"
has "$said" "the loss falls most steeply at"
has "$said" "try  --lr 0.0"
[ "$(head -1 range/lr_range.csv)" = "lr,loss,smoothed" ] && [ "$(wc -l <range/lr_range.csv)" -ge 80 ] || fail "lr_range.csv"
[ ! -e range/model.safetensors ] || fail "--lr-range trained"
has "$("$wick" train digits --lr-range --json)" '"suggestion":0.0'
rate=$("$wick" train digits --lr-range -q)
awk "BEGIN { exit !($rate > 1e-3 && $rate < 1e-1) }" || fail "rate $rate"
refused 2 "--check excludes --lr-range" "$wick" train digits --lr-range --check
[ -d runs ] && fail "a check wrote something"

# log.csv alone says less; doctor.json alone says what it knows.
rm heart/doctor.json
has "$("$wick" doctor heart)" "only what log.csv shows"
has "$("$wick" doctor heart -q)" overfitting
mkdir own && cp slow/doctor.json own/
[ "$("$wick" doctor own -q)" = rate_too_low ] || fail "own"

# What is no run, or not whole.
refused 2 "DIR is required" "$wick" doctor
refused 1 "there is no folder none" "$wick" doctor none
refused 1 "there is no folder rows.csv" "$wick" doctor rows.csv
mkdir bad
refused 1 "neither log.csv nor doctor.json" "$wick" doctor bad
: >bad/log.csv
refused 1 'no columns "epoch" and "loss"' "$wick" doctor bad
printf 'a,b\n1,2\n' >bad/log.csv
refused 1 'no columns "epoch" and "loss"' "$wick" doctor bad
for text in 'epoch,loss\n' 'epoch,loss\n1,\n2,x\n3\n' 'epoch,loss\n1,nan\n2,inf\n3,-inf,7,8,9\n,,,,\n' 'epoch,loss,loss,\n1,1e999,"\n' 'epoch,loss,val_loss,train_accuracy\n1,1,0,0\n2,0,0,9e99\n3,-1,-1,nan\n4,0,0,1\n5,0,0,1\n'; do
  printf "$text" >bad/log.csv
  "$wick" doctor bad >said 2>&1 || fail "exit code $? for $text: $(cat said)"
done
head -c 100000 /dev/urandom >bad/log.csv
refused 1 'no columns' "$wick" doctor bad
rm bad/log.csv
for bytes in 0 1 40 400 -3; do
  head -c "$bytes" slow/doctor.json >bad/doctor.json
  refused 1 "is no whole doctor.json" "$wick" doctor bad
done
for text in '[]' '{}' 'null' '{"wick_doctor":"1"}' '{"wick_doctor":1,"curves":[1]}' '{"wick_doctor":1,"curves":{"loss":[[]]},"parameters":[],"layers":[]}' '{"wick_doctor":1,"curves":{"loss":7}}'; do
  echo "$text" >bad/doctor.json
  refused 1 "is no whole doctor.json" "$wick" doctor bad
done
printf '[%.0s' $(seq 100000) >bad/doctor.json
refused 1 "is no whole doctor.json" "$wick" doctor bad
echo '{"wick_doctor":2}' >bad/doctor.json
refused 1 "another version" "$wick" doctor bad
sed 's/"name":"[^"]*"/"name":"\\u0000\\ud83d\\ude00\\n"/; s/"labels":\[[^]]*\]/"labels":[-5,9223372036854775807,1]/; s/"units":[0-9]*/"units":-1/' slow/doctor.json >bad/doctor.json
"$wick" doctor bad --json >said || fail "hostile values: $(cat said)"
sed 's/"name":"[^"]*"/"name":"<script>alert(1)<\/script>"/' slow/doctor.json >bad/doctor.json
"$wick" doctor bad -q >/dev/null || fail "a name that is markup"
grep -q "<script>alert" bad/doctor.html && fail "markup of a run on the page"
truncate -s 65M bad/log.csv
refused 1 "more than a run leaves" "$wick" doctor bad
echo "doctor: all as expected"
