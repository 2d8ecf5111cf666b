#!/usr/bin/env python3
"""Write losses.txt: the pair losses of a batch by the real pytorch-metric-learning and optax. See README.md.

    python make_golden_losses.py [output]

Every case is computed a second time by the formulas below, in numpy and without automatic differentiation; a library
and the formulas that disagree stop the script.
"""
import os
import sys

from golden import F32, NEARER_GAP, Rejected, floats32, floats64, integers, option, write

import jax
import numpy as np
import optax
import pytorch_metric_learning
import torch
from pytorch_metric_learning import losses
from pytorch_metric_learning.distances import CosineSimilarity, DotProductSimilarity, LpDistance
from pytorch_metric_learning.reducers import AvgNonZeroReducer, MeanReducer, SumReducer

torch.set_num_threads(1)
jax.config.update("jax_enable_x64", True)

PML = "pytorch-metric-learning"
OPTAX = "optax"
DEFAULTS = {  # of the libraries, under the names and in the terms of this project
    "contrastive": {"positive_margin": 0, "negative_margin": 1},
    "info_nce": {"temperature": 0.07},
    "sup_con": {"temperature": 0.1},
    "multi_similarity": {"alpha": 2, "beta": 50, "base": 0.5},
}
random = np.random.RandomState(20061706)
cases = []


class Problem:
    """The float32 inputs of a case and the options it is asked with."""

    def __init__(self, loss, distance, p, parameters, reduction, x, labels, y=None, y_labels=None):
        self.loss, self.distance, self.p, self.reduction = loss, distance, p, reduction
        self.parameters = {**DEFAULTS[loss], **parameters}
        assert list(self.parameters) == list(DEFAULTS[loss])
        self.x, self.labels = x, np.asarray(labels)
        self.y, self.y_labels = y, None if y is None else np.asarray(y_labels)

    def relations(self):
        """Who is a positive and who is a negative of whom, both (B, R)."""
        if self.y is None:
            same = self.labels[:, None] == self.labels
            return same & ~np.eye(len(same), dtype=bool), ~same
        same = self.labels[:, None] == self.y_labels
        return same, ~same


# -- the libraries: problem -> loss, gradient, gradient of the references ----------------------------------------------


class DirectLpDistance(LpDistance):
    """LpDistance without torch.cdist's expanded square, which it takes above 25 rows and which loses digits."""

    def compute_mat(self, query_emb, ref_emb):
        return torch.cdist(query_emb, ref_emb, p=self.p, compute_mode="donot_use_mm_for_euclid_dist")


def pml_distance(of):
    if of.distance == "cosine":
        return CosineSimilarity()
    if of.distance == "dot":
        return DotProductSimilarity(normalize_embeddings=False)
    power = 2 if of.distance == "squared" else 1
    return DirectLpDistance(normalize_embeddings=False, p=of.p, power=power)


def pml_loss(of):
    """The loss module. Its margins are similarities where its distance is one; base is so under both names."""
    options = {"distance": pml_distance(of), **of.parameters}
    if of.loss == "contrastive":
        as_theirs = {"cosine": lambda d: 1 - d, "dot": lambda d: -d}.get(of.distance, lambda d: d)
        options["pos_margin"] = as_theirs(options.pop("positive_margin"))
        options["neg_margin"] = as_theirs(options.pop("negative_margin"))
    reducers = {"mean": MeanReducer, "sum": SumReducer, "mean_nonzero": AvgNonZeroReducer}
    if of.loss == "sup_con":
        reducers["mean"] = AvgNonZeroReducer  # MeanReducer counts anchors without a positive
    module = {"contrastive": losses.ContrastiveLoss, "info_nce": losses.NTXentLoss, "sup_con": losses.SupConLoss,
              "multi_similarity": losses.MultiSimilarityLoss}[of.loss]
    return module(reducer=reducers[of.reduction](), **options)


def by_pml(of, dtype=torch.float64):
    def tensor(rows):
        return torch.tensor(rows.astype(np.float64), dtype=dtype, requires_grad=True)

    x, y, loss = tensor(of.x), None, pml_loss(of)
    if of.y is None:
        value = loss(x, torch.tensor(of.labels, dtype=torch.long))
    else:
        y = tensor(of.y)
        value = loss(x, torch.tensor(of.labels, dtype=torch.long),
                     ref_emb=y, ref_labels=torch.tensor(of.y_labels, dtype=torch.long))
    value.backward()
    gradients = [np.zeros(rows.shape) if rows.grad is None else rows.grad.double().numpy()
                 for rows in (x, y) if rows is not None]
    return float(value.detach()), gradients[0], gradients[1] if y is not None else None


def by_optax(of):
    assert (of.loss, of.distance, of.reduction, of.y) == ("info_nce", "cosine", "mean", None)
    value, gradient = jax.value_and_grad(optax.losses.ntxent)(
        of.x.astype(np.float64), of.labels, of.parameters["temperature"])
    return float(value), np.asarray(gradient), None


LIBRARIES = {PML: by_pml, OPTAX: by_optax}


# -- the same by formula -----------------------------------------------------------------------------------------------


def distances(of):
    """d (B, R), and its derivatives by the components of either row, (B, R, D)."""
    x = of.x.astype(np.float64)[:, None, :]
    y = (of.x if of.y is None else of.y).astype(np.float64)[None, :, :]
    if of.distance == "dot":
        return -(x * y).sum(2), -y + 0 * x, -x + 0 * y
    if of.distance == "cosine":
        x_length, y_length = np.sqrt((x * x).sum(2, keepdims=True)), np.sqrt((y * y).sum(2, keepdims=True))
        x, y = x / x_length, y / y_length
        cosine = (x * y).sum(2, keepdims=True)
        return 1 - cosine[:, :, 0], (cosine * x - y) / x_length, (cosine * y - x) / y_length
    difference = x - y
    if of.distance == "squared":
        return (difference ** 2).sum(2), 2 * difference, -2 * difference
    size = np.abs(difference)
    if of.p == np.inf:
        d = size.max(2)
        share = 1.0 * (size == d[:, :, None])
    else:
        d = (size ** of.p).sum(2) ** (1 / of.p)
        share = (size / np.where(d > 0, d, 1)[:, :, None]) ** (of.p - 1)
    return d, share * np.sign(difference), -share * np.sign(difference)


def terms_of(of, d):
    """The loss as groups that are reduced apart: values, which of them N counts, and slopes(c), the derivatives (B, R)
    by every distance of the sum of c * values."""
    positives, negatives = of.relations()
    options = of.parameters
    with np.errstate(over="ignore"):
        if of.loss == "contrastive":
            far, near = d - options["positive_margin"], options["negative_margin"] - d
            return [(np.maximum(far, 0), positives, lambda c: c * (far > 0)),
                    (np.maximum(near, 0), negatives, lambda c: -c * (near > 0))]
        if of.loss == "info_nce":
            ratio = np.exp((d[:, :, None] - d[:, None, :]) / options["temperature"]) * negatives[:, None, :]
            total = ratio.sum(2)
            share = ratio / (1 + total)[:, :, None]

            def slopes(c):
                by_negative = (c[:, :, None] * share).sum(1)
                return (c * share.sum(2) - by_negative) / options["temperature"]

            return [(np.log1p(total), positives, slopes)]
        if of.loss == "sup_con":
            count = np.maximum(positives.sum(1, keepdims=True), 1)
            ratio = np.exp((d[:, :, None] - d[:, None, :]) / options["temperature"]) * (
                positives | negatives)[:, None, :]
            total = np.where(positives, ratio.sum(2), 1)
            share = np.where(positives[:, :, None], ratio, 0) / total[:, :, None]

            def slopes(c):
                return c[:, None] * (positives - share.sum(1)) / count / options["temperature"]

            return [((np.log(total) / count).sum(1), positives.any(1), slopes)]
        base = {"cosine": 1 - options["base"], "dot": -options["base"]}.get(of.distance, options["base"])
        far = np.exp(options["alpha"] * (d - base)) * positives
        near = np.exp(options["beta"] * (base - d)) * negatives
        far_total, near_total = far.sum(1), near.sum(1)
        values = np.log1p(far_total) / options["alpha"] + np.log1p(near_total) / options["beta"]
        return [(values, np.ones(len(d), dtype=bool),
                 lambda c: c[:, None] * (far / (1 + far_total)[:, None] - near / (1 + near_total)[:, None]))]


def by_formula(of, narrow=False, absolute=False):
    """narrow: from distances rounded to float32, as the best float32 implementation has them; absolute: what the terms
    of each row add up to without their signs."""
    d, by_x, by_y = distances(of)
    if narrow:
        d = d.astype(F32).astype(np.float64)
    positives, negatives = of.relations()
    loss, slopes = 0.0, np.zeros_like(d)
    for values, counted, slopes_of in terms_of(of, d):
        divisor = {"sum": 1, "mean": counted.sum(), "mean_nonzero": (counted & (values > 0)).sum()}[of.reduction]
        if divisor and not (of.loss == "sup_con" and not negatives.any()):  # 0 in the library, see README.md
            loss += (values * counted).sum() / divisor
            slopes += slopes_of(counted / divisor)
    if absolute:
        slopes, by_x, by_y = np.abs(slopes), np.abs(by_x), np.abs(by_y)
    gradient, reference_gradient = np.einsum("ij,ijk->ik", slopes, by_x), np.einsum("ij,ijk->jk", slopes, by_y)
    if of.y is None:
        return loss, gradient + reference_gradient, None
    return loss, gradient, reference_gradient


def row_error(got, expected):
    """The largest difference, relative to the largest entry of its row; a row of zeros must be met exactly."""
    if expected is None:
        return 0.0
    difference, largest = np.abs(got - expected).max(1), np.abs(expected).max(1)
    return float((difference / np.where(largest > 0, largest, 1e-300)).max(initial=0))


def error(got, expected):
    loss = abs(got[0] - expected[0]) / abs(expected[0]) if expected[0] else abs(got[0]) / 1e-300
    return max(loss, *(row_error(got[i], expected[i]) for i in (1, 2)))


def tolerance(of):
    """What float32 distances allow, relative to the largest entry of a row."""
    steepness = max([1.0] + [1 / value if key == "temperature" else value for key, value in of.parameters.items()
                             if key in ("temperature", "alpha", "beta")])
    return 1e-6 + 2.0 ** -23 * np.abs(distances(of)[0]).max() * steepness


def check(of):
    """Raise Rejected where rounding decides: a hinge, a loss below its library's last digit, terms that cancel."""
    d = distances(of)[0]
    positives, negatives = of.relations()
    if of.distance == "minkowski" and of.p == np.inf:
        size = np.sort(np.abs(of.x[:, None, :] - (of.x if of.y is None else of.y)[None]), 2)
        if size.shape[2] > 1 and ((size[:, :, -1] < size[:, :, -2] * (1 + 1e-5)) & (d > 0)).any():
            raise Rejected("the largest component")
    if of.loss == "contrastive":
        for margin, pairs in zip(of.parameters.values(), (positives, negatives)):
            exact = (d == margin) & (d == d.astype(F32))
            if (pairs & ~exact & (np.abs(d - margin) <= NEARER_GAP * (np.abs(d) + abs(margin)))).any():
                raise Rejected("hinge")
    else:
        (values, counted, _), = terms_of(of, d)
        if (counted & (values > 0) & (values < 1e-9)).any() or (counted & (values > 600)).any():
            raise Rejected("a loss beyond the library's digits")
        if of.loss == "sup_con" and of.reduction == "mean" and negatives.any() and (counted & (values <= 0)).any():
            raise Rejected("an anchor that the library's mean leaves out")
    right = by_formula(of)
    if error(by_formula(of, narrow=True), right) > tolerance(of) / 4:
        raise Rejected("distances beyond float32")
    for gradient, sizes in zip(right[1:], by_formula(of, absolute=True)[1:]):
        if gradient is not None:
            largest = np.abs(gradient).max(1)
            if ((sizes.max(1) > 12 * largest) & (largest > 0)).any():
                raise Rejected("terms cancel")


# -- inputs ------------------------------------------------------------------------------------------------------------


def normal(scale=1.0):
    return lambda labels, d: (scale * random.standard_normal((len(labels), d))).astype(F32)


def clusters(spread, scale=1.0):
    """One centre per label; rows of all sets of one case share the centres."""
    centres = {}

    def draw(labels, d):
        for label in labels:
            centres.setdefault((label, d), random.standard_normal(d))
        return np.array([scale * (centres[label, d] + spread * random.standard_normal(d)) for label in labels],
                        dtype=F32).reshape(len(labels), d)
    return draw


def grid(labels, d):
    """Small integers: distances that equal a margin exactly, and equal rows."""
    return random.randint(-2, 3, (len(labels), d)).astype(F32)


def duplicates(labels, d):
    points = normal()(labels[:(len(labels) + 2) // 3], d)
    return points[random.randint(0, len(points), len(labels))]


def classes(b, count):
    return random.randint(0, count, b)


def equal_sized(b, size):
    return random.permutation(np.arange(b) // size)


WILD = np.array([-2147483648, 2147483647, -1, 0, 16777217, 16777216, -16777217])  # two of them are one float32


def wild(b):
    return WILD[classes(b, 5)]


def long_tail(b):
    """A class of half the rows, one of a quarter, and so on down to single rows."""
    return random.permutation([(b - i).bit_length() for i in range(b)])


# -- cases -------------------------------------------------------------------------------------------------------------


def add(tag, loss, distance="cosine", d=3, labels=(), draw=None, p=2, parameters={}, reduction="mean",
        reference_labels=None, library=PML, tries=300):
    """Draw embeddings until rounding decides nothing, ask the library, hold its answer against the formulas."""
    for _ in range(tries):
        rows = (draw or normal())(labels, d)
        references = None if reference_labels is None else (draw or normal())(reference_labels, d)
        of = Problem(loss, distance, p, parameters, reduction, rows, labels, references, reference_labels)
        try:
            check(of)
            break
        except Rejected as reason:
            last = reason
    else:
        raise SystemExit("%s %s %s: no draw will do: %s" % (tag, loss, distance, last))
    answer = LIBRARIES[library](of)
    right = by_formula(of)
    if error(answer, right) > 1e-10 or abs(answer[0] - right[0]) > 1e-12 * max(1, abs(right[0])):
        raise SystemExit("%s %s %s: %s disagrees by %g" % (tag, loss, distance, library, error(answer, right)))
    if library == OPTAX:
        assert error(answer, by_pml(of)) < 1e-11

    value, gradient, reference_gradient = answer
    b, r = len(of.x), 0 if references is None else len(references)
    cases.append([
        ("case", "losses-%03d-%s-%s-b%d-r%d-d%d-%s" % (len(cases) + 1, loss, distance, b, r, d, tag)),
        ("library", library),
        ("loss", loss),
        ("distance", distance),
        ("p", "inf" if p == np.inf else option(p)),
    ] + [(key, option(number)) for key, number in of.parameters.items()] + [
        ("reduction", reduction),
        ("b", str(b)),
        ("d", str(d)),
        ("r", str(r)),
        ("embeddings", floats32(of.x)),
        ("labels", integers(of.labels)),
        ("references", "" if r == 0 else floats32(references)),
        ("reference_labels", "" if r == 0 else integers(reference_labels)),
        ("value", floats64(value)),
        ("gradient", floats64(gradient)),
        ("reference_gradient", "" if r == 0 else floats64(reference_gradient)),
    ])


MEASURES = [("minkowski", 2), ("cosine", 2), ("minkowski", 1), ("dot", 2), ("squared", 2), ("minkowski", 3)]
SETTINGS = {  # two of each loss beside the defaults; by distance where its numbers are larger
    "contrastive": [{}, {"positive_margin": 0.25, "negative_margin": 0.75},
                    {"positive_margin": 1, "negative_margin": 3}],
    "info_nce": [{}, {"temperature": 0.5}, {"temperature": 2}],
    "sup_con": [{}, {"temperature": 0.5}, {"temperature": 2}],
    "multi_similarity": [{}, {"alpha": 4, "beta": 10, "base": 0.25}, {"alpha": 0.5, "beta": 2, "base": 1}],
}
SHAPES = [(4, 3), (12, 2), (7, 5), (9, 8), (16, 3), (24, 2), (5, 1), (20, 6), (30, 4), (2, 2), (6, 16), (33, 7),
          (13, 4), (3, 2), (26, 3), (10, 33), (17, 9), (40, 5)]


def scale_of(distance, d):
    """Inputs whose distances are of the size of 1, so that no exponential overflows the library."""
    return {"cosine": 1.0, "minkowski": 0.5, "squared": 0.6, "dot": 0.9}[distance] / np.sqrt(d)


def some_labels(index, b):
    """With a pair and with two classes (two rows are one class)."""
    while True:
        labels = [lambda: classes(b, 3), lambda: long_tail(b), lambda: equal_sized(b, 2), lambda: wild(b),
                  lambda: equal_sized(b, 4), lambda: classes(b, 1 + b // 3)][index % 6]()
        if b <= 3 or 1 < len(set(labels)) < b:
            return labels


def every_distance():
    index = 0
    for loss in DEFAULTS:
        for distance, p in MEASURES:
            for setting, reduction in zip(range(3), ("mean", "sum", "mean_nonzero")):
                b, d = SHAPES[(index * 7 + setting) % len(SHAPES)]
                d = max(d, 2) if distance == "cosine" else d  # one component has a direction and no more
                labels = some_labels(index, b)
                scale = scale_of(distance, d) * (3 if setting == 2 else 1)
                draw = clusters(1.0, scale) if index % 2 else normal(scale)
                add("random", loss, distance, d, labels, draw, p, SETTINGS[loss][setting], reduction)
                index += 1
        add("maximum", loss, "minkowski", 6, long_tail(14), normal(0.4), np.inf, SETTINGS[loss][1], "mean")
        add("fractional", loss, "minkowski", 4, classes(11, 3), normal(0.4), 1.5, SETTINGS[loss][1], "sum")


def references():
    index = 0
    for loss in DEFAULTS:
        for distance, p in MEASURES:
            b, d = SHAPES[(index * 5 + 3) % len(SHAPES)]
            d = max(d, 2) if distance == "cosine" else d
            r = [b + 3, max(3, b // 2), 2 * b][index % 3]
            labels, reference_labels = some_labels(index, max(b, 4)), classes(r, 3)
            reduction = ["sum", "mean", "mean_nonzero"][index % 3]
            add("references", loss, distance, d, labels, normal(scale_of(distance, d)), p, SETTINGS[loss][index % 3],
                reduction, reference_labels)
            index += 1


def ranking():
    """Multiple negatives ranking: query i against all references, of which the i-th alone is positive."""
    for distance, temperature, b, d in [("cosine", 0.05, 8, 12), ("cosine", 0.07, 32, 16), ("dot", 1, 12, 8),
                                        ("minkowski", 0.5, 10, 3), ("squared", 2, 20, 4)]:
        labels = random.permutation(b)
        add("ranking", "info_nce", distance, d, labels, clusters(0.7, scale_of(distance, d) * 2),
            parameters={"temperature": temperature}, reference_labels=np.arange(b))


def by_other_library():
    for index, (b, d) in enumerate([(4, 2), (6, 3), (9, 5), (16, 8), (24, 64), (33, 3), (60, 10)]):
        for temperature in (0.07, 0.5):
            add("ntxent", "info_nce", d=d, labels=some_labels(index, b), parameters={"temperature": temperature},
                library=OPTAX)


def large():
    for index, loss in enumerate(DEFAULTS):
        distance = ["minkowski", "cosine", "cosine", "minkowski"][index]
        add("large", loss, distance, [8, 64, 17, 12][index], [long_tail, lambda b: classes(b, 10)][index % 2](60),
            normal(scale_of(distance, 8)), parameters=SETTINGS[loss][index % 2], reduction="mean")


def corners():
    """One class, no class twice, single rows, sets that do not meet, equal points, exact hinges."""
    for loss in DEFAULTS:
        for distance in ("minkowski", "cosine"):
            draw = normal(0.7)
            add("one-class", loss, distance, 3, [7] * 6, draw, reduction="mean")
            add("all-different", loss, distance, 3, np.arange(-3, 3), draw, reduction="mean")
            add("one-row", loss, distance, 4, [5], draw, reduction="mean")
            add("one-query", loss, distance, 3, [1], draw, reference_labels=[1, 2, 1, 0, 2])
            add("no-common-class", loss, distance, 3, [1, 2, 1], draw, reference_labels=[3, 4, 3, 5])
        add("pairs-and-singles", loss, "minkowski", 2, [5, -1, 5, 2147483647, -2147483648, -1, 3], normal(0.5))
        add("one-class-references", loss, "minkowski", 3, [1, 1, 2, 1, 3], normal(0.5), reference_labels=[1] * 5)
        add("duplicates", loss, "minkowski", 3, classes(10, 3), duplicates, parameters=SETTINGS[loss][1])
    for p in (1, 2):
        add("hinge-tie", "contrastive", "minkowski", 2, classes(12, 3), grid, p,
            {"positive_margin": 1, "negative_margin": 2}, "mean_nonzero")
    add("hinge-tie", "contrastive", "squared", 2, classes(14, 4), grid, 2,
        {"positive_margin": 1, "negative_margin": 4}, "mean_nonzero")
    add("no-loss", "contrastive", "minkowski", 3, classes(6, 2), normal(),
        parameters={"positive_margin": 50, "negative_margin": 0}, reduction="mean_nonzero")


def main(output=os.path.join(os.path.dirname(os.path.abspath(__file__)), "losses.txt")):
    every_distance()
    references()
    ranking()
    by_other_library()
    large()
    corners()
    write(output, [
        "Pair losses of a batch in float64 on exact float32 inputs, by",
        "pytorch-metric-learning %s, PyTorch %s, optax %s, jax %s, numpy %s." % (
            pytorch_metric_learning.__version__, torch.__version__.split("+")[0], optax.__version__, jax.__version__,
            np.__version__),
        "Made by make_golden_losses.py; README.md says how to read it and where the libraries differ.",
    ], cases)


if __name__ == "__main__":
    main(*sys.argv[1:])
