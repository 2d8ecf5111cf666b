// Calls that last tell how far they are, and end when they are told to.
import { assert, loadTriplet, loadWorker, test } from "./harness.mjs";

const SIZE = 600;
const triplet = await loadTriplet();
const { x, labels } = triplet.synthetic("moons", SIZE, 1, 1);
const heldOut = Array.from({ length: SIZE / 2 }, (_, i) => 2 * i);
const trainer = triplet.trainer({ data: x, labels, layers: [2], steps: 1 });
const { x: many } = triplet.synthetic("moons", 300_000, 1, 2);

const CALLS = {
  batchLoss: (options) => triplet.batchLoss(x, labels, options),
  mine: (options) => triplet.mine(x, labels, { mining: "hard", ...options }),
  distances: (options) => triplet.distances(x, x, options),
  nearest: (options) => triplet.nearest(x, x, { k: 3, ...options }),
  classify: (options) => triplet.classify(x, x, labels, { k: 3, ...options }),
  verify: (options) => triplet.verify(x, labels, { far: [0.1], ...options }),
  verifyPairs: (options) => triplet.verifyPairs(many, many, new Uint8Array(many.rows).fill(1, 9), options),
  evaluate: (options) => triplet.evaluate(x, labels, { k: [1, 5], ...options }),
  evaluateHeldOut: (options) => triplet.evaluateHeldOut(x, labels, heldOut, { k: [1], ...options }),
  "trainer.evaluate": (options) => trainer.evaluate(undefined, undefined, options),
};

// Of a run that is never stopped: what was told.
function sharesOf(call) {
  const shares = [];
  return { result: call({ progress: (done) => void shares.push(done) }), shares };
}

function thrownBy(body) {
  try {
    body();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

for (const [name, call] of Object.entries(CALLS)) {
  test(`${name}: progress rises to 1, changes nothing, and stops the call`, () => {
    const plain = call({});
    const { result, shares } = sharesOf(call);
    assert.deepEqual(result, plain);
    assert(shares.length > 1, String(shares.length));
    assert(shares.every((done, i) => done > (shares[i - 1] ?? 0) && done <= 1), shares.join());
    assert.equal(shares.at(-1), 1);

    for (const at of new Set([0, shares.length >> 1, shares.length - 1])) {
      let told = 0;
      assert.equal(thrownBy(() => call({ progress: () => told++ !== at })).name, "AbortError");
      assert.equal(told, at + 1);
    }
    assert.deepEqual(call({}), plain);
  });
}

test("what progress throws ends the call and passes through, be it what it may", () => {
  for (const mine of [new SyntaxError("mine"), undefined, 0, "text"]) {
    const throwing = () => {
      throw mine;
    };
    assert.equal(thrownBy(() => CALLS.distances({ progress: throwing })), mine);
  }
  const { shares } = sharesOf(CALLS.distances);
  assert.equal(shares.at(-1), 1);
});

test("only false stops a call, and only a function is asked", () => {
  for (const answer of [undefined, null, 0, "", true]) {
    assert.equal(CALLS.distances({ progress: () => answer }).rows, SIZE);
  }
  assert.throws(() => CALLS.distances({ progress: 1 }), {
    name: "TypeError",
    message: "distances: progress: expected a function, got number 1",
  });
  assert.throws(() => triplet.marginLoss(x, x, x, { progress() {} }), TypeError);
});

test("an error of the call itself is told as ever", () => {
  const bad = { ...x, data: x.data.slice() };
  bad.data[0] = NaN;
  const notFinite = { name: "RangeError", message: /not finite/ };
  assert.throws(() => triplet.distances(bad, x, { progress: () => true }), notFinite);
});

test("within progress every call of the instance is refused, and the one that lasts goes on", () => {
  const plain = CALLS.distances({});
  const m = triplet.matrix([[1]]);
  const memory = triplet.memory({ capacity: 2 });
  memory.push([[1]], [0]);
  const optimizer = triplet.optimizer();
  const encoder = triplet.encoder({ inputs: 1, layers: [1], seed: 1 });
  const calls = [
    ...Object.values(CALLS).map((call) => () => call({})),
    ...[() => CALLS.distances({ progress() {} }), () => triplet.matrix(1, 1)],
    ...[() => triplet.synthetic("moons", 9, 1, 1), () => triplet.memory({ capacity: 2 }).push([[1]], [0])],
    ...[() => triplet.optimizer(), () => m.data, () => m.toArray()],
    ...[() => memory.clear(), () => memory.push([[1]], [0]), () => memory.rows, () => optimizer.get("name")],
    ...[() => optimizer.update(m, [[1]]), () => encoder.forward([[1]]), () => encoder.parameters.data],
    ...[() => trainer.step(), () => trainer.run(), () => trainer.restoreBest()],
    ...[() => trainer.dim, () => trainer.save()],
    ...[() => trainer.get("margin"), () => trainer.set("margin", 2), () => trainer.lastBatch, () => trainer.embed()],
  ];
  let refused = 0;
  const progress = () => {
    for (const call of calls) {
      refused += /^triplet: no call within/.test(thrownBy(call).message);
    }
  };
  const shares = [];
  const result = CALLS.distances({ progress: (done) => progress(shares.push(done)) });
  assert.deepEqual(result, plain);
  assert.equal(refused, shares.length * calls.length);
  assert.deepEqual(CALLS.distances({}), plain);
  assert.equal(memory.rows, 1);
});

test("what is freed within progress stays until the call is over", () => {
  const [from, out] = [triplet.matrix(x), triplet.matrix(SIZE, SIZE)];
  const plain = CALLS.distances({});
  const copy = triplet.matrix(1, 1);
  triplet.distances(from, from, {
    out,
    progress() {
      from.free();
      copy.free();
    },
  });
  assert.deepEqual(out.data, plain.data);
  assert.throws(() => from.data, TypeError);
});

test("calls within the reading of options keep their progress apart", () => {
  const inner = [];
  const outer = [];
  const options = {
    get p() {
      triplet.distances(x, x, { progress: () => inner.push(1) });
      return 2;
    },
    progress: () => outer.push(1),
  };
  triplet.evaluate(x, labels, options);
  const { shares } = sharesOf(CALLS.evaluate);
  assert.equal(outer.length, shares.length);
  assert.equal(inner.length, sharesOf(CALLS.distances).shares.length);
});

test("a worker tells its progress on the page", async () => {
  const there = await loadWorker();
  const shares = [];
  const result = await there.distances(x, x, { progress: async (done) => shares.push(done) });
  assert.deepEqual(structuredClone(result), structuredClone(CALLS.distances({})));
  assert.deepEqual(shares, sharesOf(CALLS.distances).shares);
  there.terminate();
});

test("a call that is cancelled on the page is rejected there, and the worker serves the next", async () => {
  const there = await loadWorker();
  const mine = new SyntaxError("mine");
  await assert.rejects(there.distances(x, x, { progress: () => false }), { name: "AbortError" });
  await assert.rejects(there.distances(x, x, { progress: async () => false }), { name: "AbortError" });
  await assert.rejects(
    there.distances(x, x, {
      progress() {
        throw mine;
      },
    }),
    (error) => error === mine,
  );
  assert.deepEqual((await there.distances(x, x)).data, CALLS.distances({}).data);
  there.terminate();
});

// A page that is not isolated shares no memory, and its worker computes on.
const shares = globalThis.SharedArrayBuffer && globalThis.crossOriginIsolated !== false;

if (shares) {
  test("a worker that shares memory stops before the end of what is cancelled", async () => {
    const there = await loadWorker();
    let stopped = false;
    // The larger a call, the surer the page is heard before its end.
    for (let rows = 500; !stopped && rows <= 8000; rows *= 2) {
      const lines = { data: Float32Array.from({ length: 64 * rows }, (_, i) => i), rows, cols: 64 };
      const out = await there.matrix(rows, rows);
      await assert.rejects(there.distances(lines, lines, { out, progress: () => false }), { name: "AbortError" });
      const written = await out.data();
      stopped = written.filter((distance) => distance === 0).length > rows; // else only rows from themselves
      await out.free();
    }
    assert(stopped);
    there.terminate();
  });
}
