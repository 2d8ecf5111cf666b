// What a run is asked about: its threshold, and where a new row lands.
import assert from "node:assert/strict";
import { test } from "node:test";
import { pick, pickRows } from "../../../web/src/model/rows.js";
import { columnsOfCells, neighborsOf, verified } from "../../../web/src/worker/questions.js";
import { loadShipped, schema, tableFile, triplet, until, withSession } from "./world.mjs";

const small = { ...schema.defaults(), layers: [8] };

async function ask(settings, steps, body, load = loadShipped) {
  return withSession(
    async (session) => {
      await session.start(schema.clamp({ ...small, ...settings }), { until: steps, playing: false });
      await until(session, ({ step }) => step === steps);
      return body(session);
    },
    { load },
  );
}

// By hand: the shares of pairs told right, of different ones accepted, and of same ones accepted.
function judge(points, labels, threshold) {
  const counts = { right: 0, all: 0, same: 0, accepted: 0, mistaken: 0 };
  for (let i = 0; i < labels.length; i++) {
    for (let j = 0; j < i; j++) {
      const near = Math.hypot(points[2 * i] - points[2 * j], points[2 * i + 1] - points[2 * j + 1]) <= threshold;
      const same = labels[i] === labels[j];
      counts.all++;
      counts.right += Number(near === same);
      counts.same += Number(same);
      counts.accepted += Number(same && near);
      counts.mistaken += Number(!same && near);
    }
  }
  const { right, all, same, accepted, mistaken } = counts;
  return { accuracy: right / all, far: mistaken / (all - same), tar: accepted / same, pairs: all };
}

test("a threshold is chosen on one half of the held-out rows and judged on the other", async () => {
  await ask({ data: "rings", rows: 300 }, 60, async (session) => {
    const found = await session.verify();
    const { dataset, heldOut, state } = session;
    const rows = Int32Array.from(heldOut.keys()).filter((row) => heldOut[row]);
    const halves = triplet.split(pick(dataset.labels, rows), 0.5, small.seed);
    const [chosen, judged] = [halves.training, halves.heldOut].map((half) => pick(rows, half));
    const { threshold } = triplet.verify(
      pickRows(state.snapshot.positions, 2, chosen),
      pick(dataset.labels, chosen),
    );
    const { interval, on, ...figures } = found;
    const { positions } = state.snapshot;
    const byHand = judge(pickRows(positions, 2, judged).data, pick(dataset.labels, judged), threshold);
    assert.deepEqual(figures, { threshold, ...byHand });
    assert.equal(on, "rows");
    assert.ok(interval[0] < found.accuracy && found.accuracy < interval[1] && interval[1] - interval[0] > 0.05);
  });
});

test("where nothing is held out, or too little, there is no threshold", async () => {
  const none = { threshold: null, accuracy: null, interval: null, far: null, tar: null, pairs: null };
  await ask({ data: "rings", rows: 60, heldOut: 0 }, 3, async (session) => {
    assert.deepEqual(await session.verify(), { on: "training", ...none });
  });
  const points = { data: Float32Array.from({ length: 20 }, (_, i) => i), rows: 10, cols: 2 };
  const settings = { distance: "minkowski", p: 2 };
  for (const [labels, rows] of [
    [[0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [1, 2, 3, 4]],
    [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 3, 4]],
    [[0, 0, 1, 1, 0, 0, 1, 1, 0, 0], [3]],
    [[0, 0, 1, 1, 0, 0, 1, 1, 0, 0], []],
  ]) {
    const of = { points, labels: Int32Array.from(labels), rows: Int32Array.from(rows), settings, seed: 1 };
    assert.deepEqual(verified(triplet, of), none);
  }
});

test("a new row lands where the model puts it, and its nearest training rows vote", async () => {
  await ask({ data: "digits", mining: "all" }, 20, async (session) => {
    const { dataset, heldOut, state } = session;
    const row = heldOut.indexOf(1);
    const values = dataset.values.slice(row * 64, (row + 1) * 64);
    const { position, neighbors, votes } = await session.embed(values);
    const { positions } = state.snapshot;
    assert.deepEqual(position, positions.slice(2 * row, 2 * row + 2));
    const distance = (other) => Math.hypot(positions[2 * other] - position[0], positions[2 * other + 1] - position[1]);
    const nearest = [...heldOut.keys()]
      .filter((other) => !heldOut[other])
      .sort((a, b) => distance(a) - distance(b))
      .slice(0, 5);
    assert.deepEqual(neighbors.map(({ row }) => row), nearest);
    neighbors.forEach((near) => assert.ok(Math.abs(near.distance - distance(near.row)) < 1e-5));
    const shares = new Map(votes.map(({ label, share }) => [label, share]));
    for (const [label, share] of shares) {
      assert.equal(share, nearest.filter((other) => dataset.labels[other] === label).length / 5);
    }
    assert.ok(Math.abs([...shares.values()].reduce((sum, share) => sum + share, 0) - 1) < 1e-9);

    const cells = Object.fromEntries(dataset.columns.map((name, i) => [name, String(values[i])]));
    assert.deepEqual((await session.embedRow(cells)).position, position);
    await assert.rejects(session.embedRow({ ...cells, pixel_0_3: "ink" }), /a number for pixel_0_3, got "ink"/);
    await assert.rejects(session.embed(values.slice(1)), /63/);
  });
});

test("of classes with as many votes the nearer is first", () => {
  const data = Float32Array.of(1, 0, 2, 0, 3, 0, 4, 0, 5, 0);
  const { votes } = neighborsOf(triplet, {
    point: { data: Float32Array.of(0, 0), rows: 1, cols: 2 },
    points: { data, rows: 5, cols: 2 },
    labels: Int32Array.of(3, 1, 0, 1, 0),
    rows: Int32Array.of(0, 1, 2, 3, 4),
    settings: { distance: "minkowski", p: 2 },
  });
  assert.deepEqual(votes, [{ label: 1, share: 0.4 }, { label: 0, share: 0.4 }, { label: 3, share: 0.2 }]);
});

test("a row of a table is told by its cells, after going back as before", async () => {
  const lines = Array.from({ length: 40 }, (_, i) => `${(i % 7) + 3 * (i % 2)};"${i % 2 ? "y, z" : "x"}";k${i % 2}`);
  const file = tableFile(`a;b;class\n${lines.join("\n")}\n`);
  file.describe({ label: "class" });
  const own = file.dataset();
  const load = async () => own;
  await ask({ data: "own" }, 30, async (session) => {
    const row = 11;
    const at = session.state.snapshot.positions.slice(2 * row, 2 * row + 2);
    const cells = { a: String((row % 7) + 3), b: "y, z" };
    assert.deepEqual((await session.embedRow(cells)).position, at);
    session.seek(12);
    await until(session, ({ seeking }) => !seeking);
    session.seek(30);
    assert.deepEqual((await session.embedRow(cells)).position, at);
    const [comma, point] = ["7,5", "7.5"].map((a) => session.embedRow({ ...cells, a }));
    assert.deepEqual(await comma, await point);
    await session.embedRow({});
    await assert.rejects(session.embedRow({ ...cells, a: "many" }), /column a: expected a number, got "many"/);
  }, load);
});

test("a cell may hold quotes, commas and line breaks", () => {
  const rows = '"a ""q"", r\ns",u\nplain,v\n';
  const table = triplet.readTable(`b,class\n${rows}${rows}`, { label: "class" });
  table.recipe.fit();
  assert.deepEqual([...columnsOfCells(triplet, table.recipe, { b: 'a "q", r\ns' })], [1, 0]);
});

test("free points have no place for a new row", async () => {
  await ask({ data: "rings", rows: 60, encoder: "free" }, 3, async (session) => {
    await assert.rejects(session.embed(Float32Array.of(1, 2)), /Free points have no place for a new row/);
  });
});

test("a question waits until the run is where it was sent to", async () => {
  await ask({ data: "rings", rows: 90 }, 60, async (session) => {
    session.seek(20);
    const { position } = await session.embed(session.dataset.values.slice(0, 2));
    const { snapshot } = await until(session, ({ seeking }) => !seeking);
    assert.deepEqual([snapshot.step, position], [20, snapshot.positions.slice(0, 2)]);
  });
});
