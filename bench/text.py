#!/usr/bin/env python3
"""Tokenizers beside Hugging Face's, in turn, on one core.

    bench/text.py FOLDER FILE     (vocab.txt, or vocab.json and merges.txt; lines of text)

Compiles bench/text.cpp against the release build ($WICK_BUILD, or build/release) and compares medians of five rounds.
"""
import os
import statistics
import subprocess
import sys
import time

folder, file = sys.argv[1:]
root = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..')
build = os.environ.get('WICK_BUILD', root + '/build/release')
libs = os.path.join(build, 'lib') if os.path.exists(build + '/lib/libwick_core.so') else build
subprocess.run(['g++', '-std=c++17', '-O2', '-I' + root + '/include', root + '/bench/text.cpp', '-o', build + '/bench_text', '-L' + libs, '-lwick_text', '-lwick_models', '-lwick_nn', '-lwick_core',
                '-Wl,-rpath,' + os.path.abspath(libs)], check=True)
os.environ['TOKENIZERS_PARALLELISM'] = 'false'
os.environ['OMP_NUM_THREADS'] = '1'
from tokenizers import Tokenizer, models, pre_tokenizers, processors  # noqa: E402
from tokenizers.implementations import BertWordPieceTokenizer  # noqa: E402

if os.path.exists(folder + '/vocab.txt'):
    t = BertWordPieceTokenizer(folder + '/vocab.txt', lowercase=True)
else:
    t = Tokenizer(models.BPE.from_file(folder + '/vocab.json', folder + '/merges.txt'))
    t.pre_tokenizer, t.post_processor = pre_tokenizers.ByteLevel(add_prefix_space=False), processors.ByteLevel(trim_offsets=False)
lines = open(file, encoding='utf-8').read().split('\n')
megabytes = sum(len(x.encode()) for x in lines) / 1e6
wick, ids, theirs = [], [], []
for _ in range(5):
    a, b = map(float, subprocess.run([build + '/bench_text', folder, file], check=True, capture_output=True, text=True).stdout.split())
    wick.append(a)
    ids.append(b)
    start = time.perf_counter()
    t.encode_batch(lines)
    theirs.append(time.perf_counter() - start)
w, i, h = (statistics.median(x) for x in (wick, ids, theirs))
print('encode  wick %.1f MB/s (ids alone %.1f)   tokenizers %.1f MB/s   %.1fx' % (megabytes / w, megabytes / i, megabytes / h, h / w))
