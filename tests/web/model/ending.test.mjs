// Runs end by themselves, always at the same step.
import assert from "node:assert/strict";
import { test } from "node:test";
import { endingAt } from "../../../web/src/model/ending.js";
import { keepInStep } from "../../../web/src/model/lockstep.js";
import { presets } from "../../../web/src/model/presets.js";
import { RunRecord } from "../../../web/src/model/record.js";
import { Run } from "../../../web/src/worker/run.js";
import { loadShipped, schema, triplet, until, withSession } from "./world.mjs";

const small = { ...schema.defaults(), data: "moons", rows: 90, layers: [8], classesPerBatch: 2, rowsPerClass: 4 };
const EVERY = 25;

// A record of so many steps, and the first step at which it ends.
function endOf({ steps, loss, active, recall, collapsed = () => false, since = 0 }) {
  const record = new RunRecord();
  for (let step = 1; step <= steps; step++) {
    record.add(loss(step), active(step));
    if (step % EVERY === 0) {
      record.recall.push({ step, value: recall(step), collapsed: collapsed(step) });
      const ending = endingAt(record, step >= since ? since : 0);
      if (ending) {
        return ending;
      }
    }
  }
  return null;
}

const falling = (step) => 1 / (1 + step / 100);
const learning = { steps: 3000, loss: falling, active: () => 0.5, recall: (step) => step / 3000 };

test("it does not end while recall gets better or the loss falls", () => {
  assert.equal(endOf(learning), null);
  assert.equal(endOf({ ...learning, recall: () => 0.9, loss: (step) => 4 - step / 1000 }), null);
});

test("it ends when recall has not been better for 400 steps, and the loss does not fall", () => {
  const recall = (step) => Math.min(step, 500) / 1000;
  const level = { ...learning, recall, loss: () => 0.4 };
  assert.deepEqual(endOf(level), { step: 900, reason: "settled", recall: 0.5, active: 0.5 });
  const noisy = { ...level, loss: (step) => 0.4 + ((step * 7919) % 11) / 50 };
  assert.equal(endOf(noisy).step, 900);
  const late = { ...level, recall: (step) => (step < 800 ? recall(step) : 0.51) };
  assert.equal(endOf(late).step, 1200);
  const { step } = endOf({ ...level, loss: falling });
  const mean = (from) => Array.from({ length: 200 }, (_, i) => falling(from + i + 1)).reduce((a, b) => a + b) / 200;
  assert.ok(mean(step - 400) - mean(step - 200) < 0.01 && step > 900);
  assert.equal(endOf({ ...level, recall: () => null }).recall, null);
});

test("it ends when nothing was active for 200 steps, also where nothing was drawn", () => {
  const active = (step) => (step <= 310 ? 0.2 : step % 2 ? 0 : null);
  assert.deepEqual(endOf({ ...learning, active }), { step: 525, reason: "inactive", recall: 0.175, active: 0 });
  const { step, active: share } = endOf({ ...learning, active: () => null });
  assert.deepEqual([step, share], [200, null]);
});

test("it ends when all points have been in one place for 100 steps", () => {
  const collapsed = (step) => step >= 60 && step !== 200;
  const recall = 175 / 3000;
  assert.deepEqual(endOf({ ...learning, collapsed }), { step: 175, reason: "collapsed", recall, active: 0.5 });
  const again = endOf({ ...learning, collapsed: (step) => step >= 60 && step !== 150 });
  assert.equal(again.step, 275);
});

test("after a change all counts from there", () => {
  const level = { ...learning, recall: () => 0.5, loss: () => 0.4, active: () => 0.5 };
  assert.equal(endOf(level).step, 425);
  assert.equal(endOf({ ...level, since: 300 }).step, 725);
  assert.equal(endOf({ ...level, active: () => 0, since: 110 }).step, 325);
});

async function endingOf(settings, steps) {
  const run = new Run(triplet, await loadShipped(settings), settings, []);
  while (run.step < steps && run.record.endings.length === 0) {
    run.train();
  }
  run.free();
  return run.record.endings[0];
}

test("runs end where hard mining collapses, and of losses whose pairs are always active", async () => {
  const { settings } = presets.find(({ id }) => id === "collapse");
  const collapse = await endingOf(schema.clamp({ ...schema.defaults(), ...settings }), 400);
  assert.equal(collapse.reason, "collapsed");
  for (const loss of ["info_nce", "sup_con", "multi_similarity", "contrastive"]) {
    const { reason, active } = await endingOf(schema.clamp({ ...small, distance: undefined, loss }), 3000);
    assert.ok(reason === "settled" && active > 0.02, loss);
  }
});

test("a run pauses itself at its ending, plays on until it ends again, and ends anew after a change", async () => {
  const { step: expected } = await endingOf(small, 3000);
  await withSession(async (session) => {
    session.pace = Infinity;
    await session.start(small, { playing: true });
    const { step, ending, recall, record } = await until(session, ({ ending }) => ending);
    assert.deepEqual([step, ending.step, record.steps, session.state.playing], [expected, expected, expected, false]);
    assert.equal(recall.value, ending.recall);

    session.play();
    assert.equal(session.state.ending, null);
    const again = await until(session, ({ ending }) => ending);
    assert.ok(again.step > expected + 100 && !again.playing, String(again.step));

    session.seek(expected - 50);
    await until(session, ({ seeking }) => !seeking);
    assert.equal(session.state.ending, null);
    session.play();
    assert.equal((await until(session, ({ ending }) => ending)).step, expected);

    await session.set("margin", 2);
    assert.equal(session.state.ending, null);
    session.play();
    const next = await until(session, ({ ending }) => ending);
    assert.ok(next.step > expected + 100);
    assert.deepEqual(next.record.endings.map(({ step }) => step), [expected, next.step]);
  });
});

test("a link to the ending tells it, and a replay beyond does not stop there", async () => {
  const ending = await endingOf(small, 3000);
  await withSession(async (session) => {
    await session.start(small, { until: ending.step, playing: false });
    await until(session, ({ step }) => step === ending.step);
    assert.deepEqual(session.state.ending, ending);
    await session.start(small, { until: ending.step + 40, playing: false });
    await until(session, ({ step }) => step === ending.step + 40);
    assert.equal(session.state.ending, null);
  });
});

test("two runs end when both have ended", async () => {
  const [one, other] = [small, { ...small, data: "rings", rows: 60, seed: 3 }];
  const endings = [await endingOf(one, 3000), await endingOf(other, 3000)];
  assert.notEqual(endings[0].step, endings[1].step);
  await withSession((first) =>
    withSession(async (second) => {
      const letGo = keepInStep([first, second]);
      first.pace = second.pace = Infinity;
      await Promise.all([first.start(one, { playing: true }), second.start(other, { playing: true })]);
      await until(first, ({ ending, playing }) => !playing && ending);
      await until(second, ({ ending, playing }) => !playing && ending);
      await until(first, ({ step }) => step === first.limit);
      await until(second, ({ step }) => step === first.state.step);
      const latest = Math.max(...endings.map(({ step }) => step));
      assert.ok(first.state.step >= latest && first.state.step < latest + 5000);
      // Either may have gone on, and come to its end once more, before both had stopped.
      assert.deepEqual([first, second].map(({ state }) => state.record.endings[0]), endings);
      letGo();
    }),
  );
});
