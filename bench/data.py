#!/usr/bin/env python3
"""The peer of bench/data.cpp for photos: torchvision's transforms v2 and Pillow. usage: data.py FOLDER"""
import io, pathlib, statistics, sys, time

import torch

try:
    import torchvision
except RuntimeError:  # a build for GPUs beside torch for CPUs: its own ops are missing, which nothing here uses
    import importlib.util, re
    text = (pathlib.Path(importlib.util.find_spec("torchvision").origin).parent / "_meta_registrations.py").read_text()
    library = torch.library.Library("torchvision", "DEF")
    for name in set(re.findall(r'register_(?:meta|fake)\("(?:torchvision::)?(\w+)"', text)):
        library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor" if name == "nms" else name + "(Tensor a) -> Tensor")
    import torchvision
import torchvision.transforms.v2 as T
from PIL import Image

torch.set_num_threads(1)
files = sorted(pathlib.Path(sys.argv[1]).glob("*/*.jpg"))
data = [f.read_bytes() for f in files]


def rate(name, f, rounds=5):
    f()
    rates = []
    for _ in range(rounds):
        start = time.perf_counter()
        f()
        rates.append(len(files) / (time.perf_counter() - start))
    print(f"{name}\t{statistics.median(rates):.6g}\timages/s", flush=True)


def decode(b):
    return Image.open(io.BytesIO(b)).convert("RGB")


def reduced(b):
    image = Image.open(io.BytesIO(b))
    image.draft("RGB", (250, 188))
    return image.convert("RGB")


change = T.Compose([T.RandomResizedCrop(224), T.RandomHorizontalFlip(), T.PILToTensor(), T.ToDtype(torch.float32, scale=True),
                    T.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])
rate("decode a photo of 500x375", lambda: [decode(b) for b in data])
rate("decode it at 1/2", lambda: [reduced(b) for b in data])
rate("decode, RandomResizedCrop(224), flip, normalise", lambda: [change(decode(b)) for b in data])


class Photos(torch.utils.data.Dataset):
    def __len__(self):
        return len(files)

    def __getitem__(self, i):
        return change(decode(files[i].read_bytes())), 0


for workers in (0, 1, 2):
    loader = torch.utils.data.DataLoader(Photos(), 32, shuffle=True, num_workers=workers, persistent_workers=workers > 0)
    end = f", {workers} worker{'s' if workers > 1 else ''}" if workers else ""
    rate("the same in a loader of batches of 32" + end, lambda: [None for _ in loader], 3)
