#!/usr/bin/env bash
# data.sh WICK MAKE_PICTURES: `wick data check` on data with faults and without; what `wick train` finds out about its own data, and about labels.
set -u
wick=$1 make=$2
source "$(dirname "$0")/common.sh"

# Pictures without a fault; then the same one twice, in training and held out, with two labels, and one that cannot be read.
"$make" pictures || fail "no pictures"
has "$("$wick" data check images pictures --strict)" "Nothing was found."
[ -e data.html ] && fail "a page about nothing"
mkdir parts && cp -r pictures parts/train && "$make" more 3 40 && mkdir parts/val
for c in disc square stripes; do mkdir parts/val/$c && cp more/$c/3[0-9].* parts/val/$c/; done
has "$("$wick" data check images parts --strict)" "Nothing was found."
cp parts/train/disc/3.png parts/val/disc/again.png
cp parts/train/disc/4.* parts/val/square/other.png 2>/dev/null
cp parts/train/square/7.png parts/train/square/twice.png
head -c 100 parts/train/square/7.png >parts/train/square/broken.png
text=$("$wick" data check images parts --out pairs.html) || fail "data check: $text"
for part in "123 examples" "leakage                     2   2 the same" "val parts/val/disc/again.png  =  train parts/train/disc/3.png" "[square]  =  train parts/train/disc/4" "duplicates                  1" "unreadable                  1" "saved pairs.html" \
  "2 held-out examples are in the training data"; do has "$text" "$part"; done
[ "$("$wick" data check images parts -q --exact | tr '\n' ' ')" = "leakage 2 conflicting_labels 1 duplicates 1 unreadable 1 " ] || fail "$("$wick" data check images parts -q)"
has "$("$wick" data check images parts --json --exact)" '"labels":["square","disc"]'
for part in "Held out, and in the training data" "data:image/png;base64," "again.png"; do has "$(cat pairs.html)" "$part"; done
grep -qE '(src|href)="?https?:|@import' pairs.html && fail "the page wants the network"
refused 1 "leakage" "$wick" data check images parts --strict
refused 1 "no folder nowhere" "$wick" data check images nowhere
refused 2 "DIR is required" "$wick" data check images
refused 2 "A subcommand is required" "$wick" data check

# A training says so, and so does the doctor.
rm parts/train/square/broken.png
text=$("$wick" train images parts --size 16 --epochs 1 --threads 1 --out run) || fail "$text"
has "$text" "note     2 held-out examples are in the training data"
has "$("$wick" doctor run -q)" leakage
has "$("$wick" doctor run)" "val again.png  =  train 3.png"
"$wick" train images pictures --size 16 --epochs 1 --threads 1 --out fine -q >/dev/null || fail "training"
"$wick" doctor fine -q | grep -qE "leakage|duplicates|labels" && fail "fine: $("$wick" doctor fine)"

# Tables: rows that come again, a column that tells, wrong labels.
rows() { awk -v every="$1" 'BEGIN { srand(5); print "a,b,c,d,large"; for (i = 0; i < 1500; ++i) { a = rand(); b = rand(); l = a > b; if (every && i % every == 3) l = !l; printf("%f,%f,%f,%f,%s\n", a, b, rand(), rand(), l ? "yes" : "no") } }'; }
rows 0 >clean.csv
rows 16 >wrong.csv
(cat clean.csv; tail -200 clean.csv) >again.csv
awk -F, '{ print $0 "," (NR == 1 ? "code" : $5 == "yes" ? "Y" : "N") }' clean.csv >code.csv
has "$("$wick" data check table clean.csv --target large --strict)" "Nothing was found."
[ "$("$wick" data check table again.csv --target large -q | awk '{ n += $2 } END { print n }')" = 200 ] || fail "rows that come again"
has "$("$wick" data check table again.csv --target large -v)" "again.csv:1305"
has "$("$wick" data check table code.csv --target large)" '"code" alone explains 100'
has "$("$wick" data check table code.csv --target large --ignore code)" "Nothing was found."
refused 1 "no column" "$wick" data check table clean.csv --target none
for name in clean wrong; do "$wick" train table $name.csv --target large --epochs 12 --out $name --threads 1 >said || fail "$(cat said)"; done
[ "$("$wick" doctor clean -q)" = "" ] || fail "clean: $("$wick" doctor clean)"
grep -q "labels may be wrong" said || fail "nothing was said of wrong labels: $(cat said)"
has "$("$wick" doctor wrong -q)" mislabelled
has "$(cat wrong/report.html)" "faults of the data"
has "$(cat wrong/report.html)" 'href="suspects.html"'
# The first 40 suspects among the training rows are wrong ones (lines 5, 21, 37, …), nearly all.
right=$(grep '^train,' wrong/suspects.csv | head -40 | awk -F, '{ sub(/.*:/, "", $3); n += ($3 + 0) % 16 == 5 } END { print n }')
[ "$right" -ge 34 ] || fail "$right of the first 40 suspects are wrong labels: $(head -50 wrong/suspects.csv)"
has "$(cat wrong/suspects.html)" "wrong.csv:"
"$wick" train table clean.csv --target large --epochs 12 --out wrong -q --threads 1 >/dev/null
grep -qs "wrong.csv" wrong/suspects.csv && fail "suspects of another run were left"

# Texts, where there is wick::text.
if "$wick" data check text --help >/dev/null 2>&1; then
  for i in $(seq 60); do printf 'the %s sisters who run a small hotel by the sea and lose it slowly %s\t%s\n' "$i" "$((i * 7919))" $((i % 2)); done >texts.tsv
  for i in $(seq 40); do printf 'number %s walks alone over hill %s towards town %s without any map %s\t%s\n' "$i" "$((i * 31))" "$((i * 17))" "$((i * 13))" $((i % 2)); done >>texts.tsv
  head -3 texts.tsv | sed 's/the/THE/; s/slowly/slowly!/' >others.tsv
  has "$("$wick" data check text texts.tsv --val-file others.tsv)" "leakage                     3   0 the same, 3 nearly"
  refused 1 "cannot be opened" "$wick" data check text none.tsv
fi
has "$("$wick" data check digits --json)" '"examples":1437'
echo "data: all as expected"
