// More rows than a picture can hold: all are trained on, some are seen.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createDataset } from "../../../web/src/model/dataset.js";
import { pick, pickRows } from "../../../web/src/model/rows.js";
import { schema, trainedOn, triplet, until, withSession } from "./world.mjs";

const small = { ...schema.defaults(), data: "own", layers: [8], classesPerBatch: 3, rowsPerClass: 4 };

const placeOf = (label, axis) => (label * (1 + axis * 7)) % 11;

// Rows in two dimensions, of 40 classes, of which one has three rows.
function many(n) {
  const labels = Int32Array.from({ length: n }, (_, row) => (row < 3 ? 39 : row % 39));
  return createDataset({
    name: "own",
    title: "many",
    columns: ["x", "y"],
    classes: Array.from({ length: 40 }, (_, label) => `class ${label}`),
    labels,
    values: Float32Array.from({ length: 2 * n }, (_, i) => placeOf(labels[i >> 1], i % 2) + ((i * 37) % 101) / 90),
    n,
    d: 2,
  });
}

const dataset = many(30000);
const withMany = (body) => withSession(body, { load: async () => dataset });

test("a sample with rows of every class is pictured, the same for every seed", async () => {
  const seen = (seed) =>
    withMany(async (session) => {
      await session.start({ ...small, seed }, { playing: false });
      return session;
    });
  const session = await seen(1);
  const { n, rows, total, labels, values, checksum } = session.dataset;
  assert.equal(total, 30000);
  assert.ok(n > 19000 && n <= 20000 && rows.length === n && session.heldOut.length === n);
  assert.ok(rows.every((row, i) => i === 0 || row > rows[i - 1]));
  assert.deepEqual(labels, pick(dataset.labels, rows));
  assert.deepEqual(values, pickRows(dataset.values, 2, rows).data);
  assert.equal(new Set(labels).size, 40);
  assert.equal(checksum, dataset.checksum);
  assert.deepEqual((await seen(2)).dataset.rows, rows);
});

test("few rows are pictured as they are", async () => {
  const few = many(200);
  await withSession(
    async (session) => {
      await session.start(small, { playing: false });
      assert.deepEqual(session.dataset, { ...few, rows: null, total: 200 });
    },
    { load: async () => few },
  );
});

for (const more of [{}, { encoder: "free" }]) {
  test(`all rows are trained on, and what is told is of pictured ones: ${more.encoder ?? "a network"}`, async () => {
    const settings = schema.clamp({ ...small, ...more });
    const { embedding, heldOut } = trainedOn(dataset, settings, [], 12);
    await withMany(async (session) => {
      await session.start(settings, { until: 12, playing: false });
      const { snapshot, recall } = await until(session, ({ recall }) => recall?.step === 12);
      const { rows, labels, n } = session.dataset;
      assert.deepEqual(snapshot.positions, pickRows(embedding.data, 2, rows).data);
      const held = new Set(heldOut);
      assert.deepEqual(session.heldOut, Uint8Array.from(rows, (row) => Number(held.has(row))));

      const { batch, forces, gradient } = snapshot;
      assert.deepEqual([batch.length, new Set(pick(labels, batch)).size, gradient.length], [12, 3, 24]);
      assert.ok(batch.every((row) => row < n && !session.heldOut[row]));
      assert.ok(forces.length > 0 && forces.every((row) => batch.includes(row)));
      for (let i = 0; i < forces.length; i += 3) {
        const [anchor, positive, negative] = pick(labels, forces.subarray(i, i + 3));
        assert.ok(anchor === positive && anchor !== negative);
      }

      const at = { data: snapshot.positions, rows: n, cols: 2 };
      const asked = [...session.heldOut.keys()].filter((row) => session.heldOut[row]);
      const { on, queries, total } = session.evaluated;
      const [of, name] = asked.length ? [asked, "againstTraining"] : [[...labels.keys()], "amongThemselves"];
      assert.deepEqual([on, queries, total], [asked.length ? "rows" : "training", 100, of.length]);
      const options = { distance: "minkowski", p: 2, seed: settings.seed, mostQueries: 100 };
      assert.equal(recall.value, triplet.evaluateHeldOut(at, labels, of, options)[name].precisionAt1);

      session.seek(5);
      const sought = await until(session, ({ seeking }) => !seeking);
      const then = trainedOn(dataset, settings, [], 5).embedding;
      assert.deepEqual(sought.snapshot.positions, pickRows(then.data, 2, rows).data);
    });
  });
}

test("the forces of pictured rows are mined as those of the step are", async () => {
  for (const mining of ["all", "hard", "semihard", "easy_positive", "distance_weighted", "random"]) {
    await withMany(async (session) => {
      await session.start({ ...small, mining, margin: 3 }, { until: 2, playing: false });
      const { snapshot } = await until(session, ({ step }) => step === 2);
      const { batch, forces, positions } = snapshot;
      assert.ok(forces.length > 0, mining);
      if (mining === "hard") {
        const rows = pickRows(positions, 2, batch);
        const mined = triplet.mine(rows, pick(session.dataset.labels, batch), { mining });
        const nearest = new Map([...mined.anchors].map((anchor, i) => [batch[anchor], batch[mined.negatives[i]]]));
        for (let i = 0; i < forces.length; i += 3) {
          assert.equal(forces[i + 2], nearest.get(forces[i]));
        }
      }
    });
  }
});
