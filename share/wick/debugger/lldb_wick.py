# Summaries for lldb: `command script import .../share/wick/debugger/lldb_wick.py`.
import os
import re
import struct
import sys

import lldb

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import wick_tensors  # noqa: E402


def reader(value):
    process, error = value.GetProcess(), lldb.SBError()

    def read(address, n):
        data = process.ReadMemory(address, n, error)
        if error.Fail():
            raise ValueError(error.GetCString())
        return data

    return read


def layout(value, read, symbol="wick::debugger_layout", n=10):
    target = value.GetTarget()
    found = target.FindSymbols(symbol)[0].GetSymbol()
    return struct.unpack("<%dI" % n, read(found.GetStartAddress().GetLoadAddress(target), 4 * n))


def summary(value, _):
    try:
        value = what(value)
        read = reader(value)
        impl = struct.unpack("<Q", read(value.GetLoadAddress(), 8))[0]
        return wick_tensors.Tensor(read, layout(value, read), impl).text()
    except (ValueError, struct.error, IndexError) as e:
        return "(%s)" % e


def what(value):
    """The value itself, of a reference that to which it refers."""
    value = value.GetNonSyntheticValue()
    return value.Dereference() if value.GetType().IsReferenceType() else value


def derives(kind, name):
    """Whether a type, or one of its bases, has a name that matches."""
    kind = kind.GetCanonicalType()
    if re.match(name, kind.GetUnqualifiedType().GetName() or ""):
        return True
    return any(derives(kind.GetDirectBaseClassAtIndex(i).GetType(), name) for i in range(kind.GetNumberOfDirectBaseClasses()))


def module_summary(value, _):
    try:
        value = what(value)
        address = value.GetLoadAddress()
        read = reader(value)
        if derives(value.GetType(), HOLDER):
            while not value.GetChildMemberWithName("impl_").IsValid() and value.GetNumChildren():
                value = value.GetChildAtIndex(0)
            # A std::shared_ptr, whose pointer comes first.
            address = struct.unpack("<Q", read(value.GetChildMemberWithName("impl_").GetLoadAddress(), 8))[0]
        return wick_tensors.Module(read, layout(value, read), layout(value, read, wick_tensors.MODULE_LAYOUT, 7), address).text() if address else "no module"
    except (ValueError, struct.error, IndexError) as e:
        return "(%s)" % e


HOLDER, MODULE = "wick::nn::(v1::)?ModuleHolder<", "wick::nn::(v1::)?Module$"


def print_module(debugger, command, context, result, _):
    """module EXPRESSION: the children, parameters and buffers of a module or a holder."""
    frame = context.GetFrame()
    value = frame.GetValueForVariablePath(command) if frame.IsValid() else lldb.SBValue()
    if not value.IsValid():
        value = frame.EvaluateExpression(command)
    fits = value.IsValid() and any(derives(what(value).GetType(), name) for name in (HOLDER, MODULE))
    result.AppendMessage(module_summary(value, None) if fits else "%s is no module" % command)


def __lldb_init_module(debugger, _):
    debugger.HandleCommand("type summary add -F lldb_wick.summary -x '^wick::(v1::)?Tensor$'")
    # Summaries go by the names of types: `module EXPRESSION` takes those that derive from them, too.
    debugger.HandleCommand("type summary add -F lldb_wick.module_summary -x '^wick::nn::(v1::)?Module(Holder<.+>)?$'")
    debugger.HandleCommand("command script add -f lldb_wick.print_module module")
