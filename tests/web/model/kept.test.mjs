import assert from "node:assert/strict";
import { test } from "node:test";
import { Kept } from "../../../web/src/model/kept.js";
import { createReaderWorker, tableFile } from "./world.mjs";

const csv = "x,y,kind\n1,2,a\n3,-4.5e1,b\n5,6,a\n7,8,b\n";

function datasetOf(choices) {
  const file = tableFile(csv, "mine.csv");
  file.describe(choices);
  return file.dataset();
}

// As much of a browser's database as is used: requests that answer later.
function database() {
  const rows = new Map();
  const answer = (result) => {
    const request = { result };
    setTimeout(() => request.onsuccess());
    return request;
  };
  const store = {
    get: (key) => answer(rows.get(key)),
    put: (value, key) => answer((rows.set(key, structuredClone(value)), key)),
    delete: (key) => answer(void rows.delete(key)),
  };
  const connection = { transaction: () => ({ objectStore: () => store }), close() {} };
  return { rows, open: () => answer(connection) };
}

const keptIn = (storage) => new Kept({ storage, createWorker: createReaderWorker });

test("a file is there again at the next visit, as it was read", async () => {
  const browser = database();
  const dataset = datasetOf({ label: "kind", ignore: ["y"] });
  assert.equal(await keptIn(() => browser).keep(dataset), true);

  const next = keptIn(() => browser);
  const { blob, ...found } = await next.find();
  assert.equal(await blob.text(), csv);
  assert.deepEqual(found, { name: "mine.csv", checksum: dataset.checksum, options: dataset.table.options });
  assert.deepEqual(next.about, { name: "mine.csv", checksum: dataset.checksum });
  assert.deepEqual(await next.restore(dataset.checksum), { ...dataset });
  assert.equal(await next.restore("0123456789abcdef"), null);

  const other = datasetOf({ label: "kind" });
  await next.keep(other);
  assert.equal(await next.restore(dataset.checksum), null, "one is kept");
  assert.equal((await next.restore(other.checksum)).checksum, other.checksum);
});

test("a file that is forgotten is gone", async () => {
  const browser = database();
  const kept = keptIn(() => browser);
  const { checksum } = datasetOf({});
  await kept.keep(datasetOf({}));
  await kept.forget();
  assert.deepEqual([kept.about, browser.rows.size], [null, 0]);
  assert.equal(await kept.find(), null);
  assert.equal(await kept.restore(checksum), null);
});

test("a browser that keeps nothing, or keeps it badly, is none the worse", async () => {
  const refuse = {
    "by throwing": () => {
      throw new DOMException("denied", "SecurityError");
    },
    "by having none": () => undefined,
    "by failing": () => ({
      open() {
        const request = {};
        setTimeout(() => request.onerror());
        return request;
      },
    }),
  };
  for (const [how, storage] of Object.entries(refuse)) {
    const kept = keptIn(storage);
    assert.equal(await kept.find(), null, how);
    assert.equal(await kept.keep(datasetOf({})), false, how);
    assert.deepEqual([kept.isDenied, kept.about], [true, null], how);
    await kept.forget();
    assert.equal(await kept.restore("0123456789abcdef"), null, how);
  }
  const browser = database();
  const { checksum } = datasetOf({});
  browser.rows.set("own", { name: "mine.csv", checksum, options: {}, blob: new Blob(["no table\0"]) });
  assert.equal(await keptIn(() => browser).restore(checksum), null);
});
