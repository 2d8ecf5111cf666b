// A run that is trained again for a film is the run that is seen.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Page } from "../../../web/src/model/page.js";
import { replay, stepsOfFilm } from "../../../web/src/model/replay.js";
import { createWorker, fetch, schema, triplet } from "./world.mjs";

test("a film's steps begin at 0, end at the last, and lie nearer to each other at first", () => {
  const steps = stepsOfFilm(600, 60);
  assert.equal(steps[0], 0);
  assert.equal(steps.at(-1), 600);
  assert(steps.length <= 60 && steps.every((step, i) => i === 0 || step > steps[i - 1]));
  assert(steps[1] - steps[0] < steps.at(-1) - steps.at(-2));
  assert.deepEqual(stepsOfFilm(0, 60), [0]);
});

test("its last picture is what is seen, with the changes on the way", async () => {
  const page = new Page({ triplet, schema, createWorker, fetch });
  try {
    const settings = page.settingsOf({ data: "moons", rows: 60 });
    await page.run({ settings, changes: [[10, "margin", 2]], view: { step: 30 } });
    while (page.session.state.snapshot?.step !== 30) {
      page.session.requestSnapshot();
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    const shares = [];
    const snapshots = await replay(page, [0, 5, 30], (share) => shares.push(share));
    assert.deepEqual(snapshots.map(({ step }) => step), [0, 5, 30]);
    assert.deepEqual(snapshots[2].positions, page.session.state.snapshot.positions);
    assert.notDeepEqual(snapshots[1].positions, snapshots[2].positions);
    assert.equal(snapshots[2].settings.margin, 2);
    assert.equal(shares.at(-1), 1);
    assert.equal(page.sessions.length, 1);
  } finally {
    page.sessions.forEach((session) => session.close());
  }
});
