// What is saved and loaded: encoders, optimisers, and what models take along; adapters, which learn from pairs.
import fc from "../../wasm/node_modules/fast-check/lib/esm/fast-check.js";
import { assert, builds, loadTriplet, loadWorker, plain, test } from "./harness.mjs";
import { expected, hashOf, sourceOf } from "./native.mjs";

for (const [build, wasm] of Object.entries(builds)) {
  const triplet = await loadTriplet({ wasm });

  test(`an encoder goes on from its bytes, ${build}`, () => {
    const property = fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 3 }),
      fc.record({ activation: fc.constantFrom("relu", "tanh"), normalize: fc.boolean(), residual: fc.boolean() }),
      (inputs, widths, options) => {
        const layers = options.residual ? [...widths.slice(1), inputs] : widths;
        const { activation, ...others } = options;
        const given = layers.length > 1 ? options : others;
        const encoder = triplet.encoder({ inputs, layers, seed: 3, ...given });
        encoder.parameters.random(1); // the last layer of a residual one begins with zeros
        const loaded = triplet.load(encoder.save());
        assert.deepEqual([loaded.inputs, loaded.dim], [encoder.inputs, encoder.dim]);
        assert.deepEqual(loaded.parameters.data, encoder.parameters.data);
        assert.deepEqual(loaded.save(), encoder.save());
        const x = triplet.matrix(7, inputs).random(2);
        const embeddings = encoder.forward(x);
        assert.deepEqual(loaded.forward(x), embeddings);
        const back = encoder.backward(embeddings);
        assert.deepEqual(loaded.backward(embeddings), back);
        [x, encoder, loaded].forEach((object) => object.free());
      },
    );
    fc.assert(property, { seed: 1, numRuns: 100 });
    const encoder = triplet.encoder({ inputs: 2, layers: [2], seed: 1 });
    const bytes = encoder.save();
    encoder.free();
    assert.throws(() => encoder.save(), { name: "TypeError", argument: "parameters" });
    assert.equal(triplet.load(bytes).forward([[1, 2]]).cols, 2);
  });

  test(`what a trainer's encoder learned, others can load, ${build}`, () => {
    const { x, labels } = triplet.synthetic("moons", 60, 1, 1);
    const trainer = triplet.trainer({ data: x, labels, layers: [8, 2], steps: 20, standardize: false });
    trainer.run();
    const encoder = triplet.encoder({ inputs: 2, layers: [8, 2], seed: 9 });
    encoder.parameters.copy(trainer.parameters);
    assert.deepEqual(triplet.load(encoder.save()).forward(x), trainer.embed());
  });

  test(`an optimiser goes on from its bytes, ${build}`, () => {
    for (const options of [
      { name: "sgd", learningRate: 0.1 },
      { name: "sgd", learningRate: 0.1, momentum: 0.9, nesterov: true },
      { name: "adam", b1: 0.8, eps: 1e-6 },
      { name: "adamw", weightDecay: 0.2 },
    ]) {
      const gradients = [1, 2, 3, 4].map((seed) => triplet.matrix(3, 2).random(seed));
      const [whole, first] = [1, 2].map(() => triplet.optimizer(options));
      const [one, other] = [1, 2].map(() => triplet.matrix(3, 2).fill(1));
      assert.equal(triplet.load(first.save()).steps, 0);
      gradients.forEach((gradient) => whole.update(one, gradient));
      gradients.slice(0, 2).forEach((gradient) => first.update(other, gradient));
      const loaded = triplet.load(first.save());
      assert.equal(loaded.steps, 2);
      for (const key of Object.keys(options)) {
        assert.equal(loaded.get(key), options[key]);
      }
      assert.deepEqual(loaded.save(), first.save());
      gradients.slice(2).forEach((gradient) => loaded.update(other, gradient));
      assert.deepEqual(other.data, one.data);
      assert.deepEqual(loaded.save(), whole.save());
      if (options.name !== "sgd" || options.momentum) {
        assert.throws(() => loaded.update(triplet.matrix(1, 1), [[1]]), { name: "RangeError", argument: "parameters" });
      }
      loaded.set("learningRate", 0.5);
      assert.equal(triplet.load(loaded.save()).get("learningRate"), 0.5);
      loaded.free();
      assert.throws(() => loaded.save(), TypeError);
    }
    // An option that plays no part stays with what changed while it lived.
    const changed = triplet.optimizer({ name: "sgd", momentum: 0.5 });
    changed.set("name", "adam");
    assert.equal(triplet.load(changed.save()).get("momentum"), 0.5);
  });

  test(`bytes that are no model, ${build}`, () => {
    const { x, labels } = triplet.synthetic("moons", 20, 1, 1);
    const optimizer = triplet.optimizer();
    optimizer.update(triplet.matrix(1, 2), [[1, 2]]);
    for (const saved of [
      triplet.encoder({ inputs: 2, layers: [3], seed: 1 }),
      optimizer,
      triplet.trainer({ data: x, labels, layers: [2] }),
    ]) {
      const bytes = saved.save();
      const isFault = (error) =>
        error.name === "ModelError" && error instanceof RangeError && /^load: /.test(error.message);
      for (const size of [0, 7, 8, 100, bytes.length - 1]) {
        assert.throws(() => triplet.load(bytes.slice(0, size)), isFault);
      }
      assert.throws(() => triplet.load(triplet.encodeMatrix([[1, 2]], { format: "safetensors" })), isFault);
      const longer = new Uint8Array(bytes.length + 1);
      longer.set(bytes);
      assert.throws(() => triplet.load(longer), isFault);
      assert.equal(triplet.load(bytes).save().length, bytes.length);
    }
  });

  // ---- adapters ----------------------------------------------------------------------------------------------------

  test(`a residual encoder is the identity at first, ${build}`, () => {
    const x = triplet.matrix(5, 4).random(1);
    for (const layers of [[4], [3, 4]]) {
      const encoder = triplet.encoder({ inputs: 4, layers, residual: true, seed: 2 });
      assert.deepEqual(encoder.forward(x).data, x.data);
      encoder.parameters.random(1);
      assert(encoder.forward(x).data[0] !== x.data[0]);
      const scaled = triplet.encoder({ inputs: 4, layers, residual: true, normalize: true, seed: 2 }).forward(x);
      const lengths = [0, 1, 2, 3, 4].map((i) => Math.hypot(...scaled.data.subarray(4 * i, 4 * i + 4)));
      assert(lengths.every((length) => Math.abs(length - 1) < 1e-6));
    }
    assert.throws(() => triplet.encoder({ inputs: 4, layers: [3], residual: true, seed: 1 }), RangeError);
    const options = { layers: [4], residual: true, standardize: false };
    const trainer = triplet.trainer({ data: x, labels: [0, 0, 1, 1, 1], ...options });
    assert.deepEqual(trainer.embed().data, x.data);
    assert.equal(triplet.load(trainer.save()).get("residual"), true);
  });

  // Rows of which each has a partner, and four columns of eight are noise in either; or which has been turned.
  function partners(rows, turned = false) {
    const [signal, noise, others] = [1, 2, 3].map((seed) => triplet.matrix(rows, 4).random(seed).toArray());
    const turn = ([a, b, c, d]) => (turned ? [b, -a, d, c] : [a, b, c, d]);
    const join = (list, loud) => triplet.matrix(list.map((row, i) => [...row, ...loud[i].map((value) => 2 * value)]));
    return { data: join(signal, noise), references: join(signal.map(turn), turned ? noise : others) };
  }
  const adapter = { layers: [8], residual: true, standardize: false, loss: "info_nce", steps: 300 };

  test(`queries learn to find their references, ${build}`, () => {
    for (const adapt of ["both", "queries"]) {
      const { data, references } = partners(80, adapt === "queries");
      const trainer = triplet.trainer({ data, references, adapt, ...adapter, optimizer: { learningRate: 0.02 } });
      const before = trainer.evaluate();
      assert.deepEqual([before.queries, before.classes.length], [80, 80]);
      trainer.run();
      const after = trainer.evaluate();
      assert(before.precisionAt1 < 0.5 && after.precisionAt1 > 0.8, `${before.precisionAt1} ${after.precisionAt1}`);

      // As it would be done by hand.
      const compared = adapt === "both" ? trainer.embed(references) : references;
      const own = Array.from({ length: 80 }, (_, i) => i);
      const options = { references: compared, referenceLabels: own, distance: "cosine" };
      const { precisionAt1, map, mrr } = triplet.evaluate(trainer.embed(), own, options);
      assert.deepEqual([after.precisionAt1, after.map, after.mrr], [precisionAt1, map, mrr]);
      const some = triplet.matrix(data).subarray(0, 9);
      const others = trainer.evaluate(some, own.slice(0, 9), { references, referenceLabels: own });
      assert.equal(others.queries, 9);
      assert(others.precisionAt1 >= 7 / 9);
    }
  });

  test(`training of pairs has the bits of native C, ${build}`, () => {
    const draw = sourceOf(950);
    const [data, references] = [draw(90, 11, 1), draw(90, 11, 0.5)];
    references.data = references.data.map((value, i) => value + data.data[i]);
    for (const loss of ["triplet", "contrastive", "info_nce", "sup_con", "multi_similarity"]) {
      const parts = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((variant) => {
        const trainer = triplet.trainer({
          ...{ data, references, loss, residual: true, classesPerBatch: 4, rowsPerClass: 5 },
          ...{ steps: 40, validation: 0.2, evaluateEvery: 10 },
          labels: variant & 2 ? Array.from({ length: 90 }, (_, i) => i % 50) : undefined,
          layers: variant & 1 ? [17, 11] : [11],
          normalize: (variant & 2) > 0,
          standardize: (variant & 4) > 0,
          adapt: variant & 4 ? "both" : "queries",
        });
        const last = trainer.run();
        return [trainer.parameters.data, Float64Array.of(last.loss, last.validation)];
      });
      assert.equal(hashOf(...parts), expected.get(`trained-pairs/${loss}`), loss);
    }
  });

  test(`pairs go on from their bytes to the bit, with labels and without, ${build}`, () => {
    const { data, references } = partners(40);
    const labels = Array.from({ length: 40 }, (_, i) => `thing ${i % 30}`);
    for (const given of [undefined, labels]) {
      const options = { data, references, labels: given, ...adapter, validation: 0.2, evaluateEvery: 5 };
      const [whole, half] = [triplet.trainer(options), triplet.trainer(options)];
      assert.deepEqual(whole.classes, given ? [...new Set(labels)] : []);
      for (let i = 0; i < 10; i++) {
        whole.step();
        half.step();
      }
      const loaded = triplet.load(half.save());
      assert.throws(() => loaded.attach(data), { name: "TypeError", argument: "labels" });
      loaded.attach(data, given, references);
      for (let i = 0; i < 10; i++) {
        whole.step();
        loaded.step();
      }
      assert.deepEqual(loaded.save(), whole.save());
      assert.deepEqual(loaded.evaluate(), whole.evaluate());
    }
  });

  test(`pairs that are refused, ${build}`, () => {
    const { data, references } = partners(4);
    for (const [given, name, argument] of [
      [{ data, references: 3 }, "TypeError", "references"],
      [{ data, references: triplet.matrix(1, 8) }, "RangeError", "references"],
      [{ data, references: triplet.matrix(4, 7) }, "RangeError", "references"],
      [{ data, references, labels: [0] }, "RangeError", "labels"],
      [{ data: [[NaN, 0, 0, 0]], references: [[0, 0, 0, 0]] }, "RangeError", "data"],
      [{ data, references, labels: { relations: triplet.matrix(4, 4) } }, "RangeError", "labels"],
      [{ data }, "TypeError", "labels"],
      [{ data, labels: [0, 0, 1, 1], adapt: "queries" }, "TypeError", "adapt"],
      [{ data, references, layers: [] }, "RangeError", undefined],
    ]) {
      assert.throws(() => triplet.trainer({ layers: [8], ...given }), (error) => {
        return error.name === name && (argument === undefined || error.argument === argument);
      });
    }
    const trainer = triplet.trainer({ data, references, ...adapter });
    const bytes = trainer.save();
    const refused = { name: "RangeError", argument: "references" };
    assert.throws(() => trainer.attach(data, undefined, triplet.matrix(1, 8)), refused);
    assert.throws(() => trainer.set("adapt", "queries"), RangeError);
    assert.deepEqual(trainer.save(), bytes);
  });

  // ---- what a model takes along ------------------------------------------------------------------------------------

  const { x, labels } = triplet.synthetic("moons", 30, 1, 1);
  const names = Array.from(labels, (label) => ["upper", "lower"][label]);
  const make = (options) => triplet.trainer({ data: x, labels: names, layers: [4, 2], ...options });

  test(`a threshold, facts and rows go with a model until its weights change, ${build}`, () => {
    const trainer = make();
    assert.deepEqual([trainer.threshold, trainer.facts, trainer.keptRows], [null, {}, null]);
    trainer.step();
    const { threshold } = triplet.verify(trainer.embed(), names);
    trainer.threshold = threshold;
    trainer.facts = { source: "tests", ü: "", __proto__: null, "": "empty" };
    trainer.keepRows(trainer.embed(), names);
    assert.equal(trainer.threshold, threshold);
    assert.deepEqual(trainer.facts, { source: "tests", ü: "", "": "empty" });
    assert.deepEqual(trainer.keptRows, { embeddings: trainer.embed(), labels: names });

    const loaded = triplet.load(trainer.save());
    assert.deepEqual([loaded.threshold, loaded.facts], [threshold, trainer.facts]);
    const { embeddings, labels: known } = loaded.keptRows;
    const found = triplet.classify(loaded.embed([[0, 1], [1, -0.5], [99, 99]]), embeddings, known, { threshold });
    assert.deepEqual(found.labels, ["upper", "lower", null]);
    embeddings.data.fill(0); // a copy
    assert.deepEqual(loaded.keptRows, trainer.keptRows);

    loaded.threshold = null;
    loaded.keepRows();
    assert.deepEqual([loaded.threshold, loaded.keptRows], [null, null]);
    trainer.step();
    assert.deepEqual([trainer.threshold, trainer.keptRows], [null, null]);
    assert.equal(trainer.facts.source, "tests");
    trainer.facts = {};
    assert.deepEqual(trainer.facts, {});
  });

  test(`labels of rows that are kept, ${build}`, () => {
    const rows = [[0, 1], [1, 0], [2, 2]];
    for (const [given, expected] of [
      [["lower", "new", "upper"], ["lower", "new", "upper"]],
      [[["upper", "lower"], [], "lower"], [["upper", "lower"], [], "lower"]],
      [[0, 1, -5], ["upper", "lower", -5]],
    ]) {
      const trainer = make();
      trainer.keepRows(rows, given);
      const kept = triplet.load(trainer.save()).keptRows.labels;
      assert.deepEqual(kept.map((label) => [label].flat().sort()), expected.map((label) => [label].flat().sort()));
      assert.deepEqual(trainer.classes.slice(0, 2), ["upper", "lower"]);
      assert.equal(trainer.classes.includes("new"), given.includes("new"));
    }
    const plain = triplet.trainer({ data: x, labels, layers: [2] });
    plain.keepRows(rows, [7, 0, 7]);
    assert.deepEqual(plain.keptRows.labels, [7, 0, 7]);
  });

  test(`what a model is not given, ${build}`, () => {
    const trainer = make();
    trainer.threshold = 2;
    trainer.facts = { a: "b" };
    trainer.keepRows([[1, 2]], ["upper"]);
    const bytes = trainer.save();
    const set = (name, value) => () => {
      trainer[name] = value;
    };
    const loop = [[0]];
    for (const [body, name, argument] of [
      [set("threshold", "1"), "TypeError", "threshold"],
      [set("threshold", undefined), "TypeError", "threshold"],
      [set("threshold", Infinity), "RangeError", "threshold"],
      [set("facts", null), "TypeError", "facts"],
      [set("facts", "text"), "TypeError", "facts"],
      [set("facts", ["a", "b"]), "TypeError", "facts"],
      [set("facts", { a: 1 }), "TypeError", "facts.a"],
      [set("facts", { a: "b\0" }), "TypeError", "facts.a"],
      [set("facts", { "a\0": "b" }), "TypeError", "facts"],
      [set("facts", { a: loop }), "TypeError", "facts.a"],
      [() => trainer.keepRows([[1]], [0]), "RangeError", "embeddings"],
      [() => trainer.keepRows([[NaN, 1]], [0]), "RangeError", "embeddings"],
      [() => trainer.keepRows([[1, 2]], [0, 1]), "RangeError", "labels"],
      [() => trainer.keepRows([[1, 2]]), "TypeError", "labels"],
      [() => trainer.keepRows([[1, 2]], ["new", "other"]), "RangeError", "labels"],
      [() => trainer.keepRows([[1, 2]], { relations: [[1]] }), "RangeError", "labels"],
    ]) {
      assert.throws(body, { name, argument }, body.toString());
      assert.deepEqual(trainer.save(), bytes);
    }
    trainer.free();
    for (const name of ["threshold", "facts", "keptRows"]) {
      assert.throws(() => trainer[name], { name: "TypeError", message: `trainer.${name}: this object has been freed` });
    }
    assert.throws(set("threshold", 1), TypeError);
    assert.throws(set("facts", {}), TypeError);
  });
}

test("SIMD and scalar save the same bytes", async () => {
  const saved = await Promise.all(
    Object.values(builds).map(async (wasm) => {
      const triplet = await loadTriplet({ wasm });
      const [data, references] = [1, 2].map((seed) => triplet.matrix(50, 6).random(seed));
      const adapter = { layers: [5, 6], residual: true, loss: "info_nce", steps: 30 };
      const trainer = triplet.trainer({ data, references, ...adapter });
      trainer.run();
      const same = Array.from({ length: 50 }, (_, i) => i % 3 === 0);
      const options = { curve: 100, far: [0.1] };
      const found = triplet.verifyPairs(trainer.embed(), trainer.embed(references), same, options);
      trainer.threshold = found.eerThreshold;
      trainer.keepRows(trainer.embed(references), same.map(Number));
      return [trainer.save(), found];
    }),
  );
  assert.deepEqual(saved[0], saved[1]);
});

test("a worker's models take along what the page's do", async () => {
  const [here, there] = [await loadTriplet(), await loadWorker()];
  try {
    const [data, references] = [1, 2].map((seed) => here.matrix(40, 3).random(seed));
    const adapter = { layers: [3], residual: true, loss: "info_nce", adapt: "queries", steps: 10 };
    const given = { data, references, ...adapter };
    const [one, other] = [here.trainer(given), await there.trainer(given)];
    one.run();
    await other.run();
    for (const trainer of [one, other]) {
      await trainer.keepRows(one.embed(), Array.from({ length: 40 }, (_, i) => `row ${i}`));
    }
    one.threshold = 0.5;
    assert.equal(await other.threshold(0.5), undefined);
    one.facts = { data: "made up", "any name": "ü" };
    await other.facts({ data: "made up", "any name": "ü" });
    assert.deepEqual(await other.save(), one.save());
    assert.equal(await other.threshold(), 0.5);
    assert.deepEqual(await other.facts(), one.facts);
    assert.deepEqual(plain(await other.keptRows()), plain(one.keptRows));
    assert.deepEqual(await other.evaluate(), one.evaluate());
    await other.threshold(null);
    await other.keepRows();
    assert.deepEqual([await other.threshold(), await other.keptRows()], [null, null]);
    await assert.rejects(other.threshold("1"), { name: "TypeError", argument: "threshold" });
    await assert.rejects(other.facts({ a: 1 }), { name: "TypeError", argument: "facts.a" });
    await assert.rejects(other.steps(7).then((steps) => assert.equal(steps, 0)), Error); // it cannot be set
    const loaded = await there.load(one.save());
    await loaded.attach(data, undefined, references);
    one.step();
    await loaded.step();
    assert.deepEqual(await loaded.save(), one.save());

    const encoder = await there.encoder({ inputs: 2, layers: [2], seed: 1 });
    const again = await there.load(await encoder.save());
    assert.deepEqual([again.inputs, again.dim], [2, 2]);
    const optimizer = await there.load(await (await there.optimizer({ name: "adamw" })).save());
    assert.equal(await optimizer.get("name"), "adamw");
    await assert.rejects(there.load(new Uint8Array(9)), { name: "ModelError" });
  } finally {
    there.terminate();
  }
});
