// The losses of pairs: what they say of their pairs, what their names bring, what belongs to them.
import { assert, builds, loadTriplet, test } from "./harness.mjs";

const LOSSES = {
  contrastive: { distance: "minkowski", temperature: 0.07 },
  info_nce: { distance: "cosine", temperature: 0.07 },
  sup_con: { distance: "cosine", temperature: 0.1 },
  multi_similarity: { distance: "cosine", temperature: 0.07 },
};
const OF_TRIPLETS = ["triplets", "hard", "semihard", "easy"];
const OF_PAIRS = ["pairs", "positivePairs", "negativePairs", "activePositivePairs", "activeNegativePairs"];

// 0 and 1 are of one class, 1 apart; 2 is alone in its class; 3 and 4 are of a third, 0 apart.
const line = [[0], [1], [3], [9], [9]];
const classes = [1, 1, 2, 3, 3];

const has = (stats, names) => names.map((name) => name in stats);

for (const [build, wasm] of Object.entries(builds)) {
  const triplet = await loadTriplet({ wasm });
  const { x, labels } = triplet.synthetic("rings", 60, 1, 7);
  const trainerWith = (options) => triplet.trainer({ data: x, labels, layers: [16, 2], steps: 200, ...options });
  const now = (trainer) => ["loss", "distance", "temperature"].map((key) => trainer.get(key));

  test(`statistics of pairs, ${build}`, () => {
    const { loss, active, stats } = triplet.batchLoss(line, classes, { loss: "contrastive", negativeMargin: 2.5 });
    assert.deepEqual(stats, {
      ...{ active: 4, pairs: 20, positivePairs: 4, negativePairs: 16, activePositivePairs: 2, activeNegativePairs: 2 },
      ...{ anchorsWithoutPositive: 1, anchorsWithoutNegative: 0, nonfinite: 0, collapsed: false },
      ...{ meanPositiveDistance: 0.5, meanNegativeDistance: 51 / 8 },
    });
    assert.deepEqual([loss, active], [2 / 4 + (2 * 0.5) / 16, 4]);
  });

  test(`what plays no part is missing, also in an earlier result, ${build}`, () => {
    const out = triplet.batchLoss(line, classes);
    for (const loss of ["sup_con", "triplet", "contrastive"]) {
      const fresh = triplet.batchLoss(line, classes, { loss });
      const { stats } = out;
      assert.equal(triplet.batchLoss(line, classes, { loss, out }), out);
      assert.equal(out.stats, stats);
      assert.deepEqual(stats, fresh.stats);
      assert.deepEqual(has(stats, OF_TRIPLETS), OF_TRIPLETS.map(() => loss === "triplet"));
      assert.deepEqual(has(stats, OF_PAIRS), OF_PAIRS.map(() => loss !== "triplet"));
    }
    const none = triplet.batchLoss([[1, 2]], [7], { loss: "info_nce" });
    assert.deepEqual([none.loss, none.stats.pairs, none.stats.meanPositiveDistance], [0, 0, null]);
  });

  test(`a loss brings its distance and temperature, ${build}`, () => {
    for (const [loss, brought] of Object.entries(LOSSES)) {
      const explicit = { distance: brought.distance, ...(loss in { info_nce: 0, sup_con: 0 } && brought), loss };
      const { gradient } = triplet.batchLoss(x, labels, { loss });
      assert.deepEqual(triplet.batchLoss(x, labels, explicit).gradient, gradient);
      const trainer = trainerWith({ loss });
      assert.deepEqual(now(trainer), [loss, ...Object.values(brought)]);
      trainer.free();
    }
    // What is given stays, whether it stands before or behind.
    const given = { distance: "minkowski", temperature: 0.07, p: 1 };
    const before = triplet.batchLoss(x, labels, { ...given, loss: "sup_con" });
    const behind = triplet.batchLoss(x, labels, { loss: "sup_con", ...given });
    assert.deepEqual(before, behind);
    assert.notEqual(before.loss, triplet.batchLoss(x, labels, { loss: "sup_con" }).loss);
    const trainer = trainerWith({ ...given, loss: "sup_con" });
    assert.deepEqual(now(trainer), ["sup_con", "minkowski", 0.07]);
    trainer.free();
  });

  test(`a loss brings them to a living trainer, but for what was set, ${build}`, () => {
    const trainer = trainerWith({});
    trainer.set("loss", "sup_con");
    assert.deepEqual(now(trainer), ["sup_con", "cosine", 0.1]);
    trainer.set("loss", "contrastive");
    assert.deepEqual(now(trainer), ["contrastive", "minkowski", 0.07]);
    trainer.set("distance", "squared");
    trainer.set("temperature", 0.5);
    trainer.set("loss", "info_nce");
    assert.deepEqual(now(trainer), ["info_nce", "squared", 0.5]);
    const report = trainer.step();
    assert.deepEqual([has(report.stats, OF_PAIRS).every(Boolean), "triplets" in report.stats], [true, false]);
    assert.equal(trainer.lastTriplets().anchors.length, 0);
    trainer.set("loss", "triplet");
    assert.equal(trainer.step(report), report);
    assert.deepEqual(has(report.stats, OF_PAIRS), OF_PAIRS.map(() => false));
    assert.equal(trainer.lastTriplets().anchors.length, report.stats.triplets);
    trainer.free();
  });

  test(`options that play no part in a loss are refused, ${build}`, () => {
    const refused = (options, argument, message) => {
      for (const call of [() => triplet.batchLoss(x, labels, options), () => trainerWith(options)]) {
        assert.throws(call, (error) => {
          assert.deepEqual([error.name, error.argument], ["RangeError", argument]);
          assert.equal(error.message.replace(/^\w+: /, ""), `${argument}: ${message}`);
          return true;
        });
      }
    };
    const toTriplets = (loss) => `belongs to loss = "triplet", got loss = "${loss}"`;
    refused({ loss: "info_nce", margin: 0.5 }, "margin", toTriplets("info_nce"));
    refused({ loss: "sup_con", mining: "hard" }, "mining", toTriplets("sup_con"));
    refused({ loss: "contrastive", softMargin: true }, "softMargin", toTriplets("contrastive"));
    refused({ temperature: 1 }, "temperature", 'belongs to loss = "info_nce" or "sup_con", got loss = "triplet"');
    refused({ loss: "info_nce", beta: 9 }, "beta", 'belongs to loss = "multi_similarity", got loss = "info_nce"');
    refused({ loss: "info_nce", p: 1 }, "p", 'belongs to distance = "minkowski", got distance = "cosine"');
    refused({ loss: "info_nce", temperature: 0 }, "temperature", "expected a finite number > 0, got 0");
    // Also where the settings are those of the call before.
    const fine = { loss: "info_nce", temperature: 0.5 };
    triplet.batchLoss([[1], [2]], [1, 1], fine);
    assert.throws(() => triplet.batchLoss([[1], [2]], [1, 1], { ...fine, margins: [1, 2] }), {
      name: "RangeError",
      message: `batchLoss: margins: ${toTriplets("info_nce")}`,
    });
    const { belongs } = triplet.schema("trainer").find(({ name }) => name === "farCutoff");
    assert.equal(belongs, "loss=triplet,mining=distance_weighted/negatives=distance_weighted");
  });

  test(`a trainer learns with each loss and goes on from its bytes, ${build}`, () => {
    for (const loss of Object.keys(LOSSES)) {
      const options = { loss, optimizer: { learningRate: 0.01 } };
      const [whole, half] = [trainerWith(options), trainerWith(options)];
      const { mapAtR } = whole.evaluate();
      whole.run();
      assert(whole.evaluate().mapAtR > mapAtR + 0.1, loss);
      half.run(({ step }) => step < 100);
      const rest = triplet.load(half.save());
      assert.deepEqual(now(rest), [loss, ...Object.values(LOSSES[loss])]);
      rest.attach(x, labels);
      rest.run();
      assert.deepEqual(rest.save(), whole.save(), loss);
      [whole, half, rest].forEach((trainer) => trainer.free());
    }
  });
}
