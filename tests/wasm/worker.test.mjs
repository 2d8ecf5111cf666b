// triplet/worker: the same numbers by way of messages, and errors that keep their type.
import { assert, loadTriplet, loadWorker, test } from "./harness.mjs";

test("a worker does what the page does, to the bit", async () => {
  const [here, there] = [await loadTriplet(), await loadWorker()];
  const { x, labels } = await there.synthetic("moons", 60, 1, 1);
  assert.deepEqual({ x, labels }, here.synthetic("moons", 60, 1, 1));
  const options = { data: x, labels, layers: [8, 2], steps: 20 };
  const [one, other] = [here.trainer(options), await there.trainer(options)];
  const seen = [];
  one.run();
  const last = await other.run((report) => seen.push(report.step));
  assert.equal(last.step, 20);
  assert.equal(seen.length, 20);
  assert.deepEqual(await other.save(), one.save());
  assert.deepEqual(await other.embed(x.data && { ...x, data: x.data.slice() }), one.embed());
  assert.equal(other.dim, 2);
  assert.equal(await other.steps(), 20);
  assert.equal((await (await there.trainer(options)).run(() => false)).step, 1);
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
  await assert.rejects(triplet.nothing(), TypeError);
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
