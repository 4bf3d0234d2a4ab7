# What a tensor and a module are, read from the memory of a program (or of what it left when it died), with no call into it: for gdb and for lldb.
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


MODULE_LAYOUT = "wick::nn::v1::detail::Access::debugger_layout"
MODULE_FIELDS = ("parameters", "buffers", "children")  # of each where its vector of items begins within a module, and the size of an item


class Module:
    """`layout` and `places`: the numbers at wick::debugger_layout and at MODULE_LAYOUT."""

    def __init__(self, read, layout, places, address):
        if places[0] != LAYOUT:
            raise ValueError("wick's libraries and these printers are of different versions")
        self.read, self.layout, self.places, self.address = read, layout, places, address
        self.name = short_name(self.string(self.word(self.word(address) - 8) + 8))

    def word(self, address):
        return struct.unpack("<Q", self.read(address, 8))[0]

    def string(self, at):
        text, p = b"", self.word(at)
        while len(text) < 1000:
            c = self.read(p + len(text), 1)
            if c == b"\0":
                break
            text += c
        return text.decode("utf-8", "replace")

    def items(self, field):
        """Pairs of a name and the address of a value."""
        at = 1 + 2 * MODULE_FIELDS.index(field)
        start, size = self.places[at], self.places[at + 1]  # a std::string, then the value
        begin, end = self.word(self.address + start), self.word(self.address + start + 8)
        if not 0 <= end - begin <= size * 100000 or (end - begin) % size:
            raise ValueError("no module, or one that is being made")
        for at in range(begin, end, size):
            n = self.word(at + 8)
            if n > 10000:
                raise ValueError("no module, or one that is being made")
            yield self.read(self.word(at), n).decode("utf-8", "replace"), at + 32

    def tensors(self, field):
        return [(name, Tensor(self.read, self.layout, self.word(at))) for name, at in self.items(field)]

    def children(self):
        """Pairs of a name and a module, or None."""
        out = []
        for name, at in self.items("children"):
            p = self.word(at)
            out.append((name, Module(self.read, self.layout, self.places, p) if p else None))
        return out

    def count(self, seen=None):
        """Values in all parameters, those that are shared once."""
        seen = set() if seen is None else seen
        n = 0
        for _, at in self.items("parameters"):
            p = self.word(at)
            if p and p not in seen:
                seen.add(p)
                n += Tensor(self.read, self.layout, p).numel
        return n + sum(child.count(seen) for _, child in self.children() if child)

    def title(self):
        n = self.count()
        return "%s, %s parameter%s" % (self.name, format(n, ","), "" if n == 1 else "s")

    def text(self):
        parts = ["%s: %s" % (name, "%s %s" % (t.dtype, t.shape) if t.defined else "undefined") for field in ("parameters", "buffers") for name, t in self.tensors(field)]
        parts += ["%s: %s" % (name, child.title() if child else "none") for name, child in self.children()]
        more = len(parts) - 2 * SHOWN
        return self.title() + (" {" + "; ".join(parts[: 2 * SHOWN]) + ("; %d more" % more if more > 0 else "") + "}" if parts else "")


def short_name(mangled):
    """LinearImpl's name from that of its type: N4wick2nn2v110LinearImplE gives Linear."""
    rest, name = mangled.lstrip("*N"), mangled
    while rest[:1].isdigit():
        digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
        rest = rest[len(digits):]
        name, rest = rest[: int(digits)], rest[int(digits):]
    return name[:-4] if name.endswith("Impl") and len(name) > 4 else name


def text_of(v):
    if isinstance(v, float):
        return "%.6g" % v if math.isfinite(v) else str(v)
    return str(v)
