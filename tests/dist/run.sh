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
export MASTER_ADDR=127.0.0.1 WICK_DIST_SECRET=$RANDOM$RANDOM
MASTER_PORT=$("$program" port) && export MASTER_PORT
# Variables as other launchers set them, instead of RANK, LOCAL_RANK and WORLD_SIZE.
names() {
  case "$WICK_TEST_KIND" in
    ompi) echo OMPI_COMM_WORLD_RANK=$1 OMPI_COMM_WORLD_LOCAL_RANK=$1 OMPI_COMM_WORLD_SIZE=$2 OMPI_COMM_WORLD_LOCAL_SIZE=$2 ;;
    pmi) echo PMI_RANK=$1 MPI_LOCALRANKID=$1 PMI_SIZE=$2 MPI_LOCALNRANKS=$2 ;;
    slurm) echo SLURM_PROCID=$1 SLURM_LOCALID=$1 SLURM_NTASKS=$2 SLURM_NNODES=1 ;;
    slurm_nodes) echo SLURM_PROCID=$1 SLURM_LOCALID=$1 SLURM_NTASKS=$2 SLURM_NNODES=2 "SLURM_JOB_NODELIST=127.0.0.[1-2,4]" ;;
    fewer) echo RANK=$1 LOCAL_RANK=$1 WORLD_SIZE=5 ;;
    twice) echo RANK=$(($1 > 1 ? 1 : $1)) LOCAL_RANK=$1 WORLD_SIZE=$2 ;;
    *) echo RANK=$1 LOCAL_RANK=$1 WORLD_SIZE=$2 ;;
  esac
}
if [ "$WICK_TEST_KIND" = mpirun ]; then
  command -v mpirun >/dev/null || { echo "skipped: no mpirun"; exit 77; }
  unset MASTER_ADDR MASTER_PORT
  exec timeout 50 mpirun --allow-run-as-root --oversubscribe -n "$ranks" "$program" "$case" gloo
fi
case "$WICK_TEST_KIND" in
  ompi) unset MASTER_ADDR ;;
  pmi) unset MASTER_ADDR ;;
  slurm*) unset MASTER_ADDR MASTER_PORT; export SLURM_JOB_ID=$$ ;;
esac
pids=()
for ((rank = 0; rank < ranks; ++rank)); do
  env $(names "$rank" "$ranks") timeout 50 "$program" "$case" gloo &
  pids+=($!)
done
bad=0
for pid in "${pids[@]}"; do wait "$pid" || [[ $WICK_TEST_KIND == throw* && $pid = "${pids[-1]}" ]] || { echo "a rank ended with $?"; bad=1; }; done
exit $bad
