#!/usr/bin/env bash
# run.sh ENGINE RANKS PROGRAM CASE [KIND]: ranks on this machine. Each writes its own outcome; all must end with 0. 77: the engine is not there.
engine=$1 ranks=$2 program=$3 case=$4
# tcp: gloo with nothing but its connections, as between machines.
if [ "$engine" = tcp ]; then
  engine=gloo
  export WICK_DIST_SHARED_PAGES=0
fi
export WICK_TEST_KIND=${5:-} WICK_DIST_TRACE=${WICK_DIST_TRACE:-0}
[ "$engine $case" != "mpi differ" ] || export WICK_DIST_SHARED_PAGES=0  # MPI's own calls
[ "$WICK_TEST_KIND" != stop0 ] || export WICK_DIST_SILENCE=2
if ! "$program" has "$engine"; then
  [ -x "$program" ] && [ "${BUILT:-}" != yes ] || { echo "$program cannot use $engine, which was built"; exit 1; }
  echo "skipped: $engine is not available"
  exit 77
fi
export OMP_NUM_THREADS=1
if [ "$engine" = mpi ]; then
  command -v mpirun >/dev/null || { echo "skipped: no mpirun"; exit 77; }
  mpi=(timeout 50 mpirun --allow-run-as-root --oversubscribe --mca btl self,vader -n "$ranks" "$program" "$case" mpi)
  case "$case" in hang | differ) ;; *) exec "${mpi[@]}" ;; esac
  out=$("${mpi[@]}" 2>&1)  # mpirun is displeased with ranks that leave without an end in order
  [ "$(grep -c 'as expected' <<<"$out")" = "$ranks" ] || { echo "$out"; exit 1; }
  exit 0
fi
export WORLD_SIZE=$ranks MASTER_ADDR=127.0.0.1 WICK_DIST_SECRET=$RANDOM$RANDOM
MASTER_PORT=$("$program" port) && export MASTER_PORT
pids=()
for ((rank = 0; rank < ranks; ++rank)); do
  RANK=$rank LOCAL_RANK=$rank timeout 50 "$program" "$case" gloo &
  pids+=($!)
done
bad=0
for pid in "${pids[@]}"; do wait "$pid" || [[ $WICK_TEST_KIND == throw* && $pid = "${pids[-1]}" ]] || { echo "a rank ended with $?"; bad=1; }; done
exit $bad
