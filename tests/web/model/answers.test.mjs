import assert from "node:assert/strict";
import { test } from "node:test";
import { answerSentence } from "../../../web/src/model/answer_words.js";
import { goodness, goodnessSentence, thresholdSentence, verdict } from "../../../web/src/model/goodness.js";
import { mistakeName, mistakesNotes, mistakesSentence } from "../../../web/src/model/mistake_words.js";
import { inputsOf, newRow, rangeWords, textsOf } from "../../../web/src/model/new_row.js";
import { loadShipped, schema, tableFile, triplet, withSession } from "./world.mjs";

const digits = { classes: Array.from("0123456789"), noun: "digits", images: {}, d: 64 };
const flowers = { classes: ["setosa", "virginica"], labels: Int32Array.of(0, 1), noun: "flowers", images: null, d: 4 };

test("what a new row looks like, by the votes of its neighbours", () => {
  const votes = (...shares) => ({
    votes: shares.map(([label, count]) => ({ label, share: count / 5 })),
    neighbors: new Array(5).fill({}),
  });
  const said = (dataset, ...shares) => answerSentence(votes(...shares), dataset);
  assert.equal(said(digits, [3, 4], [8, 1]), "This looks like a 3: 4 of its 5 nearest neighbours are 3s.");
  assert.equal(said(digits, [8, 5]), "This looks like an 8: all 5 of its nearest neighbours are 8s.");
  const flower = "This looks like virginica: 3 of its 5 nearest neighbours are virginica.";
  assert.equal(said(flowers, [1, 3], [0, 2]), flower);
  assert.equal(
    said(digits, [3, 2], [8, 2], [1, 1]),
    "This lies between a 3 and an 8: of its 5 nearest neighbours 2 are 3s and 2 are 8s.",
  );
});

test("what is said of mistakes", () => {
  const found = (more) => ({ on: "rows", list: new Array(12).fill({}), queries: 359, skipped: 0, total: 359, ...more });
  const said = (more) => mistakesSentence(found(more), digits).join(" ");
  assert.equal(said({}), "12 of 359 unseen digits lie nearest to one of another kind.");
  assert.equal(said({ list: [{}] }), "1 of 359 unseen digits lies nearest to one of another kind.");
  assert.equal(said({ list: [] }), "None of the 359 unseen digits lies nearest to one of another kind.");
  assert.match(said({ list: [], queries: 0 }), /nothing to be mistaken about/);
  assert.equal(mistakesNotes(found({}), digits), "");
  assert.match(mistakesNotes(found({ on: "training" }), digits), /^No row is held out: .* little about new ones\.$/);
  assert.match(mistakesNotes(found({ total: 4000 }), digits), /A sample of 4,000/);
  assert.match(mistakesNotes(found({ queries: 358, skipped: 1 }), digits), /^1 is not counted/);

  const mistake = { row: 0, neighbors: [{ row: 1, distance: 1 }] };
  assert.equal(mistakeName(mistake, { ...digits, labels: Int32Array.of(8, 5) }), "An 8 among 5s");
  assert.equal(mistakeName(mistake, flowers), "setosa among virginica");
});

test("how good a run is, and no more than its interval allows", () => {
  const found = (wrong, guess = 0.1) => ({ on: "rows", list: new Array(wrong), queries: 359, guess });
  const { value, interval, raw, guess } = goodness(triplet, found(36), { raw: 0.97 });
  assert.equal(value, 1 - 36 / 359);
  assert.deepEqual([interval, raw, guess], [triplet.shareInterval(value, 359), 0.97, 0.1]);
  assert.equal(goodness(triplet, null, { raw: 0.5 }), null);
  assert.equal(goodness(triplet, { ...found(0), queries: 0 }, null), null);
  const said = goodnessSentence({ value, interval }, "rows", digits).join(" ");
  assert.match(said, /^90% of unseen digits find their kind/);

  const judged = (wrong, raw, guess) => verdict(goodness(triplet, found(wrong, guess), { raw }), digits, 2);
  assert.match(judged(36, 0.99), /^The raw pixels do better/);
  assert.equal(judged(36, 0.9), "As good as the raw pixels, with 2 numbers in place of 64.");
  assert.equal(judged(3, 0.5), "Better than the raw pixels, with 2 numbers in place of 64.");
  assert.match(judged(320, 0.5, 0.1), /no better than guessing/);
  assert.equal(judged(36, null), "");
  assert.equal(
    thresholdSentence({ threshold: 0.8312, accuracy: 0.974, interval: [0.956, 0.981], pairs: 16290 }),
    "Two rows closer than 0.831 are of the same kind: right for 97% of 16,290 other pairs " +
      "(95% interval 96 to 98%).",
  );
});

test("a row to fill in: what its columns hold, from a typical one or one that is there", () => {
  const file = tableFile("colour,price,kind\nred,1,a\nred,2.5,a\nblue,4,b\n,7,b");
  file.describe({ label: "kind" });
  const shop = file.dataset();
  const inputs = inputsOf(triplet, shop);
  assert.deepEqual(inputs, [
    { name: "colour", kind: "category", values: ["blue", "red"], typical: "red" },
    { name: "price", kind: "number", range: [1, 7], typical: "4" },
  ]);
  assert.equal(rangeWords(inputs[1]), "1 to 7");
  assert.deepEqual(textsOf(triplet, shop, 1), ["red", "2.5"]);
  assert.deepEqual(textsOf(triplet, shop, 3), ["", "7"]);
  assert.deepEqual(newRow(shop, inputs, ["", " 2,5 "]), { row: { cells: { colour: "", price: "2,5" } } });
  assert.deepEqual(newRow(shop, inputs, ["red", "much"]), { fault: "price: expected a number, got “much”." });
});

test("a row of numbers alone is asked with its values, and each has to be there", async () => {
  const moons = await loadShipped({ ...schema.defaults(), data: "moons" });
  const inputs = inputsOf(triplet, moons);
  assert.deepEqual(newRow(moons, inputs, ["1", "-0,5"]), { row: { values: Float32Array.of(1, -0.5) } });
  assert.deepEqual(newRow(moons, inputs, ["1", ""]), { fault: "y: expected a number, got nothing." });
});

test("a row that is in the data, filled in again, lands on itself", () =>
  withSession(async (session) => {
    await session.start({ ...schema.defaults(), data: "iris" }, { until: 5, playing: false });
    const inputs = inputsOf(triplet, session.dataset);
    const row = Array.from(session.heldOut.keys()).find((row) => !session.heldOut[row]);
    const { row: made } = newRow(session.dataset, inputs, textsOf(triplet, session.dataset, row));
    const { neighbors } = await session.embedRow(made.cells);
    assert.ok(neighbors[0].distance < 1e-5, String(neighbors[0].distance));
  }));
