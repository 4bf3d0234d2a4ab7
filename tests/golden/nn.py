#!/usr/bin/env python3
"""Makes the golden numbers of what only Python's torch.nn has (layers, initialisers, utilities): golden/nn/<area>.txt.

A case is a function that returns tensors. tests/unit/nn/golden.h reads the files; the test of the same name computes the
same from the same seed. A line is `name index: sizes: values`.
"""
import math
import pathlib
import sys
import warnings

import torch
import torch.nn.functional as F
from torch import nn

warnings.simplefilter("ignore")
HERE = pathlib.Path(__file__).resolve().parent
CASES = {}


def case(area, name):
    def add(function):
        CASES.setdefault(area, {})[name] = function
        return function
    return add


def weighted(y):
    return (y * torch.arange(y.numel(), dtype=y.dtype).mul(0.37).sin().view(y.shape)).sum()


def graded(y, *leaves):
    """The result and the gradients of the leaves, each element of the result weighted differently."""
    weighted(y).backward()
    return [y] + [leaf.grad for leaf in leaves]


def leaf(*sizes, dtype=torch.float32):
    return torch.randn(*sizes, dtype=dtype).requires_grad_()


def filled(m):
    """A module of several, whose first numbers depend on how its parts are copied: with numbers drawn parameter by parameter."""
    for p in m.parameters():
        nn.init.uniform_(p, -0.5, 0.5)
    return m


def layer(make, *sizes, **named):
    """A layer's result for a random input, and the gradients of the input and the parameters."""
    m = make()
    x = leaf(*sizes)
    return graded(m(x, **named), x, *m.parameters())


# --- Layers --------------------------------------------------------------------------------------------------------

LAYERS = {
    "hardsigmoid": (lambda: nn.Hardsigmoid(), (3, 5)),
    "hardswish": (lambda: nn.Hardswish(), (3, 5)),
    "channel_shuffle": (lambda: nn.ChannelShuffle(2), (2, 4, 2, 2)),
    "upsampling_nearest": (lambda: nn.UpsamplingNearest2d(scale_factor=2), (1, 2, 2, 3)),
    "upsampling_bilinear": (lambda: nn.UpsamplingBilinear2d(size=(3, 5)), (1, 2, 2, 3)),
    "circular_pad1": (lambda: nn.CircularPad1d((2, 1)), (2, 3, 4)),
    "circular_pad2": (lambda: nn.CircularPad2d((1, 2, 2, 0)), (1, 2, 3, 4)),
    "circular_pad3": (lambda: nn.CircularPad3d(1), (1, 1, 2, 2, 3)),
    "dropout1d": (lambda: nn.Dropout1d(0.4), (2, 5, 3)),
    "dropout1d.unbatched": (lambda: nn.Dropout1d(0.4), (6, 2)),
    "layer_norm.no_bias": (lambda: nn.LayerNorm((4,), bias=False), (3, 4)),
    "group_norm.no_bias": (lambda: nn.GroupNorm(2, 4, bias=False), (2, 4, 3)),
    "batch_norm.no_bias": (lambda: nn.BatchNorm1d(4, bias=False), (5, 4)),
    "sync_batch_norm": (lambda: nn.SyncBatchNorm(3), (2, 3, 2, 2)),
    "lazy.linear": (lambda: nn.LazyLinear(3), (2, 4)),
    "lazy.linear.no_bias": (lambda: nn.LazyLinear(3, bias=False), (2, 4)),
    "lazy.conv1": (lambda: nn.LazyConv1d(2, 3, stride=2), (2, 3, 7)),
    "lazy.conv2": (lambda: nn.LazyConv2d(4, 2, groups=2, padding=1), (1, 4, 3, 3)),
    "lazy.conv3": (lambda: nn.LazyConv3d(2, 2), (1, 2, 3, 2, 3)),
    "lazy.conv2.unbatched": (lambda: nn.LazyConv2d(2, 2), (3, 3, 3)),
    "lazy.conv_transpose1": (lambda: nn.LazyConvTranspose1d(2, 3, stride=2), (2, 3, 4)),
    "lazy.conv_transpose2": (lambda: nn.LazyConvTranspose2d(4, 2, groups=2), (1, 2, 3, 3)),
    "lazy.conv_transpose3": (lambda: nn.LazyConvTranspose3d(2, 2), (1, 2, 2, 2, 2)),
    "lazy.batch_norm1": (lambda: nn.LazyBatchNorm1d(), (4, 3)),
    "lazy.batch_norm2": (lambda: nn.LazyBatchNorm2d(), (2, 3, 2, 2)),
    "lazy.batch_norm3": (lambda: nn.LazyBatchNorm3d(momentum=None), (2, 3, 2, 2, 1)),
    "lazy.instance_norm1": (lambda: nn.LazyInstanceNorm1d(affine=True), (2, 3, 4)),
    "lazy.instance_norm2": (lambda: nn.LazyInstanceNorm2d(track_running_stats=True), (2, 3, 2, 2)),
    "lazy.instance_norm3": (lambda: nn.LazyInstanceNorm3d(), (2, 3, 2, 2, 1)),
}
for _name, (_make, _sizes) in LAYERS.items():
    case("layers", _name)(lambda make=_make, sizes=_sizes: layer(make, *sizes))


@case("layers", "lazy.linear.double")
def _():
    m = nn.LazyLinear(3).to(torch.double)
    x = leaf(2, 4, dtype=torch.double)
    return graded(m(x), x, *m.parameters())


def depth(x, p, mode):
    """torchvision.ops.stochastic_depth in training."""
    survival = 1.0 - p
    noise = torch.empty([x.shape[0] if mode == "row" else 1] + [1] * (x.ndim - 1)).bernoulli_(survival)
    return x * (noise.div_(survival) if survival > 0 else noise)


for _mode in ("row", "batch"):
    for _p in (0.3, 1.0):
        @case("layers", f"stochastic_depth.{_mode}.{_p:g}")
        def _(mode=_mode, p=_p):
            x = leaf(6, 2, 2)
            return graded(depth(x, p, mode), x)


@case("layers", "gaussian_nll")
def _():
    x, t, v = leaf(3, 4), torch.randn(3, 4), torch.rand(3, 4).requires_grad_()
    return graded(nn.GaussianNLLLoss()(x, t, v), x, v)


@case("layers", "gaussian_nll.full.sum")
def _():
    x, t, v = leaf(3, 4), torch.randn(3, 4), torch.rand(3).requires_grad_()
    return graded(nn.GaussianNLLLoss(full=True, reduction="sum", eps=0.3)(x, t, v), x, v)


@case("layers", "gaussian_nll.none")
def _():
    x, t, v = leaf(3, 4), torch.randn(3, 4), torch.rand(3, 1).requires_grad_()
    return graded(nn.GaussianNLLLoss(reduction="none")(x, t, v), x, v) + [F.gaussian_nll_loss(x, t, 0.5)]


@case("layers", "linear_cross_entropy")
def _():
    m = nn.LinearCrossEntropyLoss(4, 5, bias=True, weight=torch.linspace(0.5, 2, 5), label_smoothing=0.1)
    x, t = leaf(6, 4), torch.tensor([0, 4, 2, -100, 1, 3])
    return graded(m(x, t), x, *m.parameters())


@case("layers", "linear_cross_entropy.several")
def _():
    m = nn.LinearCrossEntropyLoss(4, 5, out_features=(2, 3), bias=True, reduction="none")
    x, t = leaf(2, 4), torch.arange(12).remainder(5).view(2, 2, 3)
    return graded(m(x, t), x, *m.parameters())


@case("layers", "linear_cross_entropy.probabilities")
def _():
    m = nn.LinearCrossEntropyLoss(4, 5, reduction="sum")
    x, t = leaf(2, 4), torch.rand(2, 5)
    return graded(m(x, t), x, *m.parameters())


for _reduction in ("mean", "sum", "none"):
    @case("layers", f"linear_cross_entropy.chunks.{_reduction}")
    def _(reduction=_reduction):
        m = nn.LinearCrossEntropyLoss(4, 5, bias=True, weight=torch.linspace(0.5, 2, 5), ignore_index=1, reduction=reduction,
                                      options=nn.LinearCrossEntropyOptions(batch_chunk_size=2, chunking_method=None))
        x, t = leaf(5, 4), torch.tensor([0, 4, 1, 1, 3])
        return graded(m(x, t), x, *m.parameters())


# --- Attention -------------------------------------------------------------------------------------------------------

def attend(make, query, key=None, value=None, named=dict, double=False):
    m = make()
    q = leaf(*query)
    k = q if key is None else leaf(*key)
    v = k if value is None else leaf(*value)
    y, w = m(q, k, v, **named())
    leaves = [q] + ([k] if k is not q else []) + ([v] if v is not k else [])
    return graded(y, *leaves, *m.parameters()) + ([w] if w is not None else [])


def some(*sizes):
    """A boolean mask with a pattern."""
    return (torch.arange(math.prod(sizes)) % 3 == 1).view(sizes)


def causal(n):
    return nn.Transformer.generate_square_subsequent_mask(n)


ATTENTION = {
    "mha": (lambda: nn.MultiheadAttention(4, 2), (3, 2, 4)),
    "mha.batch_first": (lambda: nn.MultiheadAttention(4, 2, batch_first=True), (2, 3, 4)),
    "mha.unbatched": (lambda: nn.MultiheadAttention(4, 2, batch_first=True), (3, 4)),
    "mha.unbatched.padding": (lambda: nn.MultiheadAttention(4, 2), (3, 4), (2, 4), None, lambda: dict(key_padding_mask=torch.tensor([False, True]))),
    "mha.cross": (lambda: nn.MultiheadAttention(4, 2, batch_first=True, bias=False), (2, 3, 4), (2, 5, 4)),
    "mha.kdim": (lambda: nn.MultiheadAttention(4, 2, kdim=3, vdim=5), (3, 2, 4), (4, 2, 3), (4, 2, 5)),
    "mha.heads": (lambda: nn.MultiheadAttention(4, 2), (3, 2, 4), None, None, lambda: dict(average_attn_weights=False)),
    "mha.bias_kv": (lambda: nn.MultiheadAttention(4, 2, add_bias_kv=True, add_zero_attn=True), (3, 2, 4), None, None,
                    lambda: dict(attn_mask=some(3, 3), key_padding_mask=torch.tensor([[False, False, True], [False] * 3]))),
    "mha.mask.float": (lambda: nn.MultiheadAttention(4, 2), (3, 2, 4), None, None,
                       lambda: dict(attn_mask=torch.linspace(-1, 1, 9).view(3, 3), key_padding_mask=torch.linspace(-2, 0, 6).view(2, 3))),
    "mha.mask.3d": (lambda: nn.MultiheadAttention(4, 2), (3, 2, 4), None, None, lambda: dict(attn_mask=some(4, 3, 3))),
    "mha.no_weights": (lambda: nn.MultiheadAttention(4, 2), (3, 2, 4), None, None,
                       lambda: dict(need_weights=False, attn_mask=torch.tensor([[False] * 3, [True] * 3, [False, True, False]]))),
    "mha.causal": (lambda: nn.MultiheadAttention(4, 2), (3, 2, 4), None, None, lambda: dict(need_weights=False, attn_mask=causal(3), is_causal=True)),
    "mha.causal.weights": (lambda: nn.MultiheadAttention(4, 2), (3, 2, 4), None, None, lambda: dict(attn_mask=causal(3), is_causal=True)),
    "mha.dropout": (lambda: nn.MultiheadAttention(4, 2, dropout=0.4), (3, 2, 4)),
    "mha.dropout.no_weights": (lambda: nn.MultiheadAttention(4, 2, dropout=0.4), (3, 2, 4), None, None, lambda: dict(need_weights=False)),
}
for _name, _args in ATTENTION.items():
    case("attention", _name)(lambda args=_args: attend(*args))

OPTIONS = {
    "plain": dict(),
    "pre": dict(norm_first=True, batch_first=True),
    "no_bias": dict(bias=False, layer_norm_eps=0.1, activation="gelu"),
    "function": dict(activation=torch.tanh, batch_first=True),
}
for _name, _options in OPTIONS.items():
    @case("attention", f"encoder_layer.{_name}")
    def _(o=_options):
        return layer(lambda: nn.TransformerEncoderLayer(4, 2, 6, 0.2, **o), 3, 2, 4)

    @case("attention", f"decoder_layer.{_name}")
    def _(o=_options):
        m = nn.TransformerDecoderLayer(4, 2, 6, 0.0, **o)
        t, memory = leaf(3, 3, 4), leaf(3, 3, 4)
        y = m(t, memory, tgt_mask=causal(3), tgt_is_causal=True, memory_key_padding_mask=some(3, 3))
        return graded(y, t, memory, *m.parameters())

    @case("attention", f"transformer.{_name}")
    def _(o=_options):
        m = nn.Transformer(4, 2, 1, 2, 6, 0.0, **o)
        torch.manual_seed(11)
        filled(m)
        s, t = leaf(3, 3, 4), leaf(3, 3, 4)
        y = m(s, t, tgt_mask=causal(3), src_key_padding_mask=some(3, 3), tgt_is_causal=True)
        return graded(y, s, t)


@case("attention", "transformer.unbatched")
def _():
    m = nn.Transformer(4, 2, 1, 1, 6, 0.0)
    torch.manual_seed(11)
    filled(m)
    s, t = leaf(2, 4), leaf(3, 4)
    return graded(m(s, t, src_mask=causal(2), src_is_causal=True), s, t)


@case("attention", "encoder.stack")
def _():
    m = nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 6, 0.0, batch_first=True), 2, nn.LayerNorm(4))
    torch.manual_seed(11)
    filled(m)
    x = leaf(2, 3, 4)
    return graded(m(x, mask=causal(3), is_causal=True), x, *m.parameters())


# --- Initial values --------------------------------------------------------------------------------------------------

INIT = nn.init
INITIALISERS = {
    "trunc_normal": ((4, 5), lambda t: INIT.trunc_normal_(t, std=1.5)),
    "trunc_normal.wide": ((4, 5), lambda t: INIT.trunc_normal_(t, std=0.02)),
    "trunc_normal.rare": ((4, 5), lambda t: INIT.trunc_normal_(t, 0.0, 1.0, 1.0, 1.5)),
    "trunc_normal.tail": ((3, 3), lambda t: INIT.trunc_normal_(t, 0.0, 0.5, 2.0, 3.0)),
    "uniform": ((3, 4), lambda t: INIT.uniform_(t, -2, 1)),
    "normal": ((3, 6), lambda t: INIT.normal_(t, 1, 3)),
    "orthogonal.tall": ((5, 3), lambda t: INIT.orthogonal_(t, 2.0)),
    "orthogonal.wide": ((2, 2, 3), INIT.orthogonal_),
    "sparse": ((6, 4), lambda t: INIT.sparse_(t, 0.4, 0.5)),
    "dirac": ((4, 2, 3), lambda t: INIT.dirac_(t, 2)),
    "dirac.2d": ((3, 4, 2, 3), INIT.dirac_),
    "eye": ((2, 3), INIT.eye_),
    "xavier_uniform": ((3, 4, 2), lambda t: INIT.xavier_uniform_(t, 1.5)),
    "xavier_normal": ((3, 4), INIT.xavier_normal_),
    "kaiming_uniform": ((3, 4, 2, 1), lambda t: INIT.kaiming_uniform_(t, 0.2, "fan_out", "leaky_relu")),
    "kaiming_normal": ((3, 4), lambda t: INIT.kaiming_normal_(t, nonlinearity="selu")),
}
for _name, (_sizes, _fill) in INITIALISERS.items():
    @case("init", _name)
    def _(sizes=_sizes, fill=_fill):
        return [fill(torch.empty(sizes)), torch.rand(1)]  # the number after tells that as many were drawn


# --- Utilities -------------------------------------------------------------------------------------------------------

U = nn.utils


def with_gradients(types=(torch.float32, torch.float32, torch.float32)):
    parameters = [torch.zeros(s, dtype=t).requires_grad_() for s, t in zip([(2, 3), (4,), (1, 2)], types)]
    for p in parameters:
        p.grad = torch.randn(p.shape).to(p.dtype)
    return parameters


for _p in (2.0, 1.0, 0.0, math.inf, 3.0):
    @case("utils", f"total_norm.{_p:g}")
    def _(p=_p):
        ps = with_gradients()
        total = U.get_total_norm([q.grad for q in ps], p)
        U.clip_grads_with_norm_(ps, 0.7, total)
        return [total] + [q.grad for q in ps]


@case("utils", "total_norm.mixed")
def _():
    ps = with_gradients((torch.float32, torch.float64, torch.float32))
    total = U.get_total_norm([q.grad for q in ps])
    U.clip_grads_with_norm_(ps, 0.7, total)
    return [total] + [q.grad for q in ps]


@case("utils", "unpad")
def _():
    from torch.nn.utils import rnn
    x = torch.randn(4, 3, 2)
    n = torch.tensor([2, 4, 1])
    packed = rnn.pack_padded_sequence(x, n, enforce_sorted=False)
    return rnn.unpad_sequence(x.clone(), n) + rnn.unpad_sequence(x.transpose(0, 1), n, batch_first=True) + rnn.unpack_sequence(packed)


def trained(bn):
    """A normalisation with statistics and parameters of its own."""
    with torch.no_grad():
        for t in (bn.running_mean, bn.weight, bn.bias):
            if t is not None:
                t.normal_()
        bn.running_var.uniform_(0.5, 2)
    return bn.eval()


@case("utils", "fuse_conv")
def _():
    conv, bn = nn.Conv2d(2, 3, 2, bias=False).eval(), trained(nn.BatchNorm2d(3))
    x = torch.randn(1, 2, 3, 3)
    fused = U.fuse_conv_bn_eval(conv, bn)
    return [fused.weight, fused.bias, fused(x)]


@case("utils", "fuse_conv_transpose")
def _():
    conv, bn = nn.ConvTranspose1d(2, 3, 2).eval(), trained(nn.BatchNorm1d(3))
    x = torch.randn(1, 2, 3)
    fused = U.fuse_conv_bn_eval(conv, bn, transpose=True)
    return [fused.weight, fused.bias, fused(x)]


@case("utils", "fuse_linear")
def _():
    fc, bn = nn.Linear(2, 3).eval(), trained(nn.BatchNorm1d(3))
    x = torch.randn(4, 2)
    fused = U.fuse_linear_bn_eval(fc, bn)
    return [fused.weight, fused.bias, fused(x)]


# --- Parametrizations and pruning --------------------------------------------------------------------------------------

import torch.nn.utils.prune as prune  # noqa: E402

P = nn.utils.parametrize


def steps(m, x, count=2):
    """Some steps of training: each result, then all of the state, in order."""
    optimizer = torch.optim.SGD(m.parameters(), 0.1)
    results = []
    for _ in range(count):
        optimizer.zero_grad()
        y = m(x)
        y = y[0] if isinstance(y, tuple) else y
        weighted(y).backward()
        results.append(y)
        optimizer.step()
    m.eval()
    y = m(x)
    return results + [y[0] if isinstance(y, tuple) else y] + list(m.state_dict().values())


class Symmetric(nn.Module):
    def forward(self, x):
        return x.triu() + x.triu(1).transpose(-1, -2)

    def right_inverse(self, a):
        return a.triu()


class Doubled(nn.Module):
    def forward(self, x):
        return 2 * x


class Product(nn.Module):
    """Of two originals."""

    def forward(self, a, b):
        return a @ b

    def right_inverse(self, x):
        return x[:, :1].clone(), x[:1].clone()


def parametrized(make, x, *what, unsafe=False):
    m = make()
    for p in what:
        P.register_parametrization(m, "weight", p, unsafe=unsafe)
    return steps(m, torch.randn(x))


PARAMETRIZED = {
    "symmetric": lambda: parametrized(lambda: nn.Linear(3, 3), (2, 3), Symmetric()),
    "stacked": lambda: parametrized(lambda: nn.Linear(3, 3), (2, 3), Symmetric(), Doubled()),
    "softplus": lambda: parametrized(lambda: nn.Conv1d(2, 3, 2), (1, 2, 4), nn.Softplus()),
    "product": lambda: parametrized(lambda: nn.Linear(3, 4), (2, 3), Product()),
    "weight_norm": lambda: steps(U.parametrizations.weight_norm(nn.Linear(3, 4)), torch.randn(2, 3)),
    "weight_norm.whole": lambda: steps(U.parametrizations.weight_norm(nn.Conv2d(2, 3, 2), dim=None), torch.randn(1, 2, 3, 3)),
    "weight_norm.dim1": lambda: steps(U.parametrizations.weight_norm(nn.ConvTranspose1d(2, 3, 2), dim=1), torch.randn(1, 2, 3)),
    "weight_norm.lstm": lambda: steps(U.parametrizations.weight_norm(nn.LSTM(2, 3), "weight_hh_l0"), torch.randn(3, 2, 2)),
    "spectral_norm": lambda: steps(U.parametrizations.spectral_norm(nn.Linear(3, 4)), torch.randn(2, 3), 3),
    "spectral_norm.conv": lambda: steps(U.parametrizations.spectral_norm(nn.Conv2d(2, 3, 2), n_power_iterations=2), torch.randn(1, 2, 3, 3)),
    "spectral_norm.transposed": lambda: steps(U.parametrizations.spectral_norm(nn.ConvTranspose2d(2, 3, 2)), torch.randn(1, 2, 2, 2)),
    "spectral_norm.vector": lambda: steps(U.parametrizations.spectral_norm(nn.LayerNorm(3)), torch.randn(2, 3)),
    "orthogonal.square": lambda: steps(U.parametrizations.orthogonal(nn.Linear(3, 3)), torch.randn(2, 3)),
    "orthogonal.tall": lambda: steps(U.parametrizations.orthogonal(nn.Linear(3, 4)), torch.randn(2, 3)),
    "orthogonal.wide": lambda: steps(U.parametrizations.orthogonal(nn.Linear(4, 3), orthogonal_map="cayley"), torch.randn(2, 4)),
    "orthogonal.exp": lambda: steps(U.parametrizations.orthogonal(nn.Linear(2, 4), orthogonal_map="matrix_exp"), torch.randn(2, 2)),
    "orthogonal.plain": lambda: steps(U.parametrizations.orthogonal(nn.Linear(3, 4), use_trivialization=False), torch.randn(2, 3)),
}
PARAMETRIZED |= {
    "old.weight_norm": lambda: steps(U.weight_norm(nn.Linear(3, 4)), torch.randn(2, 3)),
    "old.weight_norm.whole": lambda: steps(U.weight_norm(nn.Conv1d(2, 3, 2), dim=None), torch.randn(1, 2, 4)),
    "old.spectral_norm": lambda: steps(U.spectral_norm(nn.Linear(3, 4), n_power_iterations=2), torch.randn(2, 3)),
    "old.spectral_norm.transposed": lambda: steps(U.spectral_norm(nn.ConvTranspose2d(2, 3, 2)), torch.randn(1, 2, 2, 2)),
    "old.removed": lambda: steps(U.remove_spectral_norm(U.spectral_norm(nn.Linear(3, 4))), torch.randn(2, 3)),
}
for _name, _run in PARAMETRIZED.items():
    case("parametrize", _name)(_run)


@case("parametrize", "remove")
def _():
    m = U.parametrizations.weight_norm(nn.Linear(3, 4))
    P.register_parametrization(m, "bias", Doubled())
    P.remove_parametrizations(m, "weight")
    P.remove_parametrizations(m, "bias", leave_parametrized=False)
    return steps(m, torch.randn(2, 3))


@case("parametrize", "cell")
def _():
    m = U.parametrizations.spectral_norm(nn.GRUCell(2, 3), "weight_hh")
    x = torch.randn(3, 2, 2)
    h = torch.zeros(2, 3)
    for t in range(3):
        h = m(x[t], h)
    weighted(h).backward()
    return [h, m.parametrizations.weight_hh.original.grad, m.weight_ih.grad] + list(m.state_dict().values())


def pruned(make, x, *calls):
    m = make()
    for call in calls:
        call(m)
    return steps(m, torch.randn(x))


PRUNED = {
    "l1": lambda: pruned(lambda: nn.Linear(4, 3), (2, 4), lambda m: prune.l1_unstructured(m, "weight", 0.4)),
    "l1.again": lambda: pruned(lambda: nn.Linear(4, 3), (2, 4), lambda m: prune.l1_unstructured(m, "weight", 3), lambda m: prune.l1_unstructured(m, "weight", 0.5)),
    "l1.scores": lambda: pruned(lambda: nn.Linear(4, 3), (2, 4), lambda m: prune.l1_unstructured(m, "weight", 5, importance_scores=torch.arange(12.0).view(3, 4))),
    "random": lambda: pruned(lambda: nn.Linear(4, 3), (2, 4), lambda m: prune.random_unstructured(m, "weight", 0.3), lambda m: prune.random_unstructured(m, "bias", 1)),
    "ln": lambda: pruned(lambda: nn.Conv2d(2, 4, 2), (1, 2, 3, 3), lambda m: prune.ln_structured(m, "weight", 0.5, 2, 0)),
    "ln.again": lambda: pruned(lambda: nn.Conv2d(2, 4, 2), (1, 2, 3, 3), lambda m: prune.ln_structured(m, "weight", 1, math.inf, -3), lambda m: prune.ln_structured(m, "weight", 1, 1, 0)),
    "random_channels": lambda: pruned(lambda: nn.Linear(4, 3), (2, 4), lambda m: prune.random_structured(m, "weight", 2, 1), lambda m: prune.l1_unstructured(m, "weight", 2)),
    "mask": lambda: pruned(lambda: nn.Linear(4, 3), (2, 4), lambda m: prune.custom_from_mask(m, "weight", some(3, 4)), lambda m: prune.identity(m, "bias")),
    "lstm": lambda: pruned(lambda: nn.LSTM(2, 2), (2, 1, 2), lambda m: prune.l1_unstructured(m, "weight_ih_l0", 0.5)),
}
for _name, _run in PRUNED.items():
    case("prune", _name)(_run)


@case("prune", "global")
def _():
    m = nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 2))
    prune.l1_unstructured(m[0], "weight", 2)
    prune.global_unstructured([(m[0], "weight"), (m[2], "weight")], pruning_method=prune.L1Unstructured, amount=0.5)
    return steps(m, torch.randn(2, 4))


@case("prune", "remove")
def _():
    m = nn.Linear(4, 3)
    prune.l1_unstructured(m, "weight", 0.5)
    prune.remove(m, "weight")
    return steps(m, torch.randn(2, 4))


def write(area):
    lines = []
    for name, function in CASES[area].items():
        torch.manual_seed(11)
        for i, t in enumerate(function()):
            t = t.detach()
            values = " ".join(f"{v:.9g}" if t.dtype == torch.double else f"{v:.7g}" for v in t.double().flatten().tolist())
            lines.append(f"{name} {i}: {' '.join(map(str, t.shape))}: {values}\n")
    target = HERE / "nn" / f"{area}.txt"
    target.parent.mkdir(exist_ok=True)
    target.write_text("".join(lines))
    print(f"{target}: {len(CASES[area])} cases, {len(lines)} tensors, {target.stat().st_size} bytes")


if __name__ == "__main__":
    for _area in sys.argv[1:] or CASES:
        write(_area)
