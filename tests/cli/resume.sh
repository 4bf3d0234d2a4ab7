#!/usr/bin/env bash
# resume.sh WICK [KILLS]: `wick train` is killed at random moments (50 by default), saving included, and gone on with until it is done;
# the model must be that of a run without a break, bit for bit. SEED=N repeats the moments of a run as far as the machine does.
set -u
wick=$1 kills=${2:-50}
RANDOM=${SEED:-$$}
echo "seed $RANDOM"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "resume: $*"; exit 1; }
now() { date +%s%N; }

train() { exec "$wick" train digits --out "$work/$1" --quiet "${@:2}" $([[ $* == *--epochs* ]] || echo --epochs 3); }  # in a subshell, which becomes the program
(train whole) >"$work/said" 2>&1 || fail "the unbroken run failed: $(cat "$work/said")"
want=$(sha256sum <"$work/whole/model.safetensors")
start=$(now)
(train timed --checkpoint-every 1 --threads 1) >/dev/null 2>&1
length=$((($(now) - start) / 2000000 + 10))  # milliseconds to wait at most before a kill
cmp -s "$work/whole/model.safetensors" "$work/timed/model.safetensors" || fail "another number of threads, or checkpoints, changed the model"

# What a run leaves that is killed while it writes its last files (no process has that number).
touch "$work/timed/report.html.tmp4194305-1"
(train timed --resume --threads 1) >"$work/said" 2>&1 || fail "going on where nothing is left to do: $(cat "$work/said")"
ls "$work/timed" | grep -q tmp && fail "a temporary file was left: $(ls "$work/timed")"

done_kills=0 gone_on=0 runs=0
while [ $done_kills -lt "$kills" ]; do
  rm -rf "$work/run"
  here=0
  while :; do
    train run --resume --checkpoint-every $((RANDOM % 3 + 1)) --threads $((RANDOM % 2 + 1)) >"$work/said" 2>&1 &
    pid=$!
    if [ $here -lt 8 ] && [ $done_kills -lt "$kills" ]; then
      sleep "$(awk "BEGIN { print $((RANDOM % length)) / 1000 }")"
      kill -KILL $pid 2>/dev/null
    fi
    wait $pid 2>/dev/null
    code=$?
    [ $code = 0 ] && break
    [ $code = 137 ] || fail "exit code $code: $(cat "$work/said")"
    here=$((here + 1)) done_kills=$((done_kills + 1))
    ls "$work/run" 2>/dev/null | grep -q '^checkpoint-.*s$' && gone_on=$((gone_on + 1))
  done
  runs=$((runs + 1))
  grep -q "skipped" "$work/said" && fail "a checkpoint was broken: $(cat "$work/said")"
  [ "$(sha256sum <"$work/run/model.safetensors")" = "$want" ] || fail "run $runs, killed $here times, gave another model"
  ls "$work/run" | grep -q tmp && fail "a temporary file was left: $(ls "$work/run")"
  [ "$(wc -l <"$work/run/log.csv")" = 4 ] || fail "the log has other rows: $(cat "$work/run/log.csv")"
done
[ $gone_on -gt 0 ] || fail "no run was gone on with: nothing was tested"

# Ctrl-C and SIGTERM finish the step, save, and say with the exit code what happened.
for signal in INT:130 TERM:143; do
  rm -rf "$work/run"
  train run --epochs 1000 >"$work/said" 2>&1 &
  pid=$!
  until [ -s "$work/run/log.csv" ]; do sleep 0.01; kill -0 $pid 2>/dev/null || fail "$(cat "$work/said")"; done
  kill -"${signal%:*}" $pid
  wait $pid
  code=$?
  [ $code = "${signal#*:}" ] || fail "SIG${signal%:*} gave exit code $code: $(cat "$work/said")"
  [ -s "$work/run/model.safetensors" ] && ls "$work/run" | grep -q '^checkpoint-' || fail "SIG${signal%:*}: nothing was saved"
done

# The newest checkpoint is cut off: the one before serves, and that is said.
rm -rf "$work/run"
(train run --checkpoint-every 5) >"$work/said" 2>&1 || fail "$(cat "$work/said")"
newest=$(ls "$work"/run/checkpoint-*.safetensors | tail -1)
truncate -s -1 "$newest"
(train run --resume) >"$work/said" 2>&1 || fail "$(cat "$work/said")"
grep -q "skipped.*$newest" "$work/said" || fail "the broken checkpoint was not named: $(cat "$work/said")"
[ "$(sha256sum <"$work/run/model.safetensors")" = "$want" ] || fail "after a broken checkpoint the model is another"
echo "resume: $done_kills kills in $runs runs, $gone_on times gone on with, always the same model"
