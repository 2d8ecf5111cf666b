import assert from "node:assert/strict";
import { test } from "node:test";
import { createDataset } from "../../../web/src/model/dataset.js";
import { decode, encode } from "../../../web/src/model/link.js";
import { Session } from "../../../web/src/model/session.js";
import { presets } from "../../../web/src/model/presets.js";
import { pick, pickRows } from "../../../web/src/model/rows.js";
import { withChanges } from "../../../web/src/model/settings.js";
import { Evaluator } from "../../../web/src/worker/evaluator.js";
import { Run } from "../../../web/src/worker/run.js";
import { loadShipped, rest, schema, trained, triplet, until, withSession } from "./world.mjs";

const small = { ...schema.defaults(), data: "rings", rows: 120, layers: [8], classesPerBatch: 3, rowsPerClass: 4 };

const oracle = async (...run) => (await trained(...run)).embedding.data;

// Held-out rows whose nearest training row is of their class, as a share.
async function recallOf(settings, changes, step) {
  const { embedding, labels, heldOut } = await trained(settings, changes, step);
  const { distance, p, seed } = withChanges(settings, changes, step);
  return triplet.evaluateHeldOut(embedding, labels, heldOut, { distance, p, seed });
}

// Runs to a step and hands out what is seen there.
async function seenAt(settings, changes, steps) {
  return withSession(async (session) => {
    await session.start(settings, { changes, until: steps, playing: false });
    return until(session, ({ step, recall }) => step === steps && recall.step === steps);
  });
}

test("a run shows the library's own bits, whatever its pace", async () => {
  const expected = await oracle(small, [], 150);
  assert.deepEqual((await seenAt(small, [], 150)).snapshot.positions, expected);
  await withSession(async (session) => {
    session.pace = 4;
    await session.start(small, { playing: false });
    session.step(40);
    await until(session, ({ step }) => step === 40);
    session.play();
    await until(session, ({ step }) => step > 60);
    session.pause();
    await rest(session);
    session.step(150 - session.state.step);
    const { snapshot } = await until(session, ({ step }) => step >= 150);
    assert.equal(snapshot.step, 150);
    assert.deepEqual(snapshot.positions, expected);
  });
});

test("live changes are logged, and the run comes back to the bit from its link", async () => {
  const [hash, shown] = await withSession(async (session) => {
    session.pace = Infinity;
    await session.start(small);
    await until(session, ({ step }) => step > 20);
    await session.set("margin", 0.3);
    await session.set("margin", 0.4);
    await until(session, ({ step }) => step > 60);
    await Promise.all([session.set("mining", "all"), session.set("learningRate", 0.01), session.set("p", 1)]);
    await until(session, ({ step, changes }) => step > changes.at(-1)[0] + 30);
    session.pause();
    await rest(session);
    const { changes, snapshot, step } = session.state;
    assert.ok(changes.length >= 4 && changes.length <= 5);
    assert.deepEqual(session.current, { ...small, margin: 0.4, mining: "all", learningRate: 0.01, p: 1 });
    return [encode({ settings: session.settings, changes, view: { step } }), snapshot];
  });
  const { settings, changes, view } = decode(hash, schema);
  assert.equal(view.step, shown.step);
  const once = (await seenAt(settings, changes, view.step)).snapshot;
  const twice = (await seenAt(settings, changes, view.step)).snapshot;
  assert.deepEqual(once.positions, shown.positions);
  assert.deepEqual(twice, once);
  assert.deepEqual(once.positions, await oracle(settings, changes, view.step));
});

test("it is known whether a run rests: what it was told to do is done, and is shown", async () => {
  await withSession(async (session) => {
    const rests = () => session.state.resting;
    const starting = session.start(small, { until: 20, playing: false });
    assert.ok(!rests());
    await starting;
    assert.ok(!rests());
    await rest(session);
    assert.equal(session.state.snapshot.step, 20);
    for (const [tell, step] of [
      [() => session.step(), 21],
      [() => session.pause(), 21],
      [() => session.seek(5), 5],
      [() => session.seek(5), 5],
      [() => session.step(2), 7],
      [() => session.seek(20), 20],
    ]) {
      tell();
      assert.ok(!rests());
      await rest(session);
      assert.deepEqual([session.state.snapshot.step, session.state.recall.step], [step, step]);
    }
    const changing = session.set("margin", 0.3);
    assert.ok(!rests());
    await changing;
    assert.ok(!rests());
    await rest(session);
    assert.equal(session.state.snapshot.settings.margin, 0.3);
    session.play();
    await until(session, ({ step }) => step > 24);
    assert.ok(!rests());
    session.pause();
    const { snapshot } = await rest(session);
    session.step();
    assert.equal((await rest(session)).snapshot.step, snapshot.step + 1);
    await assert.rejects(session.set("data", "own"));
    assert.ok(rests());
  });
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

test("the triplets drawn are those that the step used and that have a loss, and the gradient is theirs", async () => {
  for (const mining of ["all", "hard", "semihard", "easy_positive", "distance_weighted", "random"]) {
    const settings = { ...small, mining, margin: 0.7, swap: mining === "hard" };
    const { snapshot } = await seenAt(settings, [], 9);
    const { trainer, training, heldOut, embedding } = await trained(settings, [], 9);
    const used = trainer.lastTriplets();
    const sides = [used.anchors, used.positives, used.negatives].map((rows) => pick(training, rows));
    assert.deepEqual(snapshot.batch, pick(training, trainer.lastBatch));
    assert.ok(snapshot.batch.every((row) => !heldOut.includes(row)));

    const [anchors, positives, negatives] = sides;
    const { margin, swap } = settings;
    const options = { margin, swap, convention: "exact", reduction: "none" };
    const { loss, gradient } = triplet.indexedLoss(embedding, { anchors, positives, negatives }, options);
    const triples = (list) => list.map((i) => sides.map((side) => side[i]).join(" ")).sort();
    const drawn = Array.from({ length: snapshot.forces.length / 3 }, (_, i) =>
      snapshot.forces.subarray(3 * i, 3 * i + 3).join(" "),
    );
    assert.ok(drawn.length > 0, mining);
    assert.equal(snapshot.terms, "triplets");
    assert.deepEqual(drawn.sort(), triples([...loss.data.keys()].filter((i) => loss.data[i] > 0)), mining);

    const longest = (data) => data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const expected = pickRows(gradient.data, 2, snapshot.batch).data;
    const [scale, own] = [longest(expected), longest(snapshot.gradient)];
    expected.forEach((value, i) => assert.ok(Math.abs(value / scale - snapshot.gradient[i] / own) < 1e-4, mining));
  }
});

test("a change after a step leaves the step's triplets what they were", async () => {
  const { snapshot, changes } = await withSession(async (session) => {
    await session.start({ ...small, mining: "semihard" }, { until: 6, playing: false });
    await until(session, ({ step }) => step === 6);
    await session.set("mining", "all");
    await session.set("margin", 3);
    return until(session, ({ snapshot }) => snapshot.settings.margin === 3);
  });
  assert.deepEqual(changes.map(([, key]) => key), ["mining", "margin"]);
  const { trainer, training } = await trained(small, [], 6);
  assert.equal(snapshot.forces.length / 3, trainer.lastTriplets().anchors.length);
  assert.ok(snapshot.forces.every((row) => training.includes(row)));
});

test("of a loss of pairs the farthest positive and nearest negative of each anchor are drawn, if active", async () => {
  const margins = { positiveMargin: 0.3, negativeMargin: 0.4 };
  for (const loss of ["contrastive", "info_nce", "sup_con", "multi_similarity"]) {
    const settings = schema.clamp({ ...small, distance: undefined, temperature: undefined, ...margins, loss });
    const { snapshot } = await seenAt(settings, [], 9);
    const { trainer, training, embedding } = await trained(settings, [], 9);
    const { batch, forces } = snapshot;
    assert.deepEqual(batch, pick(training, trainer.lastBatch));
    assert.equal(snapshot.terms, "pairs");
    assert.ok(snapshot.activeShare > 0 && snapshot.activeShare <= 1);

    const { labels } = await loadShipped(settings);
    const { distance } = settings;
    const apart = triplet.distances(embedding, embedding, { distance }).data;
    const at = (a, b) => apart[a * embedding.rows + b];
    const [within, beyond] = loss === "contrastive" ? Object.values(margins) : [-1, Infinity];
    const expected = Array.from(batch, (anchor) => {
      const others = batch.filter((row) => row !== anchor).sort((x, y) => at(anchor, x) - at(anchor, y));
      const positive = others.findLast((row) => labels[row] === labels[anchor]);
      const negative = others.find((row) => labels[row] !== labels[anchor]);
      return [anchor, at(anchor, positive) > within ? positive : -1, at(anchor, negative) < beyond ? negative : -1];
    }).filter(([, positive, negative]) => positive >= 0 || negative >= 0);
    const found = Array.from({ length: forces.length / 3 }, (_, i) => forces.subarray(3 * i, 3 * i + 3).join(" "));
    assert.deepEqual(found.sort(), expected.map((force) => force.join(" ")).sort(), loss);

    const rows = pickRows(embedding.data, 2, batch);
    const options = { loss, distance, ...(loss === "contrastive" && margins) };
    const { gradient } = triplet.batchLoss(rows, pick(labels, batch), options);
    assert.deepEqual(snapshot.gradient, gradient.data, loss);
  }
});

test("another loss brings its distance and temperature, and the run comes back from its link", async () => {
  const [hash, shown] = await withSession(async (session) => {
    await session.start(small, { until: 20, playing: false });
    await until(session, ({ step }) => step === 20);
    await session.set("loss", "sup_con");
    const brought = [[20, "loss", "sup_con"], [20, "distance", "cosine"], [20, "temperature", 0.1]];
    assert.deepEqual(session.state.changes, brought);
    session.step(5);
    await until(session, ({ step }) => step === 25);
    await session.set("distance", "squared");
    await session.set("loss", "contrastive"); // what was chosen stays
    session.step(15);
    const { snapshot, step, changes } = await until(session, ({ step }) => step === 40);
    const { loss, distance, temperature } = session.current;
    assert.deepEqual([loss, distance, temperature], ["contrastive", "squared", 0.07]);
    assert.deepEqual(snapshot.settings, session.current);
    return [encode({ settings: session.settings, changes, view: { step } }), snapshot];
  });
  const { settings, changes, view } = decode(hash, schema);
  assert.deepEqual((await seenAt(settings, changes, view.step)).snapshot.positions, shown.positions);
  assert.deepEqual(await oracle(settings, changes, view.step), shown.positions);
});

test("of many triplets some of every class are drawn", async () => {
  const settings = { ...small, data: "digits", mining: "all", classesPerBatch: 10, rowsPerClass: 10, margin: 5 };
  const { snapshot } = await seenAt(settings, [], 2);
  const { labels } = await loadShipped(settings);
  for (const [list, most] of [[snapshot.lines, 260], [snapshot.forces, 2100]]) {
    assert.ok(list.length > 300 && list.length <= 3 * most);
    assert.equal(new Set(list.filter((_, i) => i % 3 === 0).map((row) => labels[row])).size, 10);
  }
});

test("recall is that of the held-out rows, among the training rows and among themselves", async () => {
  const { snapshot, recall } = await seenAt(small, [], 30);
  const { againstTraining, amongThemselves } = await recallOf(small, [], 30);
  assert.equal(snapshot.recall.value, againstTraining.precisionAt1);
  assert.equal(snapshot.recall.among, amongThemselves.precisionAt1);
  assert.deepEqual([snapshot.recall.skipped, snapshot.recall.amongSkipped], [0, amongThemselves.skipped]);
  assert.deepEqual(recall, { step: 30, ...snapshot.recall });
});

test("whole classes held out, and a free table", async () => {
  await withSession(async (session) => {
    const settings = { ...small, data: "digits", heldOut: 0.5, holdOut: "classes" };
    await session.start(settings, { until: 3, playing: false });
    const { labels } = session.dataset;
    const { heldOut } = triplet.split(labels, 0.5, settings.seed, "classes");
    assert.deepEqual(session.heldOut, Uint8Array.from(labels, (_, row) => heldOut.includes(row)));
    assert.deepEqual([session.evaluated.on, session.evaluated.total], ["classes", heldOut.length]);
    assert.ok(session.evaluated.queries < heldOut.length);
    const { recall } = await until(session, ({ recall, step }) => recall?.step === 3 && step === 3);
    assert.ok(recall.value > 0.2 && recall.among === null);

    await session.start({ ...small, encoder: "free" }, { until: 3, playing: false });
    const { snapshot } = await until(session, ({ step }) => step === 3);
    assert.ok(session.heldOut.every((held) => held === 0));
    assert.equal(session.evaluated.on, "training");
    assert.equal(snapshot.positions.length, 2 * session.dataset.n);
  });
});

// Classes of so many rows around places of their own.
function classesOf(sizes) {
  const labels = Int32Array.from(sizes.flatMap((size, label) => Array(size).fill(label)));
  return createDataset({
    name: "own",
    title: "apart",
    columns: ["x", "y"],
    classes: sizes.map((_, label) => `class ${label}`),
    labels,
    values: Float32Array.from({ length: 2 * labels.length }, (_, i) => labels[i >> 1] ** (1 + (i % 2)) + (i % 7) / 100),
    n: labels.length,
    d: 2,
  });
}

function evaluated(sizes, settings = {}) {
  const run = new Run(triplet, classesOf(sizes), { ...small, ...settings }, []);
  const recall = run.evaluate(run.snapshot());
  const { on } = run.evaluated;
  const held = run.heldOut.reduce((sum, one) => sum + one, 0);
  run.free();
  return { on, held, recall };
}

test("no figure where there is nothing to tell it by, and whole classes where no row can be spared", () => {
  const seven = evaluated([7, 7, 7], { encoder: "linear" });
  assert.deepEqual([seven.on, seven.held, seven.recall.raw, seven.recall.among], ["rows", 3, 1, null]);
  const pairs = evaluated(Array(60).fill(2));
  assert.deepEqual([pairs.on, pairs.held, pairs.recall.among], ["classes", 24, null]);
  const few = evaluated([2, 2, 2]);
  assert.deepEqual([few.on, few.held], ["training", 0]);
  const lone = evaluated([5, 5, 1], { heldOut: 0, encoder: "linear" });
  assert.deepEqual([lone.on, lone.recall.skipped, lone.recall.raw], ["training", 1, 1]);
});

test("a sample of the rows is asked, among all that there are", () => {
  const twins = Int32Array.from({ length: 1200 }, (_, row) => (row >> 1) % 4);
  const values = Float32Array.from(twins, (_, row) => (row >> 1) + (row % 2) / 100);
  const x = { data: values, rows: 1200, cols: 1 };
  const dataset = { ...classesOf([300, 300, 300, 300]), labels: twins, columns: ["x"], x, d: 1 };
  const heldOut = Uint8Array.from(twins, (label) => Number(label > 1));
  const evaluator = new Evaluator(triplet, dataset, heldOut, 1);
  const { on, queries, total } = evaluator.about;
  assert.ok(on === "classes" && queries < total);
  const recall = evaluator.evaluate(values, 1, { distance: "minkowski", p: 2 });
  assert.deepEqual(recall, { value: 1, skipped: 0, among: null, amongSkipped: 0, raw: 1 });
  const { labels } = dataset;
  const whole = new Evaluator(triplet, { ...dataset, labels: labels.map((label) => label % 2) }, heldOut, 1);
  assert.deepEqual(whole.evaluate(values, 1, { distance: "minkowski", p: 2 }).among, 1);
});

test("before the first step there is no loss and no share of active triplets", async () => {
  await withSession(async (session) => {
    await session.start(small, { playing: false });
    const { snapshot, record } = session.state;
    assert.deepEqual([snapshot.loss, snapshot.activeShare], [null, null]);
    assert.deepEqual([record.steps, record.loss.length, record.active.length, record.recall.length], [0, 0, 0, 1]);
  });
});

test("a run that is paused at a step already shown is evaluated there", async () => {
  await withSession(async (session) => {
    await session.start(small, { playing: false });
    session.play();
    for (const limit of [5, 6, 7]) {
      session.limit = limit;
      await until(session, () => session.arrived === limit);
    }
    session.pause();
    const { recall } = await until(session, ({ recall, step }) => step === 7 && recall?.step === 7);
    assert.equal(recall.value, (await recallOf(small, [], 7)).againstTraining.precisionAt1);
  });
});

test("a changed measure is measured anew", async () => {
  await withSession(async (session) => {
    await session.start(small, { until: 12, playing: false });
    await until(session, ({ recall }) => recall?.step === 12);
    await session.set("distance", "cosine");
    const { snapshot, recall } = await until(session, ({ snapshot }) => snapshot.settings.distance === "cosine");
    const { againstTraining } = await recallOf(small, [[12, "distance", "cosine"]], 12);
    assert.equal(snapshot.recall.value, againstTraining.precisionAt1);
    assert.equal(recall.value, againstTraining.precisionAt1);
  });
});

// A worker that says what a test lets it say, when the test says so.
function scripted() {
  const asked = [];
  const worker = { postMessage: (message) => asked.push(message), terminate() {} };
  const heard = (data) => worker.onmessage({ data });
  const last = async (type) => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    return asked.findLast((message) => message.type === type);
  };
  return {
    worker,
    last,
    heard,
    async stand(recall = null) {
      const { request: run } = await last("start");
      const heldOut = new Uint8Array(120);
      const evaluated = { on: "training", queries: 120, total: 120, every: 25 };
      const { snapshot, news } = seenIn(run, 0, recall);
      heard({ type: "reply", request: run, value: { run, rows: null, heldOut, evaluated, snapshot, news } });
      await new Promise((resolve) => setTimeout(resolve, 5));
      return run;
    },
    show: (run, step, recall) => heard(seenIn(run, step, recall)),
  };
}

function seenIn(run, step, recall = null) {
  const snapshot = {
    step,
    positions: new Float32Array(240),
    dim: 2,
    settings: small,
    loss: step ? 1 / step : null,
    activeShare: step ? 0.5 : null,
    collapsed: step === 7,
    recall,
  };
  return { type: "snapshot", run, order: 0, snapshot, news: { loss: [], active: [], recall: [], endings: [] } };
}

const share = (value) => ({ value, skipped: 0, among: null, amongSkipped: 0, raw: null });

test("a recall keeps its step however late it comes, and is missing where there is none", async () => {
  const { worker, stand, show, heard } = scripted();
  const session = new Session({ schema, load: loadShipped, createWorker: () => worker });
  session.start(small);
  const run = await stand();
  assert.equal(session.state.recall, null);
  show(run, 3);
  assert.equal(session.state.recall, null);
  show(run, 5, share(0.5));
  assert.deepEqual(session.state.recall, { step: 5, ...share(0.5) });
  heard({ ...seenIn(run, 7), news: { loss: [], active: [], recall: [{ step: 6, ...share(0.6) }], endings: [] } });
  assert.deepEqual([session.state.recall, session.state.collapsed], [{ step: 6, ...share(0.6) }, true]);
  show(run, 9);
  assert.deepEqual([session.state.recall.step, session.state.collapsed], [6, false]);
  show(run, 9, share(0.9)); // it is at rest there, and has been evaluated
  assert.deepEqual(session.state.recall, { step: 9, ...share(0.9) });
});

test("late words of the run before are not about the run that stands", async () => {
  const { worker, stand, show, heard, last } = scripted();
  const session = new Session({ schema, load: loadShipped, createWorker: () => worker });
  session.start(small);
  const first = await stand(share(0.1));
  show(first, 400, share(0.4));
  session.start({ ...small, seed: 2 }, { playing: true });
  await last("start");
  heard({ type: "stopped", run: first, order: 0, step: 400, news: seenIn(first, 400).news });
  const second = await stand(share(0.2));
  assert.deepEqual([session.state.playing, session.state.step], [true, 0]);
  show(first, 401, share(0.4));
  heard({ type: "stopped", run: first, step: 401, error: "too late" });
  assert.deepEqual([session.state.playing, session.state.step, session.state.recall.value], [true, 0, 0.2]);
  show(second, 1);
  assert.deepEqual([session.state.step, session.state.recall], [1, null]);
});

test("a run whose worker breaks off is not said to go on", async () => {
  const { worker, stand, show } = scripted();
  const session = new Session({ schema, load: loadShipped, createWorker: () => worker });
  const errors = [];
  session.addEventListener("error", ({ detail }) => errors.push(detail.message));
  session.start(small, { playing: true });
  show(await stand(), 8);
  worker.onerror({ message: "out of memory" });
  assert.deepEqual(errors, ["Training has stopped: out of memory"]);
  assert.deepEqual([session.state.playing, session.state.step], [false, 8]);
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
      session.pace = Infinity;
      await session.start(small);
      const { dataset } = session;
      await until(session, ({ step }) => step > 5);
      await assert.rejects(session.set("data", "drawn"), /Draw something first/);
      await assert.rejects(session.set("data", "own"), /takes at least two classes of two or more rows/);
      assert.equal(errors.length, 2);
      assert.equal(session.dataset, dataset);
      assert.deepEqual(session.settings, small);
      const { step } = session.state;
      const later = await until(session, (state) => state.step > step + 20);
      assert.equal(later.status, "ready");
      session.pause();
      await rest(session);
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
    session.pace = Infinity;
    await session.start({ ...small, optimizer: "sgd", distance: "squared", learningRate: 1, mining: "all", margin: 5 });
    await until(session, () => errors.length > 0);
    assert.match(errors[0], /^The run stopped after step \d+: /);
    assert.equal(session.state.playing, false);
    await session.start(small, { playing: true });
    await until(session, ({ step }) => step > 5);
  });
});

test("a collapse is named, and its cure works", async () => {
  await withSession(async (session) => {
    const { settings } = presets.find(({ id }) => id === "collapse");
    const collapses = async (more) => {
      await session.start({ ...schema.defaults(), ...settings, ...more }, { until: 150, playing: false });
      return (await until(session, ({ step }) => step === 150)).collapsed;
    };

    assert.ok(await collapses({}));
    session.seek(0);
    assert.ok(!session.state.collapsed);
    assert.ok(!(await collapses({ mining: "semihard" })));
    assert.ok(!(await collapses({ mining: "all" })));

    assert.ok(await collapses({ loss: "contrastive", learningRate: 0.5 }));
    assert.ok(!(await collapses({ loss: "contrastive", learningRate: 0.03 })));
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
    await rest(session);
    assert.deepEqual([session.state.playing, session.state.step], [false, 0]);
    session.play();
    await until(session, ({ step }) => step > 0);
  });
  const broken = { postMessage: () => queueMicrotask(() => broken.onerror({ message: "blocked" })) };
  const session = new Session({ schema, load: loadShipped, createWorker: () => broken });
  await assert.rejects(session.start(small), /Training could not be started: blocked/);
  assert.equal(session.state.status, "failed");
});
