#!/usr/bin/env python3
"""Makes the golden numbers of the op table: compiles tests/ops against the PyTorch that this Python imports, runs
it, and writes golden/ops/<area>.txt. Needs g++ (the order in which it evaluates arguments decides the order of the
random draws) and takes some minutes; nothing else in the build needs Python.

  make.py [AREA...]     remake these areas (default: all)
  make.py --work DIR    keep the objects there, and reuse those newer than their source
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

GOLDEN = pathlib.Path(__file__).resolve().parent
OPS = GOLDEN.parent / "ops"


def area_of(source):
    found = re.search(r'^AREA\("(\w+)"\)', source.read_text(), re.M)
    return found and found[1]


def compile_one(source, work, torch):
    target = work / (source.stem + ".o")
    newest = max(source.stat().st_mtime, (OPS / "harness.h").stat().st_mtime)
    if not target.exists() or target.stat().st_mtime < newest:
        include = torch / "include"
        subprocess.run(["g++", "-std=c++20", "-O0", "-w", f"-I{include}", f"-I{include}/torch/csrc/api/include",
                        f'-DOPS_DATA="{GOLDEN.parent}"', "-c", source, "-o", target], check=True)
    return target


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("areas", nargs="*")
    options.add_argument("--work", type=pathlib.Path)
    options.add_argument("--jobs", type=int, default=2)
    o = options.parse_args()
    import torch
    root = pathlib.Path(torch.__file__).parent
    sources = [s for s in sorted(OPS.glob("*.cpp")) if area_of(s) in (None, *o.areas) or not o.areas]
    with tempfile.TemporaryDirectory() as scratch:
        work = o.work or pathlib.Path(scratch)
        work.mkdir(parents=True, exist_ok=True)
        with ThreadPoolExecutor(o.jobs) as pool:
            objects = list(pool.map(lambda s: compile_one(s, work, root), sources))
        program = work / "ops"
        subprocess.run(["g++", *objects, "-o", program, f"-L{root}/lib", "-ltorch", "-ltorch_cpu", "-lc10",
                        f"-Wl,-rpath,{root}/lib"], check=True)
        return subprocess.run([program, "--write", GOLDEN / "ops", *o.areas]).returncode


sys.exit(main())
