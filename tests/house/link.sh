#!/usr/bin/env bash
# link.sh LIBRARY: every function of include/wick/ops and every method of Tensor is defined in the library.
# Overloads are counted: a name needs as many definitions as it has declarations without a body.
set -u
cd "$(dirname "$0")/../.." || exit 2
library=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
case $library in *.a) nm -C --defined-only "$library" ;; *) nm -DC --defined-only "$library" ;; esac | sed 's/^[0-9a-f]* //; s/^[TW] //' >"$work/symbols"

# declared PREFIX FILE...: "name count" of what ends in `);` or `) const;` at the given indentation.
declared() {
  local indent=$1
  shift
  awk -v indent="$indent" '
    { line = $0; sub(/ *\/\/.*/, "", line) }
    skip { skip = 0; next }  # after template <...>
    line ~ "^" indent "template" { if (line !~ /;$/) skip = 1; next }
    line !~ "^" indent "[A-Za-z_]" || line ~ /(^| )(using|inline|friend|static|typedef) / || line ~ /= *(default|delete);/ { next }
    line !~ /\) *(const)?( &&| &)?;$/ && line !~ /\($|,$/ { next }
    {
      head = line; sub(/\(.*/, "", head); n = split(head, words, /[ &*]+/); name = words[n]
      if (line ~ /operator/) { name = line; sub(/.*operator/, "operator", name); name = substr(name, 1, index(substr(name, 10), "(") + 8) }
      if (name != "" && name !~ /^[A-Z]/ && !(line in seen)) count[name]++
      seen[line] = 1
    }
    END { for (name in count) print name, count[name] }' "$@"
}
defined() { awk -v prefix="$1" 'index($0, prefix) == 1 { s = substr($0, length(prefix) + 1); sub(/\(.*/, "", s); sub(/\[abi:cxx11\]/, "", s); seen[s "|" $0] || count[s]++; seen[s "|" $0] = 1 } END { for (s in count) print s, count[s] }' "$work/symbols"; }
compare() { awk -v what="$1" 'NR == FNR { have[$1] = $2; next } $2 > have[$1] + 0 { print what $1 ": " $2 " declared, " have[$1] + 0 " defined"; bad = 1 } END { exit bad }' "$2" "$3"; }

bad=0
defined wick::v1:: >"$work/functions"
declared "" include/wick/ops/*.h >"$work/declared"
compare "" "$work/functions" "$work/declared" || bad=1
{ defined wick::v1::Tensor::; } >"$work/methods"
awk '/^class Tensor : /,/^ private:/' include/wick/tensor.h >"$work/tensor.h"
declared "  " "$work/tensor.h" >"$work/declared"
compare "Tensor::" "$work/methods" "$work/declared" || bad=1
[ $bad = 0 ] && echo "link: $(wc -l <"$work/functions") functions and $(wc -l <"$work/methods") methods are defined"
exit $bad
