// Rollup, with the plugin that finds packages and, as README says, the files of the package beside the bundle.
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { folder, installed, program, run, same, tools, write } from "./environment.mjs";
import { main, page, saidBy, serve } from "./page.mjs";

const config = (input, conditions) => `
  import { nodeResolve } from "@rollup/plugin-node-resolve";
  export default { input: "${input}", plugins: [nodeResolve({ exportConditions: ${JSON.stringify(conditions)} })] };`;
const rollup = (...args) => run(process.execPath, join(tools, "rollup/dist/bin/rollup"), ...args);
const beside = (site, ...files) => {
  files.forEach((name) => copyFileSync(join(installed, name), join(folder, site, name)));
};

test("Rollup, for a page", async () => {
  write("main.js", main());
  write("page.config.mjs", config("main.js", []));
  rollup("--config", "page.config.mjs", "--dir", "site", "--failAfterWarnings");
  beside("site", "triplet.wasm", "worker-thread.js");
  write("site/index.html", page("main.js"));
  same(await saidBy(`${await serve("site")}/index.html`), 3);
});

test("Rollup, for Node.js", () => {
  write("program.mjs", program);
  write("node.config.mjs", config("program.mjs", ["node"]));
  rollup("--config", "node.config.mjs", "--dir", "program", "--failAfterWarnings", "--external", "/^node:/");
  beside("program", "triplet.wasm", "worker-thread.node.js");
  same(run(process.execPath, "program/program.js"), 3);
});
