// What nobody holds any more is freed, and what something shows is held.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { loadTriplet } from "../../build/npm/index.js";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");
const triplet = await loadTriplet();

// Makes matrices of 200 MB that nobody holds, and lets them go.
async function litter(make) {
  for (let i = 0; i < 100; i++) {
    make(triplet.matrix(500, 1000));
    if (i % 10 === 9) {
      collect();
      await new Promise((resolve) => setTimeout(resolve));
    }
  }
}

test("matrices that are forgotten are freed, but not while a subarray or its numbers are held", async () => {
  triplet.matrix(10_000, 1000).free(); // room for what is made before the first of it is collected
  const view = triplet.matrix(500, 1000).fill(3).subarray(1).subarray(1);
  await litter((matrix) => matrix.subarray(1));
  const { data } = triplet.matrix(500, 1000).fill(4).subarray(2);
  await litter((matrix) => matrix.subarray(1).data);
  assert(data.length === 498_000 && data.every((value) => value === 4));
  assert(view.data.every((value) => value === 3));
  assert(data.buffer.byteLength < 60e6, `${data.buffer.byteLength} bytes`);
});
