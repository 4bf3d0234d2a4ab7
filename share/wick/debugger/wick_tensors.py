# What a tensor is, read from the memory of a program (or of what it left when it died), with no call into it: for gdb and for lldb.
import math
import struct

LAYOUT = 1  # the first number of wick::debugger_layout
FIELDS = ("data", "numel", "sizes", "strides", "dtype", "requires_grad", "sparse", "vec_data", "vec_size")
TYPES = {0: ("uint8", "B"), 1: ("int8", "b"), 2: ("int16", "h"), 3: ("int32", "i"), 4: ("int64", "q"), 5: ("float16", "e"), 6: ("float32", "f"), 7: ("float64", "d"),
         9: ("complex64", "ff"), 10: ("complex128", "dd"), 11: ("bool", "?"), 15: ("bfloat16", None)}
SHOWN = 12


class Tensor:
    """`read(address, n)` gives bytes; `layout` the numbers at wick::debugger_layout; `impl` the handle's pointer."""

    def __init__(self, read, layout, impl):
        self.defined = impl != 0
        if not self.defined:
            return
        if layout[0] != LAYOUT:
            raise ValueError("wick's libraries and these printers are of different versions")
        at = dict(zip(FIELDS, layout[1:]))
        self.read = read

        def number(address, code="q"):
            return struct.unpack("<" + code, read(address, struct.calcsize(code)))[0]

        def numbers(field):
            vec = impl + at[field]
            n, p = number(vec + at["vec_size"]), number(vec + at["vec_data"], "Q")
            if not 0 <= n <= 64:
                raise ValueError("no tensor, or one that is being made")
            return list(struct.unpack("<%dq" % n, read(p, 8 * n))) if n else []

        self.shape, self.strides, self.numel = numbers("sizes"), numbers("strides"), number(impl + at["numel"])
        self.data, self.requires_grad = number(impl + at["data"], "Q"), bool(number(impl + at["requires_grad"], "B"))
        self.sparse = number(impl + at["sparse"], "Q") != 0
        self.dtype, self.code = TYPES.get(number(impl + at["dtype"], "b"), ("?", ""))

    def value(self, offset):
        if self.code is None:  # bfloat16: the upper half of a float
            return struct.unpack("<f", b"\0\0" + self.read(self.data + 2 * offset, 2))[0]
        size = struct.calcsize("<" + self.code)
        v = struct.unpack("<" + self.code, self.read(self.data + size * offset, size))
        return complex(*v) if len(v) == 2 else v[0]

    def first(self, n):
        """The first n values in the order of the shape."""
        out = []
        for i in range(min(n, self.numel)):
            offset, rest = 0, i
            for size, stride in zip(reversed(self.shape), reversed(self.strides)):
                offset += rest % size * stride
                rest //= size
            out.append(self.value(offset))
        return out

    def text(self):
        if not self.defined:
            return "undefined"
        s = "%s %s" % (self.dtype, self.shape)
        if self.sparse:
            return s + " sparse"
        if self.code == "" or self.numel < 0 or (self.data == 0 and self.numel):
            return s
        values = [text_of(v) for v in self.first(SHOWN)]
        s += " {" + ", ".join(values) + (", ..." if self.numel > SHOWN else "") + "}"
        return s + (" requires_grad" if self.requires_grad else "")


def text_of(v):
    if isinstance(v, float):
        return "%.6g" % v if math.isfinite(v) else str(v)
    return str(v)
