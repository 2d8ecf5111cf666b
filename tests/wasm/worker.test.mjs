// triplet/worker: the same numbers by way of messages, and errors that keep their type.
import { assert, loadTriplet, loadWorker, plain, test } from "./harness.mjs";

test("a worker does what the page does, to the bit", async () => {
  const [here, there] = [await loadTriplet(), await loadWorker()];
  const { x, labels } = await there.synthetic("moons", 60, 1, 1);
  assert.deepEqual(plain({ x, labels }), plain(here.synthetic("moons", 60, 1, 1)));
  const options = { data: x, labels, layers: [8, 2], steps: 20 };
  const [one, other] = [here.trainer(options), await there.trainer(options)];
  const seen = [];
  one.run();
  const last = await other.run((report) => seen.push(report.step));
  assert.equal(last.step, 20);
  assert.equal(seen.length, 20);
  assert.deepEqual(await other.save(), one.save());
  assert.deepEqual(plain(await other.embed(x.data && { ...x, data: x.data.slice() })), plain(one.embed()));
  assert.equal(other.dim, 2);
  assert.equal(await other.steps(), 20);
  assert.equal((await (await there.trainer(options)).run(() => false)).step, 1);
  there.terminate();
});

test("a worker takes texts, sets and relations", async () => {
  const [here, there] = [await loadTriplet(), await loadWorker()];
  const rows = [[0], [1], [2], [3]];
  const matrix = [[0, 1, -1, 0], [1, 0, 1, -1], [-1, 1, 0, 0], [1, 1, -1, 0]];
  const relations = await there.matrix(matrix);
  const mined = here.mine(rows, { relations: matrix });
  assert.equal(mined.anchors.length, 6);
  assert.deepEqual(await there.mine(rows, { relations: matrix }), mined);
  assert.deepEqual(await there.mine(rows, { relations }), mined);
  const labels = ["a", ["b", "a"], [], "b"];
  assert.deepEqual(plain(await there.batchLoss(rows, labels)), plain(here.batchLoss(rows, labels)));
  const trainer = await there.trainer({ data: rows, labels, layers: [1] });
  assert.deepEqual(await trainer.classes(), ["a", "b"]);
  there.terminate();
});

test("matrices stay in the worker; errors keep their type", async () => {
  const triplet = await loadWorker();
  const m = await triplet.matrix(1, 2, new Float32Array([9, 1, 2, 9]).subarray(1, 3));
  assert.deepEqual([m.rows, m.cols], [1, 2]);
  assert.deepEqual(await m.toArray(), [[1, 2]]);
  assert.deepEqual(await m.data(), Float32Array.of(1, 2));
  const out = await triplet.matrix(1, 1);
  await triplet.distances(m, [[1, 0]], { out });
  assert.deepEqual(await out.toArray(), [[2]]);
  await assert.rejects(triplet.distances(m, [[1]]), { name: "RangeError", argument: "y" });
  await assert.rejects(triplet.distances(m, [[1, 2]], { q: 1 }), TypeError);
  await assert.rejects(triplet.matrix(2 ** 31 - 1, 2 ** 31 - 1), { name: "OutOfMemoryError" });
  assert.equal(triplet.nothing, undefined);
  await m.free();
  await assert.rejects(m.toArray(), TypeError);
  const trainer = await triplet.trainer({ data: [[0], [1], [2], [3]], labels: [0, 0, 1, 1], layers: [1] });
  const mine = new SyntaxError("mine");
  await assert.rejects(
    trainer.run(() => {
      throw mine;
    }),
    SyntaxError,
  );
  assert.equal((await trainer.step()).step, 2);
  triplet.terminate();
});

test("what stands for an object is one, and of one worker", async () => {
  const [triplet, other] = [await loadWorker(), await loadWorker()];
  const out = await triplet.matrix(1, 1);
  assert.equal(await triplet.distances([[0]], [[2]], { out }), out);
  const encoder = await triplet.encoder({ inputs: 1, layers: [1], seed: 1 });
  const parameters = await encoder.parameters();
  assert.equal(await encoder.parameters(), parameters);
  const { data } = await encoder.forward([[1]]);
  const optimizer = await triplet.optimizer();
  await optimizer.update(parameters, await triplet.matrix([[1, 1]]));
  assert((await encoder.forward([[1]])).data[0] !== data[0]);
  await other.matrix(1, 1);
  await assert.rejects(other.distances(out, [[1]]), { name: "TypeError", message: /of the same worker/ });
  const here = (await loadTriplet()).matrix([[3]]);
  assert.equal((await triplet.distances(here, [[1]])).data[0], 2);
  const both = new Float32Array(2);
  const twice = { anchors: { data: both.subarray(1), rows: 1, cols: 1 } };
  await triplet.marginLoss([[0]], [[1]], [[2]], { out: { gradients: twice, own: both, also: both } });
  triplet.terminate();
  other.terminate();
});

test("many calls at once, and none that waits for ever", async () => {
  const triplet = await loadWorker();
  const calls = Array.from({ length: 200 }, (_, i) => triplet.distances([[i]], [[0]]));
  (await Promise.all(calls)).forEach(({ data }, i) => assert.equal(data[0], i));
  const pending = triplet.synthetic("moons", 1000, 1, 1);
  triplet.terminate();
  triplet.terminate();
  await assert.rejects(pending, { name: "AbortError", message: /terminated/ });
  await assert.rejects(triplet.distances([[0]], [[1]]), { name: "AbortError", message: /terminated/ });
  await assert.rejects(loadWorker({ wasm: 5 }), { name: "TypeError", argument: "wasm" });
  await assert.rejects(loadWorker({ wasm: new URL("http://127.0.0.1:1/") }), TypeError);
});

test("a callback that stops a run in the worker leaves it as on the page", async () => {
  const [here, there] = [await loadTriplet(), await loadWorker()];
  const { x, labels } = here.synthetic("moons", 60, 1, 1);
  const options = { data: x, labels, layers: [8, 2], steps: 40, validation: 0.3, evaluateEvery: 1 };
  const [one, other] = [here.trainer(options), await there.trainer(options)];
  one.run(({ step }) => step < 20);
  await other.run(async ({ step }) => step < 20);
  assert.deepEqual(await other.save(), one.save());
  there.terminate();
});
