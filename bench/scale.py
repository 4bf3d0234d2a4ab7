# The peer of scale.cpp: the same networks and steps in PyTorch's DistributedDataParallel over Gloo, one thread a rank.
import os
import sys
import time

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import nn

torch.set_num_threads(1)
ranks, rank = int(os.environ.get("WORLD_SIZE", 1)), int(os.environ.get("RANK", 0))
if ranks > 1:
    dist.init_process_group("gloo")


def line(name, value, unit):
    if rank == 0:
        print(f"{name}\t{value:.6g}\t{unit}", flush=True)


def median(steps, f):
    times = []
    for _ in range(steps):
        t = time.perf_counter()
        f()
        times.append(time.perf_counter() - t)
    t = torch.tensor(sorted(times)[steps // 2], dtype=torch.float64)
    if ranks > 1:
        dist.all_reduce(t, dist.ReduceOp.MAX)
    return t.item()


def measure(name, model, x, y, steps):
    model.train()
    net = nn.parallel.DistributedDataParallel(model, gradient_as_bucket_view=True) if ranks > 1 else model
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)

    def step():
        optimizer.zero_grad()
        F.cross_entropy(net(x), y).backward()
        optimizer.step()

    for _ in range(max(3, steps // 10)):
        step()
    line(name + ", step", 1e3 * median(steps, step), "ms")
    if ranks > 1:
        with net.no_sync():
            step()
            line(name + ", without exchange", 1e3 * median(steps, step), "ms")


def conv(i, o, k, stride=1):
    return nn.Conv2d(i, o, k, stride=stride, padding=k // 2, bias=False)


class Block(nn.Module):
    def __init__(self, i, o, stride):
        super().__init__()
        self.conv1, self.bn1, self.conv2, self.bn2 = conv(i, o, 3, stride), nn.BatchNorm2d(o), conv(o, o, 3), nn.BatchNorm2d(o)
        self.downsample = nn.Sequential(conv(i, o, 1, stride), nn.BatchNorm2d(o)) if stride != 1 or i != o else None

    def forward(self, x):
        y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        y += x if self.downsample is None else self.downsample(x)
        return torch.relu_(y)


class ResNet18(nn.Module):
    def __init__(self):
        super().__init__()
        layers, i = [], 64
        for o in (64, 128, 256, 512):
            for k in range(2):
                layers.append(Block(i, o, 2 if k == 0 and o != 64 else 1))
                i = o
        self.stem, self.layers, self.fc = nn.Sequential(conv(3, 64, 3), nn.BatchNorm2d(64), nn.ReLU()), nn.Sequential(*layers), nn.Linear(512, 10)

    def forward(self, x):
        return self.fc(self.layers(self.stem(x)).mean((2, 3)))


class Layer(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        self.heads, self.qkv, self.proj = heads, nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.up, self.down, self.n1, self.n2 = nn.Linear(d, 4 * d), nn.Linear(4 * d, d), nn.LayerNorm(d), nn.LayerNorm(d)

    def forward(self, x):
        b, t, d = x.shape
        q, k, v = self.qkv(self.n1(x)).view(b, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        x = x + self.proj(F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(b, t, d))
        return x + self.down(F.gelu(self.up(self.n2(x))))


class GPT(nn.Module):
    def __init__(self, vocabulary, length, d, heads, depth):
        super().__init__()
        self.words, self.places, self.norm, self.head = nn.Embedding(vocabulary, d), nn.Embedding(length, d), nn.LayerNorm(d), nn.Linear(d, vocabulary)
        self.layers = nn.Sequential(*(Layer(d, heads) for _ in range(depth)))

    def forward(self, x):
        return self.head(self.norm(self.layers(self.words(x) + self.places(torch.arange(x.shape[1]))))).flatten(0, 1)


def wanted(name):
    return len(sys.argv) < 2 or name in sys.argv[1:]


torch.manual_seed(1)
if wanted("mlp"):
    measure("MLP 784-512-512-10, batch 128", nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10)), torch.rand(128, 784), torch.randint(10, (128,)), 400)
if wanted("cnn"):
    measure("MNIST CNN, batch 64", nn.Sequential(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.25), nn.Flatten(), nn.Linear(9216, 128), nn.ReLU(), nn.Dropout(0.5),
                                                 nn.Linear(128, 10)), torch.rand(64, 1, 28, 28), torch.randint(10, (64,)), 40)
if wanted("resnet"):
    measure("ResNet-18 for CIFAR, batch 32", ResNet18(), torch.randn(32, 3, 32, 32), torch.randint(10, (32,)), 9)
if wanted("gpt"):
    measure("GPT 6 layers, d 384, context 256, batch 8", GPT(65, 256, 384, 6, 6), torch.randint(65, (8, 256)), torch.randint(65, (8 * 256,)), 7)
if ranks > 1 and wanted("reduce"):
    for name, size in (("1 KB", 1 << 10), ("1 MB", 1 << 20), ("25 MB", 25 << 20)):
        x = torch.ones(size // 4)

        def reduce():
            dist.all_reduce(x)
            x.div_(ranks)

        for _ in range(5):
            reduce()
        line("all-reduce of " + name, 1e3 * median(30 if size > 1 << 20 else 300, reduce), "ms")
if ranks > 1:
    dist.barrier()
    dist.destroy_process_group()
