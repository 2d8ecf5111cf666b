#!/usr/bin/env python3
"""Write iris.csv and digits.csv from the files of Debian's python3-sklearn.

Plain Python: reads the package's own CSV files and does not import sklearn.

    apt-get install python3-sklearn
    python3 make_data.py [source folder [output folder]]
"""
import csv
import gzip
import os
import sys

SOURCE = "/usr/lib/python3/dist-packages/sklearn/datasets/data"
IRIS_COLUMNS = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
DIGITS_SIDE = 8


def check(condition, message):
    if not condition:
        sys.exit("make_data.py: " + message)


def iris(source):
    """150 rows; the package's first line is: rows, features, names of the classes."""
    with open(os.path.join(source, "iris.csv"), newline="") as file:
        rows = list(csv.reader(file))
    names = rows[0][2:]
    check(rows[0][:2] == ["150", "4"] and len(rows) == 151, "iris.csv is not the expected file")
    yield IRIS_COLUMNS + ["species"]
    for row in rows[1:]:
        check(len(row) == 5, "iris.csv: a row has not 5 fields")
        for field in row[:4]:
            check(field == "%.1f" % float(field), "iris.csv: %r is not in tenths" % field)
        yield row[:4] + [names[int(row[4])]]


def digits(source):
    """1,797 rows of 64 pixels, row by row from the top left, and the digit."""
    with gzip.open(os.path.join(source, "digits.csv.gz"), "rt", newline="") as file:
        rows = [[int(field) for field in row] for row in csv.reader(file)]
    check(len(rows) == 1797, "digits.csv.gz is not the expected file")
    side = range(DIGITS_SIDE)
    yield ["pixel_%d_%d" % (row, column) for row in side for column in side] + ["digit"]
    for row in rows:
        check(len(row) == 65, "digits.csv.gz: a row has not 65 fields")
        check(all(0 <= pixel <= 16 for pixel in row[:64]), "digits.csv.gz: a pixel is not in 0..16")
        check(0 <= row[64] <= 9, "digits.csv.gz: a label is not in 0..9")
        yield row


def write(path, rows):
    with open(path, "w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    print("wrote", path)


def main(source=SOURCE, output=os.path.dirname(os.path.abspath(__file__))):
    check(os.path.isdir(source), source + " is missing: apt-get install python3-sklearn")
    write(os.path.join(output, "iris.csv"), iris(source))
    write(os.path.join(output, "digits.csv"), digits(source))


if __name__ == "__main__":
    main(*sys.argv[1:])
