# FLOPs as torch.utils.flop_counter counts them: name, forward, forward and backward. python flops.py > debug/flops.txt
import torch
from torch.utils.flop_counter import FlopCounterMode, sdpa_backward_flop_count, sdpa_flop_count
from torch.nn import functional as F


def case(name, f, *shapes):
    inputs = [torch.randn(s, requires_grad=True) for s in shapes]
    counts = []
    for backward in (False, True):
        with FlopCounterMode(display=False) as counter:
            y = f(*inputs)
            if backward:
                y.sum().backward()
        counts.append(counter.get_total_flops())
    print(name, *counts)


case("mm", torch.mm, (8, 16), (16, 4))
case("addmm", torch.addmm, (4,), (8, 16), (16, 4))
case("bmm", torch.bmm, (3, 8, 16), (3, 16, 4))
case("baddbmm", torch.baddbmm, (3, 8, 4), (3, 8, 16), (3, 16, 4))
case("linear2", F.linear, (8, 16), (4, 16), (4,))
case("linear3", F.linear, (2, 8, 16), (4, 16), (4,))
case("linear3_plain", F.linear, (2, 8, 16), (4, 16))
case("matmul_4d", torch.matmul, (2, 3, 8, 16), (2, 3, 16, 4))
case("matmul_shared", torch.matmul, (2, 8, 16), (16, 4))
case("conv1d", F.conv1d, (2, 3, 20), (6, 3, 5), (6,))
case("conv2d", lambda x, w, b: F.conv2d(x, w, b, padding=1), (2, 3, 10, 12), (6, 3, 3, 3), (6,))
case("conv2d_stride", lambda x, w: F.conv2d(x, w, stride=2), (2, 4, 11, 11), (4, 4, 3, 3))
case("conv2d_wide", lambda x, w: F.conv2d(x, w, padding=2), (2, 3, 6, 6), (5, 3, 1, 1))
case("conv3d", F.conv3d, (1, 2, 6, 6, 6), (3, 2, 3, 3, 3))
case("conv_transpose2d", lambda x, w: F.conv_transpose2d(x, w, stride=2), (2, 4, 5, 5), (4, 6, 3, 3))
q, k = (2, 4, 10, 8), (2, 4, 12, 8)  # the counter has the formulas of attention, and no entry for the op of CPUs
forward = sdpa_flop_count(q, k, k)
print("attention", forward, forward + sdpa_backward_flop_count(q, q, k, k))
