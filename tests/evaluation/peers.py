"""What Python has for protocol.lua: data sets of scikit-learn, and the methods that triplet is compared with.

    peers.py export FOLDER              writes wine.csv and breast_cancer.csv
    peers.py nca|lmnn FOLDER NAME       embeds the rows of each fold, and prints the seconds that it computed

Of a set NAME the folder holds NAME.rows, a line "class fold" for each row, and for each fold K the rows as float32,
NAME.K; what METHOD makes of them goes into NAME.K.METHOD. It learns from the rows of the other folds.
"""
import csv
import sys
import time

import numpy


def export(folder):
    from sklearn.datasets import load_breast_cancer, load_wine

    for name, load in ("wine", load_wine), ("breast_cancer", load_breast_cancer):
        data = load()
        with open(f"{folder}/{name}.csv", "w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([*data.feature_names, "class"])
            for row, label in zip(data.data.tolist(), data.target):
                writer.writerow([*row, data.target_names[label]])


def nca():
    from sklearn.neighbors import NeighborhoodComponentsAnalysis

    return NeighborhoodComponentsAnalysis(random_state=1)


def lmnn():
    from metric_learn import LMNN

    return LMNN(random_state=1)


def embed(method, folder, name):
    classes, folds = numpy.loadtxt(f"{folder}/{name}.rows", dtype=int, unpack=True)
    seconds = 0
    for fold in numpy.unique(folds):
        rows = numpy.fromfile(f"{folder}/{name}.{fold}", dtype="<f4").reshape(len(classes), -1).astype(float)
        model, training = method(), folds != fold
        begin = time.process_time()
        model.fit(rows[training], classes[training])
        embeddings = model.transform(rows)
        seconds += time.process_time() - begin
        embeddings.astype("<f4").tofile(f"{folder}/{name}.{fold}.{method.__name__}")
    print(seconds)


if sys.argv[1] == "export":
    export(sys.argv[2])
else:
    embed({"nca": nca, "lmnn": lmnn}[sys.argv[1]], *sys.argv[2:])
