# Pretty printers for gdb: `source .../share/wick/debugger/gdb_wick.py`, or by itself where auto-loading of libwick_core's script is allowed.
import os
import re
import struct
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import wick_tensors  # noqa: E402


def read(address, n):
    return bytes(gdb.selected_inferior().read_memory(address, n))


def layout():
    at = int(gdb.parse_and_eval("(unsigned long)&'wick::debugger_layout'"))
    return struct.unpack("<10I", read(at, 40))


class TensorPrinter:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        try:
            impl = int(self.value["p_"])
            return "Tensor " + wick_tensors.Tensor(read, layout(), impl).text()
        except (gdb.error, ValueError, struct.error) as e:
            return "Tensor (%s)" % e


def lookup(value):
    kind = value.type.strip_typedefs().unqualified()
    if kind.code == gdb.TYPE_CODE_REF:
        kind = kind.target().strip_typedefs().unqualified()
    return TensorPrinter(value) if re.match(r"wick::(v1::)?Tensor(Base)?$", str(kind)) else None


gdb.pretty_printers.insert(0, lookup)
