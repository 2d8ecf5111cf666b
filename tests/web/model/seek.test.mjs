// Going to other steps of a run, and branching off there: the bits are those of a run that never left.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Checkpoints } from "../../../web/src/worker/checkpoints.js";
import { Run } from "../../../web/src/worker/run.js";
import { loadShipped, schema, trained, triplet, until, withSession } from "./world.mjs";

const small = { ...schema.defaults(), data: "rings", rows: 120, layers: [8], classesPerBatch: 3, rowsPerClass: 4 };
const at = (step) => (state) => !state.seeking && state.step === step;

const runs = {
  "a network with live changes": [{}, [[26, "margin", 2], [50, "mining", "random"], [75, "learningRate", 0.02]]],
  "a network that begins as the data": [{ data: "moons", layers: [8], residual: true, activation: "tanh" }, []],
  "free points": [{ encoder: "free", mining: "distance_weighted", margin: 3 }, [[60, "p", 1.5]]],
  "a table": [{ data: "iris", mining: "hard" }, [[0, "margin", 0.5], [70, "swap", true]]],
  "another loss, and the first again": [
    { loss: "contrastive", margin: 0.3 },
    [[30, "loss", "triplet"], [55, "loss", "info_nce"], [55, "distance", "cosine"], [80, "temperature", 0.2]],
  ],
};

for (const [name, [more, changes]] of Object.entries(runs)) {
  test(`restored, a run is to the bit what it was: ${name}`, async () => {
    const settings = schema.clamp({ ...small, ...more });
    const dataset = await loadShipped(settings);
    const [straight, wandering] = [0, 1].map(() => new Run(triplet, dataset, settings, changes));
    const seen = [straight.snapshot()];
    const saved = [straight.save()];
    while (straight.step < 120) {
      straight.train();
      seen.push(straight.snapshot());
      saved.push(straight.save());
    }
    for (const step of [120, 77, 26, 25, 24, 100, 0, 51, 1, 90, 120]) {
      wandering.approach(step);
      while (wandering.step < step) {
        wandering.train();
      }
      assert.deepEqual(wandering.snapshot(), seen[step], `step ${step}`);
      assert.equal(Buffer.compare(wandering.save(), saved[step]), 0, `the model of step ${step}`);
    }
    assert.deepEqual(wandering.record, straight.record);
    straight.free();
    wandering.free();
  });
}

test("the run itself goes to a step, and plays on from there with the same changes", async () => {
  const changes = [[20, "margin", 2], [70, "mining", "all"]];
  const expected = async (step) => (await trained(small, changes, step)).embedding.data;
  await withSession(async (session) => {
    session.pace = Infinity;
    await session.start(small, { changes, playing: true });
    await until(session, ({ step }) => step > 130);
    for (const step of [60, 25, 110, 0, 77]) {
      session.seek(step + 0.5);
      assert.deepEqual([session.state.step, session.state.playing], [step, false]);
      assert.ok(session.state.snapshot.step <= step, "what has been seen is shown at once");
      const { snapshot, reached } = await until(session, at(step));
      assert.equal(snapshot.step, step);
      assert.deepEqual(snapshot.positions, await expected(step));
      assert.equal(session.current.margin, step >= 20 ? 2 : 1);
      assert.ok(reached > 130);
    }
    assert.deepEqual(session.state.changes, changes);
    session.step(3);
    const { snapshot } = await until(session, at(80));
    assert.deepEqual(snapshot.positions, await expected(80));
    session.play();
    await until(session, ({ step }) => step > 90);
    session.seek(400);
    assert.deepEqual((await until(session, at(400))).snapshot.positions, await expected(400));
  });
});

test("of steps sought in quick succession the last is gone to", async () => {
  await withSession(async (session) => {
    await session.start(small, { until: 90, playing: false });
    await until(session, at(90));
    const seen = [];
    session.addEventListener("snapshot", () => seen.push(session.state.snapshot.step));
    [80, 10, 55, 33, 71].forEach((step) => session.seek(step));
    session.step(2); // from there
    const { snapshot } = await until(session, ({ snapshot }) => snapshot.step === 73);
    assert.deepEqual(snapshot.positions, (await trained(small, [], 73)).embedding.data);
    assert.ok(seen.length <= 6);
  });
});

test("a live change at an earlier step makes a branch", async () => {
  const changes = [[20, "margin", 2], [60, "margin", 3]];
  await withSession(async (session) => {
    await session.start(small, { changes, until: 100, playing: false });
    await until(session, at(100));
    session.seek(40);
    const changed = session.set("mining", "all");
    session.pause(); // what is asked meanwhile is no hindrance
    await changed;
    const branch = [[20, "margin", 2], [40, "mining", "all"]];
    assert.deepEqual([session.state.changes, session.state.reached], [branch, 40]);
    session.step(60);
    const { snapshot } = await until(session, ({ snapshot }) => snapshot.step === 100);
    assert.deepEqual(snapshot.positions, (await trained(small, branch, 100)).embedding.data);
    session.seek(50);
    const again = await until(session, at(50));
    assert.deepEqual(again.snapshot.positions, (await trained(small, branch, 50)).embedding.data);
    const model = triplet.load(await session.modelBytes());
    assert.equal(model.steps, 50);
    model.free();
  });
});

test("a run that could not go on can be gone back to", async () => {
  await withSession(async (session, errors) => {
    session.pace = Infinity;
    const wild = { ...small, optimizer: "sgd", distance: "squared", learningRate: 1, mining: "all", margin: 5 };
    await session.start(wild);
    await until(session, () => errors.length > 0);
    assert.ok(session.state.reached > 5);
    session.seek(400);
    await until(session, () => errors.length > 1);
    assert.ok(!session.state.seeking);
    session.seek(1);
    const { snapshot } = await until(session, at(1));
    assert.deepEqual(snapshot.positions, (await trained(wild, [], 1)).embedding.data);
  });
});

test("saved states are bounded in number and bytes, from the first to a late one", () => {
  for (const [bytes, most] of [[1000, 80], [5e6, 9], [1e8, 2]]) {
    const saved = new Checkpoints();
    let saves = 0;
    for (let step = 0; step <= 50000; step++) {
      saved.pass(step, () => (saves++, { length: bytes }));
      assert.ok(saved.steps.length <= most && saved.before(step).step <= step);
    }
    const { steps } = saved;
    const gaps = steps.slice(1).map((step, i) => step - steps[i]);
    assert.ok(steps[0] === 0 && new Set(gaps).size <= 1);
    assert.ok(steps.length >= most / 2 || most === 2, `${steps}`);
    assert.ok(50000 - steps.at(-1) <= (gaps[0] ?? 50000) && saves < 1000);
    assert.deepEqual([saved.before(0).step, saved.before(1).step, saved.before(steps[1]).step], [0, 0, 0]);
    saved.back(steps[1] - 1);
    assert.deepEqual(saved.steps, [0]);
  }
});
