import assert from "node:assert/strict";
import { test } from "node:test";
import { RunRecord } from "../../../web/src/model/record.js";
import { withChanges } from "../../../web/src/model/settings.js";
import { schema, trained, triplet, until, withSession } from "./world.mjs";

const small = { ...schema.defaults(), data: "rings", rows: 120, layers: [8], classesPerBatch: 3, rowsPerClass: 4 };

test("news bring a copy of a record up to it, whatever is forgotten between", () => {
  const [record, copy] = [new RunRecord(), new RunRecord()];
  const bring = () => copy.take(structuredClone(record.news()));
  const assertSame = () => {
    assert.deepEqual([...copy.loss], [...record.loss]);
    assert.deepEqual([...copy.active], [...record.active]);
    assert.deepEqual([copy.steps, copy.recall, copy.endings], [record.steps, record.recall, record.endings]);
  };
  record.recall.push({ step: 0, value: 0.1 });
  bring();
  for (let step = 1; step <= 3000; step++) {
    record.add(1 / step, step % 3 ? 0.5 : null);
    step % 25 === 0 && record.recall.push({ step, value: step });
    step % 7 === 0 && bring();
  }
  bring();
  assertSame();
  assert.ok(Number.isNaN(copy.active[2]) && copy.loss[2999] === 1 / 3000);
  assert.deepEqual(record.news(), { loss: new Float64Array(0), active: new Float64Array(0), recall: [], endings: [] });

  record.endings.push({ step: 3000 });
  bring();
  [record, copy].forEach((one) => one.back(1990));
  assert.deepEqual([record.steps, record.recall.at(-1).step, record.endings], [1990, 1975, []]);
  record.add(7, 7);
  bring();
  assertSame();
  assert.deepEqual([copy.steps, copy.loss.at(-1)], [1991, 7]);
});

test("loss and active share of every step, and recall of the same steps, are recorded in any replay", async () => {
  const changes = [[40, "p", 1], [60, "mining", "all"]];
  const seen = (steps, pace) =>
    withSession(async (session) => {
      session.pace = pace;
      await session.start(small, { changes, until: pace < Infinity ? steps - 3 : 0, playing: true });
      await until(session, ({ step }) => step >= steps);
      session.pause();
      const { record } = await until(session, ({ step, recall }) => recall.step === step);
      assert.equal(session.evaluated.every, 25);
      return { loss: record.loss.slice(0, steps), recall: record.recall.filter(({ step }) => step <= steps) };
    });
  const [once, again] = [await seen(110, Infinity), await seen(110, 1)];
  assert.deepEqual(again, once);
  assert.deepEqual(once.recall.map(({ step }) => step), [0, 25, 50, 75, 100]);

  const losses = [];
  await trained(small, changes, 110, (report) => losses.push(report.loss));
  assert.deepEqual([...once.loss], losses);
  for (const { step, value } of once.recall) {
    const { embedding, labels, heldOut } = await trained(small, changes, step);
    const { distance, p, seed } = withChanges(small, changes, step - 1);
    const { againstTraining } = triplet.evaluateHeldOut(embedding, labels, heldOut, { distance, p, seed });
    assert.equal(value, againstTraining.precisionAt1, `step ${step}`);
  }
});

test("of many rows recall is measured less often", async () => {
  await withSession(async (session) => {
    await session.start({ ...small, rows: 6000 }, { until: 101, playing: false });
    const { record } = await until(session, ({ step }) => step === 101);
    assert.deepEqual([session.evaluated.every, record.recall.map(({ step }) => step)], [100, [0, 100]]);
    assert.equal(record.loss.length, 101);
  });
});

test("a change forgets what was recorded of later steps", async () => {
  await withSession(async (session) => {
    await session.start(small, { until: 80, playing: false });
    await until(session, ({ step }) => step === 80);
    const before = session.state.record.loss.slice();
    session.seek(30);
    await session.set("margin", 3);
    assert.deepEqual([session.state.reached, session.state.record.recall.at(-1).step], [30, 25]);
    session.step(60);
    const { record } = await until(session, ({ step }) => step === 90);
    const losses = [];
    await trained(small, [[30, "margin", 3]], 90, (report) => losses.push(report.loss));
    assert.deepEqual([...record.loss], losses);
    assert.deepEqual(record.loss.slice(0, 30), before.slice(0, 30));
    assert.deepEqual(record.recall.map(({ step }) => step), [0, 25, 50, 75]);
  });
});
