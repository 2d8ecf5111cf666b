#!/usr/bin/env python3
"""Print what README.md says of the libraries: where they are wrong, or differ from this project.

    python faults.py
"""
import golden  # noqa: F401  (settings)

import jax
import numpy as np
import optax
import torch
from pytorch_metric_learning.distances import LpDistance
from pytorch_metric_learning.losses import ContrastiveLoss, NTXentLoss, SupConLoss, TripletMarginLoss
from pytorch_metric_learning.miners import BatchHardMiner, TripletMarginMiner
from pytorch_metric_learning.reducers import MeanReducer
from pytorch_metric_learning.utils.accuracy_calculator import AccuracyCalculator
from pytorch_metric_learning.utils.inference import CustomKNN

jax.config.update("jax_enable_x64", True)
torch_loss = torch.nn.functional.triplet_margin_loss
pairwise = torch.nn.functional.pairwise_distance


def tensor(rows, dtype=torch.float64):
    return torch.tensor(rows, dtype=dtype, requires_grad=True)


def show(what, *values):
    print("%-88s %s" % (what, "  ".join("%.9g" % float(value) for value in values)))


def torch_faults():
    empty = torch.zeros(0, 3)
    show("torch: mean of no triplets", torch_loss(empty, empty, empty))
    a, q, n = tensor([[0.0, 0.0]]), tensor([[1.0, 1.0]]), tensor([[3.0, 0.0]])
    show("torch: p = 0.5 is accepted, d((0, 0), (1, 1))", pairwise(a, q, p=0.5, eps=0)[0])
    x, y = tensor([[0.0]]), tensor([[1e-6]])
    show("torch: d(0, 1e-6) and d(1e-6, 0), eps = 1e-6", pairwise(x, y)[0], pairwise(y, x)[0])
    for scale in (1e30, 1e-30):
        rows = [tensor([[0.0, 0.0]], torch.float32)]
        rows += [tensor([[v * scale for v in row]], torch.float32) for row in ([3.0, 4.0], [1.0, 0.0])]
        loss = torch_loss(*rows, margin=0.0, eps=0.0)
        loss.backward()
        show("torch, float32: (3, 4) against (1, 0) at %g: loss (right: %g), gradient of anchors (right: 0.4, -0.8)" % (
            scale, 4 * scale), loss, *rows[0].grad[0])


def optax_faults():
    a, q, n = np.array([[0.0, 0.0]]), np.array([[1.0, 2.0]]), np.array([[0.0, 0.5]])
    for p, right in [(1, 3 - 0.5 + 1), (3, 9 ** (1 / 3) - 0.5 + 1), (1.5, (1 + 2**1.5) ** (2 / 3) - 0.5 + 1)]:
        loss = optax.losses.triplet_margin_loss(a, q, n, norm_degree=p)[0]
        mirrored = optax.losses.triplet_margin_loss(-a, -q, -n, norm_degree=p)[0]
        show("optax: p = %g: loss of (0, 0), (1, 2), (0, .5); of their negatives; right" % p, loss, mirrored, right)

    def loss(x, eps):
        return optax.losses.triplet_margin_loss(x, a, n, eps=eps).sum()

    show("optax: gradient at equal points, eps = 0", *jax.grad(loss)(a, 0.0)[0])
    show("optax: p = inf", optax.losses.triplet_margin_loss(a, q, n, norm_degree=np.inf)[0])


def cdist_faults():
    random = np.random.RandomState(1)
    for dtype in (torch.float32, torch.float64):
        for b in (25, 26):
            x = torch.tensor(random.standard_normal((b, 8)) + 100, dtype=dtype)
            x[1] = x[0]
            d = LpDistance(normalize_embeddings=False)(x)
            right = (x[:, None] - x[None]).double().pow(2).sum(2).sqrt()
            error = (d.double() - right).abs()
            show("pytorch-metric-learning: %d rows around 100, %s: largest error, distance of two equal rows" % (
                b, dtype), error.max(), d[0, 1])


def metric_learning_faults():
    x, labels = tensor([[0.0, 0.0], [3.0, 4.0], [1.0, 0.0], [0.0, 2.0]]), torch.tensor([0, 0, 1, 1])
    direct = LpDistance(normalize_embeddings=False)
    show("pytorch-metric-learning: loss with LpDistance(), with normalize_embeddings=False",
         TripletMarginLoss(margin=1.0, distance=LpDistance())(x, labels),
         TripletMarginLoss(margin=1.0, distance=direct)(x, labels))
    with torch.no_grad():
        x[3, 0] = float("nan")
    show("pytorch-metric-learning: a NaN row: loss by its default reducer, by MeanReducer",
         TripletMarginLoss(margin=1.0, distance=direct)(x, labels),
         TripletMarginLoss(margin=1.0, distance=direct, reducer=MeanReducer())(x, labels))
    a, p, n = BatchHardMiner(distance=direct)(x, labels)
    print("    BatchHardMiner picks then", list(zip(a.tolist(), p.tolist(), n.tolist())))
    x = tensor([[0.0], [1.0], [2.0], [2.5]])  # from 0: positive at 1; negatives at 2 and 2.5; margin 1
    miner = TripletMarginMiner(margin=1.0, type_of_triplets="semihard", distance=direct)
    a, p, n = miner(x, torch.tensor([0, 0, 1, 1]))
    print("    its semihard at 0, 1 | 2, 2.5 with margin 1:", list(zip(a.tolist(), p.tolist(), n.tolist())))
    rows, kinds, swapping = tensor([[1.0], [4.0], [2.0]]), torch.tensor([0, 1, 0]), dict(margin=5.0, swap=True)
    for positive, right in (0, 1 + 5 - 3), (2, 2 + 5 - 2):
        triplet = [torch.tensor([row]) for row in (0, positive, 1)]
        try:
            loss = TripletMarginLoss(distance=direct, **swapping)(
                tensor([[0.0], [9.0]]), torch.tensor([0, 1]), triplet, ref_emb=rows, ref_labels=kinds)
        except IndexError as error:
            print("    swap with references, positive %d:" % positive, error)
        else:
            show("pytorch-metric-learning: swap with references, positive %d; right" % positive, loss, right)


def pair_loss_faults():
    direct, integers = LpDistance(normalize_embeddings=False), torch.tensor
    query, rows, kinds = tensor([[0.0, 0.0]]), tensor([[3.0, 4.0], [0.0, 0.5]]), integers([1, 2])
    show("pytorch-metric-learning: contrastive, one query, a positive at 5, a negative at 0.5; right",
         ContrastiveLoss(distance=direct)(query, integers([1]), ref_emb=rows, ref_labels=kinds), 5.5)
    x, y, labels = tensor(np.eye(3)), tensor(np.eye(3) + 0.5), torch.arange(3)
    show("pytorch-metric-learning: NTXentLoss, ref_labels is labels; a copy of them",
         NTXentLoss()(x, labels, ref_emb=y, ref_labels=labels),
         NTXentLoss()(x, labels, ref_emb=y, ref_labels=labels.clone()))
    for dtype in (torch.float32, torch.float64):
        x = tensor([[0.0], [100.0], [1.0]], dtype)
        loss = NTXentLoss(distance=direct)(x, integers([0, 0, 1]))
        loss.backward()
        show("pytorch-metric-learning: NTXentLoss of 0, 100 | 1 in %s; right; gradient (right: -7.14, 7.14, 0)" % dtype,
             loss, (99 + 1) / 0.07 / 2, *x.grad)
    x = tensor([[0.0, 1.0], [0.001, 1.0], [1.0, 0.0]], torch.float32)
    narrow, wide = (NTXentLoss(temperature=0.04)(rows, integers([0, 0, 1])) for rows in (x, x.double()))
    show("pytorch-metric-learning: NTXentLoss of an easy pair in float32, in float64", narrow, wide)
    zero = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]
    x = tensor(zero)
    NTXentLoss()(x, integers([0, 0, 1])).backward()
    show("pytorch-metric-learning: NTXentLoss, cosine: gradient of a row of zeros", *x.grad[0])
    gradient = jax.grad(optax.losses.ntxent)(np.array(zero), np.array([0, 0, 1]))
    show("optax: ntxent: gradient of a row of zeros", *gradient[0])
    show("optax: ntxent, no class twice", optax.losses.ntxent(np.eye(3), np.arange(3)))
    x = tensor([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [2.0, 1.0]])
    show("pytorch-metric-learning: SupConLoss, two of four anchors have a positive: by MeanReducer, its default",
         SupConLoss(reducer=MeanReducer())(x, integers([0, 0, 1, 2])), SupConLoss()(x, integers([0, 0, 1, 2])))
    one_class = dict(ref_emb=x, ref_labels=integers([0] * 4))
    show("pytorch-metric-learning: SupConLoss, references of one class, queries of that one; and of another",
         SupConLoss()(x[:2], integers([0, 0]), **one_class), SupConLoss()(x[:2], integers([0, 1]), **one_class))


def accuracy_faults():
    def figures(rows, labels, *names):
        search = CustomKNN(LpDistance(normalize_embeddings=False))
        return AccuracyCalculator(include=names, knn_func=search).get_accuracy(np.array(rows), np.array(labels))

    rows, labels = [[0.0], [1.0], [1.5]], [16777216, 16777217, 5]
    print("    AccuracyCalculator, labels 16777216, 16777217, 5:", figures(rows, labels, "precision_at_1"))
    rows, labels = [[0.0], [1.0], [1.2], [1.5]], [0, 1, 1, 0]
    print("    its mean_reciprocal_rank (right: 2/3):", figures(rows, labels, "precision_at_1", "mean_reciprocal_rank"))
    try:
        figures(rows, labels, "mean_reciprocal_rank")
    except TypeError as error:
        print("    that alone:", error)


if __name__ == "__main__":
    torch_faults()
    optax_faults()
    cdist_faults()
    metric_learning_faults()
    pair_loss_faults()
    accuracy_faults()
