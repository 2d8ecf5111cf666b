import assert from "node:assert/strict";
import { test } from "node:test";
import { createDataset } from "../../../web/src/model/dataset.js";
import { decode, encode } from "../../../web/src/model/link.js";
import { Session } from "../../../web/src/model/session.js";
import { trainerOptions } from "../../../web/src/model/settings.js";
import { loadShipped, schema, triplet, until, withSession } from "./world.mjs";

const small = { ...schema.defaults(), data: "rings", rows: 120, layers: [8], classesPerBatch: 3, rowsPerClass: 4 };

// The positions after `steps`, by the library alone.
async function oracle(settings, changes, steps) {
  const { values, labels, n, d } = await loadShipped(settings);
  const { training } = triplet.split(labels, settings.heldOut, settings.seed);
  const rows = (list) => Array.from(list, (row) => Array.from(values.subarray(row * d, (row + 1) * d)));
  const picked = Array.from(training, (row) => labels[row]);
  const trainer = triplet.trainer({ ...trainerOptions(settings), data: rows(training), labels: picked });
  for (let step = 0; step <= steps; step++) {
    for (const [, key, value] of changes.filter(([at]) => at === step)) {
      trainer.set(...(key === "learningRate" ? ["optimizer", { learningRate: value }] : [key, value]));
    }
    if (step < steps) {
      trainer.step();
    }
  }
  return trainer.embed(rows(Array(n).keys())).data;
}

// Runs to a step and hands out what is seen there.
async function seenAt(settings, changes, steps) {
  return withSession(async (session) => {
    await session.start(settings, { changes, until: steps, playing: false });
    return (await until(session, ({ step }) => step === steps)).snapshot;
  });
}

test("a run shows the library's own bits, whatever its pace", async () => {
  const expected = await oracle(small, [], 150);
  assert.deepEqual((await seenAt(small, [], 150)).positions, expected);
  await withSession(async (session) => {
    session.speed = 2000;
    await session.start(small, { playing: false });
    session.step(40);
    await until(session, ({ step }) => step === 40);
    session.play();
    await until(session, ({ step }) => step > 60);
    session.pause();
    await new Promise((resolve) => setTimeout(resolve, 50));
    session.step(150 - session.state.step);
    const { snapshot } = await until(session, ({ step }) => step >= 150);
    assert.equal(snapshot.step, 150);
    assert.deepEqual(snapshot.positions, expected);
  });
});

test("live changes are logged, and the run comes back to the bit from its link", async () => {
  const [hash, shown] = await withSession(async (session) => {
    session.speed = Infinity;
    await session.start(small);
    await until(session, ({ step }) => step > 20);
    await session.set("margin", 0.3);
    await session.set("margin", 0.4);
    await until(session, ({ step }) => step > 60);
    await Promise.all([session.set("mining", "all"), session.set("learningRate", 0.01), session.set("p", 1)]);
    await until(session, ({ step, changes }) => step > changes.at(-1)[0] + 30);
    session.pause();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const { changes, snapshot, step } = session.state;
    assert.ok(changes.length >= 4 && changes.length <= 5);
    assert.deepEqual(session.current, { ...small, margin: 0.4, mining: "all", learningRate: 0.01, p: 1 });
    return [encode({ settings: session.settings, changes, view: { step } }), snapshot];
  });
  const { settings, changes, view } = decode(hash, schema);
  assert.equal(view.step, shown.step);
  const [once, twice] = [await seenAt(settings, changes, view.step), await seenAt(settings, changes, view.step)];
  assert.deepEqual(once.positions, shown.positions);
  assert.deepEqual(twice, { ...once, stepsPerSecond: twice.stepsPerSecond });
  assert.deepEqual(once.positions, await oracle(settings, changes, view.step));
});

test("a change by hand in the midst of a replay makes another history", async () => {
  await withSession(async (session) => {
    await session.start(small, {
      changes: [
        [5, "margin", 2],
        [90000, "swap", true],
      ],
      until: 40,
      playing: false,
    });
    await until(session, ({ step }) => step === 40);
    await session.set("softMargin", true);
    assert.deepEqual(session.state.changes, [
      [5, "margin", 2],
      [40, "softMargin", true],
    ]);
    await session.set("softMargin", false);
    assert.deepEqual(session.state.changes, [
      [5, "margin", 2],
      [40, "softMargin", false],
    ]);
    session.step(2);
    const { snapshot } = await until(session, ({ step }) => step === 42);
    assert.deepEqual(snapshot.positions, await oracle(small, session.state.changes, 42));
  });
});

test("a snapshot tells the truth of triplets, gradient and held-out rows", async () => {
  for (const mining of ["all", "hard", "semihard", "easy_positive"]) {
    const settings = { ...small, mining, margin: 0.7, swap: mining === "hard" };
    const dataset = await loadShipped(settings);
    await withSession(async (session) => {
      await session.start(settings, { until: 9, playing: false });
      const { snapshot } = await until(session, ({ step }) => step === 9);
      const { heldOut } = session;
      const { positions, triplets, batch, gradient, dim } = snapshot;
      const { margin, swap } = settings;
      assert.deepEqual(
        Array.from(triplet.split(dataset.labels, 0.2, 1).heldOut),
        [...heldOut.keys()].filter((i) => heldOut[i]),
      );
      assert.ok(batch.every((row) => !heldOut[row]));
      const distance = (i, j) =>
        Math.hypot(positions[2 * i] - positions[2 * j], positions[2 * i + 1] - positions[2 * j + 1]);
      assert.ok(triplets.length > 0 && triplets.length % 3 === 0);
      for (let i = 0; i < triplets.length; i += 3) {
        const [a, p, n] = triplets.subarray(i, i + 3);
        assert.ok([a, p, n].every((row) => batch.includes(row)));
        assert.equal(dataset.labels[a], dataset.labels[p]);
        assert.notEqual(dataset.labels[a], dataset.labels[n]);
        const negative = swap ? Math.min(distance(a, n), distance(p, n)) : distance(a, n);
        assert.ok(distance(a, p) + margin - negative > -1e-5);
      }
      const rows = Array.from(batch, (row) => Array.from(positions.subarray(row * dim, (row + 1) * dim)));
      const labels = Array.from(batch, (row) => dataset.labels[row]);
      const expected = triplet.batchLoss(rows, labels, { mining, margin, swap });
      assert.deepEqual(gradient, expected.gradient.data);
      assert.equal(snapshot.active, expected.active);
    });
  }
});

test("recall is that of the held-out rows among themselves", async () => {
  const { positions, recallAt1 } = await seenAt(small, [], 30);
  const { labels } = await loadShipped(small);
  const { heldOut } = triplet.split(labels, small.heldOut, small.seed);
  const rows = Array.from(heldOut, (row) => Array.from(positions.subarray(2 * row, 2 * row + 2)));
  const { precisionAt1 } = triplet.evaluate(
    rows,
    Array.from(heldOut, (row) => labels[row]),
  );
  assert.equal(recallAt1, precisionAt1);
});

test("whole classes held out, and a free table", async () => {
  await withSession(async (session) => {
    await session.start({ ...small, data: "iris", heldOut: 0.34, holdOut: "classes" }, { until: 3, playing: false });
    assert.deepEqual(
      [...session.heldOut],
      Array.from(session.dataset.labels, (label) => (label === 2 ? 1 : 0)),
    );
    await session.start({ ...small, encoder: "free" }, { until: 3, playing: false });
    const { snapshot } = await until(session, ({ step }) => step === 3);
    assert.ok(session.heldOut.every((held) => held === 0));
    assert.equal(snapshot.positions.length, 2 * session.dataset.n);
  });
});

test("what cannot be started or changed is told, and the run before lives on", async () => {
  const lonely = createDataset({
    name: "own",
    title: "lonely",
    columns: ["x"],
    classes: ["a", "b"],
    labels: Int32Array.of(0, 1),
    values: Float32Array.of(1, 2),
    n: 2,
    d: 1,
  });
  const load = async (settings) => {
    if (settings.data === "drawn") {
      throw new Error("Draw something first");
    }
    return settings.data === "own" ? lonely : loadShipped(settings);
  };
  await withSession(
    async (session, errors) => {
      session.speed = Infinity;
      await session.start(small);
      const { dataset } = session;
      await until(session, ({ step }) => step > 5);
      await assert.rejects(session.set("data", "drawn"), /Draw something first/);
      await assert.rejects(session.set("data", "own"), /It takes two classes/);
      assert.equal(errors.length, 2);
      assert.equal(session.dataset, dataset);
      assert.deepEqual(session.settings, small);
      const { step } = session.state;
      const later = await until(session, (state) => state.step > step + 20);
      assert.equal(later.status, "ready");
      session.pause();
      await new Promise((resolve) => setTimeout(resolve, 50));
      assert.deepEqual(session.state.snapshot.positions, await oracle(small, [], session.state.step));
    },
    { load },
  );
});

test("the last of several hasty starts is the one that stands", async () => {
  await withSession(async (session) => {
    const starts = [1, 2, 3, 4].map((seed) => session.start({ ...small, seed }, { playing: false }));
    await Promise.all(starts);
    assert.equal(session.settings.seed, 4);
    session.step(3);
    const { snapshot } = await until(session, ({ step }) => step === 3);
    assert.deepEqual(snapshot.positions, await oracle({ ...small, seed: 4 }, [], 3));
  });
});

test("a run that flies apart is stopped with a word", async () => {
  await withSession(async (session, errors) => {
    session.speed = Infinity;
    await session.start({ ...small, optimizer: "sgd", distance: "squared", learningRate: 1, mining: "all", margin: 5 });
    await until(session, () => errors.length > 0);
    assert.match(errors[0], /^The run stops after step \d+: /);
    assert.equal(session.state.playing, false);
    await session.start(small, { playing: true });
    await until(session, ({ step }) => step > 5);
  });
});

test("a collapse is named", async () => {
  await withSession(async (session) => {
    const settings = { ...schema.defaults(), mining: "hard", margin: 0.2, learningRate: 0.01 };
    await session.start(settings, { until: 120, playing: false });
    assert.ok((await until(session, ({ step }) => step === 120)).collapsed);
  });
});

test("scrubbing shows what was; memory of it is bounded, first and last are kept", async () => {
  await withSession(async (session) => {
    await session.start(small, { playing: false });
    const first = session.state.snapshot;
    for (let i = 1; i <= 2500; i++) {
      session.step();
      session.requestSnapshot();
      await until(session, ({ step }) => step === i);
    }
    const { steps, state } = session;
    assert.ok(steps.length <= 400 && steps.length > 100);
    assert.deepEqual([steps[0], steps.at(-1)], [0, 2500]);
    assert.ok(steps.every((step, i) => i === 0 || step > steps[i - 1]));
    assert.ok(state.curves.step.length <= 2000 && state.curves.step.length > 900);
    assert.equal(new Set(Object.values(state.curves).map((curve) => curve.length)).size, 1);

    session.seek(0);
    assert.equal(session.state.snapshot, first);
    session.seek(steps[50] + 0.5);
    assert.deepEqual([session.state.snapshot.step, session.state.live, session.state.step], [steps[50], false, 2500]);
    assert.deepEqual(session.state.snapshot.positions, await oracle(small, [], steps[50]));
    session.live();
    assert.equal(session.state.snapshot.step, 2500);
  });
});

test("speed is kept", async () => {
  await withSession(async (session) => {
    session.speed = 40;
    await session.start(small);
    const start = performance.now();
    await until(session, ({ step }) => step >= 40);
    const took = performance.now() - start;
    assert.ok(took > 900, `40 steps at 40 a second took ${took} ms`);
  });
});

test("the model can be taken away and embeds as the picture shows", async () => {
  await withSession(async (session) => {
    await session.start(small, { until: 10, playing: false });
    const { snapshot } = await until(session, ({ step }) => step === 10);
    const { values, n, d } = session.dataset;
    const model = triplet.load(await session.modelBytes());
    assert.deepEqual(model.embed({ data: values, rows: n, cols: d }).data, snapshot.positions);
    assert.deepEqual(model.classes, session.dataset.classes);
  });
});

test("a pause while a run is being loaded holds, and a worker that cannot be had is told", async () => {
  await withSession(async (session) => {
    const starting = session.start(small);
    session.pause();
    await starting;
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.deepEqual([session.state.playing, session.state.step], [false, 0]);
    session.play();
    await until(session, ({ step }) => step > 0);
  });
  const broken = { postMessage: () => queueMicrotask(() => broken.onerror({ message: "blocked" })) };
  const session = new Session({ schema, load: loadShipped, createWorker: () => broken });
  await assert.rejects(session.start(small), /The training could not be started: blocked/);
  assert.equal(session.state.status, "failed");
});
