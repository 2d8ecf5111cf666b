// Cloudflare's workers: as wrangler bundles them, in workerd, which compiles nothing at run time. Compatibility dates
// before May 2025 have no FinalizationRegistry.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { expected, folder, run, tools, write } from "./environment.mjs";

const wrangler = join(tools, "wrangler/bin/wrangler.js");
const { Miniflare } = createRequire(join(tools, "wrangler/package.json"))("miniflare");
Object.assign(process.env, { CI: "true", WRANGLER_SEND_METRICS: "false", WRANGLER_HIDE_BANNER: "true" });

write(
  "main.mjs",
  `import { loadTriplet } from "triplet/external";
   import wasm from "triplet/triplet.wasm";
   import { figures } from "./figures.mjs";
   export default {
     async fetch() {
       return new Response([typeof FinalizationRegistry, await figures(loadTriplet, { wasm })].join());
     },
   };`,
);

for (const [date, registry] of [["2024-01-01", "undefined"], ["2026-04-01", "function"]]) {
  test(`Cloudflare's workers of ${date}`, { timeout: 120_000 }, async () => {
    const bundled = `bundled-${date}`;
    const options = ["--dry-run", "--name", "main", "--compatibility-date", date, "--outdir", bundled];
    run(process.execPath, wrangler, "deploy", "main.mjs", ...options);
    const worker = new Miniflare({
      modules: true,
      modulesRules: [{ type: "CompiledWasm", include: ["**/*.wasm"] }],
      modulesRoot: join(folder, bundled),
      scriptPath: join(folder, bundled, "main.js"),
      compatibilityDate: date,
    });
    try {
      const answer = await worker.dispatchFetch("http://localhost/");
      assert.equal(await answer.text(), `${registry},${expected}`);
    } finally {
      await worker.dispose();
    }
  });
}
