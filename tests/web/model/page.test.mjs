// The page without a page: what its buttons, its links and its way back do.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Page } from "../../../web/src/model/page.js";
import { createWorker, fetch, schema, triplet, until as reached } from "./world.mjs";

// A body with a page that has opened a link, and asks for pictures as a real one does.
async function withPage(hash, body, { isStill = () => true } = {}) {
  const page = new Page({ triplet, schema, createWorker, fetch, isStill });
  const said = [];
  page.addEventListener("message", ({ detail }) => said.push(detail));
  const frames = setInterval(() => page.sessions.forEach((session) => session.requestSnapshot()), 2);
  try {
    await page.open(hash);
    await body(page, said);
  } finally {
    clearInterval(frames);
    page.sessions.forEach((session) => session.close());
  }
}

const until = (holds) => reached({ state: null }, holds);
const stepOf = (page) => page.session.state.snapshot?.step;

test("an empty link opens on one triplet with the run behind it at rest; a click away it plays", () =>
  withPage(
    "",
    async (page) => {
      assert.deepEqual([page.view.place, page.playing, page.address()], ["one", false, ""]);
      assert.equal(page.session.dataset.name, "digits");
      page.go("run");
      assert.equal(page.playing, true);
      await until(() => stepOf(page) > 0);
      page.go("one");
      assert.deepEqual([page.playing, page.view.place], [false, "one"]);
    },
    { isStill: () => false },
  ));

test("a link opens as it was left: run, step, anchor, story, camera, comparison", async () => {
  const settings = { ...schema.defaults(), data: "iris", margin: 0.5 };
  let hash;
  let positions;
  await withPage("#data=iris", async (page) => {
    await page.run({
      settings,
      compare: { settings: { ...settings, mining: "hard" } },
      view: { step: 30, story: "collapse" },
    });
    await until(() => page.sessions.every(({ state }) => state.snapshot?.step === 30));
    page.look({ anchor: 7, zoom: 2, x: 0.5 });
    hash = page.address(30);
    positions = page.sessions.map(({ state }) => state.snapshot.positions);
  });
  await withPage(hash, async (page) => {
    await until(() => page.sessions.every(({ state }) => state.snapshot?.step === 30));
    const { anchor, zoom, x, story, place } = page.view;
    assert.deepEqual([anchor, zoom, x, story, place], [7, 2, 0.5, "collapse", "run"]);
    assert.deepEqual(page.sessions.map(({ state }) => state.snapshot.positions), positions);
  });
});

test("every change can be undone and redone, to the bit", () =>
  withPage("#data=iris", async (page) => {
    await page.set("margin", 2);
    await page.set("seed", 5);
    await page.set("mining", "hard");
    assert.deepEqual([page.session.current.margin, page.session.current.seed], [2, 5]);
    const { positions } = page.session.state.snapshot;

    await page.undo();
    assert.deepEqual([page.session.current.mining, page.session.current.seed], ["semihard", 5]);
    await page.undo();
    assert.equal(page.session.current.seed, 1);
    await page.undo();
    assert.equal(page.session.current.margin, 1);
    assert.equal(page.canUndo, false);

    await page.redo();
    await page.redo();
    await page.redo();
    assert.equal(page.canRedo, false);
    const { margin, seed, mining } = page.session.current;
    assert.deepEqual([margin, seed, mining], [2, 5, "hard"]);
    assert.deepEqual(page.session.state.snapshot.positions, positions);
  }));

test("undoing a live change goes on at the step that was reached, as if it had not been made", () =>
  withPage("#data=iris", async (page) => {
    const { settings } = page.session;
    await page.run({ settings, view: { step: 20 } });
    await until(() => stepOf(page) === 20);
    await page.set("margin", 3);
    for (let i = 0; i < 10; i++) {
      page.step();
    }
    await until(() => stepOf(page) === 30);
    const changed = page.session.state.snapshot.positions;
    await page.undo();
    await until(() => stepOf(page) === 30);
    assert.deepEqual(page.session.state.changes, []);
    const undone = page.session.state.snapshot.positions;
    assert.notDeepEqual(undone, changed);

    await page.run({ settings, view: { step: 30 } });
    await until(() => stepOf(page) === 30);
    assert.deepEqual(page.session.state.snapshot.positions, undone);
  }));

test("choosing an anchor is a change of its own, which restarts nothing", () =>
  withPage("#data=iris", async (page) => {
    const { snapshot } = page.session.state;
    page.choose(3);
    assert.equal(page.anatomy().anchor, 3);
    assert.equal(page.anatomy(), page.anatomy());
    await page.undo();
    assert.deepEqual([page.view.anchor, page.anatomy()], [-1, null]);
    assert.equal(page.session.state.snapshot, snapshot);
  }));

test("comparing adds a run that differs in one setting; leaving it, or Back, leaves nothing behind", () =>
  withPage("#data=iris", async (page) => {
    const before = page.address();
    page.compare();
    await until(() => page.sessions.length === 2 && page.sessions.every(({ settings }) => settings));
    const [a, b] = page.sessions.map(({ current }) => current);
    assert.deepEqual(Object.keys(a).filter((key) => String(a[key]) !== String(b[key])), ["mining"]);
    assert.match(page.address(), /compare=true/);
    page.openPanel("settings");
    await page.open(before);
    assert.deepEqual([page.comparing, page.view.panel, page.address()], [false, "", before]);
  }));

test("a shared setting restarts both compared runs, another only the selected one", () =>
  withPage("#data=iris&compare=true&b.mining=hard", async (page) => {
    const [a, b] = page.sessions;
    await page.set("seed", 9);
    assert.deepEqual([a.current.seed, b.current.seed], [9, 9]);
    page.select(1);
    await page.set("dim", 3);
    assert.deepEqual([a.current.dim, b.current.dim], [2, 3]);
  }));

test("what is refused is said, and the run goes on", () =>
  withPage("#data=iris", async (page, said) => {
    const { snapshot } = page.session.state;
    await page.run({ settings: { ...page.session.settings, data: "own" } });
    assert.match(said.at(-1), /open a file/);
    assert.equal(page.session.state.snapshot, snapshot);
    assert.equal(page.pending, 0);
  }));

test("a link to somebody's own file asks for it, and is opened when it comes", async () => {
  let own;
  await withPage("#data=iris", async (page) => (own = { ...page.session.dataset, name: "own" }));
  await withPage(`#data=own&margin=0.25&checksum=${own.checksum}`, async (page) => {
    assert.deepEqual([page.view.panel, page.awaited, page.session.dataset.name], ["data", own.checksum, "digits"]);
    await page.useData(own);
    assert.deepEqual([page.session.dataset.name, page.session.current.margin, page.awaited], ["own", 0.25, ""]);
  });
});

test("symbols that a link should carry and does not are told", () =>
  withPage("#data=drawn&symbols=x", async (page, said) => {
    assert.match(said[0], /symbols in this link cannot be read/);
    assert.equal(page.session.dataset.name, "digits");
  }));
