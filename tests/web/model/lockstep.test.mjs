import assert from "node:assert/strict";
import { test } from "node:test";
import { keepInStep } from "../../../web/src/model/lockstep.js";
import { schema, until, withSession } from "./world.mjs";

const quick = { ...schema.defaults(), data: "rings", rows: 60, layers: [4], classesPerBatch: 2, rowsPerClass: 2 };
const slow = { ...quick, layers: [128, 128], mining: "all", rowsPerClass: 20 };

// A body with two sessions in step, and a list of [step of the one, step of the other] at each picture.
const withTandem = (body) =>
  withSession((one) =>
    withSession(async (other) => {
      const seen = [];
      const letGo = keepInStep([one, other]);
      for (const session of [one, other]) {
        session.addEventListener("snapshot", () => seen.push([one.state.step, other.state.step]));
      }
      await body(one, other, { seen, letGo });
    }),
  );

// What has been begun is gone to its end.
async function pause(...sessions) {
  sessions.forEach((session) => session.pause());
  await Promise.all(sessions.map((session) => until(session, ({ step }) => step === session.limit)));
}

test("two runs show the same steps, at any pace, and the bits of one that is alone", async () => {
  const alone = await withSession(async (session) => {
    await session.start(slow, { until: 40, playing: false });
    return (await until(session, ({ step }) => step === 40)).snapshot.positions;
  });
  for (const pace of [20, Infinity]) {
    await withTandem(async (one, other, { seen }) => {
      one.pace = other.pace = pace;
      await Promise.all([one.start(quick), other.start(slow)]);
      await until(other, ({ step }) => step > 60);
      await pause(one, other);
      const common = new Set(seen.filter(([a, b]) => a === b).map(([step]) => step));
      assert.deepEqual(common, new Set(seen.flat()));
      assert.ok(common.size > 5);

      const { step } = one.state;
      one.step();
      other.step();
      await until(one, (state) => state.step === step + 1);
      await until(other, (state) => state.step === step + 1);
      one.play();
      other.play();
      await until(one, (state) => state.step > step + 5);

      await Promise.all([one, other].map((session) => session.replay([], 40)));
      await until(one, (state) => state.step === 40);
      await until(other, (state) => state.step === 40);
      assert.deepEqual(other.state.snapshot.positions, alone);
    });
  }
});

// What keepInStep knows of a session, at its limit at once.
class Swift extends EventTarget {
  state = { playing: true };
  pace = 1;
  limit = 0;
  get arrived() {
    return this.limit;
  }
  pause() {
    this.state.playing = false;
    this.dispatchEvent(new Event("state"));
  }
}

test("paused at a common step, both stay there", async () => {
  const [one, other] = [new Swift(), new Swift()];
  keepInStep([one, other]);
  one.dispatchEvent(new Event("state"));
  await null;
  assert.deepEqual([one.limit, other.limit], [1, 1]);
  one.pause();
  other.pause();
  await null;
  assert.deepEqual([one.limit, other.limit], [1, 1]);
});

test("one that begins anew is waited for, one that is refused or stops is not", async () => {
  await withTandem(async (one, other) => {
    one.pace = other.pace = Infinity;
    await Promise.all([one.start(quick), other.start(slow)]);
    await until(one, ({ step }) => step > 30);
    await other.set("seed", 5);
    assert.ok(other.state.step < one.state.step);
    await until(other, ({ step }) => step > 60 && step === one.state.step);
    await pause(one, other);
    assert.equal(one.state.step, other.state.step);
    one.play();
    other.play();

    await assert.rejects(other.set("data", "own"));
    const { step } = one.state;
    await until(one, (state) => state.step > step + 20);

    const wild = { ...quick, optimizer: "sgd", distance: "squared", learningRate: 1, mining: "all", margin: 5 };
    await other.start(wild);
    await until(other, ({ playing }) => !playing);
    const stopped = one.state.step;
    await until(one, (state) => state.step > stopped + 20);
  });
});

test("let go, each has its own pace again", async () => {
  await withTandem(async (one, other, { letGo }) => {
    one.pace = other.pace = Infinity;
    await Promise.all([one.start(quick), other.start(slow)]);
    await until(one, ({ step }) => step > 10);
    letGo();
    await until(one, ({ step }) => step > 3 * other.state.step + 100);
  });
});

test("sent back, both go there and play on together, whatever the step that was begun", async () => {
  await withTandem(async (one, other, { seen }) => {
    one.pace = other.pace = Infinity;
    await Promise.all([one.start(quick), other.start(slow)]);
    await until(other, ({ step }) => step > 60);
    for (const session of [one, other]) {
      session.seek(30);
    }
    await until(one, ({ seeking }) => !seeking);
    await until(other, ({ seeking }) => !seeking);
    assert.deepEqual([one, other].map(({ state, limit }) => [state.step, limit]), [[30, 30], [30, 30]]);
    seen.splice(0, Infinity, [30, 30]);
    one.play();
    other.play();
    await until(one, ({ step }) => step > 45);
    await pause(one, other);
    assert.equal(one.state.step, other.state.step);
    const common = new Set(seen.filter(([a, b]) => a === b).map(([step]) => step));
    assert.deepEqual(common, new Set(seen.flat()));
    assert.ok(Math.min(...common) >= 30);
  });
});
