"""Files as PyTorch and NumPy write them, and what is in them, for tests/unit/io/foreign.cpp.

  files.py                 writes tests/golden/files
  files.py --check WICK    WICK (build/release/bin/wick) converts them, and PyTorch and NumPy read the results
"""
import collections
import hashlib
import io
import json
import os
import struct
import subprocess
import sys
import tempfile
import zipfile

import numpy as np
import torch

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "files")
DTYPES = [torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool, torch.complex64, torch.complex128]
SAFETENSORS = {torch.float32: "F32", torch.float64: "F64", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64", torch.int32: "I32", torch.int16: "I16", torch.int8: "I8",
               torch.uint8: "U8", torch.bool: "BOOL", torch.complex64: "C64"}


def values():
    torch.manual_seed(3)
    base = torch.arange(24, dtype=torch.float32).reshape(4, 6)
    state = collections.OrderedDict()
    state["conv.weight"] = torch.randn(2, 3, 2, 2)
    state["conv.bias"] = torch.nn.Parameter(torch.randn(2))
    state["tied"] = state["conv.weight"]
    state["column"] = base[:, 2]
    state["transposed"] = base.t()
    state["expanded"] = base[:1].expand(3, 6)
    state["last"] = base[3:, 4:]
    state["scalar"] = torch.tensor(2.5)
    state["empty"] = torch.zeros(0, 4)
    state["channels_last"] = torch.randn(1, 2, 3, 3).contiguous(memory_format=torch.channels_last)
    for t in DTYPES:
        state["dtype." + str(t).split(".")[1]] = (torch.arange(6).reshape(2, 3) - 1).to(t)
    state._metadata = collections.OrderedDict([("", {"version": 1})])
    return {"state_dict": state, "epoch": 7, "big": 1 << 40, "negative": -3, "lr": 0.125, "name": "run é", "raw": b"\x00\xff\x80A", "none": None, "yes": True, "list": [1, 2, [3.5, "x"]],
            "pair": (torch.ones(2), "y"), "shape": torch.Size([2, 3]), "device": torch.device("cpu"), "dtype": torch.bfloat16, "z": 1 + 2j, "set": {5}, "tensors": [torch.zeros(1), torch.ones(1)],
            "nested": {"a": {"b": {3: torch.full((2,), 9)}}}}


def sha(t):
    t = t.detach().contiguous()
    raw = t.view(torch.uint8).numpy() if t.dim() and t.numel() else t.reshape(-1).view(torch.uint8).numpy() if t.numel() else np.zeros(0, np.uint8)
    return hashlib.sha256(raw.tobytes()).hexdigest()


def describe(x, path="", into=None):
    into = {} if into is None else into
    if isinstance(x, torch.Tensor):
        into[path or "tensor"] = {"dtype": str(x.dtype).split(".")[1], "shape": list(x.shape), "stride": list(x.stride()), "sha256": sha(x)}
    elif isinstance(x, dict):
        for k, v in x.items():
            describe(v, f"{path}.{k}" if path else str(k), into)
    elif isinstance(x, (list, tuple)) and not isinstance(x, torch.Size):
        for i, v in enumerate(x):
            describe(v, f"{path}.{i}" if path else str(i), into)
    return into


def big_endian(path, to):
    """The same archive as a big-endian machine writes it."""
    widths = {}
    object_ = torch.load(path)
    def walk(x):
        if isinstance(x, torch.Tensor):
            w = x.element_size() // (2 if x.is_complex() else 1)
            widths[sha_storage(x)] = w
        elif isinstance(x, dict):
            [walk(v) for v in x.values()]
        elif isinstance(x, (list, tuple)):
            [walk(v) for v in x]
    def sha_storage(x):
        return hashlib.sha256(bytes(x.untyped_storage())).hexdigest()
    walk(object_)
    with zipfile.ZipFile(path) as z, zipfile.ZipFile(to, "w") as out:
        for name in z.namelist():
            b = z.read(name)
            if name.endswith("byteorder"):
                b = b"big"
            elif "/data/" in name:
                w = widths[hashlib.sha256(b).hexdigest()]
                b = np.frombuffer(b, np.uint8).reshape(-1, w)[:, ::-1].tobytes()
            out.writestr(name, b)


def safetensors(path, tensors, metadata=None, names=SAFETENSORS):
    header, data = ({"__metadata__": metadata} if metadata else {}), b""
    for k, t in tensors.items():
        raw = t.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
        header[k] = {"dtype": names[t.dtype], "shape": list(t.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)


def read_safetensors(path):
    kinds = {v: k for k, v in SAFETENSORS.items()}
    b = open(path, "rb").read()
    n = struct.unpack("<Q", b[:8])[0]
    header = json.loads(b[8:8 + n])
    return {k: torch.frombuffer(bytearray(b[8 + n + h["data_offsets"][0]:8 + n + h["data_offsets"][1]]), dtype=kinds[h["dtype"]]).reshape(h["shape"])
            for k, h in header.items() if k != "__metadata__" and h["data_offsets"][0] < h["data_offsets"][1]}


ARRAYS = {"f4": np.arange(6, dtype="<f4").reshape(2, 3) / 4, "f8_fortran": np.asfortranarray(np.arange(24, dtype="<f8").reshape(2, 3, 4)), "i4_big": np.arange(-2, 4, dtype=">i4"),
          "c8_big": (np.arange(3) + 1j * np.arange(3, 6)).astype(">c8"), "f2": np.array([0.5, -2, np.inf], "<f2"), "b1": np.array([True, False, True]), "i1": np.array([-1, 2], "i1"),
          "u1": np.array([255, 2], "u1"), "i2": np.array([-300, 2], "<i2"), "i8": np.array([-1 << 40, 2], "<i8"), "u2": np.array([65535, 2], "<u2"), "u4": np.array([4294967295, 2], ">u4"),
          "u8": np.array([1 << 40, 2], "<u8"), "c16": np.array([1 - 2j]), "scalar": np.array(2.5), "empty": np.zeros((0, 3), "f4")}
WIDER = {"u2": np.int32, "u4": np.int64, "u8": np.int64}


def array_tensor(name, a):
    a = a.astype(WIDER[name]) if name in WIDER else a.astype(a.dtype.newbyteorder("="), order="K")
    return torch.from_numpy(a)


def make():
    os.makedirs(OUT, exist_ok=True)
    expected = {}
    here = lambda name: os.path.join(OUT, name)
    v = values()
    torch.save(v, here("nested.pth"))
    torch.save({k: x for k, x in v.items()}, here("legacy.pth"), _use_new_zipfile_serialization=False)
    for name in ("nested.pth", "legacy.pth"):
        back = torch.load(here(name), weights_only=True)
        assert back["epoch"] == 7
        expected[name] = describe(back)
    big_endian(here("nested.pth"), here("big_endian.pth"))
    expected["big_endian.pth"] = expected["nested.pth"]
    with zipfile.ZipFile(here("nested.pth")) as z, zipfile.ZipFile(here("repacked.pth"), "w", zipfile.ZIP_DEFLATED) as out:
        for name in z.namelist():
            out.writestr(name, z.read(name))
    expected["repacked.pth"] = expected["nested.pth"]
    small = {"w": torch.arange(4).reshape(2, 2).t(), "with_attribute": torch.ones(2), "parameter": torch.nn.Parameter(torch.zeros(1))}
    small["with_attribute"].note = "x"
    for protocol in (2, 4, 5):
        torch.save(small, here(f"protocol{protocol}.pth"), pickle_protocol=protocol)
        torch.save(small, here(f"legacy_protocol{protocol}.pth"), pickle_protocol=protocol, _use_new_zipfile_serialization=False)
        expected[f"protocol{protocol}.pth"] = expected[f"legacy_protocol{protocol}.pth"] = describe(small)
    torch.serialization.set_crc32_options(False)
    torch.save(small, here("no_checksums.pth"))
    torch.serialization.set_crc32_options(True)
    expected["no_checksums.pth"] = describe(small)
    torch.save(torch.arange(3), here("lone.pt"))
    expected["lone.pt"] = describe(torch.arange(3))
    i = torch.tensor([[0, 1, 1], [2, 0, 2]])
    torch.save(torch.sparse_coo_tensor(i, torch.tensor([3.0, 4.0, 5.0]), (2, 3)).coalesce(), here("sparse.pt"))
    torch.save({"a": torch.tensor([1, 65535], dtype=torch.uint16), "b": torch.tensor([1.0, -2.0, 0.5, 8.0]).to(torch.float8_e4m3fn)}, here("foreign.pt"))
    torch.save(torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8), here("quantised.pt"))
    torch.save(torch.nn.Linear(2, 1), here("module.pt"))
    torch.save({"accuracy": np.float64(0.5), "step": np.int64(3)}, here("numpy_scalars.pt"))
    # As Python 2 wrote an OrderedDict: its pairs as an argument.
    pairs = b"\x80\x02ccollections\nOrderedDict\nq\x00]q\x01(]q\x02(U\x01aq\x03K\x05e]q\x04(U\x01bq\x05U\x01xee\x85R."
    buffer = io.BytesIO()
    torch.save(0, buffer, _use_new_zipfile_serialization=False)
    whole = buffer.getvalue()
    at = whole.rfind(b"\x80\x02K\x00.")
    open(here("python2.pth"), "wb").write(whole[:at] + pairs + whole[at + 5:])

    shards = {"model-00001-of-00002.safetensors": {"a.weight": torch.randn(2, 3), "a.bias": torch.randn(3).to(torch.bfloat16)}, "model-00002-of-00002.safetensors": {"b.weight": torch.arange(4)}}
    os.makedirs(here("sharded"), exist_ok=True)
    for name, tensors in shards.items():
        safetensors(here("sharded/" + name), tensors, {"format": "pt"})
    everything = {k: t for s in shards.values() for k, t in s.items()}
    json.dump({"metadata": {"total_size": sum(t.nbytes for t in everything.values())}, "weight_map": {k: n for n, s in shards.items() for k in s}}, open(here("sharded/model.safetensors.index.json"), "w"))
    expected["sharded"] = describe(everything)
    float8 = {"w": torch.tensor([1.0, -2.0]).to(torch.float8_e5m2), "v": torch.ones(2)}
    safetensors(here("float8.safetensors"), float8, names={**SAFETENSORS, torch.float8_e5m2: "F8_E5M2"})

    for name, a in ARRAYS.items():
        np.save(here(name + ".npy"), a)
        expected[name + ".npy"] = describe(array_tensor(name, a))
    for version in (2, 3):
        with open(here(f"version{version}.npy"), "wb") as f:
            np.lib.format.write_array(f, ARRAYS["f4"], (version, 0))
        expected[f"version{version}.npy"] = describe(array_tensor("f4", ARRAYS["f4"]))
    np.savez(here("stored.npz"), **ARRAYS)
    np.savez_compressed(here("deflated.npz"), **ARRAYS, zeros=np.zeros(5000))
    expected["stored.npz"] = describe({k: array_tensor(k, a) for k, a in ARRAYS.items()})
    expected["deflated.npz"] = describe({**{k: array_tensor(k, a) for k, a in ARRAYS.items()}, "zeros": torch.zeros(5000, dtype=torch.float64)})
    np.save(here("text.npy"), np.array(["a"]))
    np.save(here("structured.npy"), np.zeros(2, [("a", "f4"), ("b", "i4")]))
    np.save(here("objects.npy"), np.array([{}], dtype=object))
    json.dump(expected, open(here("expected.json"), "w"), indent=0, sort_keys=True)


def check(wick):
    with tempfile.TemporaryDirectory() as d:
        def converted(source, to, *options):
            subprocess.run([wick, "convert", "-q", os.path.join(OUT, source), os.path.join(d, to), *options], check=True)
            return os.path.join(d, to)
        want = torch.load(os.path.join(OUT, "nested.pth"), weights_only=True)["state_dict"]
        for source in ("nested.pth", "legacy.pth"):
            for name in ("out.pt", "out.bin"):
                got = torch.load(converted(source, name), weights_only=True)
                assert list(got) == list(want), (list(got), list(want))
                for k in want:
                    assert torch.equal(got[k], want[k]) and got[k].dtype == want[k].dtype and got[k].stride() == want[k].stride(), k
                assert got["tied"].data_ptr() == got["conv.weight"].data_ptr() and got["column"].untyped_storage().data_ptr() == got["transposed"].untyped_storage().data_ptr()
            got = read_safetensors(converted(source, "out.safetensors", "--drop", "complex128|empty"))
            for k in want:
                assert k in ("empty", "dtype.complex128") or torch.equal(got[k], want[k].detach()), k
            arrays = np.load(converted(source, "out.npz", "--drop", "bfloat16"))
            for k in want:
                assert k == "dtype.bfloat16" or np.array_equal(arrays[k], want[k].detach().numpy()), k
        for k, a in ARRAYS.items():
            b = np.load(converted(k + ".npy", k + ".npy"))
            assert np.array_equal(a, b) and a.shape == b.shape, k
        got = torch.load(converted("sharded", "s.pth"), weights_only=True)
        assert {k: sha(t) for k, t in got.items()} == {k: e["sha256"] for k, e in json.load(open(os.path.join(OUT, "expected.json")))["sharded"].items()}
    print("files.py: PyTorch and NumPy read what Wick wrote")


if __name__ == "__main__":
    check(sys.argv[2]) if sys.argv[1:2] == ["--check"] else make()
