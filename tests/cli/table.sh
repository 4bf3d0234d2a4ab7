#!/usr/bin/env bash
# table.sh WICK [DATA]: `wick train table` on a small table, and what is said about bad ones; on iris and abalone if DATA has them.
set -u
wick=$1 data=${2:-}
source "$(dirname "$0")/common.sh"

# price = 3 rooms + 10 if the town is "north"; the class says which is large. Some values are missing.
awk 'BEGIN { srand(3); print "house,rooms,town,age,price,class"
  for (i = 0; i < 300; ++i) {
    rooms = 1 + int(rand() * 8); town = rand() < 0.4 ? "north" : rand() < 0.5 ? "south" : "east"; price = 3 * rooms + (town == "north" ? 10 : 0) + rand();
    printf "h%d,%s,%s,%s,%.3f,%s\n", i, i % 29 == 0 ? "NA" : rooms, i % 31 == 0 ? "" : town, i % 17 == 0 ? "?" : int(rand() * 90), price, (price > 16) ? "large" : "small" } }' >houses.csv

text=$("$wick" train table houses.csv --target class --id house --ignore price --epochs 30 --out class) || fail "$text"
has "$text" "300 rows (240 train, 60 val), 3 columns (2 numbers, 1 category"
has "$text" "val accuracy"
said=$("$wick" train table houses.csv --target class --id house --ignore price --epochs 30 --out again -q)
awk "BEGIN { exit !($said >= 0.85) }" || fail "accuracy $said"
[ "$(sha256sum <class/model.safetensors)" = "$(sha256sum <again/model.safetensors)" ] || fail "the same seed gives another model"
[ "$("$wick" eval class -q)" = "$said" ] || fail "eval says $("$wick" eval class -q), training said $said"
has "$(cat class/report.html)" "val accuracy"
has "$(cat class/report.html)" "Settings"
has "$("$wick" predict class houses.csv --json | head -1)" '{"row":"h0","class":"'
[ "$("$wick" predict class houses.csv -q | wc -l)" = 300 ] || fail "not an answer for each row"
printf 'rooms,town,age\n1,south,3\n8,north,4\n' >new.csv
[ "$("$wick" predict class new.csv -q | tr '\n' ' ')" = "small large " ] || fail "$("$wick" predict class new.csv)"

text=$("$wick" train table houses.csv --target price --id house --ignore class --epochs 60 --out price) || fail "$text"
has "$text" "R2 0.9"
has "$(cat price/report.html)" "predicted against actual"
has "$("$wick" predict price new.csv --json | tail -1)" '"value":3'
has "$("$wick" eval price houses.csv --json)" '"rmse":'

# Killed and gone on with.
rm -rf again
kills=0
for moment in 0.05 0.1 0.15 0.1 0.2; do
  "$wick" train table houses.csv --target class --id house --ignore price --epochs 30 --out again --resume --checkpoint-every 3 -q >said 2>&1 &
  pid=$!
  sleep $moment
  kill -KILL $pid 2>/dev/null && kills=$((kills + 1))
  wait $pid 2>/dev/null
done
"$wick" train table houses.csv --target class --id house --ignore price --epochs 30 --out again --resume -q >said || fail "$(cat said)"
[ "$(sha256sum <class/model.safetensors)" = "$(sha256sum <again/model.safetensors)" ] || fail "after $kills kills the model is another"

# What the report says of a run that learnt the rows by heart, and of one that found nothing.
awk 'BEGIN { srand(5); print "a,b,c,d,e,coin"; for (i = 0; i < 200; ++i) printf("%f,%f,%f,%f,%f,%s\n", rand(), rand(), rand(), rand(), rand(), rand() < 0.5 ? "heads" : "tails") }' >coins.csv
"$wick" train table coins.csv --target coin --epochs 300 --dropout 0 --hidden 128,128 --out heart -q >/dev/null && grep -q "100 % of the training examples are right" heart/report.html || fail "no word of overfitting"
awk -F, 'NR == 1 { print "same,coin" } NR > 1 { print "1," $6 }' coins.csv >blank.csv
"$wick" train table blank.csv --target coin --epochs 5 --out nothing -q >/dev/null && grep -q "hardly better than always" nothing/report.html || fail "no word of having learnt nothing"

# Without names, other separators, columns by number.
tail -n +2 houses.csv | tr ',' ';' >bare.csv
has "$("$wick" train table bare.csv --no-header --target -1 --ignore 0,4 --epochs 1 --out bare)" "target 5: 2 classes"

refused 2 "--target is required" "$wick" train table houses.csv
refused 1 "none.csv" "$wick" train table none.csv --target x
refused 1 "prize" "$wick" train table houses.csv --target prize
refused 1 "holds texts" "$wick" train table houses.csv --target town --task regression
refused 1 "these are no classes" "$wick" train table houses.csv --target house
printf 'rooms,age\n1,2\n' >few.csv
refused 1 "lacks columns that the network was trained with: town" "$wick" predict class few.csv
refused 1 "lacks columns" "$wick" eval class new.csv
printf 'rooms,town,age,class\n1,south,3,huge\n' >odd.csv
refused 1 '"huge" in column "class" is none of the 2 classes' "$wick" eval class odd.csv
printf 'a,b\n1,2\n3\n' >ragged.csv
refused 1 "ragged.csv:3" "$wick" train table ragged.csv --target b

if [ -n "$data" ] && [ -f "$data/tabular/iris.csv" ]; then
  said=$("$wick" train table "$data/tabular/iris.csv" --target 4 --out iris -q) || fail "iris"
  awk "BEGIN { exit !($said >= 0.9) }" || fail "iris: accuracy $said"
  said=$("$wick" train table "$data/tabular/abalone.csv" --target 8 --epochs 10 --out abalone -q) || fail "abalone"
  awk "BEGIN { exit !($said <= 1.7) }" || fail "abalone: MAE $said"
fi
echo "table: all as expected, $kills kills"
