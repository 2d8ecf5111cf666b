import assert from "node:assert/strict";
import { test } from "node:test";
import { DIGITS, inkOf, look, MARGIN, One, ROLES, START } from "../../../web/src/model/one.js";
import { loadShipped, schema, triplet } from "./world.mjs";

const near = (actual, expected, within = 1e-5) =>
  assert.ok(Math.abs(actual - expected) <= within, `expected ${expected}, got ${actual}`);

// Anchor at the origin, positive 1 to the right, negative above.
const above = (height) => ({ anchor: [0, 0], positive: [1, 0], negative: [0, height] });

const lossOf = ([ax, ay, px, py, nx, ny], margin) =>
  Math.max(0, Math.hypot(ax - px, ay - py) - Math.hypot(ax - nx, ay - ny) + margin);

function at(places, margin = MARGIN.initial) {
  const one = new One(triplet);
  one.setMargin(margin);
  ROLES.forEach((role) => one.move(role, places[role]));
  return one;
}

test("distances, loss and reach of a triplet that was worked out by hand", () => {
  const seen = look(triplet, { anchor: [1, 1], positive: [4, 5], negative: [1, 7] }, 2);
  assert.deepEqual(seen.distances, { positive: 5, negative: 6 });
  assert.deepEqual(seen.reach, { pull: 5, push: 7 });
  assert.equal(seen.loss, 1);
  near(seen.moves.positive[0], -0.6);
  near(seen.moves.positive[1], -0.8);
  assert.deepEqual(seen.moves.negative, [0, 1]);
  near(seen.moves.anchor[0], 0.6);
  near(seen.moves.anchor[1], 0.8 - 1);
});

test("the moves go down the slope, as differences of the loss say", () => {
  for (const [places, margin] of [
    [START, 1],
    [{ anchor: [0.3, -1.2], positive: [-0.7, 0.4], negative: [1.1, 0.9] }, 1.6],
  ]) {
    const flat = ROLES.flatMap((role) => places[role]);
    const { loss, moves } = look(triplet, places, margin);
    near(loss, lossOf(flat, margin));
    const step = 1e-5;
    ROLES.flatMap((role) => moves[role]).forEach((move, i) => {
      const shifted = (by) => lossOf(flat.with(i, flat[i] + by), margin);
      near(move, -(shifted(step) - shifted(-step)) / (2 * step), 1e-4);
    });
  }
});

test("hard up to the positive, semi-hard within the margin, easy from its edge on", () => {
  const kindAt = (height, margin = 1) => look(triplet, above(height), margin).kind;
  assert.deepEqual([0.5, 1, 1.001, 1.999, 2, 3].map((height) => kindAt(height)), [
    ...["hard", "hard", "semihard", "semihard", "easy", "easy"],
  ]);
  assert.deepEqual([0.5, 0.999, 1, 1.5].map((height) => kindAt(height, 0)), ["hard", "hard", "easy", "easy"]);
});

test("a step moves each along its slope, and the last one leads to loss 0", () => {
  const one = new One(triplet);
  const { moves } = one.seen;
  one.step();
  for (const role of ROLES) {
    const rates = [0, 1].map((axis) => (one.places[role][axis] - START[role][axis]) / moves[role][axis]);
    near(rates[0], rates[1]);
    assert.ok(rates[0] > 0);
  }

  const losses = [one.seen.loss];
  one.play();
  while (one.playing) {
    one.step();
    losses.push(one.seen.loss);
  }
  assert.ok(losses.every((loss, i) => i === 0 || loss < losses[i - 1]), String(losses));
  assert.equal(losses.at(-1), 0);
  assert.ok(one.isDone && one.steps === losses.length && one.steps >= 4 && one.steps <= 12, `${one.steps} steps`);
  assert.match(one.sentence, new RegExp(`^Loss 0 after ${one.steps} steps`));

  const { places, steps } = structuredClone({ places: one.places, steps: one.steps });
  one.play();
  assert.equal(one.playing, false);
  one.step();
  assert.deepEqual({ places: one.places, steps: one.steps }, { places, steps });
});

test("from everywhere, steps lead to loss 0, or say that nothing can move", () => {
  const values = [-2, -0.5, 0, 0.5, 2];
  for (const x of values) {
    for (const y of values) {
      for (const margin of [0, 0.3, 1, 2]) {
        const one = at({ anchor: [0, 0], positive: [0.5, 0], negative: [x, y] }, margin);
        one.play();
        for (let i = 0; i < 500 && one.playing; i++) {
          one.step();
        }
        assert.ok(!one.playing && one.seen.loss === 0, `${[x, y, margin]}: loss ${one.seen.loss}`);
      }
    }
  }
  const stuck = at({ anchor: [1, 1], positive: [1, 1], negative: [1, 1] });
  stuck.play();
  assert.deepEqual([stuck.playing, stuck.seen.loss, stuck.canStep], [false, 1, false]);
  assert.match(stuck.sentence, /one spot/);
});

test("starts again where the steps began, then where the page did", () => {
  const one = new One(triplet);
  one.move("negative", [-1, 1]);
  one.setMargin(1.5);
  one.step();
  one.step();
  one.restart();
  assert.deepEqual([one.steps, one.places.negative, one.margin], [0, [-1, 1], 1.5]);
  one.restart();
  assert.deepEqual([one.places, one.margin], [START, MARGIN.initial]);
});

test("a hand on a point stops the steps, and nothing leaves the plane", () => {
  const one = new One(triplet);
  const told = [];
  one.addEventListener("change", () => told.push(one.playing));
  one.play();
  one.step();
  one.move("positive", [1e9, -0.25]);
  assert.deepEqual([one.steps, one.playing, one.places.positive[1]], [0, false, -0.25]);
  assert.ok(one.places.positive[0] < 100);
  assert.deepEqual(told, [true, true, false]);
  one.setMargin(-3);
  assert.equal(one.margin, MARGIN.minimum);
  one.setMargin(30);
  assert.equal(one.margin, MARGIN.maximum);
});

test("says another thing of each kind", () => {
  const said = [0.5, 1.5, 2.5].map((height) => at(above(height)).sentence);
  assert.equal(new Set(said).size, 3);
  assert.match(said[0], /nearer/);
  assert.match(said[1], /within the margin/);
  assert.match(said[2], /Loss 0/);
});

test("places and margin travel as a short text, and another text is the start", () => {
  const one = new One(triplet);
  assert.equal(one.encode(), "");
  one.move("anchor", [0.12345, -2]);
  one.setMargin(0.35);
  assert.equal(one.encode(), "0.123,-2,1.56,-0.79,-0.61,1.26,0.35");

  const other = new One(triplet);
  other.decode(one.encode());
  assert.equal(other.encode(), one.encode());
  for (const wrong of ["", null, undefined, "1,2,3", "0,0,1,1,2,2,x", "0,0,1,1,2,2,", "0,0,1,1,2,2,Infinity", "a"]) {
    other.decode(wrong);
    assert.equal(other.encode(), "", String(wrong));
  }
  other.decode("0,0,1e9,0,0,1,50");
  assert.ok(other.places.positive[0] < 100 && other.margin === MARGIN.maximum);
});

test("the three digits are rows of the data", async () => {
  const { values, labels, d, images } = await loadShipped({ ...schema.defaults(), data: "digits" });
  for (const role of ROLES) {
    const { row, label } = DIGITS[role];
    assert.equal(labels[row], label);
    assert.deepEqual(
      inkOf(DIGITS[role]),
      Array.from(values.subarray(row * d, (row + 1) * d), (value) => value / images.maximum),
    );
  }
  assert.equal(DIGITS.anchor.label, DIGITS.positive.label);
  assert.notEqual(DIGITS.anchor.label, DIGITS.negative.label);
});
