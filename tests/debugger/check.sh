#!/usr/bin/env bash
# check.sh gdb|lldb PROGRAM FOLDER: what a debugger prints of the program's tensors and modules.
set -eu
if [ "$1" = gdb ]; then
  out=$(timeout 60 gdb -nx -batch -ex "source $3/gdb_wick.py" -ex 'break look' -ex run -ex 'print a' -ex 'print turned' -ex 'print half' -ex 'print none' -ex 'print list' \
    -ex 'break look_at_module' -ex continue -ex 'print net' -ex 'print module' -ex 'print inside' -ex 'print inside.in' -ex 'print empty' "$2" 2>&1) || true
else
  # Debian's lldb looks for its own module, and that for six, where Debian's Python is; another Python may come first in PATH.
  python=$(ls /usr/lib/llvm-*/lib/python3*/dist-packages/lldb/embedded_interpreter.py 2>/dev/null | tail -1 || true)
  out=$(PATH=/usr/bin:/bin PYTHONPATH=${python%/lldb/*}:/usr/lib/python3/dist-packages timeout 60 lldb -x -b -o "command script import $3/lldb_wick.py" -o 'break set -n look' -o run -o 'frame variable a turned half none list' \
    -o 'break set -n look_at_module' -o continue -o 'module net' -o 'module module' -o 'module inside' -o 'module inside.in' -o 'module empty' -o kill "$2" 2>&1 </dev/null) || true
fi
if grep -qE 'ptrace: Operation not permitted|Could not trace the inferior|personality set failed|error: process launch failed|embedded_interpreter|No module named' <<<"$out"; then
  echo "$1 may not trace programs here, or lacks its Python: skipped"
  exit 77
fi
bad=0
want() { [ "$(grep -cF -- "$2" <<<"$out")" -ge "$1" ] || { echo "not printed $1 times: $2"; bad=1; }; }
want 1 'float32 [2, 3] {0, 1, 2, 3, 4, 5}'
want 2 'float32 [3, 2] {0, 3, 1, 4, 2, 5}'
want 1 'bfloat16 [20] {1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, ...}'
want 1 'undefined'
want 1 'int64 [] {7}'
[ "$1" = lldb ] || want 1 'weight=Tensor float32 [1, 2] {0.5, 0.5} requires_grad'
want 3 'Net, 34 parameters {scale: float32 [2, 5]; in: Linear, 16 parameters; rest: Sequential, 8 parameters}'
want 1 'Linear, 16 parameters {weight: float32 [4, 3]; bias: float32 [4]}'
want 1 'no module'
[ $bad = 0 ] || echo "$out"
exit $bad
