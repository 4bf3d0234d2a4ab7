#!/usr/bin/env bash
# The house rules that a script can see: layering, public headers, lengths, docstrings.
set -u
cd "$(dirname "$0")/../.." || exit 2
bad=0
say() { echo "$1"; bad=1; }

# A room includes only rooms above it (autograd may use the public ops).
rooms=(core autograd kernels ops io nn optim log debug models data dist train adapt vision text board cli)
rank() { local i; for i in "${!rooms[@]}"; do [ "${rooms[$i]}" = "$1" ] && echo "$i" && return; done; echo 99; }
while IFS=: read -r file line text; do
  room=${file#src/}; room=${room%%/*}
  target=$(sed -E 's/.*"([a-z_]+)\/.*/\1/' <<<"$text")
  case "$room/$target" in kernels/ops | core/kernels) continue ;; esac  # ops.def is data; random fills are kernels
  [ "$(rank "$target")" -le "$(rank "$room")" ] || say "$file:$line: $room must not include $target"
done < <(grep -rnE '^#include "[a-z_]+/' src --include=*.h --include=*.cpp)
while IFS=: read -r file line text; do
  case "$text" in *'<wick/nn/arg.h>'*) continue ;; esac  # a macro over the standard library
  room=${file#src/}; room=${room#include/wick/}; room=${room%%/*}; room=${room%.h}
  target=$(sed -E 's/.*<wick\/([a-z_]+).*/\1/' <<<"$text")
  case "$target" in tensor | indexing | operators) target=core ;; esac
  case "$room" in tensor | indexing | operators) room=core ;; wick) continue ;; esac
  case "$room/$target" in autograd/ops | cli/wick) continue ;; esac
  [ "$(rank "$target")" -le "$(rank "$room")" ] || say "$file:$line: $room must not include $target"
done < <(grep -rnE '^#include <wick/' src include --include=*.h --include=*.cpp)

# Public headers: the standard library and Wick only; they say <wick/...>, never a path of src/.
while IFS=: read -r file line text; do
  say "$file:$line: third-party header in a public one: $text"
done < <(grep -rnE '^#include' include/wick | grep -vE '#include <(wick/[a-z0-9_/]+\.h|[a-z_]+)>')

# Lengths.
while read -r n file; do
  [ "$file" = total ] || [ "$n" -le 800 ] || say "$file: $n lines, more than 800"
done < <(find src include compat tests bench \( -name '*.cpp' -o -name '*.h' \) -print0 | xargs -0 wc -l)

# Every public entity is documented.
while read -r line; do say "$line"; done < <(find include/wick -name '*.h' | sort | xargs awk -f tests/house/docs.awk)
while read -r line; do say "$line: placeholder"; done < <(grep -rnE '/// DOC ' include/wick)

while read -r line; do say "$line"; done < <(grep -rnE '\b(TODO|FIXME|XXX|HACK)\b' src include compat tests bench --include=*.h --include=*.cpp --include=*.sh | grep -v tests/house)
[ $bad = 0 ] && echo "house: all rules hold"
exit $bad
