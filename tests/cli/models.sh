#!/bin/sh
# wick models: the table, parts of names, JSON, and what there is not.
set -eu
wick=$1
[ "$("$wick" models | wc -l)" = 85 ]
"$wick" models resnet20 | grep -q '^resnet20 *269,722 *0.041 G *32 *91.7 %  resnet20-12fca82f.th$'
"$wick" models --json vit_h | grep -q '"url": "https://download.pytorch.org/models/vit_h_14_lc_swag-c1eb923e.pth"'
if "$wick" models nothing > /dev/null 2> err.$$; then exit 1; fi
grep -q "no name contains 'nothing'" err.$$
rm err.$$
