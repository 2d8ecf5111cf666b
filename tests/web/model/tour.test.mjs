// The tour without the page: it sets up what it tells of, waits for it, and tells nothing that was not measured.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Page } from "../../../web/src/model/page.js";
import { presets, runOf } from "../../../web/src/model/presets.js";
import { figuresOf, steps, Tour } from "../../../web/src/model/tour.js";
import { createWorker, fetch, schema, triplet, until as reached } from "./world.mjs";

// A page whose tour is followed as its frames would.
async function withTour(body, { isStill = false } = {}) {
  const page = new Page({ triplet, schema, createWorker, fetch, isStill: () => isStill });
  const tour = new Tour(page, () => isStill);
  const frames = setInterval(() => {
    page.sessions.forEach((session) => session.requestSnapshot());
    tour.follow();
  }, 4);
  try {
    await body(page, tour);
  } finally {
    clearInterval(frames);
    page.sessions.forEach((session) => session.close());
  }
}

const until = (holds) => reached({ state: null }, holds);

const text = (tour) => tour.sentences.map((parts) => parts.map((part) => part.figure ?? part).join("")).join(" ");
const isShown = (page, at) => () => !page.playing && page.session.state.snapshot?.step === at;

test("a step sets up its run, waits for what it tells, and then tells it with the run's own figures", () =>
  withTour(async (page, tour) => {
    await page.open("");
    tour.go(1);
    await until(isShown(page, steps[0].at));
    assert.equal(page.view.place, "run");
    assert(tour.isSettled);
    assert.match(text(tour), /After 20 steps .* [23]\.\d times as far apart/);

    // The next goes on with the same run, and chooses an anchor.
    const { session } = page;
    let starts = 0;
    session.addEventListener("start", () => starts++);
    tour.go(2);
    await until(isShown(page, steps[1].at));
    await until(() => page.view.anchor >= 0);
    assert.equal(starts, 0);
    const { hard, semihard, easy } = page.anatomy().counts;
    assert.match(text(tour), new RegExp(`of ${(hard + semihard + easy).toLocaleString("en-US")} digits`));

    // And back.
    tour.go(1);
    await until(isShown(page, steps[0].at));
    assert.equal(starts, 0);
    assert.equal(page.view.anchor, -1);

    tour.go(0);
    assert.equal(tour.step, null);
  }));

test("the collapse is told when it has come, and not before; its button runs semi-hard triplets beside it", () =>
  withTour(async (page, tour) => {
    await page.open("#view.tour=4"); // a link without settings
    await until(() => page.session.settings.mining === "hard");
    assert.doesNotMatch(text(tour), /one spot|Recall/);
    page.pace = Infinity;
    await until(isShown(page, steps[3].at));
    await until(() => /Recall/.test(text(tour))); // which may be measured a moment later
    assert.match(text(tour), /all digits lie on one spot.* at 1, and that is the margin, 1,.* Recall is 10%/);

    await tour.act();
    assert(page.comparing && page.view.tour === 4 && steps[3].action.isDone(page));
    assert.deepEqual(page.sessions.map(({ settings }) => settings.mining), ["hard", "semihard"]);

    // A comparison is not what the next step tells of.
    tour.go(5);
    await until(() => !page.comparing && page.session.settings.mining === "semihard");
  }));

test("a link to a step of the tour brings the run as it was shared", () =>
  withTour(async (page, tour) => {
    await page.open("#view.tour=2");
    page.pace = Infinity;
    await until(isShown(page, 40));
    await until(() => page.view.anchor >= 0);
    const { anchor } = page.view;
    await tour.act();
    const link = page.address(40);

    tour.go(0);
    await page.open(link);
    await until(isShown(page, 40));
    assert.equal(page.view.tour, 2);
    assert.equal(page.view.anchor, anchor);
    assert.deepEqual(page.session.state.changes, [[40, "margin", 3]]);
    assert.match(text(tour), /At a margin of 3 /);
  }));

test("who wants no motion sees each step where it is told", () =>
  withTour(
    async (page, tour) => {
      await page.open("");
      tour.go(3);
      await until(isShown(page, 300));
      assert.match(text(tour), /At step 1, 100% .* At step 300 it is [\d.]+%/);
    },
    { isStill: true },
  ));

test("the visitor's pace comes back after the tour", () =>
  withTour(async (page, tour) => {
    await page.open("");
    page.pace = 0.5;
    tour.go(5);
    await until(() => page.pace === 4);
    tour.go(0);
    await until(() => page.pace === 0.5);
  }));

test("what was not measured is told by no sentence", () => {
  const snapshot = { step: 3, settings: { margin: 1 }, activeShare: null, loss: null };
  const session = {
    state: { snapshot, recall: null, record: { active: [] } },
    dataset: { n: 2 },
    heldOut: new Uint8Array(2),
  };
  const figures = figuresOf({ session, anatomy: () => null });
  Object.defineProperty(figures, "apart", { value: null });
  for (const step of steps) {
    const told = step.tell(figures).filter(Boolean).flat().map((part) => part.figure ?? part).join(" ");
    assert.doesNotMatch(told, /null|undefined|NaN/, step.id);
  }
});

test("six steps, each with a name; stories whose links bring them back", async () => {
  assert.equal(steps.length, 6);
  assert.equal(new Set(steps.map(({ id }) => id)).size, 6);
  const page = new Page({ triplet, schema, createWorker, fetch });
  try {
    const run = runOf(presets[0], page);
    run.view.place = "run";
    await page.run(run);
    assert.equal(page.view.story, presets[0].id);
    assert(page.comparing);
    assert.match(page.address(), new RegExp(`story=${presets[0].id}`));
  } finally {
    page.sessions.forEach((session) => session.close());
  }
});
