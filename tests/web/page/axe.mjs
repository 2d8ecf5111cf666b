// No violation that axe finds on a page.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const axe = readFileSync(
  createRequire(new URL("../../../web/package.json", import.meta.url)).resolve("axe-core/axe.min.js"),
  "utf8",
);

export async function assertAccessible(page, what) {
  const { violations } = await page.evaluate(`${axe}; axe.run({ resultTypes: ["violations"] })`);
  assert.deepEqual(
    violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html.slice(0, 160))]),
    [],
    what,
  );
}
