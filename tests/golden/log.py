"""What PyTorch and TensorBoard write for the calls of tests/unit/log/golden.cpp, as event files in tests/golden/log.

    pip install torch numpy tensorboard pillow && python tests/golden/log.py

`tf2` holds events in the style of TensorFlow 2 (tensors with metadata in the first event of a tag), which PyTorch does not write.
"""
import glob
import os
import shutil
import struct
import tempfile

import numpy as np
import torch
from torch.utils.tensorboard import SummaryWriter
from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2, tensor_shape_pb2
from tensorboard.summary.writer.record_writer import RecordWriter

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "log")
T = 1700000000.25


def calls(w):
    step = 0

    def at():
        nonlocal step
        step += 1
        return step, T + step

    s, t = at(); w.add_scalar("loss", 0.5, s, t)
    s, t = at(); w.add_scalar("loss", torch.tensor([[0.1]], dtype=torch.float64), s, t)
    s, t = at(); w.add_scalar("unstepped", -3, None, t)
    s, t = at(); w.add_scalar("negative", float("nan"), -7, t)
    s, t = at(); w.add_scalar("new", 0.1, s, t, new_style=True)
    s, t = at(); w.add_scalar("new/double", 0.1, s, t, new_style=True, double_precision=True)
    s, t = at(); w.add_scalar("zero", 0, s, t)
    s, t = at(); w.add_text("note", "Zeile *eins*\n\n| a | b |", s, t)
    s, t = at(); w.add_text("empty", "", s, t)
    for dtype in [torch.float32, torch.float64, torch.int8, torch.uint8, torch.int16, torch.int32, torch.int64, torch.bool, torch.complex64, torch.complex128, torch.float16, torch.bfloat16]:
        s, t = at(); w.add_tensor("tensor/" + str(dtype)[6:], (torch.arange(6).reshape(2, 3) * (1 if dtype == torch.uint8 else -1)).to(dtype), s, t)
    s, t = at(); w.add_tensor("tensor/scalar", torch.tensor(2.5), s, t)
    s, t = at(); w.add_tensor("tensor/none", torch.zeros(2, 0), s, t)

    exact = (torch.arange(1000) % 37 - 11).float() / 8
    s, t = at(); w.add_histogram("histogram/exact", exact, s, walltime=t)
    s, t = at(); w.add_histogram("histogram/double", exact.double(), s, walltime=t)
    s, t = at(); w.add_histogram("histogram/int", (torch.arange(1000) % 37 - 11), s, walltime=t)
    s, t = at(); w.add_histogram("histogram/positive", exact.abs() + 1, s, walltime=t)
    s, t = at(); w.add_histogram("histogram/one", torch.tensor([0.0]), s, walltime=t)
    s, t = at(); w.add_histogram("histogram/joined", exact, s, bins="auto", walltime=t, max_bins=5)
    s, t = at(); w.add_histogram("histogram/joined_default", exact, s, walltime=t, max_bins=100)
    s, t = at(); w.add_histogram("histogram/edges", exact, s, bins=[-1.0, 0.0, 0.5, 0.5, 3.25], walltime=t)
    s, t = at(); w.add_histogram("histogram/number", exact, s, bins=7, walltime=t)
    for rule in ["auto", "fd", "doane", "scott", "stone", "rice", "sturges", "sqrt"]:
        s, t = at(); w.add_histogram("histogram/" + rule, exact, s, bins=rule, walltime=t)
    s, t = at(); w.add_histogram("histogram/equal", torch.full((5,), 2.0), s, bins="auto", walltime=t)
    torch.manual_seed(0)
    s, t = at(); w.add_histogram("histogram/normal", torch.randn(10000), s, walltime=t)
    s, t = at(); w.add_histogram("histogram/tails", torch.randn(10000, dtype=torch.float64).pow(15), s, walltime=t)
    s, t = at(); w.add_histogram("histogram/half", torch.randn(1000).half(), s, walltime=t)
    s, t = at(); w.add_histogram("histogram/normal_auto", torch.randn(10000), s, bins="auto", walltime=t)
    s, t = at(); w.add_histogram("histogram/normal_doane", torch.randn(3000), s, bins="doane", walltime=t)
    s, t = at(); w.add_histogram("histogram/normal_stone", torch.randn(3000), s, bins="stone", walltime=t)
    s, t = at(); w.add_histogram_raw("histogram/raw", 0.0, 3.0, 6, 9.5, 20.25, [1.0, 2.0, 3.5], [1, 2, 3], s, t)

    image = torch.arange(3 * 5 * 7).reshape(3, 5, 7)
    s, t = at(); w.add_image("image/float", image.float() / 90 - 0.1, s, t)
    s, t = at(); w.add_image("image/byte", image.byte(), s, t)
    s, t = at(); w.add_image("image/hwc", image.permute(1, 2, 0).byte(), s, t, dataformats="HWC")
    s, t = at(); w.add_image("image/hw", image[0].byte() * 7, s, t, dataformats="HW")
    s, t = at(); w.add_image("image/wh", image[0].byte() * 7, s, t, dataformats="WH")
    s, t = at(); w.add_image("image/grey", image[:1].byte(), s, t)
    s, t = at(); w.add_image("image/rgba", (torch.arange(4 * 5 * 7).reshape(4, 5, 7) + 80).byte(), s, t)
    s, t = at(); w.add_images("image/batch", (torch.arange(11 * 3 * 4 * 6).reshape(11, 3, 4, 6) % 251).byte(), s, t)
    s, t = at(); w.add_images("image/nhwc", (torch.arange(3 * 4 * 6 * 1).reshape(3, 4, 6, 1) % 251).byte(), s, t, dataformats="NHWC")
    boxes = torch.tensor([[2.0, 3.0, 20.0, 14.0], [0.0, 0.0, 31.0, 23.0], [10.0, 8.0, 10.0, 40.0], [25.5, 18.25, 29.75, 21.5]])
    big = (torch.arange(3 * 24 * 32).reshape(3, 24, 32) % 199).byte()
    s, t = at(); w.add_image_with_boxes("image/boxes", big, boxes, s, t)
    s, t = at(); w.add_image_with_boxes("image/rescaled", big, boxes[:1], s, t, rescale=1.5)
    s, t = at(); w.add_image_with_boxes("image/smaller", big, boxes[:0], s, t, rescale=0.4)

    sound = (torch.arange(50) - 25).float() / 25
    s, t = at(); w.add_audio("audio/float", sound.unsqueeze(0), s, walltime=t)
    s, t = at(); w.add_audio("audio/double", sound.double(), s, sample_rate=8000, walltime=t)
    s, t = at(); w.add_audio("audio/loud", sound * 2, s, sample_rate=8000, walltime=t)

    labels = (torch.arange(50) % 3 == 0).long()
    scores = (torch.arange(50) * 7 % 50).float() / 49
    s, t = at(); w.add_pr_curve("pr/plain", labels, scores, s, walltime=t)
    s, t = at(); w.add_pr_curve("pr/few", labels, scores, s, num_thresholds=11, walltime=t)
    s, t = at(); w.add_pr_curve("pr/many", labels, scores.double(), s, num_thresholds=500, walltime=t)
    s, t = at(); w.add_pr_curve("pr/weights", labels, scores, s, weights=np.arange(50) / 8, walltime=t)
    counts = [torch.tensor([4.0, 2.0, 0.0]), torch.tensor([5.0, 1.0, 0.0]), torch.tensor([0.0, 4.0, 5.0]), torch.tensor([0.0, 2.0, 4.0]), torch.tensor([0.25, 0.5, 0.0]), torch.tensor([1.0, 0.5, 0.0])]
    s, t = at(); w.add_pr_curve_raw("pr/raw", *counts, s, num_thresholds=3, walltime=t)

    vertices = torch.tensor([[[1, 1, 1], [-1, -1, 1], [1, -1, -1], [-1, 1, -1]]], dtype=torch.float)
    colors = torch.tensor([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 0, 255]]], dtype=torch.int)
    faces = torch.tensor([[[0, 2, 3], [0, 3, 1], [0, 1, 2], [1, 3, 2]]], dtype=torch.int)
    s, t = at(); w.add_mesh("mesh", vertices, colors, faces, {"camera": {"fov": 75}}, s, t)
    s, t = at(); w.add_mesh("points", vertices, global_step=s, walltime=t)

    w.add_custom_scalars_multilinechart(["a/b", "c"])
    w.add_custom_scalars_marginchart(["x", "y", "z"], "cat", "chart")
    w.add_custom_scalars({"Taiwan": {"twse": ["Multiline", ["twse/0050", "twse/2330"]]}, "USA": {"dow": ["Margin", ["dow/aaa", "dow/bbb", "dow/ccc"]], "all": ["Multiline", ["n"]]}})


def others(w):
    w.add_scalars("run/14h", {"sin": 0.25, "cos": 0.5}, 3, T)
    w.add_scalars("run/14h", {"sin": 0.75}, 4, T)
    w.add_hparams({"lr": 0.5}, {"hparam/accuracy": 0.75, "hparam/loss": 2}, run_name="one")
    w.add_hparams({"bsize": 3, "opt": "adam", "on": True}, {"m": 1}, {"bsize": [1, 3], "opt": ["sgd", "adam"]}, run_name="several", global_step=5)
    torch.manual_seed(3)
    vectors = torch.randn(5, 3)
    w.add_embedding(vectors, metadata=["a", "b c", "3", "\u00e4", "e"], label_img=(torch.arange(5 * 3 * 4 * 4) % 97).reshape(5, 3, 4, 4).float() / 97, global_step=2, tag="first/one%")
    w.add_embedding(vectors.double() * 1e20, metadata=[["a", 1], ["b", 2], ["c", 3], ["d", 4], ["e", 5]], metadata_header=["name", "number"])
    w.add_embedding(torch.arange(6).reshape(2, 3), global_step=7, tag="integers")


def tf2(path):
    def tensor(dtype, shape, **kw):
        return tensor_pb2.TensorProto(dtype=dtype, tensor_shape=tensor_shape_pb2.TensorShapeProto(dim=[tensor_shape_pb2.TensorShapeProto.Dim(size=n) for n in shape]), **kw)

    def event(step, tag, value, plugin=None, **meta):
        md = summary_pb2.SummaryMetadata(plugin_data=summary_pb2.SummaryMetadata.PluginData(plugin_name=plugin), **meta) if plugin else None
        return event_pb2.Event(wall_time=T + step, step=step, summary=summary_pb2.Summary(value=[summary_pb2.Summary.Value(tag=tag, tensor=value, metadata=md)]))

    with open(path, "wb") as f:
        w = RecordWriter(f)
        put = lambda e: w.write(e.SerializeToString())
        put(event_pb2.Event(wall_time=T, file_version="brain.Event:2"))
        for k in range(3):  # metadata with the first only
            put(event(k, "loss", tensor("DT_FLOAT", [], tensor_content=struct.pack("<f", 0.5 + k)), "scalars" if k == 0 else None, display_name="Loss", summary_description="*what*"))
        put(event(0, "double", tensor("DT_DOUBLE", [], tensor_content=struct.pack("<d", 0.1)), "scalars"))
        put(event(0, "double", tensor("DT_DOUBLE", [], double_val=[0.3]), None))
        put(event(1, "picture", tensor("DT_STRING", [4], string_val=[b"7", b"5", b"png one", b"png two"]), "images"))
        put(event(1, "hist", tensor("DT_DOUBLE", [2, 3], tensor_content=struct.pack("<6d", -1, 0.5, 3, 0.5, 2, 4)), "histograms"))
        put(event(1, "sound", tensor("DT_STRING", [2, 2], string_val=[b"wav one", b"", b"wav two", b"label"]), "audio"))
        put(event(1, "words", tensor("DT_STRING", [2], string_val=[b"one", b"two"]), "text"))
        put(event(1, "half", tensor("DT_HALF", [2], half_val=[0x3C00, 0xC000]), "tensor"))
        put(event(1, "filled", tensor("DT_INT32", [2, 2], int_val=[-5]), "tensor"))


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    os.makedirs(OUT)
    with tempfile.TemporaryDirectory() as d:
        for name, run in [("calls", calls), ("others", others)]:
            with SummaryWriter(os.path.join(d, name), purge_step=4 if name == "others" else None) as w:
                run(w)
        for path in glob.glob(d + "/**/*", recursive=True):
            if not os.path.isfile(path):
                continue
            rel = os.path.relpath(path, d)
            if "tfevents" in rel:
                rel = os.path.join(os.path.dirname(rel), "events.out.tfevents.torch")
            os.makedirs(os.path.dirname(os.path.join(OUT, rel)), exist_ok=True)
            shutil.copyfile(path, os.path.join(OUT, rel))
    os.makedirs(OUT + "/tf2")
    tf2(OUT + "/tf2/events.out.tfevents.tf2")


main()
