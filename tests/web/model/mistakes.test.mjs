import assert from "node:assert/strict";
import { test } from "node:test";
import { MistakeFinder } from "../../../web/src/model/mistake_finder.js";
import { confusions, findMistakes } from "../../../web/src/model/mistakes.js";
import { Page } from "../../../web/src/model/page.js";
import { serve } from "../../../web/src/worker/mistakes.js";
import { createWorker, fetch, schema, triplet, until, withSession, workerOf } from "./world.mjs";

const settings = { ...schema.defaults(), distance: "minkowski", p: 2 };
const line = (places, more = {}) => ({
  snapshot: { positions: Float32Array.from(places.flatMap((x) => [x, 0])), dim: 2, settings, step: 7 },
  ...more,
});

test("a held-out row is a mistake if the nearest row that was trained on is of another class", () => {
  const run = line([0, 1, 10, 11, 0.4, 10.4, 9.8, 1.2], {
    labels: Int32Array.of(0, 0, 1, 1, 0, 0, 0, 1),
    heldOut: Uint8Array.of(0, 0, 0, 0, 1, 1, 1, 1),
    on: "rows",
  });
  const { list, queries, skipped, total, guess, step } = findMistakes(triplet, run);
  assert.deepEqual([queries, skipped, total, guess, step], [4, 0, 4, 0.75, 7]);
  assert.deepEqual(
    list.map(({ row, neighbors }) => [row, neighbors.map((one) => one.row)]),
    [
      [6, [2, 3, 1]],
      [5, [2, 3, 1]],
      [7, [1, 0, 2]],
    ],
  );
  assert.ok(Math.abs(list[0].neighbors[0].distance - 0.2) < 1e-6);
  assert.deepEqual(confusions(list, run.labels), [
    { from: 0, to: 1, count: 2 },
    { from: 1, to: 0, count: 1 },
  ]);
});

test("whole classes, or all rows, are compared among themselves, and a row alone in its class with none", () => {
  const labels = Int32Array.of(0, 0, 1, 1, 2, 2, 3);
  const heldOut = Uint8Array.of(0, 0, 1, 1, 1, 1, 1);
  const places = [0, 0.1, 5, 6, 5.1, 9, 5.05];
  const classes = findMistakes(triplet, line(places, { labels, heldOut, on: "classes" }));
  // 4 and 6 stand between 2 and 3.
  assert.deepEqual([classes.queries, classes.skipped, classes.total], [4, 1, 5]);
  assert.deepEqual(classes.list.map(({ row }) => row).sort(), [2, 3, 4, 5]);
  const training = findMistakes(triplet, line(places, { labels, heldOut: new Uint8Array(7), on: "training" }));
  assert.deepEqual([training.queries, training.skipped, training.total], [6, 1, 7]);
  assert.deepEqual(training.list.map(({ row }) => row).sort(), [2, 3, 4, 5]);
  assert.ok(training.list.every(({ row, neighbors }) => neighbors.every((one) => one.row !== row)));
});

test("nothing is said of rows that are not there, and of many a sample is looked at", () => {
  const none = line([0, 1, 2], { labels: Int32Array.of(0, 0, 1), heldOut: Uint8Array.of(0, 0, 1), on: "rows" });
  const { list, queries, skipped, guess } = findMistakes(triplet, none);
  assert.deepEqual([list, queries, skipped, guess], [[], 0, 1, null]);

  const labels = Int32Array.from({ length: 400 }, (_, i) => i % 4);
  const heldOut = Uint8Array.from(labels, (_, i) => (i < 200 ? 0 : 1));
  const many = line(Array.from(labels, (label, i) => label + i / 1e4), { labels, heldOut, on: "rows", most: 4000 });
  const some = findMistakes(triplet, many);
  assert.deepEqual([some.queries, some.total], [20, 200]);
});

test("as many are mistakes as recall leaves over, whatever is held out and however it is measured", async () => {
  const runs = [
    { data: "iris" },
    { data: "iris", distance: "cosine" },
    { data: "iris", heldOut: 0 },
    { data: "iris", holdOut: "classes" },
    { data: "moons", rows: 200, noise: 0.4 },
  ];
  for (const patch of runs) {
    await withSession(async (session) => {
      await session.start(schema.clamp({ ...schema.defaults(), ...patch }), { until: 40, playing: false });
      const { snapshot } = await until(session, ({ snapshot }) => snapshot?.step === 40 && snapshot.recall);
      const { dataset, heldOut, evaluated } = session;
      const { list, queries, total } = findMistakes(triplet, {
        snapshot,
        labels: dataset.labels,
        heldOut,
        on: evaluated.on,
      });
      const about = JSON.stringify(patch);
      assert.equal(evaluated.queries, evaluated.total, `all are asked: ${about}`);
      assert.equal(total, evaluated.total, about);
      assert.ok(queries > 0, about);
      assert.ok(Math.abs(1 - list.length / queries - snapshot.recall.value) < 1e-12, about);
    });
  }
});

test("a page knows the mistakes of a run at rest, and of one that plays while they are looked at", async () => {
  const page = new Page({ triplet, schema, createWorker, fetch, isStill: () => true });
  const finder = new MistakeFinder(page, () => workerOf(serve));
  const frames = setInterval(() => page.sessions.forEach((session) => session.requestSnapshot()), 2);
  const looks = setInterval(() => page.session?.state.snapshot && finder.show(), 5);
  const wait = (holds) => until({ state: null }, holds);
  try {
    await page.open("#data=iris&margin=0.5");
    await wait(() => page.mistakes);
    assert.deepEqual(page.mistakes, Int32Array.from(page.found.list, ({ row }) => row));
    page.pace = 0.2; // it would soon come to its end
    page.play();
    await wait(() => page.mistakes === null);
    page.openPanel("mistakes");
    await wait(() => page.mistakes && page.found.step > 0);
    assert.ok(page.playing);
    page.pause();
    await wait(() => page.found?.step === page.session.state.snapshot.step);
    const before = page.found;
    await page.set("data", "moons");
    await wait(() => page.found && page.found !== before);
    assert.ok(page.mistakes.every((row) => row < page.session.dataset.n));
  } finally {
    clearInterval(frames);
    clearInterval(looks);
    finder.close();
    page.sessions.forEach((session) => session.close());
  }
});
