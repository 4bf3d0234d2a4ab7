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
out=$("$wick" launch -n 3 sh -c '[ $RANK = 1 ] && exit 5; trap "" TERM; sleep 30 & wait; sleep 30' 2>&1)
[ $? = 5 ] || fail "the exit code must be that of the rank that failed"
grep -q "wick launch: rank 1 ended with exit code 5; ending the others" <<<"$out" || fail "no word of rank 1"
[ $((SECONDS - start)) -lt 12 ] || fail "the others went on"

out=$("$wick" launch -n 2 sh -c 'kill -9 $$' 2>&1)
[ $? = 137 ] && grep -q "was ended by signal 9" <<<"$out" || fail "a signal"
out=$("$wick" launch -n 2 /no/such/program 2>&1)
[ $? = 1 ] && grep -q "cannot start /no/such/program: No such file" <<<"$out" || fail "no program"
out=$("$wick" launch -n 0 true 2>&1)
[ $? != 0 ] || fail "no ranks"

# A job over Gloo: one rank leaves without a word, the others say which.
"$program" has gloo || { echo "no gloo"; exit 0; }
out=$("$wick" launch -n 2 "$program" collectives gloo 2>&1) || fail "collectives"
out=$("$wick" launch -n 4 "$program" killed gloo 2>&1) || fail "killed"
exit 0
