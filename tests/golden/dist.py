"""Golden numbers of tests/dist/hooks.cpp: DistributedDataParallel with communication hooks, two processes over gloo, by PyTorch.

  python3 tests/golden/dist.py        writes tests/golden/dist/hooks.txt

A line is `name values`: the parameters a.weight, b.weight[:2], d.weight and the biases a and d of a small network after some steps, those of both ranks where
they differ.
"""
import os
import sys
import tempfile

import torch
import torch.distributed as dist
import torch.distributed.algorithms.ddp_comm_hooks.powerSGD_hook as power
import torch.multiprocessing as mp
from torch import nn
from torch.distributed.algorithms.ddp_comm_hooks import default_hooks as default
from torch.distributed.algorithms.ddp_comm_hooks import post_localSGD_hook as local
from torch.distributed.algorithms.model_averaging.averagers import PeriodicModelAverager
from torch.distributed.optim import PostLocalSGDOptimizer

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "dist")

# 2.13's batched hook hands matrices to a function that takes batches of them, and fails; this is what it means.
plain = power._orthogonalize
power._orthogonalize = lambda m, epsilon=0: plain(m.unsqueeze(0) if m.dim() == 2 else m, epsilon)


class Mlp(nn.Module):
    def __init__(self, bias=True):
        super().__init__()
        self.a, self.b = nn.Linear(8, 16, bias), nn.Linear(16, 16, bias)
        self.c, self.d = nn.Linear(16, 16, bias), nn.Linear(16, 3, bias)

    def forward(self, x):
        return self.d(self.c(self.b(self.a(x).tanh()).tanh()).tanh())


def power_state(**options):
    return power.PowerSGDState(None, **{"start_powerSGD_iter": 2, "min_compression_rate": 1, **options})


def cases(subgroup):
    return {
        "allreduce": (None, default.allreduce_hook),
        "fp16": (None, default.fp16_compress_hook),
        "bf16": (None, lambda s, bucket: default.bf16_compress_hook(s, bucket)),  # by name it is refused without CUDA
        "power1": (power_state(), power.powerSGD_hook),
        "power2": (power_state(matrix_approximation_rank=2, min_compression_rate=2, random_seed=7), power.powerSGD_hook),
        "power3": (power_state(matrix_approximation_rank=3, orthogonalization_epsilon=1e-8), power.powerSGD_hook),
        "power.cold": (power_state(warm_start=False), power.powerSGD_hook),
        "power.plain": (power_state(use_error_feedback=False, matrix_approximation_rank=2), power.powerSGD_hook),
        "power.stacked": (power_state(batch_tensors_with_same_shape=True, matrix_approximation_rank=2), power.powerSGD_hook),
        "power.bf16": (power_state(), lambda s, bucket: default.bf16_compress_wrapper(power.powerSGD_hook)(s, bucket)),
        "batched": (power_state(), power.batched_powerSGD_hook),
        "batched.cold": (power_state(warm_start=False), power.batched_powerSGD_hook),
        "local": (local.PostLocalSGDState(None, subgroup, 4), local.post_localSGD_hook),
    }


def run(rank, size, store, path):
    dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=size)
    subgroup, _ = dist.new_subgroups(group_size=1)
    lines = []
    for name, (state, hook) in cases(subgroup).items():
        torch.manual_seed(1)
        net = Mlp(bias=not name.startswith("batched"))
        model = nn.parallel.DistributedDataParallel(net)
        model.register_comm_hook(state, hook)
        optimizer = torch.optim.SGD(net.parameters(), 0.1, momentum=0.9)
        if name == "local":
            optimizer = PostLocalSGDOptimizer(optimizer, PeriodicModelAverager(3, 4))
        for step in range(12):
            torch.manual_seed(1000 + 50 * rank + step)
            y = model(torch.randn(6, 8))
            optimizer.zero_grad()
            ((y * y).mean() + y.sin().mean()).backward()
            optimizer.step()
        parts = [net.a.weight, net.b.weight[:2], net.d.weight] + ([] if net.a.bias is None else [net.a.bias, net.d.bias])
        mine = torch.cat([p.detach().reshape(-1) for p in parts])
        every = [torch.empty_like(mine) for _ in range(size)]
        dist.all_gather(every, mine)
        same = all(torch.equal(every[0], e) for e in every)
        lines.append(" ".join([name] + ["%.9g" % v for e in (every[:1] if same else every) for v in e.tolist()]))
    if rank == 0:
        with open(path, "w") as f:
            f.write("\n".join(lines) + "\n")
    dist.destroy_process_group()


if __name__ == "__main__":
    os.makedirs(HERE, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        mp.spawn(run, args=(2, os.path.join(folder, "store"), os.path.join(HERE, "hooks.txt")), nprocs=2)
