#!/usr/bin/env python3
"""Hold the semihard_farthest cases of batch.txt against the real TensorFlow Addons, and show its phantom triplets.

Needs an environment of its own (tensorflow-addons 0.23.0 with tensorflow-cpu 2.15.1). TensorFlow Addons mixes float32
masks into whatever it is given, so that it works in float32 alone; it is therefore a check here and not the source.

    python check_tfa.py [batch.txt]
"""
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

from golden import batch_distances, read

import numpy as np
import tensorflow as tf
import tensorflow_addons as tfa


def direct(x):
    """Distances by direct differences; the gradient at 0 is 0."""
    squares = tf.reduce_sum((x[:, None] - x[None]) ** 2, 2)
    zero = squares <= 0
    return tf.where(zero, tf.zeros_like(squares), tf.sqrt(tf.where(zero, tf.ones_like(squares), squares)))


def semihard(x, labels, margin, metric):
    x = tf.Variable(x)
    with tf.GradientTape() as tape:
        loss = tfa.losses.triplet_semihard_loss(tf.constant(labels), x, margin=margin, distance_metric=metric)
    return float(loss), tf.convert_to_tensor(tape.gradient(loss, x)).numpy()


def main(path=os.path.join(os.path.dirname(os.path.abspath(__file__)), "batch.txt")):
    checked, worst = 0, np.zeros(4)
    for case in read(path):
        if case["rule"] != "semihard_farthest":
            continue
        labels = np.array(case["labels"].split(), dtype=np.int32)
        x = np.array(case["embeddings"].split(), dtype=np.float32).reshape(len(labels), -1)
        loss, gradient = float(case["loss"]), np.array(case["gradient"].split(), dtype=float).reshape(x.shape)
        values = [semihard(x, labels, float(case["margin"]), metric) for metric in (direct, "L2")]
        if case["count"] == "0":
            print("%s: no triplet; loss here %g, TensorFlow Addons %g" % (case["case"], loss, values[0][0]))
            continue
        distances = batch_distances(x, np.float64)
        tied = any(len(set(row)) < len(row) for row in distances)
        errors = []
        for value, slope in values:
            errors.append(abs(value - loss) / max(loss, 1e-6))
            errors.append(np.abs(slope - gradient).max() / max(np.abs(gradient).max(), 1e-6))
        if tied:
            print("%s: ties; relative difference of loss %.1e, of gradient %.1e; with its own distances %.1e, %.1e" % (
                case["case"], *errors))
        else:
            checked, worst = checked + 1, np.maximum(worst, errors)
    print("%d cases without ties: largest relative difference of loss %.1e, of gradient %.1e; with its own distances "
          "%.1e, %.1e" % (checked, *worst))
    x = np.array([[0, 0], [3, 4], [1, 0], [0, 2], [9, 9]], dtype=np.float32)
    groups = {"single row among pairs": [0, 0, 1, 1, 2], "one class": [0] * 5, "all different": list(range(5))}
    for name, labels in groups.items():
        hard = tfa.losses.triplet_hard_loss(tf.constant(labels), tf.constant(x), margin=1.0, distance_metric=direct)
        print("triplet_hard_loss, %s: %.9g" % (name, float(hard)))
    soft = tfa.losses.triplet_hard_loss(tf.constant([0, 0, 1, 1]), tf.constant(x[:4] * 100), soft=True)
    print("triplet_hard_loss, soft, rows scaled by 100: %g" % float(soft))


if __name__ == "__main__":
    main(*sys.argv[1:])
