#!/usr/bin/env bash
# hosts.sh WICK PROGRAM: two network namespaces stand for two machines, joined by a cable. Ranks on both work together; on a slow line, too; and when the cable is pulled
# all say so within 10 s. 77: this machine allows no namespaces.
wick=$1 program=$2
if [ -z "${WICK_TEST_INSIDE:-}" ]; then
  "$program" has gloo || { echo "skipped: no gloo"; exit 77; }
  { command -v ip && command -v unshare; } >/dev/null || { echo "skipped: no ip or unshare (packages iproute2, util-linux)"; exit 77; }
  unshare -Urnm --mount-proc --pid --fork true 2>/dev/null && pids="--pid --fork --mount-proc" || pids=
  # shellcheck disable=SC2086
  unshare -Urnm $pids sh -c 'mount -t tmpfs none /run && mkdir /run/netns && ip netns add probe && ip link add pa type veth peer name pb' 2>/dev/null || { echo "skipped: no network namespaces here"; exit 77; }
  # shellcheck disable=SC2086
  WICK_TEST_INSIDE=1 exec unshare -Urnm $pids "$0" "$@"
fi
mount -t tmpfs none /run && mkdir /run/netns
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT
fail() { echo "hosts: $1"; cat "$dir/out"; exit 1; }
for h in a b; do ip netns add $h; done
ip link add va type veth peer name vb
ip link set va netns a && ip link set vb netns b
ip -n a addr add 10.7.0.1/24 dev va && ip -n b addr add 10.7.0.2/24 dev vb
for h in a b; do ip -n $h link set lo up; ip -n $h link set v$h up; done

cat >"$dir/rsh" <<'RSH'
#!/bin/sh
host=$1; shift
exec ip netns exec "$host" sh -c "$*"
RSH
chmod +x "$dir/rsh"
printf 'a slots=2 address=10.7.0.1\nb slots=1 address=10.7.0.2\n' >"$dir/hosts"
export WICK_LAUNCH_RSH=$dir/rsh OMP_NUM_THREADS=1 WICK_DIST_TRACE=0
on_both() { "$wick" launch --hosts "$dir/hosts" --grace 1 "$@" >"$dir/out" 2>&1; }

for case in collectives groups; do on_both "$program" $case gloo || fail "$case: $?"; done
# A slow line: 20 Mbit/s, or with a delay where the kernel can.
for h in a b; do ip netns exec $h tc qdisc add dev v$h root netem delay 5ms rate 50mbit 2>/dev/null || ip netns exec $h tc qdisc add dev v$h root tbf rate 50mbit burst 64kb latency 400ms 2>/dev/null || echo "no slow line here"; done
on_both "$program" groups gloo || fail "on a slow line: $?"
for h in a b; do ip netns exec $h tc qdisc del dev v$h root 2>/dev/null; done

# The cable is pulled: while ranks wait for each other, in either engine's way.
mkdir "$dir/job"
WICK_TEST_DIR=$dir/job WICK_TEST_STEPS=100000 "$wick" launch --hosts "$dir/hosts" --grace 1 "$program" crash gloo >"$dir/out" 2>&1 &
launcher=$!
until [ "$(grep -c 'try 0' "$dir/job/pids" 2>/dev/null)" = 3 ]; do sleep 0.05; kill -0 $launcher 2>/dev/null || fail "no start"; done
sleep 1
now=$(date +%s.%3N)
ip -n a link set va down
wait $launcher
code=$?
[ $code != 0 ] || fail "nobody noticed"
[ "$(grep -c 'try 0 MESSAGE' "$dir/out")" = 3 ] || fail "expected a message of each rank"
while read -r at text; do
  took=$(awk -v a="$at" -v b="$now" 'BEGIN { printf "%.2f", a - b }')
  echo "message after $took s: $text"
  awk -v t="$took" 'BEGIN { exit !(t < 10) }' || fail "a message after $took s"
  case "$text" in *"failed on rank 2 of 3"*"rank 0 ("*"silent for 8 s"* | *"failed on rank 0 of 3"*"rank 2 ("*"silent for 8 s"* | *"failed on rank 1 of 3"*"rank 2 ("*"silent for 8 s"*) ;; *) fail "this message: $text" ;; esac
done < <(sed -n 's/.*try 0 MESSAGE //p' "$dir/out")
