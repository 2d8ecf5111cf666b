import assert from "node:assert/strict";
import { test } from "node:test";
import { endingWords, offersOf } from "../../../web/src/model/offers.js";
import { schema } from "./world.mjs";

const ended = (reason, settings = {}, more = {}) => ({
  state: { ending: { step: 600, reason, recall: 0.914, active: 0, ...more } },
  dataset: { noun: "digits" },
  evaluated: { on: "rows" },
  current: schema.clamp({ ...schema.defaults(), ...settings }),
});

test("an ending says where a run has come, and why it rests", () => {
  assert.deepEqual(endingWords(ended("inactive")), {
    share: "91%",
    title: "of unseen digits find their kind.",
    text: "Nothing is left to learn at this margin.",
  });
  assert.equal(endingWords(ended("inactive", { loss: "contrastive" })).text, "Nothing is left to learn.");
  assert.match(endingWords(ended("settled")).text, /^More steps have not made it any better/);
  const unknown = endingWords(ended("inactive", {}, { recall: null }));
  assert.deepEqual([unknown.share, unknown.title], ["", "Learned in 600 steps."]);
});

test("a collapse is told with its cure", () => {
  const hard = endingWords(ended("collapsed", { mining: "hard" }));
  assert.equal(hard.title, "The embedding has collapsed.");
  assert.match(hard.text, /Start again with semi-hard mining/);
  assert.doesNotMatch(hard.title + hard.text, /find their kind/);
});

const offered = (session, wrong = null) => offersOf({ ...session, wrong }).map(({ id }) => id);

test("what is offered makes sense for the run", () => {
  assert.deepEqual(offered(ended("inactive"), 12), ["mistakes", "margin", "compare"]);
  assert.deepEqual(offered(ended("inactive"), 0), ["margin", "compare", "data"]);
  assert.deepEqual(offered(ended("settled", { loss: "sup_con" }), 12), ["mistakes", "compare", "data"]);
  assert.deepEqual(offered(ended("settled", { margin: 5 }), 12), ["mistakes", "compare", "data"]);
  assert.deepEqual(offered(ended("collapsed", { mining: "hard" }), 12), ["mining", "slower"]);
  assert.deepEqual(offered(ended("collapsed", { loss: "info_nce" }), 12), ["slower"]);
});

test("offers name what they do, in settings that the schema takes as they are", () => {
  const [mistakes, margin] = offersOf({ ...ended("inactive", { margin: 0.2 }), wrong: 1 });
  assert.deepEqual(mistakes, { id: "mistakes", text: "See the one mistake", panel: "mistakes" });
  assert.deepEqual([margin.text, margin.change], ["A larger margin: 0.4", { margin: 0.4 }]);
  const changes = ["inactive", "settled", "collapsed"].flatMap((reason) =>
    [0, 0.1, 1, 4, 5].flatMap((of) => {
      const session = ended(reason, { margin: of, mining: "hard", learningRate: 0.05 });
      return offersOf({ ...session, wrong: 3 }).map(({ change = {} }) => [session.current, change]);
    }),
  );
  for (const [current, change] of changes) {
    for (const [key, value] of Object.entries(change)) {
      assert.equal(schema.clampValue(key, value), value);
      assert.notEqual(value, current[key]);
    }
  }
});
