// Vitest, in Node.js and with jsdom.
import { join } from "node:path";
import { test } from "node:test";
import { expected, imports, run, tools, write } from "./environment.mjs";

const spec = `${imports}
  import { expect, test } from "vitest";
  test.each(Object.entries({ inline, external, worker }))("%s", async (name, load) => {
    expect(await figures(load)).toBe(${JSON.stringify(expected)});
  });`;
write("spec.test.js", spec);

for (const environment of ["node", "jsdom"]) {
  test(`Vitest, ${environment}`, () => {
    run(process.execPath, join(tools, "vitest/vitest.mjs"), "run", "--environment", environment);
  });
}
