#!/usr/bin/env bash
# scale.sh WICK DIST_TESTS: `wick scale` measures what it says, follows its formula beyond that, and says what is wrong. No time is looked at.
set -u
wick=$1 program=$2
"$program" has gloo || { echo "skipped: no gloo"; exit 77; }
source "$(dirname "$0")/common.sh"

text=$("$wick" scale --ranks 2,1 --to 64 --out page.html -- wick train digits --epochs 1 --threads 1 2>said) || fail "$text $(cat said)"
has "$(cat said)" "running 2 ranks"
has "$text" "weak scaling, 1 thread a rank"
has "$text" "examples/s"
has "$text" "beyond 2 ranks a model, not a measurement: latency"
[ "$(grep -cE '^ +(1|2|4|8|16|32|64) +[0-9,.]+ +[0-9.]+x' <<<"$text")" = 7 ] || fail "rows: $text"
grep -qE '^ +1 .* 1\.00x +100\.0 %' <<<"$text" || fail "the first row is not the base: $text"
grep -q '^    2 █' <<<"$text" && grep -q '^   64 ░' <<<"$text" || fail "no curve: $text"
for part in '<svg' 'throughput by ranks' '"x":"ranks"' 'The model' 'All-reduce' '<script>'; do has "$(cat page.html)" "$part"; done
grep -qE '(src|href)="?https?:|@import' page.html && fail "the page wants the network"
[ "$(ls)" = "$(printf 'page.html\nsaid')" ] || fail "files are left: $(ls)"

# The model is the formula, and strong scaling shares one batch.
"$wick" scale --ranks 1,2 --strong --json --latency 30 --bandwidth 1 -- "$wick" train digits --epochs 1 --threads 1 --batch-size 64 >json || fail "$(cat json)"
python=$(command -v python3) && { "$python" - <<'E2' || fail "JSON: $(cat json)"; }
import json, math
j = json.load(open('json'))
assert j['scaling'] == 'strong' and [p['ranks'] for p in j['measured']] == [1, 2] and [p['ranks'] for p in j['model']] == [4, 8, 16, 32, 64, 128, 256]
assert abs(j['network']['latency'] - 3e-5) < 1e-12 and j['network']['bandwidth'] == 1e9 and j['network']['given'] and len(j['all_reduce']) == 5
near = lambda a, b: abs(a - b) <= 1e-6 * abs(b)
first, last = j['measured']
for p in j['measured'] + j['model']:
    assert near(p['step'], p['compute'] + p['data'] + p['exposed']), p
    assert near(p['efficiency'], p['per_second'] / first['per_second'] / p['ranks']) and near(p['speedup'], p['efficiency'] * p['ranks'])
def cost(n, s=last['bytes'], k=last['operations'], a=3e-5, b=1e9):
    return min(2 * (n - 1) * k * a + 2 * (n - 1) / n * s / b, 2 * math.ceil(math.log2(n)) * (k * a + s / b))
base = max((p for p in j['measured'] if p['ranks'] * p['threads'] <= j['cores']), key=lambda p: p['ranks'])
for p in j['model']:
    assert near(p['compute'], base['compute'] * base['ranks'] / p['ranks'])
    assert near(p['exposed'], max(base['exposed'] * cost(p['ranks']) / (last['hidden'] + last['exposed']), cost(p['ranks']) - 2 / 3 * p['compute'])), p
assert last['operations'] > 1 and last['bytes'] > 4 * 6000 and first['operations'] == 0
E2
[[ "$("$wick" scale --ranks 1 -q wick train digits --epochs 1 --threads 1)" = 1.0000 ]] || fail "one rank alone"

# A program of one's own with DistributedDataParallel and a loop of its own.
"$wick" scale --ranks 2 --json -- "$program" data_parallel gloo >json 2>said || fail "$(cat said)"
has "$(cat json)" '"unit": "steps"'

"$wick" scale --ranks 1 -- sh -c 'echo something; exit 7' >said 2>&1 && fail "a program that fails"
has "$(cat said)" "scale: with 1 rank the program ended with exit code 7"
has "$(cat said)" "  something"
"$wick" scale --ranks 1 -- true >said 2>&1 && fail "a program that does not train"
has "$(cat said)" "left no times"
"$wick" scale --ranks 1 -- wick train digits --out here >said 2>&1 && fail "took --out"
has "$(cat said)" "leave --out away"
"$wick" scale --ranks 0 -- true >/dev/null 2>&1
[ $? = 2 ] || fail "no ranks"
"$wick" scale >/dev/null 2>&1
[ $? = 2 ] || fail "no program"
has "$("$wick" scale --help)" "exposed(n) = max(e c(n) / c(m), c(n) - 2/3 compute)"
echo "scale: all as expected"
