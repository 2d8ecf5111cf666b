#!/usr/bin/env python3
"""In-batch losses with their gradients against torch on one thread: time and peak memory.

    OPENBLAS_NUM_THREADS=1 MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=-1 python3 bench_torch.py BENCH_BATCH

BENCH_BATCH is the program made of bench_batch.c: it measures triplet just before its peers, on the same batch, so that
ratios are of one run. Peers are torch by hand and, where it can be imported, pytorch-metric-learning, whose semi-hard
rule is another and has no row. Every loss must agree with triplet's. `make bench PYTHON=ENV/bin/python` has both, with
the ENV of tests/golden/README.md.

Debian's torch is a fair peer only with OpenBLAS (libopenblas0; the plain BLAS takes 25 times as long) and with a malloc
that keeps its memory: else large tensors are mapped anew and page faults take several times as long as the arithmetic.
The variables above see to that, and `make bench` sets them. Like triplet, peers have the best of several runs;
the first, which touches fresh memory, does not count.

Memory is for triplet the scratch held at once, and for peers what the peak of the process grows by, which includes what
libraries load and keep with the first call. Each peer runs in a process of its own, of LIMIT bytes at most.
"""
import os
import pickle
import re
import resource
import subprocess
import sys
import time

import numpy as np
import torch

try:
    from pytorch_metric_learning.distances import LpDistance
    from pytorch_metric_learning.losses import TripletMarginLoss
    from pytorch_metric_learning.miners import BatchHardMiner
    from pytorch_metric_learning.reducers import MeanReducer
except ImportError:
    LpDistance = None

D = 128
MARGIN = 0.2
SECONDS = 0.3  # of runs per row
LIMIT = 4 << 30
ROW = "  {:9} {:24} {:9.2f} ms {:8.1f} MB   loss {:.6f}"


def make_batch(rows, classes):
    """bench_batch.c's batch, to the bit: the n-th state of its generator is a^n + c (1 + a + ... + a^(n - 1))."""
    draws = rows * D * 4
    powers = np.cumprod(np.full(draws, 6364136223846793005, np.uint64))
    sums = np.cumsum(np.concatenate([np.ones(1, np.uint64), powers[:-1]]))
    states = powers + np.uint64(1442695040888963407) * sums
    uniform = (states >> np.uint64(40)).astype(np.float32) / np.float32(1 << 24) - np.float32(0.5)
    noise = np.zeros((rows, D), np.float32)
    for draw in uniform.reshape(rows, D, 4).transpose(2, 0, 1):
        noise += draw
    labels = np.arange(rows, dtype=np.uint64) % np.uint64(classes)
    centres = labels[:, None] * np.uint64(2654435761) + np.arange(D, dtype=np.uint64) * np.uint64(40503)
    centres = (centres * np.uint64(2246822519) >> np.uint64(16)) % np.uint64(1024)
    x = np.float32(0.3) * (noise + np.float32(0.2) * centres.astype(np.float32) / np.float32(1024))
    return torch.from_numpy(x), torch.from_numpy(labels.astype(np.int64))


# ---- torch by hand, for batches in which every anchor has a positive and a negative ---------------------------------


def pairs_of(x, labels):
    same = labels[:, None] == labels[None, :]
    return torch.cdist(x, x), same, same ^ torch.eye(len(x), dtype=torch.bool)


def hard(x, labels):
    d, same, _ = pairs_of(x, labels)
    farthest = d.masked_fill(~same, 0).max(1).values
    nearest = d.masked_fill(same, torch.inf).min(1).values
    return torch.relu(farthest - nearest + MARGIN).mean()


def batch_all(x, labels):
    d, same, positive = pairs_of(x, labels)
    triplet = positive[:, :, None] & ~same[:, None, :]
    hinges = (d + MARGIN)[:, :, None] - d[:, None, :]
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
    return torch.relu(d[a, p] - d[a, n] + MARGIN).mean()


# ---- pytorch-metric-learning ----------------------------------------------------------------------------------------


def library_loss(miner=None):
    distance = LpDistance(normalize_embeddings=False)
    loss = TripletMarginLoss(margin=MARGIN, distance=distance, reducer=MeanReducer())
    mine = miner(distance=distance) if miner else lambda x, labels: None
    return lambda x, labels: loss(x, labels, mine(x, labels))


def peers_of(mining):
    yield "torch by hand", {"all": batch_all, "hard": hard, "semihard": semihard}[mining]
    if LpDistance and mining != "semihard":
        yield "pytorch-metric-learning", library_loss(BatchHardMiner if mining == "hard" else None)


# ---- measuring ------------------------------------------------------------------------------------------------------


def best_of(loss_of, x, labels):
    """Milliseconds: the best of the runs that fit in SECONDS, of one at least; peak megabytes; the loss."""
    x = x.clone().requires_grad_()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    times = []
    while sum(times[1:]) < SECONDS:
        x.grad = None
        start = time.perf_counter()
        loss = loss_of(x, labels)
        loss.backward()
        times.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return 1e3 * min(times[1:]), (peak - before) * 1024 / 1e6, loss.item()


def in_own_process(*job):
    """best_of(*job), or the error it fails with."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_DATA, (LIMIT, LIMIT))
        try:
            result = best_of(*job)
        except (MemoryError, RuntimeError) as error:
            result = error
        with os.fdopen(writing, "wb") as pipe:
            pickle.dump(result, pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        result = pickle.load(pipe)
    os.waitpid(child, 0)
    return result


def triplet_rows(program, rows):
    """Of each number of classes and mining: milliseconds, megabytes, loss."""
    found, classes = {}, None
    report = subprocess.run([program, "1", str(rows)], check=True, stdout=subprocess.PIPE, text=True).stdout
    for line in report.splitlines():
        if head := re.match(r"\d+ x \d+, (\d+) classes", line):
            classes = int(head[1])
        elif row := re.match(r"  (\w+) +([\d.]+) ms +([\d.]+) MB   loss ([\d.]+)", line):
            found[classes, row[1]] = [float(number) for number in row.groups()[1:]]
    return found


def compare(triplet, rows, classes, minings):
    print(f"{rows} x {D}, {classes} classes, 1 thread", flush=True)
    x, labels = make_batch(rows, classes)
    for mining in minings:
        ours = triplet[classes, mining]
        print(ROW.format(mining, "triplet", *ours), flush=True)
        for name, loss_of in peers_of(mining):
            theirs = in_own_process(loss_of, x, labels)
            if isinstance(theirs, MemoryError) or "allocate memory" in str(theirs):
                print(f"  {mining:9} {name:24} needs more than {LIMIT / 1e6:.0f} MB", flush=True)
                continue
            if isinstance(theirs, Exception):
                raise theirs
            print(ROW.format(mining, name, *theirs) + f"   {theirs[0] / ours[0]:.1f} times", flush=True)
            if abs(theirs[2] - ours[2]) > 1e-4 * ours[2]:
                sys.exit(f"{name} has another loss than triplet")


def main():
    torch.set_num_threads(1)
    with open("/proc/self/maps") as maps:
        if "/blas/libblas.so" in maps.read():
            print("torch runs on the plain BLAS: install libopenblas0 for a fair comparison")
    for rows, minings in (256, ("all", "hard", "semihard")), (1024, ("all", "hard", "semihard")), (4096, ("hard",)):
        triplet = triplet_rows(sys.argv[1], rows)
        for classes in 32, rows // 4:
            compare(triplet, rows, classes, minings)


main()
