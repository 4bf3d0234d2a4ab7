"""Adapters as the peft package writes them, for tests/unit/adapt: python adapt.py [FOLDER]; needs torch, peft, transformers, safetensors.

python adapt.py --check FOLDER compares what peft makes of a folder that save_lora wrote of the same adapters with the committed results.
"""
import pathlib
import sys

import peft
import torch
from safetensors.torch import load_file, save_file
from torch import nn
from transformers.pytorch_utils import Conv1D

HERE = pathlib.Path(__file__).parent / "adapt"


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.bn = nn.BatchNorm2d(4)
        self.fc = nn.Linear(4, 8)
        self.c1 = Conv1D(8, 8)
        self.att = nn.MultiheadAttention(8, 2)
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        x = self.fc(self.bn(self.conv(x)).flatten(2).permute(2, 0, 1))
        x = self.c1(x)
        return self.head(self.att(x, x, x, need_weights=False)[0].mean(0))


def base():
    torch.manual_seed(1)
    net = Net()
    net.bn.running_mean.normal_()
    net.bn.running_var.uniform_(0.5, 2)
    return net


def make(name, **options):
    # A Conv1D makes peft take the matrix of an attention's out_proj transposed, so never both.
    targets = ["conv", "fc", "att"] if name == "attention" else ["conv", "fc", "c1"]
    model = peft.get_peft_model(base(), peft.LoraConfig(r=2, lora_alpha=6, target_modules=targets, modules_to_save=["head", "bn"], **options))
    torch.manual_seed(2)
    with torch.no_grad():
        for key, p in model.named_parameters():
            if p.requires_grad:
                p += 0.3 * torch.randn_like(p)
    model.eval()
    model.save_pretrained(HERE / name)
    (HERE / name / "README.md").unlink()
    x = torch.randn(2, 3, 4, 4)
    save_file({"x": x, "y": model(x).detach().contiguous()}, HERE / name / "results.safetensors")


def check(folder, name):
    model = peft.PeftModel.from_pretrained(base(), folder).eval()
    results = load_file(HERE / name / "results.safetensors")
    print(name, "largest difference", (model(results["x"]) - results["y"]).abs().max().item())


if __name__ == "__main__":
    if len(sys.argv) > 2 and sys.argv[1] == "--check":
        for kind in ("lora", "attention", "rslora", "dora"):
            check(pathlib.Path(sys.argv[2]) / kind, kind)
    else:
        HERE.mkdir(exist_ok=True)
        save_file(base().state_dict(), HERE / "base.safetensors")
        make("lora")
        make("attention")
        make("rslora", use_rslora=True)
        make("dora", use_dora=True)
