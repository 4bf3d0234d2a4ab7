#!/usr/bin/env python3
"""Prints the numbers of tests/unit/nn/summary.cpp: what torchinfo says of the same models (pip install torch torchinfo)."""
import torch
import torchinfo
from torch import nn


class Cnn(nn.Module):
    def __init__(self):
        super().__init__()
        inner = nn.Sequential(nn.Conv2d(8, 16, 3, stride=2, groups=2), nn.BatchNorm2d(16), nn.ReLU())
        self.features = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2), inner)
        self.fc = nn.Linear(16 * 3 * 3, 10)

    def forward(self, x):
        return self.fc(self.features(x).flatten(1))


class Shared(nn.Module):
    def __init__(self):
        super().__init__()
        self.inp = nn.Linear(6, 8)
        self.mid = nn.Linear(8, 8)
        self.again = self.mid
        self.out = nn.Linear(8, 2)

    def forward(self, x):
        x = self.inp(x)
        for _ in range(3):
            x = self.mid(x)
        return self.out(self.again(x))


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(50, 12)
        self.rnn = nn.LSTM(12, 16, 2, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(32, 5)

    def forward(self, x):
        return self.fc(self.rnn(self.emb(x))[0])


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.attn = nn.MultiheadAttention(16, 4)
        self.norm = nn.LayerNorm(16)

    def forward(self, x):
        return self.norm(self.attn(x, x, x)[0])


class Own(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(7))
        self.fc = nn.Linear(7, 7)
        self.fc.bias.requires_grad_(False)

    def forward(self, x):
        return self.fc(x) * self.scale


layer = nn.TransformerEncoderLayer(16, 4, 32)
for name, model, x in [
        ("cnn", Cnn(), torch.randn(2, 3, 16, 16)), ("shared", Shared(), torch.randn(4, 6)), ("recurrent", Recurrent(), torch.randint(50, (3, 7))),
        ("attention", Attention(), torch.randn(5, 3, 16)), ("encoder layer", layer, torch.randn(5, 3, 16)),
        ("encoder", nn.TransformerEncoder(layer, 2, enable_nested_tensor=False), torch.randn(5, 3, 16)), ("own", Own(), torch.randn(3, 7)),
        ("gru", nn.GRU(5, 6), torch.randn(4, 3, 5)), ("conv1d", nn.Conv1d(3, 4, 3), torch.randn(2, 3, 10)),
        ("transposed", nn.ConvTranspose2d(3, 4, 3), torch.randn(2, 3, 5, 5)), ("conv3d", nn.Conv3d(1, 2, 3), torch.randn(2, 1, 5, 5, 5)),
        ("bag", nn.EmbeddingBag(10, 4), torch.randint(10, (3, 5))), ("prelu", nn.PReLU(), torch.randn(2, 3)),
        ("cell", nn.LSTMCell(3, 4), torch.randn(2, 3))]:
    s = torchinfo.summary(model, input_data=x, verbose=0)
    print(f'{{"{name}", {s.total_params}, {s.trainable_params}, {s.total_mult_adds}}},')
