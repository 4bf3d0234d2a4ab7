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


def layout(symbol="wick::debugger_layout", n=10):
    at = int(gdb.parse_and_eval("(unsigned long)&'%s'" % symbol))
    return struct.unpack("<%dI" % n, read(at, 4 * n))


class TensorPrinter:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        try:
            impl = int(self.value["p_"])
            return "Tensor " + wick_tensors.Tensor(read, layout(), impl).text()
        except (gdb.error, ValueError, struct.error) as e:
            return "Tensor (%s)" % e


class ModulePrinter:
    """Of the module at an address; 0: an empty holder."""

    def __init__(self, address):
        self.address = address

    def to_string(self):
        try:
            return wick_tensors.Module(read, layout(), layout(wick_tensors.MODULE_LAYOUT, 7), self.address).text() if self.address else "no module"
        except (gdb.error, ValueError, struct.error) as e:
            return "module (%s)" % e


def base(kind, name):
    """A type, or the first among its bases, whose name matches; or None."""
    kind = kind.strip_typedefs()
    if kind.code != gdb.TYPE_CODE_STRUCT or re.match(name, str(kind.unqualified())):
        return kind if kind.code == gdb.TYPE_CODE_STRUCT else None
    return next(filter(None, (base(f.type, name) for f in kind.fields() if f.is_base_class)), None)


def printer(value, kind):
    holder, module = base(kind, r"wick::nn::(v1::)?ModuleHolder<"), base(kind, r"wick::nn::(v1::)?Module$")
    if holder is not None:
        return ModulePrinter(int(value.cast(holder)["impl_"]["p_"]["_M_ptr"]))
    return ModulePrinter(int(value.cast(module).address)) if module is not None and value.address is not None else None


def lookup(value):
    kind = value.type.strip_typedefs().unqualified()
    if kind.code in (gdb.TYPE_CODE_REF, gdb.TYPE_CODE_RVALUE_REF):
        value = value.referenced_value()
        kind = kind.target().strip_typedefs().unqualified()
    if re.match(r"wick::(v1::)?Tensor(Base)?$", str(kind)):
        return TensorPrinter(value)
    try:
        return printer(value, kind)
    except gdb.error:
        return None


gdb.pretty_printers.insert(0, lookup)
