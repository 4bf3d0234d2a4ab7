"""Golden numbers of tests/unit/optim: ways of optimizers and sequences of learning rates, by PyTorch.

  python3 tests/golden/optim.py        writes tests/golden/optim/*.txt

A line is `name index:sizes:values`. Lion and LAMB are written out here after their papers.
"""
import math
import os
import warnings

import torch
from torch import optim

warnings.filterwarnings("ignore")
HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "optim")


class Lion(optim.Optimizer):
    def __init__(self, params, lr=1e-4, betas=(0.9, 0.99), weight_decay=0.0, maximize=False):
        super().__init__(params, dict(lr=lr, betas=betas, weight_decay=weight_decay, maximize=maximize))

    @torch.no_grad()
    def step(self):
        for o in self.param_groups:
            for p in o["params"]:
                if p.grad is None:
                    continue
                g = -p.grad if o["maximize"] else p.grad
                m = self.state[p].setdefault("m", torch.zeros_like(p))
                b1, b2 = o["betas"]
                update = (b1 * m + (1 - b1) * g).sign() + o["weight_decay"] * p
                p.sub_(o["lr"] * update)
                m.mul_(b2).add_((1 - b2) * g)


class LAMB(optim.Optimizer):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-6, weight_decay=0.0, maximize=False):
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, maximize=maximize))

    @torch.no_grad()
    def step(self):
        for o in self.param_groups:
            for p in o["params"]:
                if p.grad is None or p.numel() == 0:
                    continue
                g = -p.grad if o["maximize"] else p.grad
                s = self.state[p]
                if not s:
                    s.update(n=0, m=torch.zeros_like(p), v=torch.zeros_like(p))
                s["n"] += 1
                b1, b2 = o["betas"]
                s["m"].mul_(b1).add_((1 - b1) * g)
                s["v"].mul_(b2).add_((1 - b2) * g * g)
                update = s["m"] / (1 - b1 ** s["n"]) / ((s["v"] / (1 - b2 ** s["n"])).sqrt() + o["eps"]) + o["weight_decay"] * p
                x, u = p.norm(), update.norm()
                p.sub_(o["lr"] * (x / u if x > 0 and u > 0 else 1.0) * update)


def parameters(dtype):
    """Odd sizes, 0-dim, empty, transposed, with gaps; start values by formula."""
    shapes = [lambda: torch.empty(5, dtype=dtype), lambda: torch.empty(3, 2, dtype=dtype).t(), lambda: torch.empty((), dtype=dtype), lambda: torch.empty(0, 4, dtype=dtype),
              lambda: torch.empty(2, 3, 4, dtype=dtype)[:, :, ::2], lambda: torch.empty(37, 27, dtype=dtype)]
    r = []
    for i, make in enumerate(shapes):
        p = make()
        p.copy_((torch.arange(p.numel(), dtype=torch.float64) * 0.9 + i).sin().view(p.shape))
        r.append(p.requires_grad_())
    return r


def set_gradients(params, step):
    for i, p in enumerate(params):
        wave = (torch.arange(p.numel(), dtype=torch.float64) * 1.3 + 0.37 * step + i).cos().view(p.shape)
        p.grad = None if (step + 2 * i) % 7 == 3 else (p.detach() * 0.5 + wave.to(p.dtype))


def seen(params):
    """Small parameters whole, a large one as weighted sums."""
    r = []
    for p in params:
        p = p.detach().double()
        if p.numel() <= 16:
            r.append(p.reshape(-1))
        else:
            n = torch.arange(p.numel(), dtype=torch.float64)
            r.append(torch.stack([(p.reshape(-1) * (n * w).cos()).mean() for w in (0.0, 0.11, 1.7)]))
    return torch.cat(r)


def way(make, dtype):
    params = parameters(dtype)
    optimizer = make(params)
    r = []
    for step in range(100):
        set_gradients(params, step)
        optimizer.step()
        if step in ((2, 99) if dtype == torch.float64 else (99,)):
            r.append(seen(params))
    return r


A = dict(lr=0.02)
CASES = [
    ("sgd", optim.SGD, dict(lr=0.05)),
    ("sgd.maximize", optim.SGD, dict(lr=0.01, maximize=True)),
    ("sgd.momentum", optim.SGD, dict(lr=0.05, momentum=0.9)),
    ("sgd.all", optim.SGD, dict(lr=0.05, momentum=0.8, dampening=0.3, weight_decay=0.1)),
    ("sgd.nesterov", optim.SGD, dict(lr=0.02, momentum=0.9, nesterov=True, weight_decay=0.01, maximize=True)),
    ("adam", optim.Adam, A),
    ("adam.all", optim.Adam, dict(lr=0.02, betas=(0.7, 0.95), eps=1e-3, weight_decay=0.1, amsgrad=True)),
    ("adam.maximize", optim.Adam, dict(lr=0.01, maximize=True, weight_decay=0.05)),
    ("adam.decoupled", optim.Adam, dict(lr=0.02, decoupled_weight_decay=True, weight_decay=0.1)),
    ("adamw", optim.AdamW, dict(lr=0.02, weight_decay=0.2)),
    ("adamw.amsgrad", optim.AdamW, dict(lr=0.02, amsgrad=True, maximize=True)),
    ("adamax", optim.Adamax, A),
    ("adamax.all", optim.Adamax, dict(lr=0.01, betas=(0.5, 0.9), eps=1e-2, weight_decay=0.1, maximize=True)),
    ("nadam", optim.NAdam, A),
    ("nadam.all", optim.NAdam, dict(lr=0.01, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.1, momentum_decay=0.1, maximize=True)),
    ("nadam.decoupled", optim.NAdam, dict(lr=0.02, weight_decay=0.1, decoupled_weight_decay=True)),
    ("radam", optim.RAdam, A),
    ("radam.all", optim.RAdam, dict(lr=0.01, betas=(0.8, 0.9), eps=1e-3, weight_decay=0.1, maximize=True)),
    ("radam.decoupled", optim.RAdam, dict(lr=0.02, weight_decay=0.1, decoupled_weight_decay=True)),
    ("adagrad", optim.Adagrad, dict(lr=0.1)),
    ("adagrad.all", optim.Adagrad, dict(lr=0.1, lr_decay=0.05, weight_decay=0.1, initial_accumulator_value=0.3, eps=1e-3, maximize=True)),
    ("adadelta", optim.Adadelta, {}),
    ("adadelta.all", optim.Adadelta, dict(lr=0.5, rho=0.7, eps=1e-3, weight_decay=0.1, maximize=True)),
    ("rmsprop", optim.RMSprop, dict(lr=0.01)),
    ("rmsprop.all", optim.RMSprop, dict(lr=0.003, alpha=0.9, eps=1e-2, weight_decay=0.1, momentum=0.5, centered=True)),
    ("rmsprop.momentum", optim.RMSprop, dict(lr=0.003, momentum=0.9, maximize=True)),
    ("rmsprop.centered", optim.RMSprop, dict(lr=0.003, centered=True, eps=1e-2)),
    ("rprop", optim.Rprop, dict(lr=0.01)),
    ("rprop.all", optim.Rprop, dict(lr=0.02, etas=(0.4, 1.3), step_sizes=(1e-3, 0.1), maximize=True)),
    ("asgd", optim.ASGD, dict(lr=0.05)),
    ("asgd.all", optim.ASGD, dict(lr=0.05, lambd=0.01, alpha=0.6, t0=20, weight_decay=0.1, maximize=True)),
    ("adafactor", optim.Adafactor, dict(lr=0.05)),
    ("adafactor.all", optim.Adafactor, dict(lr=0.02, beta2_decay=-0.6, eps=(1e-4, 1e-2), d=1.5, weight_decay=0.1, maximize=True)),
    ("lion", Lion, dict(lr=0.01)),
    ("lion.all", Lion, dict(lr=0.01, betas=(0.8, 0.95), weight_decay=0.1, maximize=True)),
    ("lamb", LAMB, dict(lr=0.01)),
    ("lamb.all", LAMB, dict(lr=0.01, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.1, maximize=True)),
]


def optimizers(out):
    for dtype, suffix in ((torch.float64, "double"), (torch.float32, "float")):
        torch.set_default_dtype(dtype)
        for name, cls, options in CASES:
            # PyTorch's Adafactor takes no empty parameter
            make = lambda params: cls([p for p in params if p.numel()] if cls is optim.Adafactor else params, **options)
            out.extend((f"{name}.{suffix} {i}", t) for i, t in enumerate(way(make, dtype)))
    torch.set_default_dtype(torch.float32)
    # half types: what PyTorch's fused kernels give, which calculate in float
    for dtype, suffix in ((torch.bfloat16, "bfloat16"), (torch.float16, "half")):
        for name, cls, options in CASES:
            if cls in (optim.Adam, optim.AdamW):
                out.extend((f"{name}.{suffix} {i}", t) for i, t in enumerate(way(lambda params: cls([params[0], params[5]], fused=True, **options), dtype)))
    # average of ASGD
    params = parameters(torch.float64)
    torch.set_default_dtype(torch.float64)
    o = optim.ASGD(params, lr=0.05, t0=20)
    for step in range(60):
        set_gradients(params, step)
        o.step()
    out.append(("asgd.average 0", seen([o.state[p]["ax"] for p in params])))
    torch.set_default_dtype(torch.float32)
    # Muon: matrices only; in bfloat16 inside, so few steps
    for name, options in (("muon", dict(lr=0.02)), ("muon.all", dict(lr=0.05, weight_decay=0.3, momentum=0.8, nesterov=False, ns_steps=3, adjust_lr_fn="match_rms_adamw"))):
        params = [p for p in parameters(torch.float32) if p.dim() == 2 and p.numel()]
        o = optim.Muon(params, **options)
        for step in range(10):
            set_gradients(params, step)
            o.step()
        out.append((f"{name} 0", seen(params)))


SPARSE = [
    ("sparse_adam", optim.SparseAdam, dict(lr=0.05)),
    ("sparse_adam.all", optim.SparseAdam, dict(lr=0.02, betas=(0.7, 0.9), eps=1e-2, maximize=True)),
    ("sgd", optim.SGD, dict(lr=0.1)),
    ("sgd.momentum", optim.SGD, dict(lr=0.1, momentum=0.8, dampening=0.2)),
    ("sgd.nesterov", optim.SGD, dict(lr=0.1, momentum=0.8, nesterov=True, maximize=True)),
    ("adagrad", optim.Adagrad, dict(lr=0.1, lr_decay=0.1, initial_accumulator_value=0.1)),
]


def sparse(out):
    """A table of rows, some twice in a gradient, and one whose dimensions are all sparse."""
    torch.set_default_dtype(torch.float64)
    for name, cls, options in SPARSE:
        table = (torch.arange(30).double() * 0.9).sin().view(10, 3).requires_grad_()
        grid = (torch.arange(12).double() * 0.7).cos().view(4, 3).requires_grad_()
        o = cls([table, grid], **options)
        for step in range(20):
            rows = torch.tensor([step % 10, (step * 3) % 10, step % 10, 7])
            values = (torch.arange(12).double() * 1.3 + step).cos().view(4, 3)
            table.grad = torch.sparse_coo_tensor(rows[None], values, (10, 3)) if step != 4 else None
            places = torch.tensor([[step % 4, (step + 1) % 4, 2], [step % 3, 1, 1]])
            grid.grad = torch.sparse_coo_tensor(places, values[:3, 0], (4, 3))
            o.step()
        out.append((name + " 0", seen([table.reshape(-1)[:16], table.reshape(-1)[16:], grid])))
    torch.set_default_dtype(torch.float32)


S = optim.lr_scheduler
SCHEDULES = {
    "lambda": lambda o: S.LambdaLR(o, lambda e: 0.9 ** e),
    "lambda.each": lambda o: S.LambdaLR(o, [lambda e: 0.9 ** e, lambda e: 1 / (1 + e)]),
    "multiplicative": lambda o: S.MultiplicativeLR(o, lambda e: 0.95 + 0.01 * (e % 3)),
    "step": lambda o: S.StepLR(o, 4, 0.5),
    "step.1": lambda o: S.StepLR(o, 1),
    "multi_step": lambda o: S.MultiStepLR(o, [13, 3, 8, 8], 0.3),
    "constant": lambda o: S.ConstantLR(o),
    "constant.long": lambda o: S.ConstantLR(o, 0.25, 11),
    "linear": lambda o: S.LinearLR(o),
    "linear.down": lambda o: S.LinearLR(o, 1.0, 0.1, 20),
    "exponential": lambda o: S.ExponentialLR(o, 0.87),
    "polynomial": lambda o: S.PolynomialLR(o),
    "polynomial.2": lambda o: S.PolynomialLR(o, 23, 2.5),
    "cosine": lambda o: S.CosineAnnealingLR(o, 10),
    "cosine.min": lambda o: S.CosineAnnealingLR(o, 7, 0.01),
    "cosine.1": lambda o: S.CosineAnnealingLR(o, 1, 0.01),
    "restarts": lambda o: S.CosineAnnealingWarmRestarts(o, 7),
    "restarts.mult": lambda o: S.CosineAnnealingWarmRestarts(o, 3, 2, 0.001),
    "cyclic": lambda o: S.CyclicLR(o, 0.01, 0.1, step_size_up=5),
    "cyclic.2": lambda o: S.CyclicLR(o, [0.01, 0.02], [0.1, 0.3], step_size_up=4, step_size_down=7, mode="triangular2", base_momentum=0.7, max_momentum=0.95),
    "cyclic.exp": lambda o: S.CyclicLR(o, 0.01, 0.1, step_size_up=3, mode="exp_range", gamma=0.97, cycle_momentum=False),
    "cyclic.fn": lambda o: S.CyclicLR(o, 0.01, 0.1, step_size_up=3, scale_fn=lambda x: 1 / (1 + x), scale_mode="iterations"),
    "one_cycle": lambda o: S.OneCycleLR(o, 0.1, total_steps=40),
    "one_cycle.linear": lambda o: S.OneCycleLR(o, [0.1, 0.4], epochs=8, steps_per_epoch=5, pct_start=0.4, anneal_strategy="linear", div_factor=10, final_div_factor=100),
    "one_cycle.three": lambda o: S.OneCycleLR(o, 0.1, total_steps=43, three_phase=True, base_momentum=0.8, max_momentum=0.9),
    "chained": lambda o: S.ChainedScheduler([S.ConstantLR(o, 0.1, 4), S.ExponentialLR(o, 0.9)]),
    "sequential": lambda o: S.SequentialLR(o, [S.ConstantLR(o, 0.1, 6), S.ExponentialLR(o, 0.9), S.CosineAnnealingLR(o, 5)], [6, 20]),
    "sequential.restarts": lambda o: S.SequentialLR(o, [S.LinearLR(o, 0.1, 1.0, 5), S.CosineAnnealingWarmRestarts(o, 6, 2)], [5]),
    "sequential.step": lambda o: S.SequentialLR(o, [S.StepLR(o, 2, 0.5), S.PolynomialLR(o, 10), S.MultiStepLR(o, [2, 4], 0.5)], [7, 14]),
    "sequential.chained": lambda o: S.SequentialLR(o, [S.ChainedScheduler([S.ConstantLR(o, 0.5, 3), S.ExponentialLR(o, 0.9)]), S.ExponentialLR(o, 0.5)], [10]),
    "warmup": lambda o: S.SequentialLR(o, [S.LinearLR(o, 1e-3, 1.0, 8), S.CosineAnnealingLR(o, 30)], [8]),
    "swa": lambda o: optim.swa_utils.SWALR(o, 0.05),
    "swa.linear": lambda o: optim.swa_utils.SWALR(o, [0.05, 0.01], 6, "linear"),
    "swa.now": lambda o: optim.swa_utils.SWALR(o, 0.05, 0),
}
CLOSED = ["step", "multi_step", "constant", "linear", "exponential", "polynomial", "cosine", "lambda"]


def two_groups(adam=False):
    groups = [{"params": [torch.zeros(2, requires_grad=True)]}, {"params": [torch.zeros(3, requires_grad=True)], "lr": 0.25}]
    return optim.Adam(groups, lr=0.1) if adam else optim.SGD(groups, lr=0.1, momentum=0.9)


def rates(o, momentum=False):
    g = o.param_groups[1]
    return [g["lr"] for g in o.param_groups] + ([g["betas"][0] if "betas" in g else g["momentum"]] if momentum else [])


def schedules(out):
    for name, make in SCHEDULES.items():
        o = two_groups(adam=name == "one_cycle" or name == "cyclic")
        cycles = "cycl" in name
        schedule, r = make(o), rates(o, cycles)
        for _ in range(40):
            o.step()
            schedule.step()
            r += rates(o, cycles)
        out.append((name + " 0", torch.tensor(r, dtype=torch.float64)))
    for name in CLOSED:
        o = two_groups()
        schedule, r = SCHEDULES[name](o), []
        for epoch in (3, 8, 20, 2):
            schedule.step(epoch)
            r += rates(o)
        schedule.step()
        out.append((name + " closed", torch.tensor(r + rates(o), dtype=torch.float64)))
    o = two_groups()
    schedule, r = SCHEDULES["restarts.mult"](o), []
    for epoch in (0.5, 2.9, 3.1, 9.7, 30.2, 1.0):
        schedule.step(epoch)
        r += rates(o)
    schedule.step()
    out.append(("restarts.mult closed", torch.tensor(r + rates(o), dtype=torch.float64)))
    for name, options in (("plateau", {}), ("plateau.max", dict(mode="max", factor=0.5, patience=2, threshold=1e-2, cooldown=2)),
                          ("plateau.abs", dict(factor=0.3, patience=1, threshold=0.2, threshold_mode="abs", min_lr=[0.01, 0.2]))):
        o = two_groups()
        schedule, r = S.ReduceLROnPlateau(o, **options), []
        for i in range(40):
            schedule.step(5 - i if i < 5 else 1.0 + 0.3 * (i % 4))
            r += rates(o)
        out.append((name + " 0", torch.tensor(r, dtype=torch.float64)))
    # from the 11th epoch on, by the constructor
    for name in ("exponential", "cosine", "linear", "multi_step", "one_cycle", "restarts"):
        o = two_groups()
        for g in o.param_groups:
            g.update(initial_lr=g["lr"], max_lr=0.1, min_lr=g["lr"] / 1e4, max_momentum=0.95, base_momentum=0.85)
        make = {"exponential": lambda: S.ExponentialLR(o, 0.87, 10), "cosine": lambda: S.CosineAnnealingLR(o, 10, 0, 10), "linear": lambda: S.LinearLR(o, 0.5, 1.0, 20, 10),
                "multi_step": lambda: S.MultiStepLR(o, [11, 13], 0.5, 10), "one_cycle": lambda: S.OneCycleLR(o, 0.1, total_steps=40, last_epoch=10),
                "restarts": lambda: S.CosineAnnealingWarmRestarts(o, 20, 1, 0, 10)}[name]
        schedule, r = make(), rates(o)
        for _ in range(5):
            schedule.step()
            r += rates(o)
        out.append((name + " late", torch.tensor(r, dtype=torch.float64)))


def write(area, make):
    out = []
    make(out)
    os.makedirs(HERE, exist_ok=True)
    with open(os.path.join(HERE, area + ".txt"), "w") as f:
        for name, t in out:
            short = any(s in name for s in (".float", ".half", ".bfloat16", "muon"))
            f.write(f"{name}:{' '.join(map(str, t.shape))}:{' '.join(f'{v:.9g}' if short else repr(v) for v in t.reshape(-1).tolist())}\n")


if __name__ == "__main__":
    write("optimizers", optimizers)
    write("schedules", schedules)
    write("sparse", sparse)
