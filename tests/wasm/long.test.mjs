// Work that lasts: training that leaves room for others, signals that end it, a worker that serves all the while.
import { assert, loadTriplet, loadWorker, plain, test, threads } from "./harness.mjs";

const triplet = await loadTriplet();
const { x, labels } = triplet.synthetic("moons", 120, 1, 1);
const basic = { data: x, labels, layers: [32, 2] };
const options = { ...basic, steps: 3000, validation: 0.3, evaluateEvery: 100 };
const endless = { ...basic, steps: 1e9 };

function ran() {
  const trainer = triplet.trainer(options);
  return { last: trainer.run(), bytes: trainer.save() };
}

const mine = new SyntaxError("mine");
const thrower = () => {
  throw mine;
};
const isMine = (error) => error === mine;

// ---- fit -----------------------------------------------------------------------------------------------------------

test("fit takes the steps of run, and ends as it does", async () => {
  const expected = ran();
  const trainer = triplet.trainer(options);
  const seen = [];
  assert.deepEqual(await trainer.fit({ onProgress: ({ step }) => seen.push(step) }), expected.last);
  assert.deepEqual(trainer.save(), expected.bytes);
  assert(seen.every((step, i) => step > (seen[i - 1] ?? 0)));
  assert.equal(seen.at(-1), 3000);
  // There is nothing left to do, and nothing to be told.
  assert.equal((await trainer.fit({ onProgress: thrower })).step, 3000);
  assert.deepEqual(await triplet.trainer(options).fit(), expected.last);
});

test("fit leaves room for everything else", async () => {
  const trainer = triplet.trainer(endless);
  const controller = new AbortController();
  let frames = 0;
  const tick = () => (++frames < 5 ? setTimeout(tick) : controller.abort());
  tick();
  await assert.rejects(trainer.fit({ signal: controller.signal }), { name: "AbortError" });
  assert(trainer.steps >= 5);
  await assert.rejects(trainer.fit({ signal: AbortSignal.timeout(5) }), { name: "TimeoutError" });
});

test("fits of one trainer at a time share its steps", async () => {
  const expected = ran();
  const trainer = triplet.trainer(options);
  const ends = await Promise.all([trainer.fit(), trainer.fit({ onProgress() {} }), trainer.fit()]);
  ends.forEach(({ stopped }) => assert.equal(stopped, true));
  assert.deepEqual(ends[0], expected.last);
  assert.deepEqual(trainer.save(), expected.bytes);
});

test("what ends fit leaves the trainer whole", async () => {
  const expected = ran();
  const trainer = triplet.trainer(options);
  const controller = new AbortController();
  const ends = [
    [{ onProgress: thrower }, isMine],
    [{ onProgress: async () => thrower() }, isMine],
    [{ signal: controller.signal, onProgress: () => controller.abort(mine) }, isMine],
  ];
  for (const [given, end] of ends) {
    const steps = trainer.steps;
    await assert.rejects(trainer.fit(given), end);
    assert(trainer.steps > steps);
  }
  const { step } = await trainer.fit({ onProgress: async () => false });
  assert.equal(trainer.steps, step);
  await assert.rejects(trainer.fit({ signal: AbortSignal.abort(mine) }), isMine);
  assert.equal(trainer.steps, step);
  assert.deepEqual(await trainer.fit(), expected.last);
  assert.deepEqual(trainer.save(), expected.bytes);
});

test("fit says what it does not take, and ends with its trainer", async () => {
  const trainer = triplet.trainer(endless);
  const wrong = [
    [{ onProgress: 1 }, "trainer.fit: onProgress: expected a function, got number 1"],
    [{ signal: 1 }, "trainer.fit: signal: expected an AbortSignal, got number 1"],
    [{ signal: Promise.resolve() }, "trainer.fit: signal: expected an AbortSignal, got Promise"],
    [{ steps: 1 }, 'trainer.fit: options: unknown option "steps"; known are signal, onProgress'],
    [() => {}, "trainer.fit: options: expected an object, got function"],
  ];
  for (const [given, message] of wrong) {
    await assert.rejects(trainer.fit(given), { name: "TypeError", message });
  }
  await assert.rejects(trainer.fit({ onProgress: () => trainer.free() }), { name: "TypeError", message: /freed/ });
});

test("changes in between are those of steps", async () => {
  const [one, other] = [triplet.trainer(endless), triplet.trainer(endless)];
  const change = (trainer) => trainer.set("margin", 2);
  const { step } = await one.fit({ onProgress: () => false });
  change(one);
  const end = await one.fit({ onProgress: async () => false });
  other.run((report) => report.step < step);
  change(other);
  other.run((report) => report.step < end.step);
  assert.deepEqual(one.save(), other.save());
});

// ---- promises where nobody waits -----------------------------------------------------------------------------------

test("a callback that is not waited for returns no promise", () => {
  const trainer = triplet.trainer(endless);
  const text = "expected an answer at once, got a promise";
  assert.throws(() => trainer.run(async () => true), { name: "TypeError", message: `trainer.run: callback: ${text}` });
  assert.equal(trainer.steps, 1);
  const slow = { progress: () => Promise.resolve(true) };
  assert.throws(() => triplet.distances(x, x, slow), { name: "TypeError", message: `distances: progress: ${text}` });
  assert.equal(triplet.distances(x, x).rows, 120);
});

// ---- signals -------------------------------------------------------------------------------------------------------

const CALLS = {
  batchLoss: (given, on = triplet) => on.batchLoss(x, labels, given),
  mine: (given, on = triplet) => on.mine(x, labels, given),
  pairSlopes: (given, on = triplet) => on.pairSlopes(x, labels, given),
  distances: (given, on = triplet) => on.distances(x, x, given),
  nearest: (given, on = triplet) => on.nearest(x, x, { k: 3, ...given }),
  classify: (given, on = triplet) => on.classify(x, x, labels, { k: 3, ...given }),
  verify: (given, on = triplet) => on.verify(x, labels, given),
  verifyPairs: (given, on = triplet) => on.verifyPairs(x, x, new Uint8Array(120).fill(1, 9), given),
  evaluate: (given, on = triplet) => on.evaluate(x, labels, given),
  evaluateHeldOut: (given, on = triplet) => on.evaluateHeldOut(x, labels, [1, 3, 5], given),
};

for (const [name, call] of Object.entries(CALLS)) {
  test(`${name}: a signal ends the call`, () => {
    const { signal } = new AbortController();
    const plain = call({});
    assert.deepEqual(call({ signal }), plain);
    const aborted = new AbortController();
    assert.throws(() => call({ signal: aborted.signal, progress: () => aborted.abort(mine) }), isMine);
    assert.throws(() => call({ signal: aborted.signal }), isMine);
    assert.throws(() => call({ signal: AbortSignal.abort() }), { name: "AbortError" });
    assert.throws(() => call({ signal: {} }), { name: "TypeError", argument: "signal" });
    assert.deepEqual(call({}), plain);
    assert(triplet.schema(name).some((field) => field.name === "signal"));
  });
}

test("signals of other calls", () => {
  const trainer = triplet.trainer(options);
  const lines = Array.from({ length: 5000 }, (_, i) => `${i % 7},${i % 3}`);
  const others = [
    (given) => trainer.embed(undefined, given),
    (given) => trainer.evaluate(undefined, undefined, given),
    (given) => trainer.verify(undefined, undefined, given),
    (given) => triplet.readTable(["a,b", ...lines].join("\n"), given).rows,
    (given) => triplet.index(x).nearest(x, { k: 1, ...given }),
  ];
  for (const call of others) {
    const plain = call({});
    const controller = new AbortController();
    assert.throws(() => call({ signal: controller.signal, progress: () => controller.abort(mine) }), isMine);
    assert.throws(() => call({ signal: controller.signal }), isMine);
    assert.deepEqual(call({ signal: new AbortController().signal, progress() {} }), plain);
  }
  assert.throws(() => trainer.embed(x, { progres: 1 }), { name: "TypeError", argument: "options" });
  // A single pass has none.
  assert.throws(() => triplet.marginLoss(x, x, x, { signal: AbortSignal.abort() }), { name: "TypeError" });
});

// ---- an index ------------------------------------------------------------------------------------------------------

test("an index finds what nearest finds", () => {
  const queries = [[0, 1], [1, 0]];
  const matrix = triplet.matrix(x);
  const memory = triplet.memory({ capacity: 120 });
  memory.push(x, labels);
  const hows = [{}, { distance: "cosine" }, { distance: "squared" }, { p: 1 }, { convention: "torch", eps: 0.5 }];
  for (const how of hows) {
    for (const references of [x, matrix, matrix.toArray(), memory]) {
      const index = triplet.index(references, how);
      assert.deepEqual([index.rows, index.cols], [120, 2]);
      for (const given of [{ k: 3 }, { k: 5, exclude: [[0], [1, 2]] }, { k: 119, referenceSelf: [7, -1] }]) {
        assert.deepEqual(index.nearest(queries, given), triplet.nearest(queries, x, { ...how, ...given }));
      }
      index.free();
      const freed = { name: "TypeError", message: /^index\.nearest: index: .*freed/ };
      assert.throws(() => index.nearest(queries, { k: 1 }), freed);
    }
  }
});

test("an index keeps to its references as they were", () => {
  const matrix = triplet.matrix(x);
  const memory = triplet.memory({ capacity: 120 });
  memory.push(x, labels);
  const array = matrix.toArray();
  const expected = triplet.nearest(x, x, { k: 3 });
  const indices = [matrix, memory, array].map((references) => triplet.index(references));
  matrix.scale(-2);
  memory.push([[9, 9]], [0]);
  array[0][0] = 5;
  indices.forEach((index) => assert.deepEqual(index.nearest(x, { k: 3 }), expected));
  matrix.free();
  memory.clear();
  indices.forEach((index) => assert.deepEqual(index.nearest(x, { k: 3 }), expected));
});

test("an index says what it does not take", () => {
  assert.throws(() => triplet.index(x, { k: 1 }), { name: "TypeError", message: /^index: options: unknown option/ });
  assert.throws(() => triplet.index(x, { distance: 5 }), { name: "TypeError", argument: "distance" });
  assert.throws(() => triplet.index(x, { distance: "cosine", p: 1 }), { name: "RangeError", argument: "p" });
  assert.throws(() => triplet.index([[1], [1, 2]]), { name: "RangeError", argument: "references[1]" });
  const index = triplet.index(x);
  const wrong = [
    [x, undefined, { name: "TypeError", argument: "k" }],
    [x, { k: 121 }, { name: "RangeError", argument: "k" }],
    [x, { k: 1, distance: "cosine" }, { name: "TypeError", message: /unknown option "distance"/ }],
    [[[1]], { k: 1 }, { name: "RangeError", message: /queries: expected 2 columns like the index, got 1$/ }],
    [x, { k: 1, referenceSelf: [0] }, { name: "RangeError", argument: "referenceSelf" }],
    [x, { k: 1, exclude: [[0]] }, { name: "RangeError", argument: "exclude" }],
  ];
  for (const [queries, given, error] of wrong) {
    assert.throws(() => index.nearest(queries, given), error);
  }
});

// ---- an index in slices --------------------------------------------------------------------------------------------

const large = triplet.synthetic("swiss_roll", 4000, 1, 3).x;
const searched = triplet.index(large);

test("nearestAsync finds what nearest finds, and leaves room for everything else", async () => {
  const self = Array.from({ length: 4000 }, (_, i) => i);
  const exclude = self.map((i) => (i % 3 ? [] : [i, (i + 1) % 4000]));
  for (const given of [{ k: 3 }, { k: 2, referenceSelf: self, exclude }]) {
    const shares = [];
    let turns = 0;
    let over = false;
    const tick = () => over || setTimeout(tick, turns++ && 0);
    tick();
    const found = await searched.nearestAsync(large, { ...given, progress: (done) => shares.push(done) });
    over = true;
    assert.deepEqual(found, searched.nearest(large, given));
    assert(shares.length > 5 && turns > 2);
    assert(shares.every((share, i) => share > (shares[i - 1] ?? 0)));
    assert.equal(shares.at(-1), 1);
  }
  const none = { data: new Float32Array(0), rows: 0, cols: 3 };
  const told = [];
  const nothing = await searched.nearestAsync(none, { k: 1, progress: (done) => told.push(done) });
  assert.deepEqual(nothing, searched.nearest(none, { k: 1 }));
  assert.deepEqual(told, [1]);
});

test("nearestAsync searches for what it was given", async () => {
  const queries = triplet.matrix(large);
  const given = { k: 2, referenceSelf: new Int32Array(4000), exclude: Array.from({ length: 4000 }, () => [3]) };
  const expected = searched.nearest(queries, given);
  const finding = searched.nearestAsync(queries, given);
  queries.fill(0);
  queries.free();
  given.k = 1;
  given.referenceSelf.fill(5);
  given.exclude[3999] = [4];
  given.exclude[3998][0] = 4;
  assert.deepEqual(await finding, expected);
});

test("what ends nearestAsync", async () => {
  const controller = new AbortController();
  const ends = [
    [{ progress: thrower }, isMine],
    [{ progress: async () => thrower() }, isMine],
    [{ progress: () => false }, { name: "AbortError" }],
    [{ progress: async () => false }, { name: "AbortError" }],
    [{ signal: controller.signal, progress: () => controller.abort(mine) }, isMine],
    [{ signal: controller.signal }, isMine],
    [{ signal: AbortSignal.timeout(1) }, { name: "TimeoutError" }],
  ];
  for (const [given, end] of ends) {
    await assert.rejects(searched.nearestAsync(large, { k: 3, ...given }), end);
  }
  const strange = triplet.matrix(large);
  strange.data[3 * 3500] = NaN;
  const found = { name: "RangeError", message: /^index\.nearestAsync: queries: row 3500 has a distance that is not/ };
  await assert.rejects(searched.nearestAsync(strange, { k: 3 }), found);
  assert.throws(() => searched.nearest([[NaN, 0, 0]], { k: 3 }), /row 0 has/);
  const passing = triplet.index(large);
  const freed = { name: "TypeError", message: /^index\.nearestAsync: index: .*freed/ };
  await assert.rejects(passing.nearestAsync(large, { k: 3, progress: () => passing.free() }), freed);
  await assert.rejects(passing.nearestAsync(large, { k: 3 }), freed);
});

test("nearestAsync says what it does not take, before it begins", async () => {
  const wrong = [
    [undefined, { name: "TypeError", message: /^index\.nearestAsync: k: / }],
    [{ k: 1, progress: 1 }, { name: "TypeError", argument: "progress" }],
    [{ k: 1, signal: 1 }, { name: "TypeError", argument: "signal" }],
    [{ k: 1, onProgress() {} }, { name: "TypeError", message: /unknown option "onProgress/ }],
    [{ k: 1, referenceSelf: [0] }, { name: "RangeError", message: /referenceSelf: expected 4000 of them/ }],
    [{ k: 1, referenceSelf: null }, { name: "TypeError", message: /referenceSelf: .* got null/ }],
    [{ k: 1, exclude: false }, { name: "TypeError", message: /exclude: .* got false/ }],
    [{ k: 1, exclude: [[0]] }, { name: "RangeError", message: /exclude: expected 4000 of them/ }],
    [{ k: 1, exclude: Array.from({ length: 4000 }, () => [4000]) }, { name: "RangeError", argument: "exclude[0][0]" }],
  ];
  for (const [given, error] of wrong) {
    await assert.rejects(searched.nearestAsync(large, given), error);
  }
  await assert.rejects(searched.nearestAsync([[1]], { k: 1 }), { name: "RangeError", argument: "queries" });
});

// ---- in a worker ---------------------------------------------------------------------------------------------------

test("a worker that trains serves other calls; terminated, it rejects them all", async () => {
  const there = await loadWorker();
  const trainer = await there.trainer(endless);
  const running = trainer.run(); // for ever
  assert((await there.schema()).includes("nearest"));
  assert.deepEqual(plain(await there.distances(x, x)), plain(triplet.distances(x, x)));
  const waiting = trainer.steps();
  const controller = new AbortController();
  const queued = trainer.evaluate(undefined, undefined, { signal: controller.signal });
  controller.abort(mine);
  await assert.rejects(queued, isMine);
  there.terminate();
  const ended = { name: "AbortError", message: /terminated/ };
  for (const call of [running, waiting, there.schema(), trainer.steps()]) {
    await assert.rejects(call, ended);
  }
});

test("calls of an object keep their order, and the bits are those of the page", async () => {
  const there = await loadWorker();
  const expected = ran();
  const trainer = await there.trainer(options);
  const [last, steps, bytes, again] = await Promise.all([
    ...[trainer.run(), trainer.steps(), trainer.save(), trainer.run()],
    ...[trainer.free(), there.schema()],
  ]);
  assert.deepEqual(last, expected.last);
  assert.equal(steps, 3000);
  assert.deepEqual(bytes, expected.bytes);
  assert.equal(again.step, 3000);
  await assert.rejects(trainer.steps(), { name: "TypeError", message: /freed/ });
  const failing = await there.trainer({ ...endless, steps: 3 });
  const calls = [failing.run(1), failing.run(), failing.steps()];
  await assert.rejects(calls[0], { name: "TypeError", argument: "callback" });
  assert.equal((await calls[1]).step, 3);
  assert.equal(await calls[2], 3);
  there.terminate();
});

test("fit in a worker", async () => {
  const there = await loadWorker();
  const expected = ran();
  const trainer = await there.trainer(options);
  const seen = [];
  const onProgress = async ({ step }) => seen.push([step, await trainer.steps()]); // served in between
  assert.deepEqual(await trainer.fit({ onProgress }), expected.last);
  assert.deepEqual(await trainer.save(), expected.bytes);
  assert(seen.every(([step, steps]) => step === steps));
  const other = await there.trainer(endless);
  const controller = new AbortController();
  const fitting = other.fit({ signal: controller.signal, onProgress() {} });
  assert.equal(typeof (await other.steps()), "number");
  controller.abort(mine);
  await assert.rejects(fitting, isMine);
  await assert.rejects(other.fit({ signal: AbortSignal.abort(mine) }), isMine);
  await assert.rejects(other.fit({ onProgress: thrower }), isMine);
  await assert.rejects(other.fit({ signal: 1 }), { name: "TypeError", argument: "signal" });
  const { step } = await other.fit({ onProgress: () => false });
  assert.equal(await other.steps(), step);
  there.terminate();
});

test("signals of calls in a worker", async () => {
  const there = await loadWorker();
  for (const [name, call] of Object.entries(CALLS)) {
    const controller = new AbortController();
    const under = call({ signal: controller.signal }, there);
    controller.abort(mine);
    await assert.rejects(under, isMine);
    await assert.rejects(call({ signal: controller.signal }, there), isMine);
    const { signal } = new AbortController();
    assert.deepEqual(plain(await call({ signal, progress() {} }, there)), plain(call({})), name);
  }
  for (const references of [x, await there.matrix(x)]) {
    const index = await there.index(references);
    assert.deepEqual([index.rows, index.cols], [120, 2]);
    const expected = plain(triplet.nearest(x, x, { k: 2 }));
    assert.deepEqual(plain(await index.nearest(x, { k: 2 })), expected);
    const served = []; // within a search
    const progress = async () => served.push(await there.version());
    assert.deepEqual(plain(await index.nearestAsync(x, { k: 2, progress })), expected);
    assert(served.length > 0);
    await assert.rejects(index.nearestAsync(x, { k: 2, progress: async () => false }), { name: "AbortError" });
    await assert.rejects(index.nearestAsync(x, { k: 2, progress: thrower }), isMine);
    for (const name of ["nearest", "nearestAsync"]) {
      await assert.rejects(index[name](x, { k: 2, signal: AbortSignal.abort() }), { name: "AbortError" });
    }
    await index.free();
    await assert.rejects(index.nearest(x, { k: 2 }), { name: "TypeError", message: /freed/ });
  }
  there.terminate();
});

// ---- a worker of the caller ----------------------------------------------------------------------------------------

test("a worker that is given, or the URL of its script", async () => {
  const { start, url } = threads;
  for (const worker of [url, url.href, start()]) {
    const there = await loadWorker({ worker });
    assert.deepEqual(plain(await there.distances(x, x)), plain(triplet.distances(x, x)));
    there.terminate();
  }
  const worker = start();
  const there = await loadWorker({ worker });
  await assert.rejects(loadWorker({ worker }), { name: "TypeError", message: /expected a worker of its own/ });
  assert.equal(await there.version(), triplet.version);
  there.terminate();
  for (const wrong of [5, {}, null, Promise.resolve(url)]) {
    await assert.rejects(loadWorker({ worker: wrong }), { name: "TypeError", argument: "worker" });
  }
  await assert.rejects(loadWorker({ workers: url }), {
    name: "TypeError",
    message: 'loadTriplet: options: unknown option "workers"; known are wasm, worker, signal',
  });
  await assert.rejects(loadWorker({ worker: new URL("./nothing.js", url) }), { name: /Error/ });
});

test("a worker that its owner ends rejects what is under way, and what comes later", async () => {
  const worker = threads.start();
  const there = await loadWorker({ worker });
  const trainer = await there.trainer(endless);
  const calls = [trainer.run(), trainer.steps()];
  assert((await there.schema()).includes("nearest"));
  worker.terminate();
  const ended = { name: "AbortError", message: /terminated/ };
  for (const call of calls) {
    await assert.rejects(call, ended);
  }
  await assert.rejects(there.schema(), ended);
  there.terminate();
});

test("a worker that has ended before is not waited for", async () => {
  const worker = threads.start();
  await worker.terminate();
  // No browser tells of it, but there a signal ends the wait.
  const ended = { name: worker.on ? "AbortError" : "TimeoutError" };
  await assert.rejects(loadWorker({ worker, signal: AbortSignal.timeout(50) }), ended);
});

test("a worker whose answer cannot be read rejects what is under way", async () => {
  const worker = threads.start();
  const there = await loadWorker({ worker });
  const running = (await there.trainer(endless)).run();
  const name = "messageerror";
  worker.emit ? worker.emit(name, new TypeError("mine")) : worker.dispatchEvent(new Event(name));
  const unread = { name: "Error", message: /could not be read/ };
  await assert.rejects(running, unread);
  await assert.rejects(there.schema(), unread);
  there.terminate();
});

// ---- signals of what is loaded -------------------------------------------------------------------------------------

test("a signal ends what loads", async () => {
  const { start, url } = threads;
  const forever = new URL("./triplet.wasm", url);
  for (const load of [loadTriplet, loadWorker]) {
    await assert.rejects(load({ signal: AbortSignal.abort(mine) }), isMine);
    await assert.rejects(load({ signal: 1 }), { name: "TypeError", argument: "signal" });
    const controller = new AbortController();
    const loading = load({ wasm: forever, signal: controller.signal });
    controller.abort(mine);
    await assert.rejects(loading, isMine);
    const loaded = await load({ signal: new AbortController().signal });
    assert.equal((await loaded.distances([[0]], [[1]])).data[0], 1);
    loaded.terminate?.();
  }
  const controller = new AbortController();
  const loading = loadWorker({ worker: start(), signal: controller.signal });
  controller.abort(mine);
  await assert.rejects(loading, isMine);
});

test("an encoder's passes: progress and signals", async () => {
  const many = triplet.matrix(2000, 2).random(1);
  const encoder = triplet.encoder({ inputs: 2, layers: [16, 2], seed: 1 });
  const shares = [];
  const embeddings = encoder.forward(many);
  assert.deepEqual(encoder.forward(many, { progress: (done) => void shares.push(done) }), embeddings);
  assert(shares.length > 1 && shares.at(-1) === 1);
  const gradients = encoder.backward(embeddings);
  assert.deepEqual(encoder.backward(embeddings, { progress() {}, signal: new AbortController().signal }), gradients);

  // What is cancelled leaves nothing half made: of other rows the last forward, of as many rows none.
  const cancelled = { name: "AbortError" };
  const no = { progress: () => false };
  assert.throws(() => encoder.backward(embeddings, no), cancelled);
  assert.throws(() => encoder.forward(many.subarray(0, 900), no), cancelled);
  assert.throws(() => encoder.forward([[1]]), RangeError);
  assert.throws(() => encoder.forward(many, { signal: AbortSignal.abort() }), cancelled);
  assert.deepEqual(encoder.backward(embeddings), gradients);
  assert.throws(() => encoder.forward(many, no), cancelled);
  assert.throws(() => encoder.backward(embeddings), { name: "TypeError", message: /forward has to come first/ });
  assert.deepEqual(encoder.forward(many), embeddings);
  assert.deepEqual(encoder.backward(embeddings), gradients);
  assert.throws(() => encoder.forward(many, { progres() {} }), { name: "TypeError", argument: "options" });

  const there = await loadWorker();
  const remote = await there.encoder({ inputs: 2, layers: [16, 2], seed: 1 });
  const controller = new AbortController();
  const under = remote.forward(many, { signal: controller.signal });
  controller.abort(mine);
  await assert.rejects(under, isMine);
  assert.deepEqual(plain(await remote.forward(many, { progress() {} })), plain(embeddings));
  assert.deepEqual(plain(await remote.backward(embeddings, { progress() {} })), plain(gradients));
  there.terminate();
});
