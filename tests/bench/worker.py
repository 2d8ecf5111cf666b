"""The peers of Python for make bench: worker.py CASE by=LIBRARY [key=value ...]. It speaks as native.c says.

Debian's torch is a fair peer only with OpenBLAS (the plain BLAS takes 25 times as long) and with a malloc that keeps
its memory: else large tensors are mapped anew, and page faults take several times as long as the arithmetic. run.mjs
sets the variables that see to that and to one thread. A peer has LIMIT bytes at most.
"""
import json
import os
import resource
import sys
import time

import numpy as np

LIMIT = 6 << 30


# ---- inputs: as native.h and native.c make them ---------------------------------------------------------------------


def uniform_rows(stream, rows, cols):
    bits = np.arange(rows * cols, dtype=np.uint32) + np.uint32(stream * 2654435769 % 2**32)
    bits = (bits ^ bits >> np.uint32(16)) * np.uint32(0x7FEB352D)
    bits = (bits ^ bits >> np.uint32(15)) * np.uint32(0x846CA68B)
    bits ^= bits >> np.uint32(16)
    return ((bits >> np.uint32(8)).astype(np.float32) / np.float32(1 << 24)).reshape(rows, cols)


def class_rows(rows, cols, classes):
    centres = uniform_rows(2, classes, cols)
    noise = uniform_rows(1, rows, cols) - np.float32(0.5)
    return np.float32(0.6) * noise + np.float32(0.06) * centres[np.arange(rows) % classes]


# ---- torch, and pytorch-metric-learning -----------------------------------------------------------------------------


def torch_one_thread():
    import torch

    torch.set_num_threads(1)
    with open("/proc/self/maps") as maps:
        if "/blas/libblas.so" in maps.read():
            absent("torch runs on the plain BLAS: install libopenblas0")
    return torch, torch.__version__


def torch_margin(given):
    torch, version = torch_one_thread()
    inputs = [torch.from_numpy(uniform_rows(i, given["rows"], given["cols"])).requires_grad_() for i in (1, 2, 3)]

    def run():
        for x in inputs:
            x.grad = None
        loss = torch.nn.functional.triplet_margin_loss(*inputs)
        loss.backward()
        return loss.item()

    return run, version


# By hand, for batches in which every anchor has a positive and a negative.
def batch_losses(torch, margin):
    def pairs_of(x, labels):
        same = labels[:, None] == labels[None, :]
        return torch.cdist(x, x), same, same ^ torch.eye(len(x), dtype=torch.bool)

    def hard(x, labels):
        d, same, _ = pairs_of(x, labels)
        farthest = d.masked_fill(~same, 0).max(1).values
        nearest = d.masked_fill(same, torch.inf).min(1).values
        return torch.relu(farthest - nearest + margin).mean()

    def batch_all(x, labels):
        d, same, positive = pairs_of(x, labels)
        triplet = positive[:, :, None] & ~same[:, None, :]
        hinges = (d + margin)[:, :, None] - d[:, None, :]
        return torch.relu(hinges[triplet]).mean()

    def semihard(x, labels):
        d, same, positive = pairs_of(x, labels)
        a, p = positive.nonzero(as_tuple=True)
        with torch.no_grad():
            candidates = d[a]
            candidates.masked_fill_(same[a] | (candidates <= d[a, p][:, None]), torch.inf)
            nearest, n = candidates.min(1)
            found = nearest < torch.inf
        a, p, n = a[found], p[found], n[found]
        return torch.relu(d[a, p] - d[a, n] + margin).mean()

    return {"all": batch_all, "hard": hard, "semihard": semihard}


def torch_batch_of(torch, loss_of, given, version):
    x = torch.from_numpy(class_rows(given["rows"], given["cols"], given["classes"])).requires_grad_()
    labels = torch.arange(given["rows"]) % given["classes"]

    def run():
        x.grad = None
        loss = loss_of(x, labels)
        loss.backward()
        return loss.item()

    return run, version


def torch_batch(given):
    torch, version = torch_one_thread()
    return torch_batch_of(torch, batch_losses(torch, 0.2)[given["mining"]], given, version)


def metric_learning_batch(given):
    torch, _ = torch_one_thread()
    import pytorch_metric_learning
    from pytorch_metric_learning.distances import LpDistance
    from pytorch_metric_learning.losses import TripletMarginLoss
    from pytorch_metric_learning.miners import BatchHardMiner
    from pytorch_metric_learning.reducers import MeanReducer

    distance = LpDistance(normalize_embeddings=False)
    loss = TripletMarginLoss(margin=0.2, distance=distance, reducer=MeanReducer())
    miner = BatchHardMiner(distance=distance) if given["mining"] == "hard" else lambda x, labels: None
    loss_of = lambda x, labels: loss(x, labels, miner(x, labels))
    return torch_batch_of(torch, loss_of, given, pytorch_metric_learning.__version__)


def torch_distances(given):
    torch, version = torch_one_thread()
    x = torch.from_numpy(class_rows(given["count"], given["cols"], given["classes"]))
    return lambda: torch.cdist(x, x)[0, 1].item(), version


# Rows of a batch: as many of each of eight classes.
def sampler_of(given):
    order = np.random.default_rng(1)
    classes, rows = given["classes"], given["rows"]

    def sample():
        chosen = order.choice(classes, 8, replace=False)
        return np.concatenate([order.choice(rows // classes, given["per_class"], replace=False) * classes + c
                               for c in chosen])

    return sample


def widths_of(given):
    return [int(width) for width in given["layers"].split("-")]


def torch_trainer(given):
    torch, version = torch_one_thread()
    widths = widths_of(given)
    layers = []
    for inputs, outputs in zip(widths, widths[1:]):
        layers += [torch.nn.Linear(inputs, outputs), torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers[:-1])
    optimizer = torch.optim.Adam(model.parameters())
    loss_of = batch_losses(torch, 1.0)[given["mining"]]
    x = torch.from_numpy(class_rows(given["rows"], widths[0], given["classes"]))
    labels = torch.arange(given["rows"]) % given["classes"]
    sample = sampler_of(given)

    def run():
        rows = torch.from_numpy(sample())
        optimizer.zero_grad()
        loss_of(model(x[rows]), labels[rows]).backward()
        optimizer.step()

    return run, version


# ---- JAX and optax --------------------------------------------------------------------------------------------------


def jax_one_thread():
    cpu = min(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cpu})
    import jax
    import optax

    return jax, optax, f"{jax.__version__}, optax {optax.__version__}"


def jax_margin(given):
    jax, optax, version = jax_one_thread()
    loss = lambda a, p, n: optax.losses.triplet_margin_loss(a, p, n).mean()
    step = jax.jit(jax.value_and_grad(loss, argnums=(0, 1, 2)))
    inputs = [jax.numpy.asarray(uniform_rows(i, given["rows"], given["cols"])) for i in (1, 2, 3)]
    return lambda: float(jax.block_until_ready(step(*inputs))[0]), version


def jax_trainer(given):
    jax, optax, version = jax_one_thread()
    jnp = jax.numpy
    widths = widths_of(given)
    shapes = list(zip(widths, widths[1:]))
    parameters = [(jnp.asarray(0.1 * (uniform_rows(i, a, b) - 0.5)), jnp.zeros(b)) for i, (a, b) in enumerate(shapes)]
    optimizer = optax.adam(1e-3)
    state = optimizer.init(parameters)

    def forward(parameters, x):
        for i, (weights, bias) in enumerate(parameters):
            x = x @ weights + bias
            x = jax.nn.relu(x) if i + 1 < len(parameters) else x
        return x

    def loss_of(parameters, x, labels):
        x = forward(parameters, x)
        same = labels[:, None] == labels[None, :]
        positive = same & ~jnp.eye(len(x), dtype=bool)
        squares = jnp.sum((x[:, None] - x[None]) ** 2, -1)
        d = jnp.sqrt(jnp.where(squares > 0, squares, 1)) * (squares > 0)
        if given["mining"] == "all":
            hinges = jax.nn.relu(d[:, :, None] - d[:, None, :] + 1.0)
            triplet = positive[:, :, None] & ~same[:, None, :]
        else:
            beyond = ~same[:, None, :] & (d[:, None, :] > d[:, :, None])
            nearest = jnp.min(jnp.where(beyond, d[:, None, :], jnp.inf), -1)
            triplet = positive & jnp.isfinite(nearest)
            hinges = jax.nn.relu(d - jnp.where(triplet, nearest, 0) + 1.0)
        return jnp.sum(hinges * triplet) / jnp.sum(triplet)

    @jax.jit
    def step(parameters, state, x, labels):
        gradient = jax.grad(loss_of)(parameters, x, labels)
        updates, state = optimizer.update(gradient, state)
        return optax.apply_updates(parameters, updates), state

    data = jnp.asarray(class_rows(given["rows"], widths[0], given["classes"]))
    labels = jnp.arange(given["rows"]) % given["classes"]
    sample = sampler_of(given)

    def run():
        nonlocal parameters, state
        rows = sample()
        parameters, state = jax.block_until_ready(step(parameters, state, data[rows], labels[rows]))

    return run, version


# ---- numpy, FAISS, usearch ------------------------------------------------------------------------------------------


def numpy_encoder(given):
    widths = widths_of(given)
    shapes = list(zip(widths, widths[1:]))
    flat = np.float32(0.1) * (uniform_rows(2, 1, sum(a * b + b for a, b in shapes))[0] - np.float32(0.5))
    layers = []
    for a, b in shapes:
        layers.append((flat[: a * b].reshape(b, a).T.copy(), flat[a * b : a * b + b]))
        flat = flat[a * b + b :]
    x = uniform_rows(1, given["rows"], widths[0])

    def run():
        y = x
        for i, (weights, bias) in enumerate(layers):
            y = y @ weights
            y += bias
            if i + 1 < len(layers):
                np.maximum(y, 0, out=y)
        return float(y[0, 0])

    return run, np.__version__


def faiss_search(x, y, k):
    import faiss

    faiss.omp_set_num_threads(1)
    index = faiss.IndexFlatL2(y.shape[1])
    index.add(y)
    return lambda: index.search(x, k), faiss.__version__


def search_inputs(given):
    return uniform_rows(1, given["queries"], given["cols"]), uniform_rows(2, given["references"], given["cols"])


def faiss_nearest(given):
    search, version = faiss_search(*search_inputs(given), given["k"])
    return lambda: float(np.sqrt(search()[0]).sum(dtype=np.float64)), version


def usearch_nearest(given):
    import usearch
    from usearch.index import MetricKind, search

    x, y = search_inputs(given)
    find = lambda: search(y, x, given["k"], MetricKind.L2sq, exact=True, threads=1)
    return lambda: float(np.sqrt(find().distances).sum(dtype=np.float64)), usearch.__version__


# As many neighbours as the figures of R-precision and MAP@R need: a class, and the query itself.
def faiss_evaluate(given):
    x = class_rows(given["count"], given["cols"], given["classes"])
    search, version = faiss_search(x, x, given["count"] // given["classes"] + 1)

    def run():
        found = search()[1]
        return float(np.mean(found[:, 1] % given["classes"] == np.arange(len(x)) % given["classes"]))

    return run, version


# ---- measuring: as native.c does ------------------------------------------------------------------------------------

CASES = {
    "torch": {"margin": torch_margin, "batch": torch_batch, "distances": torch_distances, "trainer": torch_trainer},
    "pytorch-metric-learning": {"batch": metric_learning_batch},
    "jax": {"margin": jax_margin, "trainer": jax_trainer},
    "numpy": {"encoder": numpy_encoder},
    "faiss": {"nearest": faiss_nearest, "evaluate": faiss_evaluate},
    "usearch": {"nearest": usearch_nearest},
}


def absent(why):
    print(json.dumps({"absent": why}), flush=True)
    sys.exit()


def samples_of(run, turn, runs):
    times = []
    spent = 0
    while not times or spent < turn:
        start = time.perf_counter()
        for _ in range(runs):
            run()
        took = time.perf_counter() - start
        if took < 1e-3:
            runs *= 2
            times = []
            continue
        times.append(took / runs)
        spent += took
    return {"runs": runs, "times": times}


def main():
    given = dict(word.split("=") for word in sys.argv[2:])
    by = given.pop("by")
    given = {key: int(value) if value.isdigit() else value for key, value in given.items()}
    if by != "jax":  # which reserves addresses without end
        resource.setrlimit(resource.RLIMIT_DATA, (LIMIT, LIMIT))
    try:
        run, version = CASES[by][sys.argv[1]](given)
        answer = run()
    except ImportError as error:
        absent(f"{error.name} is not installed (make peers)")
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, MemoryError) or "allocate memory" in str(error):
            absent(f"needs more than {LIMIT >> 30} GB")
        raise
    print(json.dumps({"version": version, "answer": answer}), flush=True)
    runs = 1
    for line in sys.stdin:
        turn = samples_of(run, float(line), runs)
        runs = turn["runs"]
        print(json.dumps(turn), flush=True)


main()
