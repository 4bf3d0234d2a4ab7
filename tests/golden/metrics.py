#!/usr/bin/env python3
"""Prints the numbers of tests/unit/train/metrics.cpp: what scikit-learn says of the same labels (pip install scikit-learn)."""
import numpy as np
from sklearn import metrics as m

# The same numbers are made in the test: class and score out of a small generator.
def numbers(n, modulus, seed):
    out, x = [], seed
    for _ in range(n):
        x = (x * 1103515245 + 12345) % 2**31
        out.append((x >> 8) % modulus)
    return np.array(out)

target, said = numbers(200, 4, 1), numbers(200, 5, 2)
said = np.where(numbers(200, 3, 3) > 0, target, np.minimum(said, 4))  # class 4 is said and never is; class 5 does not occur
print("confusion", m.confusion_matrix(target, said, labels=range(6)).tolist())
for name, f in (("precision", m.precision_score), ("recall", m.recall_score), ("f1", m.f1_score)):
    for average in ("macro", "micro", "weighted"):
        print(name, average, repr(float(f(target, said, average=average, zero_division=0))))
    print(name, "per class", f(target, said, average=None, labels=range(6), zero_division=0).tolist())
binary, guess = (target > 1).astype(int), (said > 1).astype(int)
print("binary", [float(f(binary, guess)) for f in (m.precision_score, m.recall_score, m.f1_score)])

score = numbers(200, 17, 4) / 16 + 0.3 * binary  # with ties
print("auroc", repr(float(m.roc_auc_score(binary, score))))
scores = numbers(800, 64, 5).reshape(200, 4) / 64.0
scores[np.arange(200), target] += 0.25
one_hot = np.eye(4)[target]
print("auroc macro", repr(float(np.mean([m.roc_auc_score(one_hot[:, c], scores[:, c]) for c in range(4)]))))
wide = (numbers(1000, 997, 6).reshape(200, 5) / 997.0)  # no ties
for k in (1, 2, 3):
    print("top", k, repr(float(m.top_k_accuracy_score(target, wide, k=k, labels=range(5)))))
log_p = wide - np.log(np.exp(wide).sum(1, keepdims=True))
kept = target != 2
print("perplexity", repr(float(np.exp(-log_p[np.arange(200), target].mean()))), repr(float(np.exp(-log_p[np.arange(200), target][kept].mean()))))
print("mae", repr(float(m.mean_absolute_error(wide[:, 0], wide[:, 1]))))
