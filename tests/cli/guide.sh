#!/usr/bin/env bash
# guide.sh WICK MAKE_PICTURES PAGE: every `$ wick …` line of a page of the guide runs, in its order, on pictures in photos/ and a table houses.csv (one epoch each).
set -u
wick=$1 make=$2 page=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
"$make" photos 2 20 && mv photos/disc photos/cats && mv photos/square photos/dogs || exit 1
awk 'BEGIN { print "house,rooms,town,price"; for (i = 0; i < 100; ++i) printf("h%d,%d,%s,%.1f\n", i, i % 7, i % 3 ? "north" : "south", 3 * (i % 7) + 0.1 * (i % 11)) }' >houses.csv
count=0
while IFS= read -r line; do
  [[ $line == *" train "* ]] && line+=" --epochs 1"
  read -ra words <<<"${line#\$ wick }"
  "$wick" "${words[@]}" >said 2>&1 || { echo "guide: $line: $(cat said)"; exit 1; }
  count=$((count + 1))
done < <(grep '^\$ wick ' "$page")
[ $count -ge 8 ] || { echo "guide: only $count commands in $page"; exit 1; }
echo "guide: $count commands ran"
