"""Writes onnx.txt: what onnxruntime makes of models that this project exports. README.md says how to run this and how to
read the result.

Lua makes the models: `make`, then run it at the top of the checkout with what `make env` prints. Each passes
onnx.checker, and what comes out of it is what Lua's embed gives, to 1e-6 of the largest number. Tables are read here by
Python's csv alone, as the metadata of the model names its inputs.
"""
import csv
import json
import os
import subprocess
import tempfile

import numpy as np
import onnx
import onnxruntime

HERE = os.path.dirname(os.path.abspath(__file__))
TOLERANCE = 1e-6


def fnv(data):
    """FNV-1a of 64 bits."""
    found = 0xCBF29CE484222325
    for byte in data:
        found = (found ^ byte) * 0x100000001B3 % 2**64
    return "%016x" % found


def text32(value):
    """The shortest %g text that reads back as the same float32."""
    return next(text for text in ("%.*g" % (digits, value) for digits in range(1, 10)) if np.float32(text) == value)


def cell(row, name):
    """The number of an input in a row of the table: "town=Ulm" is whether the town is Ulm."""
    if name in row:
        return float(row[name]) if row[name] else np.nan
    column, _, value = name.partition("=")
    return float(row[column] == value)


def inputs(session, path):
    """x of a model, from what lies beside it."""
    if os.path.exists(path + ".npy"):
        return np.load(path + ".npy")
    names = json.loads(session.get_modelmeta().custom_metadata_map["inputs"])
    with open(path + ".csv", newline="") as file:
        rows = list(csv.DictReader(file))
    with open(path + ".rows") as file:
        numbers = [int(word) - 1 for word in file.read().split()]
    return np.array([[cell(rows[i], name) for name in names] for i in numbers], dtype=np.float32)


def write(out, folder, name):
    path = os.path.join(folder, name)
    with open(path + ".onnx", "rb") as file:
        data = file.read()
    onnx.checker.check_model(onnx.load_from_string(data), full_check=True)
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    x, own = inputs(session, path), np.load(path + ".embeddings.npy")
    (found,) = session.run(["embeddings"], {"x": x})
    error = np.abs(found - own).max() / np.abs(own).max()
    print("%-16s %5d bytes, x (%d, %d), error %.2g" % (name, len(data), *x.shape, error))
    if found.shape != own.shape or not error <= TOLERANCE:
        raise SystemExit("%s: %s is not %s" % (name, found, own))
    out.write("case %s\nbytes %d\nhash %s\n" % (name, len(data), fnv(data)))
    out.write("rows %d\ndim %d\n" % found.shape)
    out.write("embeddings %s\nend\n\n" % " ".join(text32(value) for value in found.ravel()))


def main():
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["lua5.4", os.path.join(HERE, "write_onnx_models.lua"), folder], check=True)
        with open(os.path.join(folder, "names")) as file:
            names = file.read().split()
        with open(os.path.join(HERE, "onnx.txt"), "w") as out:
            out.write("# What onnxruntime %s makes of models that are exported, checked by onnx %s.\n"
                      "# Made by make_golden_onnx.py; README.md says how to read it.\n\n"
                      % (onnxruntime.__version__, onnx.__version__))
            for name in names:
                write(out, folder, name)


main()
