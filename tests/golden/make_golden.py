#!/usr/bin/env python3
"""Write explicit.txt: explicit triplets by the real PyTorch and the real optax. See README.md.

    python make_golden.py [output]
"""
import os
import sys

from golden import F32, Rejected, floats32, floats64, option, same_decisions, write

import jax
import jaxlib
import numpy as np
import optax
import torch

jax.config.update("jax_enable_x64", True)
torch.set_num_threads(1)

INF = np.inf
TORCH_P = [1, 1.5, 2, 3, INF]
REDUCTIONS = ["mean", "none", "sum"]
random = np.random.RandomState(20170322)
cases = []


# -- the libraries -----------------------------------------------------------------------------------------------------


def torch_loss(a, p_rows, n_rows, p, margin, eps, swap, reduction):
    rows = [torch.tensor(x.astype(np.float64), requires_grad=True) for x in (a, p_rows, n_rows)]
    loss = torch.nn.functional.triplet_margin_loss(
        *rows, margin=margin, p=float(p), eps=eps, swap=swap, reduction=reduction
    )
    loss.sum().backward()
    return loss.detach().numpy(), [x.grad.numpy() for x in rows]


def optax_loss(a, p_rows, n_rows, p, margin, eps, swap, reduction):
    """optax returns one loss per triplet; sum and mean are jax.numpy's."""
    assert not swap
    reduce = {"none": lambda x: x, "sum": jax.numpy.sum, "mean": jax.numpy.mean}[reduction]
    rows = [jax.numpy.asarray(x.astype(np.float64)) for x in (a, p_rows, n_rows)]

    def loss(*rows):
        return reduce(optax.losses.triplet_margin_loss(*rows, norm_degree=p, margin=margin, eps=eps))

    gradients = jax.grad(lambda *rows: loss(*rows).sum(), argnums=(0, 1, 2))(*rows)
    return np.asarray(loss(*rows)), [np.asarray(x) for x in gradients]


LIBRARIES = {"torch": torch_loss, "optax": optax_loss}


# -- inputs ------------------------------------------------------------------------------------------------------------


def normal(*shape):
    return random.standard_normal(shape).astype(F32)


def grid(*shape):
    """Multiples of 1/64: differences without rounding, short texts."""
    return (random.randint(-192, 193, shape) / 64).astype(F32)


def near(anchor, base):
    """A row at a random distance from the anchor, so that active and inactive triplets mix."""
    noise = base(*anchor.shape)
    if base is grid:
        return (anchor + np.round(noise * random.choice([0.25, 0.5, 1]) * 64) / 64).astype(F32)
    return (anchor + noise * random.choice([0.2, 0.5, 1, 1.5])).astype(F32)


def random_triplet(d, base):
    anchor = base(d)
    return anchor, near(anchor, base), near(anchor, base)


def below(d, base):
    """Positive and negative below the anchor in every component: optax is right there for odd p too."""
    anchor = base(d)
    rows = [(anchor - np.abs(near(anchor, base) - anchor) - F32(1 / 64)).astype(F32) for _ in range(2)]
    return [anchor] + rows


def stack(draw, n, d, base, rules):
    """n triplets on whose decisions float32 and float64 agree; each is drawn again until it is so."""
    rows = []
    while len(rows) < n:
        triplet = draw(d, base)
        try:
            same_decisions(*triplet, *rules)
        except Rejected:
            continue
        rows.append(triplet)
    return [np.stack(column) for column in zip(*rows)]


def add(library, tag, rows, p=2, margin=1.0, eps=1e-6, swap=False, reduction="mean"):
    """Check rows (three float32 matrices), ask the library, append a case."""
    a, p_rows, n_rows = (np.atleast_2d(np.asarray(x)) for x in rows)
    for x in (a, p_rows, n_rows):
        assert x.dtype == F32 and x.shape == a.shape
    for triplet in zip(a, p_rows, n_rows):
        same_decisions(*triplet, library, p, margin, eps, swap)
    loss, gradients = LIBRARIES[library](a, p_rows, n_rows, p, margin, eps, swap, reduction)
    n, d = a.shape
    name = "%s-%04d-p%s-n%d-d%d-%s" % (library, len(cases) + 1, option(p), n, d, tag)
    cases.append([
        ("case", name + ("-swap" if swap else "")),
        ("convention", library),
        ("n", str(n)),
        ("d", str(d)),
        ("p", option(p)),
        ("margin", option(margin)),
        ("eps", option(eps)),
        ("swap", str(int(swap))),
        ("reduction", reduction),
        ("anchors", floats32(a)),
        ("positives", floats32(p_rows)),
        ("negatives", floats32(n_rows)),
        ("loss", floats64(loss)),
        ("gradient_anchors", floats64(gradients[0])),
        ("gradient_positives", floats64(gradients[1])),
        ("gradient_negatives", floats64(gradients[2])),
    ])


def add_random(library, tag, n, d, p=2, margin=1.0, eps=1e-6, swap=False, base=normal, draw=random_triplet, **rest):
    rows = stack(draw, n, d, base, (library, p, margin, eps, swap))
    add(library, tag, rows, p=p, margin=margin, eps=eps, swap=swap, **rest)


def f32(*rows):
    return np.array(rows, dtype=F32)


def cycle(values, index):
    return values[index % len(values)]


# -- the cases ---------------------------------------------------------------------------------------------------------


def shapes(library, powers, widths):
    """Every width with every p; the other options cycle with coprime periods."""
    margins = [1.0, 0.2, 0.0, 5.0, -0.5, 1.0, 2.0]
    index = 0
    for d in widths:
        for p in powers:
            n = 1 + index % 2 if d > 32 else cycle([1, 2, 3, 4, 5, 6, 7, 8, 9, 4, 3], index)
            add_random(library, "shape", n, d, p=p, margin=cycle(margins, index), reduction=cycle(REDUCTIONS, index),
                       swap=library == "torch" and index % 4 == 1, base=cycle([normal, grid], index // 2))
            index += 1
    for p, reduction in zip(powers, REDUCTIONS):
        add_random(library, "rows", 33, 3, p=p, reduction=reduction, base=grid, margin=0.2)


def margins(library, powers):
    for index, p in enumerate(powers):
        for step, margin in enumerate([0.0, 0.2, 5.0, -0.25, -3.0]):
            swap = library == "torch" and (index + step) % 2 == 1
            add_random(library, "margin", 5, 6, p=p, margin=margin, swap=swap, base=cycle([grid, normal], step),
                       reduction=cycle(REDUCTIONS, index + step))


def swap_takes_either():
    """Rows where the negative is nearer to the positive, and rows where it is not."""
    for p, reduction in zip(TORCH_P, REDUCTIONS * 2):
        def draw(d, base):
            anchor = base(d)
            positive = near(anchor, base)
            return anchor, positive, near(positive if random.randint(2) else anchor, base)
        rules = ("torch", p, 2.0, 1e-6, True)
        add("torch", "either", stack(draw, 7, 4, normal, rules), p=p, margin=2.0, swap=True, reduction=reduction)


def epsilons(library, powers, values):
    for index, eps in enumerate(values):
        for p in powers:
            add_random(library, "eps", 3, 5, p=p, eps=eps, margin=0.5, reduction=cycle(REDUCTIONS, index),
                       base=cycle([normal, grid], index), swap=library == "torch" and index % 2 == 0)


def equal_points(library, powers):
    """Distances that are 0 (or eps alone), and hinges and swaps that tie because of it."""
    for index, p in enumerate(powers):

        def drawn(tag, make, **options):
            """make builds a case of two grids; a random decision too close to call is drawn again."""
            while True:
                try:
                    rows = make(grid(3, 5), grid(3, 5))
                    return add(library, tag, rows, p=p, reduction=cycle(REDUCTIONS, index), **options)
                except Rejected:
                    pass

        drawn("hinge-tie", lambda x, y: [x, y, y], margin=0.0)
        drawn("anchor-is-positive", lambda x, y: [x, x, y], margin=20.0)
        drawn("anchor-is-negative", lambda x, y: [x, y, x])
        drawn("all-equal", lambda x, y: [x, x, x], margin=0.5)
        drawn("all-equal-hinge-tie", lambda x, y: [x, x, x], margin=0.0)
        drawn("zero-rows", zero_rows, margin=2.0)
        if library == "torch":
            drawn("tie", lambda x, y: [x, x, y], margin=20.0, swap=True)
            drawn("all-equal", lambda x, y: [x, x, x], margin=0.5, swap=True)
            drawn("distance-0", lambda x, y: [x, x, y], margin=20.0, eps=0.0)
            drawn("distance-0-both", lambda x, y: [x, x, x], margin=0.25, eps=0.0)


def zero_rows(x, y):
    """An anchor, a positive, a negative of zeros, then a whole triplet of zeros."""
    rows = [np.vstack([x, y[:1]]), np.vstack([y, x[1:2]]), np.vstack([(x + y) / 2, y[2:]]).astype(F32)]
    for index, row in enumerate(rows):
        row[index] = 0
        row[3] = 0
    return rows


def torch_ties():
    """Ties between distances that are not 0; eps = 0 or equal components make them exact in float32 too."""
    a, q, n = f32([0, 0], [1, 1]), f32([3, 4], [4, 5]), f32([6, 8], [7, 9])
    add("torch", "hinge-tie-5-10", [a, q, n], p=2, margin=5.0, eps=0.0, reduction="none")
    add("torch", "hinge-tie-5-10", [a, n, q], p=2, margin=-5.0, eps=0.0, reduction="sum")
    add("torch", "hinge-tie-7-14", [a, q, n], p=1, margin=7.0, eps=0.0)
    add("torch", "hinge-tie-4-8", [a, q, n], p=INF, margin=4.0, eps=0.0, reduction="none")
    for p in (1, 2, INF):
        column = [f32([0], [0], [2]), f32([1], [-1], [2.5]), f32([2], [2], [1])]
        add("torch", "hinge-tie-column", column, p=p, margin=1.0, eps=0.0, reduction="none")
        add("torch", "hinge-tie-column-eps", [f32([0]), f32([-1]), f32([-2])], p=p, margin=1.0, eps=2.0**-10)
    for p in TORCH_P:
        # The negative halfway between anchor and positive, and off the line by as much from both.
        a, q, n = f32([0, 0, 0], [1, 2, 3]), f32([2, 4, 0], [3, 0, 3]), f32([1, 2, 1], [2, 1, 5])
        add("torch", "tie-halfway", [a, q, n], p=p, margin=8.0, eps=0.0, swap=True, reduction="sum")
    # Zero components have no gradient at p = 1; at p = inf the components at the maximum share it.
    a, q, n = f32([1, 2, 3, 4], [0, 0, 0, 0]), f32([1, 5, 3, 3], [0, 0, 0, 2]), f32([1, 2, 3, 5], [1, 0, 0, 0])
    add("torch", "zero-components", [a, q, n], p=1, eps=0.0, margin=4.0, reduction="none")
    add("torch", "zero-components", [a, q, n], p=1.5, eps=0.0, margin=4.0, reduction="sum")
    add("torch", "zero-components", [a, q, n], p=3, eps=0.0, margin=4.0)
    zeros = np.zeros((4, 9), dtype=F32)
    q, n = zeros.copy(), zeros.copy()
    q[0, :2], q[1, :3], q[2, :], q[3, 8] = [2, -2], [1, -1, 1], 0.5, 3
    n[0, 0], n[1, 4:6], n[2, 1], n[3, ::2] = 1, [0.5, 0.5], -0.25, [-2, 2, -2, 2, 2]
    add("torch", "maximum-ties", [zeros, q, n], p=INF, eps=0.0, margin=4.0, reduction="none")
    add("torch", "maximum-ties", [zeros, q, n], p=INF, eps=0.0, margin=4.0, reduction="mean")
    add("torch", "maximum-ties", [zeros, q, n], p=INF, eps=0.0, margin=6.0, reduction="sum", swap=True)
    many = np.zeros((2, 129), dtype=F32)
    wide = many.copy()
    wide[0, ::3], wide[1] = 1, -1
    add("torch", "maximum-ties", [many, wide, wide * F32(0.5)], p=INF, eps=0.0, margin=1.0, reduction="sum")
    # eps keeps ties of equal sign and breaks those of opposite sign.
    a, q, n = f32([0, 0, 0]), f32([-1 / 16, -1 / 16, 1 / 16]), f32([1 / 16, 1 / 32, 1 / 16])
    add("torch", "maximum-tie-and-eps", [a, q, n], p=INF, reduction="none")
    add("torch", "maximum-tie-and-eps", [a, -q, -n], p=INF, reduction="none")


def optax_ties():
    """At a tie of the hinge optax's maximum passes half the gradient to either side."""
    a, q, n = f32([0, 0], [1, 1]), f32([3, 4], [4, 5]), f32([6, 8], [7, 9])
    add("optax", "hinge-tie-5-10", [a, q, n], p=2, margin=5.0, eps=0.0, reduction="none")
    add("optax", "hinge-tie-5-10", [a, n, q], p=2, margin=-5.0, eps=0.0, reduction="sum")
    add("optax", "hinge-tie-eps", [f32([0, 0]), f32([0, 0]), f32([12, 0])], p=2, margin=8.0, eps=25.0)
    for p in (2, 4):
        a, q = grid(4, 9), grid(4, 9)
        add("optax", "hinge-tie-mirror", [a, q, 2 * a - q], p=p, margin=0.0, reduction="none")


def magnitudes(library, powers):
    """1e-30 and 1e30 overflow or vanish in plain float32 powers; float64 holds them."""
    small, large = F32(1e-30), F32(1e30)
    for index, p in enumerate(powers):
        reduction = cycle(REDUCTIONS, index)
        swap = library == "torch" and index % 2 == 0

        def scaled(scale):
            return lambda *shape: (normal(*shape) * scale).astype(F32)

        def draw(scale):
            def triplet(d, base):
                return [(x * scale).astype(F32) for x in random_triplet(d, base)]
            return triplet

        for margin in (0.0, 1.0):
            add_random(library, "1e30", 3, 9, p=p, margin=margin, draw=draw(large), swap=swap, reduction=reduction)
        add_random(library, "1e30-margin", 3, 5, p=p, margin=1e30, draw=draw(large), swap=swap, reduction=reduction)
        add_random(library, "1e-30", 3, 9, p=p, margin=1e-30, eps=0.0, draw=draw(small), swap=swap, reduction=reduction)
        add_random(library, "1e-30-margin-1", 3, 9, p=p, eps=0.0, draw=draw(small), reduction=reduction)
        add_random(library, "1e-30-eps", 3, 9, p=p, draw=draw(small), reduction=reduction)

        def mixed(d, base):
            """Rows of all magnitudes, and components of 1e-30 beside some of 1e30."""
            scale = random.choice([1e-30, 1e-15, 1, 1e15, 1e30], d if random.randint(2) else 1)
            return [(x * scale).astype(F32) for x in random_triplet(d, base)]

        add_random(library, "mixed", 6, 5, p=p, eps=0.0, draw=mixed, swap=swap, reduction=reduction)


def main(output=os.path.join(os.path.dirname(os.path.abspath(__file__)), "explicit.txt")):
    shapes("torch", TORCH_P, [1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 100, 127, 128, 129])
    margins("torch", TORCH_P)
    swap_takes_either()
    epsilons("torch", TORCH_P, [0.0, 1e-12, 1e-3, 0.5])
    equal_points("torch", TORCH_P)
    torch_ties()
    magnitudes("torch", TORCH_P)

    shapes("optax", [2, 4], [1, 2, 3, 7, 8, 9, 16, 31, 64, 100, 128, 129])
    margins("optax", [2, 4])
    epsilons("optax", [2, 4], [0.0, 1e-12, 1e-3, 1.0])
    equal_points("optax", [2, 4])
    optax_ties()
    magnitudes("optax", [2, 4])
    for p in (1, 1.5, 3):  # right although odd: every difference is positive
        add_random("optax", "positive-differences", 4, 7, p=p, draw=below, reduction="none")
        add_random("optax", "positive-differences", 2, 33, p=p, draw=below, margin=0.2)

    write(output, [
        "Explicit triplets in float64 on exact float32 inputs, by",
        "PyTorch %s, optax %s, jax %s, jaxlib %s, numpy %s." % (
            torch.__version__.split("+")[0], optax.__version__, jax.__version__, jaxlib.__version__, np.__version__),
        "Made by make_golden.py; README.md says how to read it and where a library is wrong.",
        "",
        "A case: lines of a key and values parted by one space, from 'case' to 'end'.",
        "case NAME; convention torch | optax; n; d; p (may be inf); margin; eps; swap 0 | 1;",
        "reduction none | mean | sum; anchors, positives, negatives: n * d float32, row by row;",
        "loss: 1 value, n with reduction none; gradient_anchors, gradient_positives, gradient_negatives:",
        "n * d float64; with reduction none those of the sum of the losses.",
    ], cases)


if __name__ == "__main__":
    main(*sys.argv[1:])
