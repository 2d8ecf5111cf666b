#!/usr/bin/env python3
"""Write verification.txt: ROC curves of pairs and their figures by the real scikit-learn. See README.md.

    python make_golden_verification.py [output]

The equal error rate is where scipy's interpolation of the curve crosses FAR = 1 - TAR, by scipy's root finder.
"""
import os
import sys

from golden import F32, Rejected, floats32, floats64, integers, option, write

import numpy as np
import scipy
import sklearn
from scipy.interpolate import interp1d
from scipy.optimize import brentq
from sklearn.metrics import accuracy_score, roc_auc_score, roc_curve

GAP = 4e-6  # between two distances that are no tie, relative
rng = np.random.default_rng(14)
cases = []


# -- inputs ------------------------------------------------------------------------------------------------------------


def scattered(labels, d):
    """Clusters that overlap."""
    centres = rng.normal(size=(1 + max(labels) - min(labels), d))
    return (centres[np.asarray(labels) - min(labels)] + 0.9 * rng.normal(size=(len(labels), d))).astype(F32)


def grid(labels, d):
    """Small whole numbers: p = 1 is exact in float32, and many distances tie."""
    return (rng.integers(0, 6, size=(len(labels), d)) + np.asarray(labels)[:, None] % 3).astype(F32)


def classes(b, count):
    return rng.integers(0, count, size=b)


# -- pairs -------------------------------------------------------------------------------------------------------------


def distances(x, y, distance, p, dtype=np.float64):
    """Of row i of x and row i of y."""
    x, y = x.astype(dtype), y.astype(dtype)
    if distance == "cosine":
        x, y = (rows / np.sqrt((rows ** 2).sum(1, keepdims=True)) for rows in (x, y))
        return ((x - y) ** 2).sum(1) / 2
    return (np.abs(x - y) ** dtype(p)).sum(1) ** (1 / dtype(p))


def check(x, y, distance, p):
    """Distances are ties in float32 too, or so far apart that it orders them alike."""
    wide = distances(x, y, distance, p)
    order = np.argsort(wide, kind="stable")
    wide, narrow = wide[order], distances(x, y, distance, p, F32)[order]
    tie = wide[1:] == wide[:-1]
    if (narrow[1:][tie] != narrow[:-1][tie]).any():
        raise Rejected("a tie is none in float32")
    if (wide[1:] - wide[:-1] <= GAP * wide[1:])[~tie].any():
        raise Rejected("two distances are too close")


# -- figures -----------------------------------------------------------------------------------------------------------


def figures(same, d):
    far, tar, thresholds = roc_curve(same, -d, drop_intermediate=False)
    curve = interp1d(far, tar)
    eer = brentq(lambda x: 1 - x - curve(x), 0, 1, xtol=1e-15, rtol=4 * np.finfo(float).eps)
    accuracy = max(accuracy_score(same, -d >= threshold) for threshold in thresholds)
    return [
        ("same_pairs", "%d" % same.sum()),
        ("different_pairs", "%d" % (~same).sum()),
        ("auc", floats64(roc_auc_score(same, -d))),
        ("eer", floats64(eer)),
        ("accuracy", floats64(accuracy)),
        ("points", "%d" % (len(far) - 1)),  # without the first, (0, 0) at infinity
        ("distances", floats64(-thresholds[1:])),
        ("far", floats64(far[1:])),
        ("tar", floats64(tar[1:])),
    ]


def add(tag, draw, d, labels, distance="minkowski", p=2, reference_labels=None, pairs=False):
    """pairs: row i of the embeddings and of the references are a pair."""
    labels = np.asarray(labels)
    while True:
        x = draw(labels, d)
        y, y_labels = x, labels
        if reference_labels is not None:
            y_labels = np.asarray(reference_labels)
            y = draw(y_labels, d)
        if pairs:
            left = right = np.arange(len(x))
        elif reference_labels is not None:
            left, right = (index.ravel() for index in np.indices((len(x), len(y))))
        else:
            left, right = np.triu_indices(len(x), 1)
        try:
            check(x[left], y[right], distance, p)
            break
        except Rejected:
            continue
    own = reference_labels is None
    same = labels[left] == y_labels[right]
    cases.append([
        ("case", "verification-%02d-%s-b%d-r%d-d%d-%s" % (
            len(cases) + 1, distance, len(x), 0 if own else len(y), d, tag)),
        ("library", "scikit-learn"),
        ("distance", distance),
        ("p", option(p)),
        ("b", "%d" % len(x)),
        ("d", "%d" % d),
        ("r", "%d" % (0 if own else len(y))),
        ("pairs", "%d" % pairs),
        ("embeddings", floats32(x)),
        ("labels", integers(labels)),
        ("references", "" if own else floats32(y)),
        ("reference_labels", "" if own else integers(y_labels)),
    ] + figures(same, distances(x[left], y[right], distance, p)))


def main(output=os.path.join(os.path.dirname(os.path.abspath(__file__)), "verification.txt")):
    for index, (b, d) in enumerate([(5, 2), (8, 3), (10, 1), (12, 4), (14, 8), (16, 2), (16, 16)]):
        for distance, p in [("minkowski", (2, 1, 3)[index % 3]), ("cosine", 2)] if d > 1 else [("minkowski", 2)]:
            add("random", scattered, d, np.arange(b) % (2 + index % 3), distance, p)
    for b, d, count in [(12, 1, 3), (20, 2, 2), (40, 3, 5), (80, 2, 9), (120, 4, 12)]:
        add("ties", grid, d, classes(b, count), p=1)
    for b, r, d in [(4, 9, 2), (9, 12, 3), (30, 1, 2)]:
        add("references", scattered, d, np.arange(b) % 3, reference_labels=np.arange(r) % 2)
        add("references-ties", grid, d, np.arange(b) % 3, p=1, reference_labels=np.arange(r) % 2)
    for b, d in [(6, 2), (40, 3), (90, 4)]:
        add("pairs", scattered, d, classes(b, 2), reference_labels=classes(b, 2), pairs=True)
        add("pairs-ties", grid, d, classes(b, 3), p=1, reference_labels=classes(b, 2), pairs=True)
    add("more-same", scattered, 3, [0] * 14 + [1] * 2)
    add("more-same-ties", grid, 2, [0] * 40 + [1] * 3, p=1)
    add("one-same", scattered, 2, [0, 0, 1, 2, 3])
    add("one-different", scattered, 2, [0, 1], reference_labels=[1])
    add("apart", lambda labels, d: (100 * labels[:, None] + rng.integers(0, 3, (len(labels), d))).astype(F32), 2,
        np.arange(20) % 4, p=1)
    add("the-wrong-way-round", lambda labels, d: (100 * np.arange(len(labels))[:, None] + np.zeros(d)).astype(F32), 2,
        [0, 1, 2, 3, 4, 5, 0], p=1)
    add("one-distance", lambda labels, d: np.ones((len(labels), d), F32), 2, np.arange(8) % 3, p=1)
    write(output, [
        "ROC curves of pairs of float32 embeddings and their figures, in float64, by",
        "scikit-learn %s, scipy %s, numpy %s." % (sklearn.__version__, scipy.__version__, np.__version__),
        "Made by make_golden_verification.py; README.md says how to read it.",
    ], cases)


if __name__ == "__main__":
    main(*sys.argv[1:])
