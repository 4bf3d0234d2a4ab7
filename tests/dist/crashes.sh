#!/usr/bin/env bash
# crashes.sh WICK PROGRAM: ranks of a training are killed at random moments. The others say so within 10 s, once each, and the training, started again by wick launch,
# ends with the bytes of one that nobody disturbed. WICK_TEST_KILLS: how many (3); every tenth is a stop instead of a kill.
wick=$1 program=$2 kills=${WICK_TEST_KILLS:-3} ranks=2
"$program" has gloo || { echo "skipped: no gloo"; exit 77; }
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT
export OMP_NUM_THREADS=1 WICK_DIST_TRACE=0 WICK_TEST_STEPS=${WICK_TEST_STEPS:-200}
RANDOM=${WICK_TEST_SEED:-$$}
fail() { echo "crashes: kill $i ($how rank $victim after $delay s, shared pages ${WICK_DIST_SHARED_PAGES:-1}): $1"; cat "$dir/out"; exit 1; }
i=0 how=none victim=- delay=-
# Three ranks over shared pages, two over connections: there the order in which three are added depends on a number's place in DDP's buckets, which the first step
# after a start lays out otherwise.
for pages in 0 1; do
  mkdir "$dir/calm$pages"
  ranks=$((2 + pages))
  WICK_DIST_SHARED_PAGES=$pages WICK_TEST_DIR=$dir/calm$pages "$wick" launch -n $ranks "$program" crash gloo >"$dir/out" 2>&1 || fail "the calm run: $?"
done

times=() early=0
for ((i = 1; i <= kills; ++i)); do
  job=$dir/job$i
  mkdir "$job"
  export WICK_TEST_DIR=$job
  export WICK_DIST_SHARED_PAGES=$((i % 2))
  ranks=$((2 + i % 2))
  victim=$((RANDOM % ranks)) delay=0.$(printf '%03d' $((RANDOM % 700))) how=KILL
  ((i % 10)) || how=STOP
  "$wick" launch -n $ranks --max-restarts 1 --grace 1 "$program" crash gloo >"$dir/out" 2>&1 &
  launcher=$!
  until [ "$(grep -c 'try 0' "$job/pids" 2>/dev/null)" = $ranks ] || ! kill -0 $launcher 2>/dev/null; do sleep 0.02; done
  sleep "$delay"
  pid=$(sed -n "s/rank $victim try 0 pid //p" "$job/pids")
  now=$(date +%s.%3N)
  kill -$how "$pid" 2>/dev/null || { wait $launcher || fail "the run was over, but badly"; early=$((early + 1)); i=$((i - 1)); rm -rf "$job"; [ $early -lt $((kills + 5)) ] || fail "all runs are too short"; continue; }
  wait $launcher
  code=$?
  [ $code = 0 ] || fail "exit code $code"
  cmp -s "$dir/calm$WICK_DIST_SHARED_PAGES/final.safetensors" "$job/final.safetensors" || fail "the result differs"
  # One message of each that was left, unless all had done their work.
  messages=$(grep -c 'try 0 MESSAGE' "$dir/out")
  if grep -q 'starting again' "$dir/out"; then
    [ "$messages" = $((ranks - 1)) ] || fail "$messages messages"
    while read -r at text; do
      grep -q "rank $victim (" <<<"$text" || fail "a message that does not name the rank: $text"
      took=$(awk -v a="$at" -v b="$now" 'BEGIN { printf "%.2f", a - b }')
      awk -v t="$took" 'BEGIN { exit !(t < 10) }' || fail "a message after $took s"
      times+=("$took:$how")
    done < <(sed -n 's/.*try 0 MESSAGE //p' "$dir/out")
  fi
  rm -rf "$job"
done
for how in KILL STOP; do
  some=$(printf '%s\n' "${times[@]}" | sed -n "s/:$how//p" | sort -n)
  [ -z "$some" ] || echo "$how: $(wc -l <<<"$some") messages, median $(sed -n "$(((($(wc -l <<<"$some")) + 1) / 2))p" <<<"$some") s, most $(tail -1 <<<"$some") s"
done
echo "$kills kills, each to the same bytes; $early runs were over before"
