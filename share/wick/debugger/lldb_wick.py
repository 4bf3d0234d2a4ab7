# Summaries for lldb: `command script import .../share/wick/debugger/lldb_wick.py`.
import os
import struct
import sys

import lldb

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import wick_tensors  # noqa: E402


def summary(value, _):
    target, process = value.GetTarget(), value.GetProcess()
    error = lldb.SBError()

    def read(address, n):
        data = process.ReadMemory(address, n, error)
        if error.Fail():
            raise ValueError(error.GetCString())
        return data

    try:
        symbol = target.FindSymbols("wick::debugger_layout")[0].GetSymbol()
        layout = struct.unpack("<10I", read(symbol.GetStartAddress().GetLoadAddress(target), 40))
        impl = struct.unpack("<Q", read(value.GetLoadAddress(), 8))[0]
        return wick_tensors.Tensor(read, layout, impl).text()
    except (ValueError, struct.error, IndexError) as e:
        return "(%s)" % e


def __lldb_init_module(debugger, _):
    debugger.HandleCommand("type summary add -F lldb_wick.summary -x '^wick::(v1::)?Tensor$'")
