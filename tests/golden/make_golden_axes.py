"""Writes axes.txt: principal axes by scikit-learn's PCA, in float64, for float32 rows.

README.md says how to run this and how to read the result. Draws whose variances along neighbouring axes are alike are
drawn again: there a float32 implementation may rightly find other axes.
"""
import os

import numpy as np
import sklearn
from sklearn.decomposition import PCA

import golden
from golden import floats32, floats64

HERE = os.path.dirname(os.path.abspath(__file__))
VARIANCE_GAP = 0.02  # between neighbouring axes, relative
ENTRY_GAP = 1e-3  # between the largest entry of an axis and the next, which its sign goes by

# Rows, columns, axes, scale, offset.
SHAPES = [
    (2, 1, 1, 1, 0), (2, 3, 1, 1, 0), (5, 2, 2, 1, 0), (5, 3, 3, 1, 0), (40, 3, 2, 1, 0), (40, 8, 8, 1, 0),
    (150, 4, 2, 1, 0), (100, 16, 3, 1, 0), (6, 20, 5, 1, 0), (3, 64, 2, 1, 0), (20, 19, 4, 1, 0), (19, 20, 4, 1, 0),
    (30, 5, 2, 1, 1000), (30, 5, 2, 1e18, 0), (30, 5, 2, 1e-18, 0), (12, 40, 3, 1, 100), (40, 2, 1, 3, -7),
]  # fmt: skip


def apart(variances):
    return all(a - b > VARIANCE_GAP * a for a, b in zip(variances, variances[1:]))


def clear(axis):
    sizes = np.sort(np.abs(axis))
    return len(axis) == 1 or sizes[-1] - sizes[-2] > ENTRY_GAP


def draw(generator, rows, cols, scale, offset):
    stretch = 1.5 ** -np.arange(cols)[: min(rows, cols)]
    factors = generator.standard_normal((rows, len(stretch))) * stretch
    mixed = factors @ generator.standard_normal((len(stretch), cols)) + 0.01 * generator.standard_normal((rows, cols))
    return (scale * mixed + offset).astype(golden.F32)


def case(generator, number, shape):
    rows, cols, count, scale, offset = shape
    while True:
        x = draw(generator, rows, cols, scale, offset)
        wide = x.astype(np.float64)
        found = PCA(svd_solver="full").fit(wide / scale)
        axes, variances = found.components_[:count], found.explained_variance_[: count + 1]
        if apart(variances[: min(count + 1, rows - 1)]) and all(clear(axis) for axis in axes):
            break
    axes = axes * np.sign(axes[np.arange(count), np.abs(axes).argmax(axis=1)])[:, None]
    mean = found.mean_ * scale
    return [
        ("case", "axes-%02d-%dx%d" % (number, rows, cols)), ("n", str(rows)), ("d", str(cols)), ("count", str(count)),
        ("x", floats32(x)), ("mean", floats64(mean)), ("axes", floats64(axes)),
        ("shares", floats64(found.explained_variance_ratio_[:count])), ("projected", floats64((wide - mean) @ axes.T)),
    ]  # fmt: skip


def main():
    generator = np.random.default_rng(15)
    cases = [case(generator, i + 1, shape) for i, shape in enumerate(SHAPES)]
    header = [
        "Principal axes of float32 rows, in float64, by scikit-learn %s," % sklearn.__version__,
        "numpy %s." % np.__version__,
        "Made by make_golden_axes.py; README.md says how to read it.",
    ]
    golden.write(os.path.join(HERE, "axes.txt"), header, cases)


main()
