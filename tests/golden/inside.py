"""Writes tests/golden/debug/inside.npz: what PyTorch computes for saliency, integrated gradients, Grad-CAM, gradients through time, principal components."""
import os

import numpy as np
import torch
from torch import nn

torch.manual_seed(3)
torch.set_default_dtype(torch.float64)
out = {}


def keep(name, t):
    out[name] = t.detach().numpy()


# A small convolutional net, its gradients with respect to input and to what the second convolution gives.
net = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 3, 3), nn.Tanh(), nn.Flatten(), nn.Linear(108, 5))
for k, v in net.state_dict().items():
    keep("net." + k, v)
x, target = torch.rand(2, 1, 8, 8), torch.tensor([3, 1])
keep("x", x)


def gradient(at):
    at = at.clone().requires_grad_()
    net(at)[torch.arange(2), target].sum().backward()
    return at.grad


keep("saliency", gradient(x))
base, steps = torch.full_like(x, 0.2), 20
keep("integrated", (x - base) * sum(gradient(base + (x - base) * (i + 0.5) / steps) for i in range(steps)) / steps)
seen = {}


def hook(module, inputs, result):
    result.retain_grad()
    seen["y"] = result


handle = net[2].register_forward_hook(hook)
net(x)[torch.arange(2), target].sum().backward()
handle.remove()
y = seen["y"]
keep("cam", torch.relu((y.grad.mean((2, 3), keepdim=True) * y).sum(1)))

# Whole gradients of the states of two layers, of the sum of squares of the last output.
steps, batch, features, size = 7, 2, 3, 4
s = torch.randn(steps, batch, features)
keep("series", s)
for kind, layer_type, cell_type in (("rnn", nn.RNN, nn.RNNCell), ("lstm", nn.LSTM, nn.LSTMCell), ("gru", nn.GRU, nn.GRUCell)):
    layer = layer_type(features, size, num_layers=2)
    for k, v in layer.state_dict().items():
        keep(kind + "." + k, v)
    states, cells, inputs = [], [], list(s)
    for n in range(2):
        cell = cell_type(features if n == 0 else size, size)
        cell.load_state_dict({k: getattr(layer, f"{k}_l{n}").detach() for k in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")})
        h = c = torch.zeros(batch, size)
        row, crow = [], []
        for t in range(steps):
            if kind == "lstm":
                h, c = cell(inputs[t], (h, c))
                c.retain_grad()
                crow.append(c)
            else:
                h = cell(inputs[t], h)
            h.retain_grad()
            row.append(h)
        states.append(row)
        cells.append(crow)
        inputs = row
    assert torch.allclose(torch.stack(inputs), layer(s)[0])
    inputs[-1].square().sum().backward()
    norm = lambda rows: torch.tensor([[h.grad.norm() if h.grad is not None else 0. for h in r] for r in rows])
    keep(kind + ".flow", norm(states))
    if kind == "lstm":
        keep(kind + ".cells", norm(cells))

p = torch.randn(12, 5) @ torch.diag(torch.tensor([3., 2., 1., .5, .2]))
keep("points", p)
u, sv, v = torch.pca_lowrank(p, q=5, niter=20)
keep("components", v[:, :3].T)
keep("variance", sv[:3] ** 2 / 11)
np.savez(os.path.join(os.path.dirname(__file__), "debug", "inside.npz"), **out)
