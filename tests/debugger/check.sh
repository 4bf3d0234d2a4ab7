#!/usr/bin/env bash
# check.sh PROGRAM SCRIPT: what gdb prints of the program's tensors.
set -eu
out=$(gdb -nx -batch -ex "source $2" -ex 'break look' -ex run -ex 'print a' -ex 'print turned' -ex 'print half' -ex 'print none' -ex 'print list' "$1" 2>&1) || true
if grep -qE 'ptrace: Operation not permitted|Could not trace the inferior' <<<"$out"; then
  echo "gdb may not trace programs here: skipped"
  exit 77
fi
bad=0
want() { grep -qF -- "$1" <<<"$out" || { echo "not printed: $1"; bad=1; }; }
want 'Tensor float32 [2, 3] {0, 1, 2, 3, 4, 5}'
want 'Tensor float32 [3, 2] {0, 3, 1, 4, 2, 5}'
want 'Tensor bfloat16 [20] {1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, ...}'
want 'Tensor undefined'
want '{Tensor float32 [3, 2] {0, 3, 1, 4, 2, 5}, Tensor int64 [] {7}}'
want 'weight=Tensor float32 [1, 2] {0.5, 0.5} requires_grad'
[ $bad = 0 ] || echo "$out"
exit $bad
