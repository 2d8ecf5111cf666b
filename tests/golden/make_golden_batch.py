#!/usr/bin/env python3
"""Write batch.txt: in-batch triplets by the real pytorch-metric-learning and by TensorFlow Addons' rule. See README.md.

    python make_golden_batch.py [output]
"""
import os
import sys

from golden import F32, Rejected, batch_distances, floats32, floats64, integers, option, same_order, write

import numpy as np
import pytorch_metric_learning
import torch
from pytorch_metric_learning.distances import LpDistance
from pytorch_metric_learning.losses import TripletMarginLoss
from pytorch_metric_learning.miners import BatchEasyHardMiner, BatchHardMiner, TripletMarginMiner
from pytorch_metric_learning.reducers import AvgNonZeroReducer, MeanReducer, SumReducer
from pytorch_metric_learning.utils.loss_and_miner_utils import get_all_triplets_indices

torch.set_num_threads(1)

PML = "pytorch-metric-learning"
TFA = "tensorflow-addons"
DEFINITION = "definition"  # no library has it: TensorFlow Addons' rule without its fallback
REDUCERS = {"mean": MeanReducer, "sum": SumReducer, "mean_nonzero": AvgNonZeroReducer}
random = np.random.RandomState(20150612)
cases = []


class DirectLpDistance(LpDistance):
    """LpDistance without torch.cdist's expanded square, which it takes above 25 rows and which loses digits."""

    def compute_mat(self, query_emb, ref_emb):
        return torch.cdist(query_emb, ref_emb, p=self.p, compute_mode="donot_use_mm_for_euclid_dist")


def distance(b):
    return (LpDistance if b <= 25 else DirectLpDistance)(normalize_embeddings=False)


# -- the rules: (embeddings, labels, margin) -> (anchors, positives, negatives) ----------------------------------------


def pml_all(x, labels, margin):
    return get_all_triplets_indices(labels)


def pml_hard(x, labels, margin):
    return BatchHardMiner(distance=distance(len(x)))(x, labels)


def pml_easy_positive(x, labels, margin):
    miner = BatchEasyHardMiner(pos_strategy="easy", neg_strategy="semihard", distance=distance(len(x)))
    a, p, _, n = miner(x, labels)
    return a, p, n


def pml_margin(kind):
    def rule(x, labels, margin):
        return TripletMarginMiner(margin=margin, type_of_triplets=kind, distance=distance(len(x)))(x, labels)
    return rule


def nearest_beyond(fallback):
    """triplet_semihard_loss as published: for each (a, p) the nearest negative with d_an > d_ap, else the farthest."""
    def rule(x, labels, margin):
        d, labels = batch_distances(x.detach().numpy(), np.float64), labels.numpy()
        triplets = []
        for a in range(len(d)):
            negatives = np.flatnonzero(labels != labels[a])
            for p in np.flatnonzero(labels == labels[a]):
                if p == a or not len(negatives):
                    continue
                beyond = negatives[d[a, negatives] > d[a, p]]
                if len(beyond):
                    triplets.append((a, p, beyond[d[a, beyond].argmin()]))
                elif fallback:
                    triplets.append((a, p, negatives[d[a, negatives].argmax()]))
        return [torch.tensor(column, dtype=torch.long) for column in (zip(*triplets) if triplets else ([], [], []))]
    return rule


RULES = {  # name: (library, rule)
    "all": (PML, pml_all),
    "hard": (PML, pml_hard),
    "easy_positive": (PML, pml_easy_positive),
    "margin_all": (PML, pml_margin("all")),
    "margin_hard": (PML, pml_margin("hard")),
    "margin_semihard": (PML, pml_margin("semihard")),
    "margin_easy": (PML, pml_margin("easy")),
    "semihard_farthest": (TFA, nearest_beyond(True)),
    "semihard_skip": (DEFINITION, nearest_beyond(False)),
}


# -- inputs ------------------------------------------------------------------------------------------------------------


def normal(b, d):
    return random.standard_normal((b, d)).astype(F32)


def clusters(labels, spread):
    """One centre per label, so that easy, semihard and hard triplets mix; a small spread leaves easy ones alone."""
    def draw(b, d):
        centres = {label: random.standard_normal(d) * 2 for label in sorted(set(labels))}
        return np.array([centres[label] + spread * random.standard_normal(d) for label in labels], dtype=F32)
    return draw


def grid(b, d):
    """Small integers: many distances tie exactly, in every precision."""
    return random.randint(-3, 4, (b, d)).astype(F32)


def duplicates(b, d):
    """Every point occurs two or three times, whatever its label."""
    points = normal((b + 2) // 3, d)
    return points[random.randint(0, len(points), b)]


def one_point(b, d):
    return np.repeat(normal(1, d), b, axis=0)


def classes(b, count):
    return random.randint(0, count, b)


def equal_sized(b, size):
    return random.permutation(np.arange(b) // size)


WILD = np.array([-2147483648, 2147483647, -1, 0, 16777217, 16777216, -16777217])  # two of them are one float32


def wild(b, count):
    return WILD[classes(b, count)]


# -- cases -------------------------------------------------------------------------------------------------------------


def add(rule, tag, draw, d, labels, margin=0.2, reduction=None, swap=False, soft_margin=False, picks=True,
        learns=False):
    """Draw embeddings, apply a rule, take pytorch-metric-learning's loss over its triplets, append a case.

    learns: draw again until the loss is not 0."""
    labels = np.asarray(labels)
    library, select = RULES[rule]
    target = torch.tensor(labels, dtype=torch.long)
    while True:
        x = draw(len(labels), d)
        try:
            same_order(x, margin, swap)
        except Rejected:
            continue
        tensor = torch.tensor(x.astype(np.float64), requires_grad=True)
        triplets = select(tensor, target, margin)
        if not reduction:
            break
        loss = TripletMarginLoss(margin=margin, swap=swap, smooth_loss=soft_margin, distance=distance(len(x)),
                                 reducer=REDUCERS[reduction]())(tensor, target, tuple(triplets))
        if loss > 0 or not learns:
            break
    case = [
        ("case", "batch-%03d-%s-b%d-d%d-%s" % (len(cases) + 1, rule, len(x), d, tag)),
        ("library", library),
        ("rule", rule),
        ("b", str(len(x))),
        ("d", str(d)),
        ("margin", option(margin)),
        ("swap", str(int(swap))),
        ("soft_margin", str(int(soft_margin))),
        ("embeddings", floats32(x)),
        ("labels", integers(labels)),
        ("count", str(len(triplets[0]))),
    ]
    if picks:
        case.append(("triplets", integers(sorted(zip(*(column.tolist() for column in triplets))))))
    if reduction:
        loss.backward()
        case += [("reduction", reduction), ("loss", floats64(loss.detach())), ("gradient", floats64(tensor.grad))]
    cases.append(case)


SHAPES = [(2, 1), (3, 2), (4, 3), (5, 1), (6, 2), (8, 3), (9, 8), (12, 2), (16, 3), (17, 8), (24, 2), (25, 17), (26, 3),
          (32, 8), (33, 2), (40, 3), (48, 17), (48, 1)]


def random_labels(index, b):
    """Labels with a pair and with two classes (a batch of two has never both)."""
    while True:
        labels = [classes(b, 2), classes(b, 1 + b // 3), equal_sized(b, 4 if b > 8 else 2), wild(b, 5)][index % 4]
        if b == 2 or 1 < len(set(labels)) < b:
            return labels


def random_batches():
    for index, (b, d) in enumerate(SHAPES):
        labels = random_labels(index, b)
        draw = clusters(labels, 1.0 if d < 8 else 2.5) if index % 2 else normal
        margin = [0.2, 1.0, 0.5, 0.0, 2.0][index % 5]
        reduction = ["mean", "sum", "mean_nonzero"][index % 3]
        options = {"tag": "random", "draw": draw, "d": d, "labels": labels, "learns": b > 2}
        add("hard", margin=margin, reduction=reduction, **options)
        add("all", margin=margin, reduction=reduction, picks=b <= 12, **options)
        margin = margin or 0.7  # with margin 0 a negative beyond the positive never costs
        add("semihard_farthest", margin=margin, reduction="mean", **options)
        if index % 2:
            add("semihard_skip", margin=margin, reduction=reduction, **options)
            add("easy_positive", margin=margin, reduction=reduction, **options)
    for index, (b, d) in enumerate([(6, 2), (9, 8), (12, 3), (17, 2)]):
        labels = [classes(b, 3), wild(b, 4)][index % 2]
        for kind in ("all", "hard", "semihard", "easy"):
            add("margin_" + kind, "random", clusters(labels, 1.0), d, labels, [0.2, 1.0][index // 2])
    labels = classes(10, 3)
    for kind in ("all", "hard", "semihard"):
        add("margin_" + kind, "negative-margin", normal, 3, labels, -0.5)


def swap_and_soft_margin():
    for b, d in [(8, 3), (16, 2), (27, 8)]:
        labels = classes(b, 3)
        for reduction in ("mean", "sum", "mean_nonzero"):
            add("all", "swap", normal, d, labels, 0.5, reduction, swap=True, picks=False)
        add("all", "soft", normal, d, labels, 0.0, "mean", soft_margin=True, picks=False)
        add("hard", "soft", normal, d, labels, 0.0, "mean", soft_margin=True)
        add("all", "swap-soft", normal, d, labels, 0.3, "sum", swap=True, soft_margin=True, picks=False)


def corners():
    """One class, no class twice, single rows among pairs, far clusters."""
    for rule in ("all", "hard", "semihard_farthest", "semihard_skip", "easy_positive"):
        add(rule, "one-class", normal, 3, [7] * 6, 0.5, "mean")
        add(rule, "all-different", normal, 3, np.arange(-3, 3), 0.5, "mean")
        add(rule, "pairs-and-singles", normal, 2, [5, -1, 5, 2147483647, -2147483648, -1, 3], 1.0, "mean")
        labels = equal_sized(12, 3)
        add(rule, "far-clusters", lambda b, d: clusters(labels, 0.0)(b, d) * F32(100) + normal(b, d), 8, labels, 1.0,
            "mean_nonzero")
    labels = classes(13, 2)
    draw = lambda b, d: (normal(b, d) * np.where(labels, 1, 9)[:, None]).astype(F32)  # one class around the other
    add("semihard_farthest", "inside", draw, 3, labels, 0.3, "mean")


def ties():
    """Equal distances. Picks are to be the lowest index; the gradient is that of these picks."""
    for rule in ("all", "hard", "semihard_farthest", "semihard_skip", "easy_positive", "margin_all", "margin_semihard",
                 "margin_hard", "margin_easy"):
        reduction = None if rule.startswith("margin") else "mean"
        for d in (1, 2):
            add(rule, "grid", grid, d, classes(12, 3), 1.0, reduction)
        add(rule, "duplicates", duplicates, 3, classes(10, 3), 0.25, reduction)
        add(rule, "one-point", one_point, 2, [1, 1, 2, 2, 3], 0.5, reduction)
    add("hard", "grid", grid, 3, wild(30, 3), 1.0, "sum")
    add("all", "grid", grid, 3, wild(30, 3), 1.0, "mean_nonzero", picks=False)
    add("all", "grid-swap", grid, 2, classes(14, 3), 1.0, "sum", swap=True, picks=False)
    add("semihard_farthest", "grid", grid, 3, wild(30, 3), 1.0, "mean")


def picks_lowest_index(case):
    """Whether a rule that names one negative (and one positive) per anchor took the lowest index among ties."""
    rule, b = case["rule"], int(case["b"])
    x = np.array(case["embeddings"].split(), dtype=F32).reshape(b, -1)
    labels = np.array(case["labels"].split(), dtype=np.int64)
    distances = batch_distances(x, np.float64)
    for a, p, n in np.array(case["triplets"].split(), dtype=int).reshape(-1, 3):
        negatives = np.flatnonzero((labels != labels[a]) & (distances[a] == distances[a, n]))
        positives = np.flatnonzero((labels == labels[a]) & (distances[a] == distances[a, p]) & (np.arange(b) != a))
        if n != negatives[0] or (rule in ("hard", "easy_positive") and p != positives[0]):
            return False
    return True


def main(output=os.path.join(os.path.dirname(os.path.abspath(__file__)), "batch.txt")):
    random_batches()
    swap_and_soft_margin()
    corners()
    ties()
    for case in map(dict, cases):
        if case["rule"] in ("hard", "easy_positive", "semihard_farthest", "semihard_skip"):
            assert picks_lowest_index(case), case["case"]
    write(output, [
        "In-batch triplets in float64 on exact float32 inputs, by",
        "pytorch-metric-learning %s, PyTorch %s, numpy %s;" % (
            pytorch_metric_learning.__version__, torch.__version__.split("+")[0], np.__version__),
        "where the library is tensorflow-addons, by the published definition of triplet_semihard_loss.",
        "Made by make_golden_batch.py; README.md says how to read it and where the libraries differ.",
        "",
        "A case: lines of a key and values parted by one space, from 'case' to 'end'; indices from 0.",
        "case NAME; library; rule; b; d; margin; swap 0 | 1; soft_margin 0 | 1; embeddings: b * d float32, row by row;",
        "labels: b int32; count: number of triplets selected. Then, where the case has them:",
        "triplets: count times 'a p n', sorted; reduction mean | sum | mean_nonzero; loss; gradient: b * d float64.",
    ], cases)


if __name__ == "__main__":
    main(*sys.argv[1:])
