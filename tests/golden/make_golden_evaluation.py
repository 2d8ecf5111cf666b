#!/usr/bin/env python3
"""Write evaluation.txt: figures of retrieval by the real pytorch-metric-learning. See README.md.

    python make_golden_evaluation.py [output]

scikit-learn's average precision, and every figure by its definition, must agree, or the script stops.
"""
import os
import sys

from golden import F32, Rejected, floats32, floats64, integers, option, write

import numpy as np
import pytorch_metric_learning
import sklearn
import torch
from pytorch_metric_learning.distances import CosineSimilarity
from pytorch_metric_learning.utils.accuracy_calculator import AccuracyCalculator
from pytorch_metric_learning.utils.inference import CustomKNN
from sklearn.metrics import average_precision_score

from make_golden_losses import DirectLpDistance, classes, clusters, equal_sized, long_tail, normal

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)  # else the mean reciprocal rank is taken in float32

FIGURES = {  # this project's names: the library's
    "precision_at_1": "precision_at_1",
    "r_precision": "r_precision",
    "map_at_r": "mean_average_precision_at_r",
    "map": "mean_average_precision",
    "mrr": "mean_reciprocal_rank",
}
GAP = 2e-6  # between two distances of a query: relative, for cosine absolute, as float32 sees similarities
cases = []


def distances(x, y, distance, p):
    x, y = x.astype(np.float64), y.astype(np.float64)
    if distance == "cosine":
        x, y = (rows / np.sqrt((rows ** 2).sum(1, keepdims=True)) for rows in (x, y))
        return 1 - x @ y.T
    return (np.abs(x[:, None] - y[None]) ** p).sum(2) ** (1 / p)


def check(d, distance):
    """The library ranks in float32: no two references of a query may be so near that rounding decides."""
    d = np.sort(d, 1)
    if (d[:, 1:] - d[:, :-1] <= GAP * (1 if distance == "cosine" else d[:, 1:])).any():
        raise Rejected("two distances are too close")


def by_pml(x, labels, y, y_labels, includes, distance, p, **averaging):
    metric = CosineSimilarity() if distance == "cosine" else DirectLpDistance(normalize_embeddings=False, p=p)
    calculator = AccuracyCalculator(include=tuple(FIGURES.values()), knn_func=CustomKNN(metric),
                                    device=torch.device("cpu"), **averaging)
    answer = calculator.get_accuracy(x, labels, y, y_labels, includes)
    return [answer[name] for name in FIGURES.values()]


def by_definition(ranked):
    """ranked: is the nearest, the next ... reference a positive. In the order of FIGURES."""
    ranks = np.flatnonzero(ranked) + 1
    precisions = np.arange(1, len(ranks) + 1) / ranks
    r = len(ranks)
    return [float(ranked[0]), (ranks <= r).sum() / r, precisions[ranks <= r].sum() / r, precisions.mean(), 1 / ranks[0]]


def add(tag, distance, d, labels, draw, p=2, reference_labels=None, includes=False):
    """includes: the references begin with the queries themselves, each left out of its own ranking."""
    labels = np.asarray(labels)
    while True:
        x = draw(labels, d)
        y, y_labels = x, labels
        if reference_labels is not None:
            y, y_labels = draw(reference_labels, d), np.asarray(reference_labels)
        if includes:
            y, y_labels = np.concatenate([x, y]), np.concatenate([labels, y_labels])
        own = reference_labels is None or includes
        try:
            between = distances(x, y, distance, p)
            check(between, distance)
            break
        except Rejected:
            continue

    judged = []  # (label, figures) of each query with a positive
    for i, row in enumerate(between):
        others = np.array([j for j in range(len(y)) if not own or j != i], dtype=int)
        positive = y_labels[others] == labels[i]
        if positive.any():
            figures = by_definition(positive[np.argsort(row[others])])
            assert abs(average_precision_score(positive, -row[others]) - figures[3]) < 1e-12
            judged.append((labels[i], figures))
    ask = [x, labels, y, y_labels, own, distance, p]
    case = [
        ("case", "evaluation-%02d-%s-b%d-r%d-d%d-%s" % (
            len(cases) + 1, distance, len(x), 0 if y is x else len(y), d, tag)),
        ("library", "pytorch-metric-learning"),
        ("distance", distance),
        ("p", option(p)),
        ("b", str(len(x))),
        ("d", str(d)),
        ("r", str(0 if y is x else len(y))),
        ("self", str(int(includes))),
        ("embeddings", floats32(x)),
        ("labels", integers(labels)),
        ("references", "" if y is x else floats32(y)),
        ("reference_labels", "" if y is x else integers(y_labels)),
        ("queries", str(len(judged))),
    ]
    found = sorted({label for label, _ in judged})
    of_class = [np.mean([figures for label, figures in judged if label == one], axis=0) for one in found]
    overall, macro, per_class = by_pml(*ask), by_pml(*ask, avg_of_avgs=True), by_pml(*ask, return_per_class=True)
    if judged:
        assert np.allclose(overall, np.mean([figures for _, figures in judged], axis=0), rtol=0, atol=1e-15)
        assert np.allclose(macro, np.mean(of_class, axis=0), rtol=0, atol=1e-15)
        assert np.allclose(np.transpose(per_class), of_class, rtol=0, atol=1e-15)
        case += [(name, floats64(value)) for name, value in zip(FIGURES, overall)]
        case += [("macro_" + name, floats64(value)) for name, value in zip(FIGURES, macro)]
        case += [("classes", integers(found))]
        case += [("class_" + name, floats64(values)) for name, values in zip(FIGURES, per_class)]
    else:
        assert np.isnan(overall).all()
    cases.append(case)


def main(output=os.path.join(os.path.dirname(os.path.abspath(__file__)), "evaluation.txt")):
    shapes = [(6, 2), (9, 3), (12, 1), (14, 4), (16, 8), (20, 2), (24, 5), (30, 16)]
    for index, (b, d) in enumerate(shapes):
        labels = [classes(b, 3), long_tail(b), equal_sized(b, 2), equal_sized(b, 4)][index % 4]
        for distance, p in [("minkowski", 2), ("cosine", 2)] if d > 1 else [("minkowski", 2)]:
            add("random", distance, d, labels, clusters(1.0) if index % 2 else normal(), p)
    for index, p in enumerate((1, 3)):
        add("random", "minkowski", 4, long_tail(15), clusters(0.8), p)
    for index, (b, r, d) in enumerate([(5, 12, 2), (8, 20, 3), (12, 6, 4), (3, 30, 8), (16, 16, 5)]):
        for distance in ("minkowski", "cosine"):
            add("references", distance, d, classes(b, 4), clusters(1.0), reference_labels=classes(r, 3))
    for b, r, d in [(4, 6, 2), (10, 14, 3), (12, 12, 6)]:
        add("own-references", "minkowski", d, classes(b, 4), clusters(1.0), reference_labels=classes(r, 5),
            includes=True)
    add("one-query", "minkowski", 3, [1], normal(), reference_labels=[0, 1, 2, 1, 0])
    add("one-class", "minkowski", 2, [4] * 6, normal())
    add("no-common-class", "minkowski", 3, [1, 2, 1], normal(), reference_labels=[3, 4, 3, 5])
    add("all-different", "minkowski", 3, np.arange(-3, 3), normal())
    add("pairs-and-singles", "minkowski", 2, [5, -1, 5, 99, -7, -1, 3], normal())
    write(output, [
        "Retrieval figures of float32 embeddings, in float64, by",
        "pytorch-metric-learning %s, PyTorch %s, scikit-learn %s, numpy %s." % (
            pytorch_metric_learning.__version__, torch.__version__.split("+")[0], sklearn.__version__, np.__version__),
        "Made by make_golden_evaluation.py; README.md says how to read it.",
    ], cases)


if __name__ == "__main__":
    main(*sys.argv[1:])
