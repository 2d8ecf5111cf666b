// Jest with jsdom, whose globals are neither a browser's nor Node.js's: there is no TextEncoder, for one.
import { join } from "node:path";
import { test } from "node:test";
import { expected, run, tools, write } from "./environment.mjs";

write("package.json", '{ "private": true, "jest": { "testEnvironment": "jsdom" } }');
const jest = (...args) => run(process.execPath, ...args, "--runInBand");
const program = join(tools, "jest/bin/jest.js");

const body = (entry) => `
  it("${entry} computes what it does in Node.js", async () => {
    expect(await figures(loadTriplet)).toBe(${JSON.stringify(expected)});
  });`;

test("Jest with jsdom, by require", () => {
  for (const entry of ["triplet", "triplet/external", "triplet/worker"]) {
    const required = `const { loadTriplet } = require("${entry}");\nconst { figures } = require("./figures.cjs");`;
    write(`${entry.replace("/", "-")}.test.js`, required + body(entry));
  }
  jest(program);
});

// Without triplet/worker: what is imported in jsdom is what browsers import, and jsdom has no workers.
test("Jest with jsdom, by import", () => {
  for (const entry of ["triplet", "triplet/external"]) {
    const imported = `import { loadTriplet } from "${entry}";\nimport { figures } from "./figures.mjs";`;
    write(`${entry.replace("/", "-")}.test.mjs`, imported + body(entry));
  }
  jest("--experimental-vm-modules", program, "--testMatch", "**/*.test.mjs");
});
