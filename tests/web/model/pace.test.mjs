// How fast runs play, and that they rest when there is nothing to do.
import assert from "node:assert/strict";
import { test } from "node:test";
import { stepsPerSecond } from "../../../web/src/model/pace.js";
import { Session } from "../../../web/src/model/session.js";
import { Pacer } from "../../../web/src/worker/pacer.js";
import { createWorker, loadShipped, schema, until, withSession } from "./world.mjs";

const small = { ...schema.defaults(), data: "moons", rows: 90, layers: [8], classesPerBatch: 2, rowsPerClass: 4 };

// Steps that a machine as fast as need be has taken after so many ms, looking every `period` ms.
function stepsAfter(time, { pace, period, from = 0 }) {
  const pacer = new Pacer();
  pacer.pace = pace;
  pacer.restart(0);
  let step = from;
  for (let now = 0; now <= time; now += period) {
    while (pacer.due(now, step) > 0) {
      step++;
      pacer.taken();
    }
  }
  return step - from;
}

test("a run plays slowly at first, then faster and faster, and a multiple of that", () => {
  assert.deepEqual([stepsPerSecond(1, 0), stepsPerSecond(1, 100), stepsPerSecond(2, 100)], [6, 34, 68]);
  const timeOf = (steps, pace) => {
    const times = Array.from({ length: steps }, (_, step) => 1000 / (pace * (6 + 0.28 * step)));
    return times.reduce((sum, time) => sum + time, 0);
  };
  for (const pace of [0.5, 1, 2, 4]) {
    for (const period of [4, 16, 60]) {
      const steps = stepsAfter(2000, { pace, period });
      const [early, late] = [timeOf(steps, pace), timeOf(steps + 1, pace)];
      assert.ok(early < 2000 + 4 * period && late > 2000 - 4 * period, `${pace}, ${period}: ${steps}`);
    }
  }
  assert.equal(stepsAfter(160, { pace: 1, period: 1 }), 0);
  assert.equal(stepsAfter(170, { pace: 1, period: 1 }), 1);
});

test("at full speed a step is always due", () => {
  const pacer = new Pacer();
  pacer.pace = Infinity;
  pacer.restart(5);
  for (let step = 0; step < 3; step++) {
    assert.equal(pacer.due(5, step), Infinity);
    pacer.taken();
  }
  assert.equal(pacer.wait(3) <= 0, true);
  pacer.pace = 1;
  pacer.restart(5);
  assert.equal(pacer.due(5, 3), 0);
});

test("what could not be done in time is given up", () => {
  const pacer = new Pacer();
  pacer.restart(0);
  assert.equal(pacer.due(60000, 0), 1);
  assert.equal(pacer.due(60000, 1000), 1);
  assert.equal(pacer.due(120000, 1000), 29);
  pacer.restart(120000);
  assert.equal(pacer.due(120001, 0), 0);
  const wait = pacer.wait(0);
  assert.equal(pacer.due(120001 + wait + 1e-6, 0), 1);
});

const pending = () => process.getActiveResourcesInfo().filter((name) => /Timeout|Immediate/.test(name));
const pass = (time) => new Promise((resolve) => setTimeout(resolve, time));

test("a run that is paused, has ended, or that nobody sees, leaves the machine alone", async () => {
  const session = new Session({ schema, load: loadShipped, createWorker });
  try {
    session.pace = 4;
    await session.start(small, { playing: true });
    const look = async () => {
      session.requestSnapshot();
      await pass(40);
      return pending();
    };
    const rests = async () => {
      for (let looks = 0; (await look()).length > 0; looks++) {
        assert.ok(looks < 1000, "it works on");
      }
      assert.deepEqual(await look(), []);
    };
    assert.notDeepEqual(await look(), []);
    session.hidden = true;
    await rests();
    const { step } = session.state;
    await pass(80);
    await look();
    assert.equal(session.state.step, step);
    assert.ok(session.state.playing);

    session.seek(step + 20);
    await look();
    assert.ok(session.state.seeking);
    session.hidden = false;
    while (session.state.seeking) {
      await look();
    }
    assert.equal(session.state.snapshot.step, step + 20);
    await rests();

    session.pace = Infinity;
    session.play();
    while (session.state.playing) {
      await look();
    }
    await rests();
    assert.equal(session.state.ending.step, session.state.step);
    session.pace = 4;
    session.play();
    assert.notDeepEqual(await look(), []);
    session.pause();
    await rests();
  } finally {
    session.close();
  }
});

test("a run that is begun while nobody sees the page waits", async () => {
  await withSession(async (session) => {
    session.hidden = true;
    session.pace = Infinity;
    await session.start(small, { playing: true });
    await pass(60);
    assert.equal(session.state.step, 0);
    session.hidden = false;
    await until(session, ({ step }) => step > 10);
  });
});
