"""What make_golden.py and make_golden_batch.py share: numbers as text, and a float32 check of every decision.

The golden values are float64 results for inputs that are exact float32 numbers. They are of use to a float32
implementation only where both precisions decide alike: is the hinge active, which distance does swap take, which
component is the maximum, which row is nearer. `Rejected` is raised for inputs where rounding could decide; random
inputs are then drawn again. A decision may be an exact tie only if float32 arithmetic finds the same tie.
"""
import os

# The same bytes on another processor: the plain code path of torch, no wider vectors in XLA, one thread.
os.environ.setdefault("ATEN_CPU_CAPABILITY", "default")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_max_isa=SSE4_2 --xla_cpu_multi_thread_eigen=false")
os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np  # noqa: E402

F32 = np.float32
HINGE_GAP = 0.02  # |hinge| of a triplet that is no tie, relative to the sum of its distances and |margin|
SWAP_GAP = 1e-3  # between the two distances of swap, relative
COMPONENT_GAP = 1e-5  # between the largest and the next component at p = inf, relative


class Rejected(Exception):
    """Float32 and float64 might decide differently here."""


# -- text --------------------------------------------------------------------------------------------------------------


def text32(value):
    """The shortest %g text that reads back as the same float32."""
    for digits in range(1, 10):
        text = "%.*g" % (digits, value)
        if F32(text) == F32(value):
            return text
    raise ValueError(value)


def text64(value):
    return "%.17g" % (float(value) + 0.0)  # + 0.0: no negative zero


def option(value):
    """p, margin, eps: the shortest text of the float64."""
    value = float(value)
    return repr(int(value)) if value == int(min(value, 1e15)) else repr(value)


def floats32(values):
    return " ".join(text32(value) for value in np.asarray(values).ravel())


def floats64(values):
    values = np.asarray(values, dtype=np.float64).ravel()
    if not np.isfinite(values).all():
        raise ValueError("the library returned a value that is not finite")
    return " ".join(text64(value) for value in values)


def integers(values):
    return " ".join("%d" % value for value in np.asarray(values).ravel())


def write(path, header, cases):
    """header: lines of comment; cases: lists of (key, text)."""
    with open(path, "w", newline="\n") as file:
        for line in header:
            file.write(("# " + line).rstrip() + "\n")
        for case in cases:
            file.write("\n")
            for key, text in case:
                file.write(("%s %s" % (key, text)).rstrip() + "\n")
            file.write("end\n")
    print("wrote %s: %d cases, %d bytes" % (path, len(cases), os.path.getsize(path)))


def read(path):
    """The cases of a golden file, each a dict of texts."""
    cases = []
    with open(path) as file:
        for line in file:
            key, _, text = line.rstrip("\n").partition(" ")
            if key == "case":
                cases.append({})
            if key and not key.startswith("#") and key != "end":
                cases[-1][key] = text
    return cases


# -- decisions of an explicit triplet ----------------------------------------------------------------------------------


def components(x, y, convention, eps, dtype):
    """|x - y|, or |x - y + eps| under torch, in the given precision; returned as float64."""
    difference = x.astype(dtype) - y.astype(dtype)
    if convention == "torch":
        difference = difference + dtype(eps)
    return difference.astype(np.float64)


def norm(difference, p, root_eps):
    size = np.abs(difference)
    if p == np.inf:
        return size.max()
    scale = size.max() if root_eps == 0 and size.max() > 0 else 1.0
    return scale * (((size / scale) ** p).sum() + root_eps) ** (1 / p)


def same_decisions(a, p_row, n_row, convention, p, margin, eps, swap):
    """Check one triplet of float32 rows; raise Rejected unless float32 decides as float64 does."""
    root_eps = eps if convention == "optax" else 0.0
    pairs = [(a, p_row), (a, n_row)] + ([(p_row, n_row)] if swap else [])
    wide = [components(x, y, convention, eps, np.float64) for x, y in pairs]
    narrow = [components(x, y, convention, eps, F32) for x, y in pairs]
    for double, single, (x, y) in zip(wide, narrow, pairs):
        if not np.array_equal(np.sign(double), np.sign(single)):
            raise Rejected("sign of a component")
        raw = np.abs(x.astype(np.float64) - y.astype(np.float64))
        if convention == "torch" and eps > 0 and ((raw > eps / 2) & (raw < eps * 2) & (double != single)).any():
            raise Rejected("eps cancels a difference")
        if p == np.inf:
            sizes, sizes32 = np.abs(double), np.abs(single)
            largest = sizes == sizes.max()
            if not np.array_equal(largest, sizes32 == sizes32.max()):
                raise Rejected("the largest component")
            if not largest.all() and sizes[~largest].max() > sizes.max() * (1 - COMPONENT_GAP):
                raise Rejected("the largest component")
    distance = [norm(d, p, root_eps) for d in wide]

    def tied(i, j, shift):
        """An exact tie that float32 sees too: equal components, or plain distances that float32 represents."""
        if shift == 0 and np.array_equal(np.abs(narrow[i]), np.abs(narrow[j])):
            return np.array_equal(np.abs(wide[i]), np.abs(wide[j]))
        exact = all(F32(d) == d and np.array_equal(w, s) for d, w, s in zip(distance, wide, narrow))
        return p in (1, 2, np.inf) and exact and distance[i] + shift == distance[j]

    other = 1
    if swap and not tied(1, 2, 0.0):
        if abs(distance[1] - distance[2]) <= SWAP_GAP * max(distance[1:]):
            raise Rejected("swap")
        other = 1 if distance[1] < distance[2] else 2
    hinge = distance[0] + margin - distance[other]
    scale = distance[0] + distance[other] + abs(margin)
    if not tied(0, other, margin) and abs(hinge) <= HINGE_GAP * scale:
        raise Rejected("hinge")


# -- decisions inside a batch ------------------------------------------------------------------------------------------

NEARER_GAP = 2e-6  # between two distances from one anchor that are no tie, relative


def batch_distances(x, dtype):
    """Euclidean distances by direct differences, (B, B)."""
    x = x.astype(dtype)
    return np.sqrt(((x[:, None, :] - x[None, :, :]) ** 2).sum(axis=2, dtype=dtype)).astype(np.float64)


def same_order(x, margin, swap=False):
    """Check all comparisons that mining or a hinge can make in a batch; raise Rejected as above."""
    wide, narrow = batch_distances(x, np.float64), batch_distances(x, F32)
    left, right = wide[:, :, None], wide[:, None, :]
    left32, right32 = narrow[:, :, None], narrow[:, None, :]
    for shift in (0.0, margin):
        close = np.abs(left + shift - right) <= NEARER_GAP * (left + right + abs(shift))
        tie = (left + shift == right) & (left32 + shift == right32)
        if shift == 0:
            tie &= left32 == right32
        if (close & ~tie).any():
            raise Rejected("two distances are too close")
    if swap:
        left, right = wide[:, None, :], wide[None, :, :]  # d(a, n) and d(p, n)
        tie = (left == right) & (narrow[:, None, :] == narrow[None, :, :])
        if ((np.abs(left - right) <= NEARER_GAP * (left + right)) & ~tie).any():
            raise Rejected("swap")
