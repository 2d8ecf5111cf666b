// A page whose scripts come from another origin, which lets any page read them, under the policy that README names.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { folder, same, source, write } from "./environment.mjs";
import { main, mapped, saidBy, serve } from "./page.mjs";

test("a CDN", async () => {
  const cdn = await serve("node_modules/triplet", { "Access-Control-Allow-Origin": "*" });
  mkdirSync(join(folder, "site"));
  write("site/figures.mjs", source);
  write("site/main.js", main(`[{}, {}, { worker: "${cdn}/worker-thread.js" }]`));
  write("site/index.html", mapped("main.js", cdn));
  const scripts = `'self' 'unsafe-inline' 'wasm-unsafe-eval' ${cdn}`;
  const policy = `script-src ${scripts}; worker-src blob: ${cdn}; connect-src ${cdn}`;
  same(await saidBy(`${await serve("site", { "Content-Security-Policy": policy })}/index.html`), 3);
});
