// The few triplets that are drawn: by the library's own losses, the largest first, no two of one class.
import assert from "node:assert/strict";
import { test } from "node:test";
import { chosen, mostOf, ranked } from "../../../web/src/model/strongest.js";
import { schema, triplet } from "./world.mjs";

const settings = (patch = {}) =>
  schema.clamp({ ...schema.defaults(), distance: "minkowski", p: 2, margin: 1, ...patch });
const positions = new Float32Array([0, 0, 1, 0, 0, 3, 5, 5, 5, 6, 5.5, 5, 0.2, 0]);
const labels = [0, 0, 1, 2, 2, 1, 1];
const snapshot = (patch = {}) => ({
  positions,
  dim: 2,
  settings: settings(patch.settings),
  forces: new Int32Array(patch.triplets.flat()),
  lines: new Int32Array(patch.triplets.flat()),
});
const rows = ({ anchor, positive, negative }) => [anchor, positive, negative];
const away = (a, b) => Math.hypot(positions[2 * a] - positions[2 * b], positions[2 * a + 1] - positions[2 * b + 1]);

test("triplets are ranked by their loss, and those without are left out", () => {
  const triplets = [
    [0, 1, 2],
    [0, 1, 6],
    [3, 4, 5],
  ];
  const { fresh } = ranked(triplet, { snapshot: snapshot({ triplets }) });
  assert.deepEqual(fresh.map(rows), [[0, 1, 6], [3, 4, 5]]);
  for (const { anchor, positive, negative, loss } of fresh) {
    assert.ok(Math.abs(loss - (away(anchor, positive) - away(anchor, negative) + 1)) < 1e-5);
  }
});

test("those that are shown are told their loss of now", () => {
  const held = [{ anchor: 0, positive: 1, negative: 2, loss: 9, since: 5 }];
  const { held: now } = ranked(triplet, { snapshot: snapshot({ triplets: [[0, 1, 6]] }), held });
  assert.deepEqual(now, [{ ...held[0], loss: 0 }]);
});

test("pairs are ranked by how far they are from where the loss wants them", () => {
  const of = { triplets: [[0, 1, -1], [3, -1, 5], [3, 4, 5]], settings: { loss: "contrastive", negativeMargin: 2 } };
  const { fresh } = ranked(triplet, { snapshot: snapshot(of) });
  assert.deepEqual(fresh.map(rows), [[3, 4, 5], [3, -1, 5], [0, 1, -1]]);
});

test("no two are of one class, and one that covers another waits", () => {
  const list = [[0, 1, 6], [1, 0, 6], [3, 4, 5], [2, 5, 0]].map(([anchor, positive, negative]) => ({
    anchor,
    positive,
    negative,
  }));
  const anchors = (how) => chosen(list, { labels, most: 5, hasRoom: () => true, ...how }).map(({ anchor }) => anchor);
  assert.deepEqual(anchors({}), [0, 3, 2]);
  assert.deepEqual(anchors({ most: 2 }), [0, 3]);
  assert.deepEqual(anchors({ hasRoom: ({ anchor }) => anchor !== 3 }), [0, 2]);
  assert.deepEqual(anchors({ kept: [list[1]] }), [1, 3, 2]);
});

test("fewer are shown while most are active", () => {
  assert.deepEqual([1, 0.7, 0.3, null].map((activeShare) => mostOf({ activeShare }, 5)), [2, 3, 5, 5]);
  assert.equal(mostOf({ activeShare: 0.1 }, 4), 4);
});
