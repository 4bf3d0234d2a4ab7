#!/usr/bin/env bash
# wick launch: the environment, prefixes, exit codes, one rank that fails, a program that is not there.
wick=$1 program=$2
fail() { echo "launch: $1"; echo "$out"; exit 1; }

out=$("$wick" launch -n 3 sh -c 'echo "$RANK of $WORLD_SIZE, $LOCAL_RANK, $MASTER_ADDR"; echo "port $MASTER_PORT $WICK_DIST_SECRET" >&2; printf end' 2>&1) || fail "exit code $?"
for r in 0 1 2; do
  grep -qx "\[$r\] $r of 3, $r, 127.0.0.1" <<<"$out" || fail "no line of rank $r"
  grep -qx "\[$r\] end" <<<"$out" || fail "no last line of rank $r"
done
[ "$(grep -o 'port .*' <<<"$out" | sort -u | wc -l)" = 1 ] || fail "the ranks have different ports or secrets"

# Options of the program are its own.
out=$("$wick" launch -n 1 --plain sh -c 'echo "got $*"' x -n 7 --help 2>&1) && [ "$out" = "got -n 7 --help" ] || fail "arguments"

start=$SECONDS
out=$("$wick" launch -n 3 --grace 1 sh -c '[ $RANK = 1 ] && exit 5; trap "" TERM; sleep 30 & wait; sleep 30' 2>&1)
[ $? = 5 ] || fail "the exit code must be that of the rank that failed"
grep -q "wick launch: rank 1 ended with exit code 5; ending the others" <<<"$out" || fail "no word of rank 1"
[ $((SECONDS - start)) -lt 12 ] || fail "the others went on"

out=$("$wick" launch -n 2 sh -c 'kill -9 $$' 2>&1)
[ $? = 137 ] && grep -q "was ended by signal 9" <<<"$out" || fail "a signal"
out=$("$wick" launch -n 2 /no/such/program 2>&1)
[ $? = 1 ] && grep -q "cannot start /no/such/program: No such file" <<<"$out" || fail "no program"
out=$("$wick" launch -n 0 true 2>&1)
[ $? != 0 ] || fail "no ranks"


# Started again until it goes well, or too often; a fresh secret and port each time.
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT
out=$("$wick" launch -n 2 --max-restarts 3 sh -c 'echo "try $WICK_RESTART $WICK_DIST_SECRET" >>'"$dir"'/tries.$RANK; [ $RANK = 0 ] || [ $WICK_RESTART -ge 2 ] || exit 7; echo "well $WICK_RESTART"' 2>&1) || fail "restarts: exit code $?"
grep -q "\[1\] well 2" <<<"$out" && grep -q "starting again (2 of 3) with 2 ranks" <<<"$out" || fail "restarts"
[ "$(sort -u "$dir/tries.0" | wc -l)" = 3 ] && [ "$(cut -d' ' -f3 "$dir/tries.0" | sort -u | wc -l)" = 3 ] || fail "three tries, each with its own secret"
out=$("$wick" launch -n 2 --max-restarts 1 sh -c 'exit 9' 2>&1)
[ $? = 9 ] || fail "restarts that do not help"

# Hosts, over a shell that stands for ssh. The secret and variables are on no command line; odd ones arrive whole.
cat >"$dir/rsh" <<'RSH'
#!/bin/sh
host=$1; shift
echo "$host: $*" >>"$(dirname "$0")/commands"
[ ! -e "$(dirname "$0")/gone.$host" ] || exit 255
HOST=$host exec sh -c "$*"
RSH
chmod +x "$dir/rsh"
export WICK_LAUNCH_RSH="$dir/rsh" WICK_ODD='a "b" $HOME; '"'"'c'"'"'
d'
printf 'first slots=2 address=127.0.0.1  # two\n\nsecond slots=1\n' >"$dir/hosts"
printf '%s' "$WICK_ODD" >"$dir/odd"
out=$("$wick" launch --hosts "$dir/hosts" -x MORE=1=2 sh -c 'echo "$RANK/$WORLD_SIZE on $HOST: $LOCAL_RANK/$LOCAL_WORLD_SIZE $GROUP_RANK $MASTER_ADDR $MORE"; [ "$WICK_ODD" = "$(cat '"$dir"'/odd)" ] || echo odd; echo "secret $WICK_DIST_SECRET"; ps -eo args' 2>&1)
code=$?
[ $code = 0 ] || fail "hosts: exit code $code"
for line in "\[0\] 0/3 on first: 0/2 0 127.0.0.1 1=2" "\[1\] 1/3 on first: 1/2 0 127.0.0.1 1=2" "\[2\] 2/3 on second: 0/1 1 127.0.0.1 1=2"; do grep -qx "$line" <<<"$out" || fail "no line $line"; done
! grep -q "\] odd" <<<"$out" || fail "a variable was changed on its way"
secret=$(sed -n 's/.*\] secret //p' <<<"$out" | sort -u)
[ "$(wc -w <<<"$secret")" = 1 ] && [ "$(grep -c "$secret" <<<"$out")" = 3 ] && ! grep -q "$secret" "$dir/commands" || fail "the secret can be seen"
# The exit code of a rank elsewhere, a host that goes, and the ranks that are left.
out=$("$wick" launch --hosts "$dir/hosts" sh -c '[ $RANK = 2 ] && exit 6; sleep 20' 2>&1)
[ $? = 6 ] && grep -q "rank 2 (.*) ended with exit code 6" <<<"$out" || fail "a rank elsewhere"
out=$("$wick" launch --hosts "$dir/hosts" --max-restarts 2 --min-ranks 2 sh -c '[ $WICK_RESTART = 0 ] || { echo "$RANK of $WORLD_SIZE"; exit 0; }; [ $RANK = 2 ] && { touch '"$dir"'/gone.second; kill -9 $$; }; sleep 20' 2>&1) || fail "with the host that is left: $?"
grep -q "host second does not answer" <<<"$out" && grep -qx "\[1\] 1 of 2" <<<"$out" && ! grep -q "\[2\] 2" <<<"$out" || fail "with the host that is left"
out=$("$wick" launch --hosts "$dir/hosts" true 2>&1)
[ $? = 1 ] && grep -q "2 ranks can be started, fewer than 3; --min-ranks allows fewer" <<<"$out" || fail "a host less"
rm "$dir/gone.second"
for bad in 'a slots=0' 'a slots=x' 'a port=3' '-oProxyCommand=x slots=1' ''; do
  echo "$bad" >"$dir/bad"
  out=$("$wick" launch --hosts "$dir/bad" true 2>&1)
  [ $? = 1 ] && grep -q "expected\|is no host" <<<"$out" || fail "hosts '$bad'"
done

# Whoever is killed, nothing is left: not of ranks that ignore signals, nor of what they have started, in sessions of their own too.
stubborn='trap "" TERM INT HUP; setsid sh -c "trap \"\" TERM HUP; echo \$\$ >>'"$dir"'/pids; sleep 1000 & echo \$! >>'"$dir"'/pids; wait" & echo $$ >>'"$dir"'/pids; sleep 1000 & echo $! >>'"$dir"'/pids; wait; wait'
left() { local n=0; for p in $(cat "$dir/pids"); do kill -0 "$p" 2>/dev/null && [ "$(cut -d' ' -f3 "/proc/$p/stat" 2>/dev/null)" != Z ] && n=$((n + 1)); done; echo $n; }
for how in "INT first" "KILL first" "KILL second" "hosts KILL first"; do
  set -- $how; where=
  [ "$1" != hosts ] || { where="--hosts $dir/hosts"; shift; }
  rm -f "$dir/pids"
  "$wick" launch --grace 1 ${where:--n 3} sh -c "$stubborn" >/dev/null 2>&1 &
  top=$!
  for _ in $(seq 100); do [ "$(wc -l <"$dir/pids" 2>/dev/null || echo 0)" -ge 12 ] && break; sleep 0.1; done
  [ "$(left)" = 12 ] || fail "$how: only $(left) processes came"
  if [ "$2" = first ]; then kill -"$1" $top; else kill -"$1" "$(ps -o pid= --ppid $top | head -1 | tr -d ' ')"; fi
  start=$SECONDS
  while [ "$(left)" -gt 0 ] && [ $((SECONDS - start)) -lt 20 ]; do sleep 0.2; done
  n=$(left)
  [ "$n" = 0 ] || { kill -9 $(cat "$dir/pids"); fail "$how: $n processes are left"; }
  wait $top; code=$?
  [ "$1" != INT ] || [ $code = 130 ] || fail "$how: exit code $code"
done
unset WICK_LAUNCH_RSH

# A job over Gloo: one rank leaves without a word, the others say which.
"$program" has gloo || { echo "no gloo"; exit 0; }
out=$("$wick" launch -n 2 "$program" collectives gloo 2>&1) || fail "collectives"
out=$("$wick" launch -n 4 "$program" killed gloo 2>&1) || fail "killed"

# What ranks leave when they differ, side by side.
out=$(WICK_DIST_TRACE=$dir/traces WICK_TEST_KIND=shape "$wick" launch -n 3 "$program" differ gloo 2>&1) || fail "differ"
[ "$(ls "$dir/traces" | tr '\n' ' ')" = "trace-rank0.json trace-rank1.json trace-rank2.json " ] || fail "traces: $(ls "$dir/traces")"
out=$("$wick" dist trace "$dir"/traces/*.json) || fail "dist trace"
grep -q "#1 to #10 are the same on 3 ranks" <<<"$out" && grep -q "the first difference is #11" <<<"$out" && grep -q "rank 1 .* all_reduce of float32 \[2, 4\], sum" <<<"$out" || fail "dist trace"
out=$("$wick" dist trace "$dir/traces/trace-rank1.json") && grep -q "no file of rank 0, 2" <<<"$out" || fail "dist trace of one"
echo '{"rank": 1}' >"$dir/no.json"
out=$("$wick" dist trace "$dir/no.json" 2>&1)
[ $? = 1 ] && grep -q "is no trace of wick::dist" <<<"$out" || fail "dist trace of something else"
exit 0
