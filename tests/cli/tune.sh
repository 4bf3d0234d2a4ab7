#!/usr/bin/env bash
# tune.sh WICK: `wick tune` with `wick train` and with another program, ended and gone on with, and what is said about bad files.
set -u
wick=$1
source "$(dirname "$0")/common.sh"
refused() { # TEXT FILE
  local said
  said=$("$wick" tune "$2" 2>&1) && fail "accepted: $2"
  has "$said" "$1"
}

# A program of another kind: the value falls to (x - 0.3)^2 + the kind's number.
cat >program.sh <<'EOF'
x=$2 kind=$4
[ "$kind" = broken ] && { echo "cannot do that" >&2; exit 3; }
[ -n "${SLOW:-}" ] && sleep "$SLOW"
for step in 1 2 3 4 5 6 7 8 9; do
  awk "BEGIN { printf \"{\\\"step\\\": $step, \\\"loss\\\": %.6f}\\n\", ($x - 0.3)^2 + $kind + 1 / $step }"
done
echo "not JSON {"
EOF
cat >search.json <<'EOF'
{ // a comment
  "command": ["bash", "program.sh", "--x", "{x}"],
  "params": {"x": {"real": [0, 1]}, "kind": [0, 1, "broken"]},
  "metric": "loss", "trials": 20, "seed": 3
}
EOF
text=$("$wick" tune search.json --out one) || fail "$text"
has "$text" "goal     least loss, 20 trials"
has "$text" "failed: exit code 3, cannot do that"
has "$text" "best     loss 0.1"
has "$text" "kind 0"
[ -s one/tune.html ] && [ -s one/study.sqlite ] && [ -s one/trial-020/output.txt ] || fail "files are missing: $(ls one)"

# Two at once, and in two parts: the file has 20 trials with settings, each once.
"$wick" tune search.json --out two --trials 7 -q >/dev/null || fail "two"
text=$("$wick" tune search.json --out two -j 2 --json) || fail "$text"
[ "$(grep -c '"trial"' <<<"$text")" = 13 ] || fail "not 13 trials more: $text"
"$wick" tune search.json --out two | grep -q 'resumed  20 trials are there' || fail "not resumed"

# Killed in the middle: the trial under way is done again.
SLOW=0.3 "$wick" tune search.json --out three -q & pid=$!
sleep 1
kill -9 $pid
wait $pid 2>/dev/null
text=$("$wick" tune search.json --out three --json) || fail "$text"
last=$(grep -c '"trial"' <<<"$text")
[ "$last" -ge 14 ] || fail "too few trials: $text"
a=$("$wick" tune search.json --out one -q) b=$("$wick" tune search.json --out three -q)
[ "$a" = "$b" ] || fail "another result after a kill: $a, $b"

# Ctrl-C ends the children and says how to go on.
SLOW=30 "$wick" tune search.json --out four >four.txt & pid=$!
sleep 0.7
kill -INT $pid
wait $pid
[ $? = 130 ] || fail "exit code after Ctrl-C"
grep -q 'interrupted: the same command goes on' four.txt || fail "$(cat four.txt)"

# Training, with early ends.
awk 'BEGIN { srand(1); print "a,b,c"; for (i = 0; i < 200; ++i) { a = rand(); b = rand(); print a "," b "," (a + b > 1 ? "yes" : "no") } }' >table.csv
cat >train.json <<'EOF'
{"command": "wick train table table.csv --target c --epochs 9 --hidden 8 --lr {lr}", "metric": "val_accuracy", "params": {"lr": {"real": [1e-4, 0.1], "log": true}},
 "trials": 9, "stop": {"method": "halving", "min": 1}}
EOF
text=$("$wick" tune train.json) || fail "$text"
has "$text" "goal     most val_accuracy"
has "$text" "ended at step"
[ -s runs/tune-train/trial-001/log.csv ] || fail "no run"
sed 's/9,/5,/' train.json >shape.json
text=$("$wick" tune shape.json --out runs/tune-train 2>&1) || fail "fewer trials: $text"
sed 's/"lr": {"real": \[1e-4/"lr": {"real": [1e-3/' train.json >other.json
text=$("$wick" tune other.json --out runs/tune-train 2>&1) && fail "another space was accepted"
has "$text" "of a search with another space"

echo '{"command": "a", "params": {"x": [1]}}' >bad.json; refused "'metric' is missing" bad.json
echo '{"command": "a", "params": {"x": [1]}, "metric": "m", "trails": 3}' >bad.json; refused "unknown key 'trails'" bad.json
echo '{"command": "a {y}", "params": {"x": [1]}, "metric": "m"}' >bad.json; refused "{y}, which 'params' does not name" bad.json
echo '{"command": "a", "params": {"x": {"real": [1]}}, "metric": "m"}' >bad.json; refused "'real' must be [low, high]" bad.json
echo '{"command": "a", "params": {"x": {"real": [2, 1]}}, "metric": "m"}' >bad.json; refused "from a smaller to a larger" bad.json
echo '{"command": "/no/such/program", "params": {"x": [1, 2]}, "metric": "m"}' >bad.json; refused "cannot start /no/such/program" bad.json
echo '{"command": "a", ' >bad.json; refused "is no JSON" bad.json
head -c 300000 /dev/zero | tr '\0' '[' >bad.json; refused "bad.json" bad.json
echo "tune: all good"
