#!/usr/bin/env python3
"""What torchvision's models are and give, into tests/golden/models.txt.

    pip install torch==2.13.* torchvision==0.28.*
    python tests/golden/models.py

Lines of words: `keys NAME parameters keys hash` for every model, the hash (FNV-1a) over names and shapes of the state in order; `start NAME numbers` for
initial numbers after manual_seed(7): sum, sum of magnitudes and a sum weighted by position over all parameters; `logits NAME size numbers` in
evaluation mode, batch normalisation and all, for an input that needs no random numbers; `train NAME size numbers` for outputs of a step in training
mode after manual_seed(3), in double precision, the sum and sum of magnitudes of each gradient's sum, and those of the buffers afterwards. For Inception v3, which
takes large pictures only: in single precision and without gradients.
"""
import os

import torch
from torch import nn
import torch.nn.functional as F

# The extension is not needed for the models, and not there in every build.
_register = torch.library.register_fake
torch.library.register_fake = lambda op, *a, **k: (lambda f: f) if isinstance(op, str) and op.startswith("torchvision::") else _register(op, *a, **k)
import torchvision.models as models

torch.library.register_fake = _register
torch.set_num_threads(2)


class CifarBlock(nn.Module):  # as in https://github.com/akamaster/pytorch_resnet_cifar10
    def __init__(self, before, planes):
        super().__init__()
        self.conv1 = nn.Conv2d(before, planes, 3, 1 if before == planes else 2, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.more = 0 if before == planes else planes // 4

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.more, self.more)) if self.more else x))


class CifarResNet(nn.Module):
    def __init__(self, blocks):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        before = 16
        for i, planes in enumerate((16, 32, 64)):
            layer = []
            for _ in range(blocks):
                layer.append(CifarBlock(before, planes))
                before = planes
            setattr(self, f"layer{i + 1}", nn.Sequential(*layer))
        self.linear = nn.Linear(64, 10)
        self.apply(lambda m: nn.init.kaiming_normal_(m.weight) if isinstance(m, (nn.Linear, nn.Conv2d)) else None)

    def forward(self, x):
        x = self.layer3(self.layer2(self.layer1(F.relu(self.bn1(self.conv1(x))))))
        return self.linear(F.avg_pool2d(x, x.size(3)).flatten(1))


CIFAR = {"resnet20": 3, "resnet32": 5, "resnet44": 7, "resnet56": 9, "resnet110": 18}
NAMES = [n for n in models.list_models(module=models) if n != "maxvit_t"] + list(CIFAR)


_widths = models.regnet.BlockParams.from_init_params


def _on_cpu(*args, **options):  # it computes with tensors
    with torch.device("cpu"):
        return _widths(*args, **options)


models.regnet.BlockParams.from_init_params = _on_cpu


def make(name, **options):
    if name in CIFAR:
        return CifarResNet(CIFAR[name])
    if name in ("googlenet", "inception_v3"):
        options.setdefault("init_weights", True)
    return models.get_model(name, weights=None, **options)


def picture(n, size, channels=3):
    i = torch.arange(n * channels * size * size, dtype=torch.float64)
    return (torch.sin(i * 0.37) + 0.5 * torch.cos(i * 0.011)).reshape(n, channels, size, size).float()


def key_hash(model):
    h = 0xCBF29CE484222325
    for name, t in model.state_dict().items():
        for c in (name + str(list(t.shape))).replace(" ", "").encode():
            h = (h ^ c) * 0x100000001B3 % 2**64
    return h


def checks(tensors):
    """Sum, sum of magnitudes, and one in which the place counts."""
    s = a = w = 0.0
    for k, t in enumerate(tensors):
        t = t.detach().double().flatten()
        s += t.sum().item()
        a += t.abs().sum().item()
        w += (t * (torch.arange(t.numel(), dtype=torch.float64) % 17 + k % 5)).sum().item()
    return [s, a, w]


def stir(model):
    """Statistics and scales that are not the initial ones, and where the last layer starts as zeros, a last layer."""
    for i, (name, t) in enumerate(list(model.named_parameters()) + list(model.named_buffers())):
        with torch.no_grad():
            wave = lambda: torch.sin(torch.arange(t.numel(), dtype=torch.float64).reshape(t.shape) * 0.7 + i)
            if name.endswith("running_mean"):
                t.copy_(0.05 * wave())
            elif name.endswith("running_var"):
                t.copy_(1 + 0.3 * wave())
            elif name.endswith("heads.head.weight"):
                t.copy_(0.05 * wave())
            elif name.endswith("layer_scale"):
                t.copy_(0.5 + 0.1 * wave())


LOGITS = [("alexnet", 64), ("vgg11_bn", 32), ("resnet18", 64), ("resnet50", 64), ("resnext50_32x4d", 33), ("densenet121", 64), ("squeezenet1_0", 64), ("squeezenet1_1", 64),
          ("googlenet", 64), ("inception_v3", 80), ("mobilenet_v2", 64), ("mobilenet_v3_small", 64), ("mobilenet_v3_large", 64), ("mnasnet0_5", 64), ("shufflenet_v2_x0_5", 64),
          ("efficientnet_b0", 64), ("efficientnet_v2_s", 64), ("regnet_y_400mf", 64), ("regnet_x_400mf", 64), ("convnext_tiny", 64), ("vit_b_32", 224), ("swin_t", 70), ("swin_v2_t", 68),
          ("resnet20", 32)]
TRAIN = [("resnet18", 64), ("googlenet", 64), ("inception_v3", 299), ("mobilenet_v3_small", 64), ("efficientnet_b0", 64), ("shufflenet_v2_x0_5", 64), ("swin_t", 56), ("resnet20", 32)]


def main():
    lines = []
    say = lambda *words: lines.append(" ".join(f"{w:.9g}" if isinstance(w, float) else str(w) for w in words))
    for name in NAMES:
        with torch.device("meta"):
            model = make(name)
        say("keys", name, sum(p.numel() for p in model.parameters()), len(model.state_dict()), key_hash(model))
    for name, size in LOGITS:
        torch.manual_seed(7)
        model = make(name).eval()
        say("start", name, *checks(model.parameters()))
        stir(model)
        with torch.no_grad():
            y = model(picture(1, size)).flatten()
        say("logits", name, size, *y[:8].tolist(), *checks([y]))
    for name, size in TRAIN:
        torch.manual_seed(7)
        small = size < 299
        model = make(name).train().to(torch.float64 if small else torch.float32)
        torch.manual_seed(3)
        out = model(picture(3 if small else 2, size).to(torch.float64 if small else torch.float32))
        out = list(out) if isinstance(out, tuple) else [out]
        if small:
            (sum((t * torch.sin(torch.arange(t.numel()).reshape(t.shape))).sum() for t in out) / len(out)).backward()
        numbers = []
        for t in out:
            numbers += checks([t])
        if small:
            numbers += checks([p.grad for p in model.parameters()])
        numbers += checks(model.buffers())
        say("train", name, size, *numbers)
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "models.txt"), "w") as f:
        f.write("\n".join(lines) + "\n")


main()
