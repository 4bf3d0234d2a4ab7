#!/usr/bin/env bash
# files.sh WICK GOLDEN: `wick inspect` and `wick convert` on small files.
set -u
wick=$1 golden=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "files: $*"; exit 1; }
has() { grep -qF -- "$2" <<<"$1" || fail "'$2' is not in: $1"; }

text=$("$wick" inspect "$golden/nested.pth") || fail "inspect failed"
has "$text" "nested.pth   zip container, version 3, 26 tensors, 195 values, 842 B"
has "$text" "4 share memory with others"
has "$text" "epoch     7"
has "$text" "state_dict.transposed        f32    [6, 4]            96 B       11.5      7.071          0         23"
has "$("$wick" inspect -q "$golden/legacy.pth")" "stream container, before PyTorch 1.6"
has "$("$wick" inspect "$golden/f8_fortran.npy")" "tensor  f64    [2, 3, 4]     192 B       11.5      7.071          0         23"
has "$("$wick" inspect "$golden/f2.npy")" "1 not finite"
has "$("$wick" inspect "$golden/sharded")" "2 shards, safetensors, 3 tensors"
has "$("$wick" inspect --json "$golden/sharded")" '"name":"b.weight","dtype":"i64","shape":[4],"bytes":32,"mean":1.5'
has "$("$wick" inspect "$golden/float8.safetensors" 2>&1)" 'dtype "F8_E5M2"'
"$wick" inspect "$work/none" 2>"$work/said" && fail "inspected a file that is not there"
[ $? = 1 ] || fail "another exit code than 1"
has "$(cat "$work/said")" "none: cannot open"
"$wick" inspect >/dev/null 2>&1
[ $? = 2 ] || fail "wrong usage does not exit with 2"

has "$("$wick" convert "$golden/nested.pth" "$work/a.safetensors" --drop 'complex128|empty' --rename conv.=first. --replace '^dtype\.(.*)$=as_\1' --add-prefix net.)" "20 tensors"
text=$("$wick" inspect --no-stats "$work/a.safetensors")
for part in "net.first.weight" "net.as_bfloat16" "format: pt"; do has "$text" "$part"; done
"$wick" convert -q "$work/a.safetensors" "$work/b.pt" --strip-prefix net. --dtype bf16 || fail "convert to .pt failed"
has "$("$wick" inspect "$work/b.pt")" "first.weight   bf16   [2, 3, 2, 2]"
"$wick" convert -q "$golden/sharded" "$work/s" 2>"$work/said" && fail "an ending that is none"
has "$(cat "$work/said")" "the name's ending tells the kind of file"
"$wick" convert -q "$golden/stored.npz" "$work/c.pth" && "$wick" convert -q "$work/c.pth" "$work/d.npz" --compress && "$wick" convert -q "$work/d.npz" "$work/e.npz" || fail "a chain of conversions failed"
[ "$("$wick" inspect "$work/e.npz" | tail -n +2)" = "$("$wick" inspect "$work/d.npz" | tail -n +2)" ] || fail "conversions changed something"
"$wick" convert "$golden/nested.pth" "$work/x.pt" --entry nested.a.b -q && has "$("$wick" inspect "$work/x.pt")" "3     i64    [2]"
"$wick" convert "$golden/nested.pth" "$work/x.pt" --entry nothing 2>"$work/said" && fail "took an entry that is not there"
has "$(cat "$work/said")" "there is no entry \"nothing\" (it has: state_dict, epoch"
"$wick" convert "$golden/nested.pth" "$work/x.pt" --drop . 2>"$work/said" && fail "wrote nothing at all"
[ "$(ls "$work" | grep -c tmp)" = 0 ] || fail "temporary files are left"
echo "files: all as expected"
