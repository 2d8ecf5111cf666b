"""Writes files.txt: bytes of files by numpy, safetensors and gensim, and the float32 numbers that they stand for.

README.md says how to run this and how to read the result. What is to be read is said by the libraries: numpy rounds to
float32, gensim reads its own text.
"""
import io
import os
import tempfile

import gensim
import ml_dtypes
import numpy as np
import safetensors
import safetensors.numpy

HERE = os.path.dirname(os.path.abspath(__file__))
ORDERS = ["<", ">"]
KINDS = ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"]
SAFETENSORS = {
    "float16": "<f2", "bfloat16": ml_dtypes.bfloat16, "float32": "<f4", "float64": "<f8", "int8": "i1", "int16": "<i2",
    "int32": "<i4", "int64": "<i8", "uint8": "u1", "uint16": "<u2", "uint32": "<u4", "uint64": "<u8", "bool": "b1",
}  # fmt: skip


def some(generator, dtype, shape):
    """Numbers of a type: anything in its range that float32 holds, its ends, and what is rounded or no number."""
    dtype, count = np.dtype(dtype), int(np.prod(shape))
    if dtype.kind == "b":
        return generator.integers(0, 2, shape).astype(dtype)
    if dtype.kind in "iu":
        ends = np.iinfo(dtype)
        values = [ends.min, ends.max, 0, 1, ends.max - 1, ends.max // 3]
        more = generator.integers(ends.min, ends.max, max(count - len(values), 0), dtype=dtype.newbyteorder("="))
        return np.array((values + list(more))[:count], dtype=dtype).reshape(shape)
    values = [np.nan, -np.inf, -0.0, 1 / 3, 1 + 2.0**-24, 1 + 3 * 2.0**-24, 3e-5, 65504.0, 2.0**-149, 2.0**-150]
    values += list(generator.standard_normal(max(count - len(values), 0)) * 10)
    with np.errstate(all="ignore"):
        return np.array(generator.permutation(values)[:count]).astype(dtype).reshape(shape)


def numbers(array):
    """As float32, row by row, in hexadecimal bytes, the lowest first; every NaN is the same."""
    with np.errstate(all="ignore"):
        narrow = np.ascontiguousarray(array).astype("<f4")
    narrow[np.isnan(narrow)] = np.frombuffer(b"\0\0\xc0\x7f", "<f4")[0]
    return narrow.tobytes().hex()


def case(name, form, data, array=None, result="ok", tensor="-", words=None, written=False):
    """written: the same numbers are written to these bytes."""
    lines = [("case", name), ("format", form), ("result", result), ("tensor", tensor), ("bytes", data.hex())]
    if result == "ok":
        array = np.asarray(array)
        rows, cols = array.shape if array.ndim == 2 else (len(array), 1)
        lines += [("rows", str(rows)), ("cols", str(cols)), ("numbers", numbers(array)), ("written", str(int(written)))]
        lines += [("words", b"".join(word.encode() + b"\0" for word in words or []).hex())]
    return lines


def npy(array, version=None, pickled=False):
    file = io.BytesIO()
    np.lib.format.write_array(file, array, version=version, allow_pickle=pickled)
    return file.getvalue()


def npy_cases(generator):
    for kind in KINDS:
        for order in ORDERS:
            for layout in "CF":
                array = np.asarray(some(generator, order + kind, (3, 5)), order=layout)
                version = [(1, 0), (2, 0), (3, 0)][generator.integers(3)]
                name = "npy-%s%s-%s-v%d" % ("be-" if order == ">" else "", kind, layout.lower(), version[0])
                yield case(name, "npy", npy(array, version), array)
    for shape in [(1, 1), (1, 7), (7, 1), (0, 3), (12, 100), (1000, 2)]:
        array = generator.standard_normal(shape).astype("<f4")
        if array.size < 100:
            yield case("npy-written-%dx%d" % shape, "npy", npy(array, (1, 0)), array, written=True)
    yield case("npy-list", "npy", npy(np.arange(4.0)), np.arange(4.0))
    yield case("npy-empty-list", "npy", npy(np.arange(0.0)), np.arange(0.0))

    refused = {
        "complex": np.zeros((2, 2), "<c8"), "texts": np.array([["a", "bc"]]), "bytes": np.array([[b"a", b"bc"]]),
        "records": np.zeros(2, [("x", "<f4"), ("y", "<f4")]), "times": np.zeros((2, 2), "<M8[s]"),
        "long-double": np.zeros((2, 2), "<f16"), "scalar": np.array(1.5), "cube": np.zeros((2, 2, 2)),
        "no-columns": np.zeros((3, 0)),
    }  # fmt: skip
    for name, array in refused.items():
        yield case("npy-refused-" + name, "npy", npy(array), result="bad")
    yield case("npy-refused-objects", "npy", npy(np.array([[None, 1]]), pickled=True), result="bad")
    for value in [1e39, -1e300]:
        yield case("npy-beyond-%g" % value, "npy", npy(np.array([[1.0, value]])), result="not_finite")


def safetensors_cases(generator):
    for name, dtype in SAFETENSORS.items():
        array = some(generator, dtype, (3, 4))
        yield case("safetensors-" + name, "safetensors", safetensors.numpy.save({"x": array}, {"format": "np"}), array)
    several = {name: generator.standard_normal(shape).astype("<f4")
               for name, shape in [("a", (2, 3)), ("b", (4,)), ("c \"\n\u00e9", (1, 2)), ("d", (0, 2))]}  # fmt: skip
    data = safetensors.numpy.save(several)
    for name in ["a", "b", "d"]:
        yield case("safetensors-one-of-several-" + name, "safetensors", data, several[name], tensor=name)
    yield case("safetensors-refused-several", "safetensors", data, result="bad")
    yield case("safetensors-refused-unknown", "safetensors", data, result="bad", tensor="e")
    one = {"a": several["a"], "b": several["b"]}
    yield case("safetensors-the-only-matrix", "safetensors", safetensors.numpy.save(one), one["a"])
    yield case("safetensors-written", "safetensors", safetensors.numpy.save({"matrix": several["a"]}), several["a"],
               written=True)  # fmt: skip
    none = {"b": several["b"], "cube": np.zeros((1, 2, 3), "<f4")}
    yield case("safetensors-refused-none", "safetensors", safetensors.numpy.save(none), result="bad")
    yield case("safetensors-refused-cube", "safetensors", safetensors.numpy.save(none), result="bad", tensor="cube")
    yield case("safetensors-refused-empty", "safetensors", safetensors.numpy.save({}), result="bad")
    far = safetensors.numpy.save({"x": np.array([[0.0], [-1e39]])})
    yield case("safetensors-beyond", "safetensors", far, result="not_finite")


def fvecs_cases(generator):
    """The sets' page has the format: each vector is its dimension, an int32, and its components."""
    for rows, cols in [(1, 1), (3, 4), (5, 2)]:
        array = some(generator, "<f4", (rows, cols))
        data = b"".join(np.int32(cols).astype("<i4").tobytes() + row.tobytes() for row in array)
        array = np.where(np.isnan(array), np.float32(np.nan), array)
        yield case("fvecs-%dx%d" % (rows, cols), "fvecs", data, array, written=not np.isnan(array).any())


def text_cases(generator):
    words = ["the", "\u00e9t\u00e9", ".", "1", "1,5", "\"quoted\"", "a_b", "nan", "\u4e2d\u6587", "-"]
    vectors = gensim.models.KeyedVectors(vector_size=4)
    vectors.add_vectors(words, generator.standard_normal((len(words), 4)).astype("<f4") * 3)
    for header in [True, False]:
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "vectors.txt")
            vectors.save_word2vec_format(path, binary=False, write_header=header)
            with open(path, "rb") as file:
                data = file.read()
            read = gensim.models.KeyedVectors.load_word2vec_format(path, binary=False, no_header=not header)
        yield case("text-%s" % ("word2vec" if header else "glove"), "text", data, read.vectors, words=read.index_to_key)


def main():
    generator = np.random.default_rng(14)
    cases = [*npy_cases(generator), *safetensors_cases(generator), *fvecs_cases(generator), *text_cases(generator)]
    versions = "numpy %s, safetensors %s, ml_dtypes %s, gensim %s" % (
        np.__version__, safetensors.__version__, ml_dtypes.__version__, gensim.__version__)  # fmt: skip
    with open(os.path.join(HERE, "files.txt"), "w", newline="\n") as file:
        file.write("# Bytes of files by\n# %s.\n" % versions)
        file.write("# Made by make_golden_files.py; README.md says how to read it.\n")
        for lines in cases:
            file.write("\n" + "".join(("%s %s" % line).rstrip() + "\n" for line in lines) + "end\n")
    print("wrote %d cases" % len(cases))


main()
