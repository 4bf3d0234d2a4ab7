#!/usr/bin/env bash
# wick board: the address, a port that is taken, folders that are not there, the end.
set -u
wick=$1
work=$(mktemp -d) pid=
trap '[ -z "$pid" ] || kill -9 $pid 2>/dev/null; rm -rf "$work"' EXIT
fail() { echo "board: $1"; cat "$work"/out* 2>/dev/null; exit 1; }
mkdir "$work/runs"

"$wick" board "$work/runs" --port 0 --json > "$work/out" & pid=$!
for _ in $(seq 300); do [ -s "$work/out" ] && break; sleep 0.05; done
port=$(sed -n 's/^{"url": "http:\/\/127.0.0.1:\([0-9]*\)\/", "port": \1}$/\1/p' "$work/out")
[ -n "$port" ] || fail "no address"
exec 3<>"/dev/tcp/127.0.0.1/$port" || fail "nobody listens"
printf 'GET / HTTP/1.1\r\nHost: localhost:%d\r\nConnection: close\r\n\r\n' "$port" >&3
grep -q "Wick board" <&3 || fail "no page"
exec 3>&-

out=$("$wick" board "$work/runs" --port "$port" 2>&1)
[ $? = 1 ] && grep -q "port $port of 127.0.0.1 is in use; [0-9]* is free: --port " <<<"$out" || fail "a port in use: $out"
out=$("$wick" board "$work/none" --port 0 2>&1)
[ $? = 1 ] && grep -q "no folder $work/none" <<<"$out" || fail "no folder: $out"
"$wick" board --nothing >/dev/null 2>&1; [ $? = 2 ] || fail "wrong usage"
"$wick" board --help | grep -q -- "--host" || fail "help"

# What wick tune tried is seen as runs with their settings and values, in the same board, at once.
ask() { exec 3<>"/dev/tcp/127.0.0.1/$port"; printf 'GET /api/%s HTTP/1.1\r\nHost: localhost:%d\r\nConnection: close\r\n\r\n' "$1" "$port" >&3; tr -d '\r' <&3; exec 3>&-; }
cat > "$work/program.sh" <<'EOF'
awk "BEGIN { printf \"{\\\"loss\\\": %f}\\n\", $1 * $1 }"
EOF
cat > "$work/search.json" <<EOF
{"command": ["bash", "$work/program.sh", "{x}"], "params": {"x": {"real": [0, 1]}}, "metric": "loss", "trials": 3, "seed": 1}
EOF
"$wick" tune "$work/search.json" --out "$work/runs/study" -q > "$work/out3" 2>&1 || fail "tune"
for _ in $(seq 200); do [ "$(ask state | grep -o '"name":"study/trial' | wc -l)" = 3 ] && break; sleep 0.1; done
[ "$(ask state | grep -o '"name":"study/trial-00[123]/tune"' | wc -l)" = 3 ] || fail "no trials: $(ask state)"
for _ in $(seq 100); do table=$(ask 'table?runs=0-9&wait=5'); grep -q '"waiting":\[\]' <<<"$table" && break; done
[ "$(grep -o '"hparams":{"x":0\.[0-9]*}' <<<"$table" | sort -u | wc -l)" = 3 ] && [ "$(grep -o '"metrics":{"tune/loss":\[0\.[0-9]*' <<<"$table" | sort -u | wc -l)" = 3 ] || fail "no settings of trials: $table"

kill -INT $pid
start=$SECONDS
wait $pid; code=$?; pid=
[ $code = 130 ] && [ $((SECONDS - start)) -lt 10 ] || fail "Ctrl-C: code $code"

"$wick" board "$work/runs" --port 0 --host 0.0.0.0 > "$work/out2" & pid=$!
for _ in $(seq 300); do [ -s "$work/out2" ] && break; sleep 0.05; done
grep -qE "^board    http://[^/]+:[0-9]+/\?token=[A-Za-z0-9_-]{32}$" "$work/out2" || fail "a token"
kill $pid; wait $pid; code=$?; pid=
[ $code = 0 ] || fail "SIGTERM: code $code"
