// What each bundler makes of every entry of the package, and the package's own files without one, in Debian's Chromium
// under a Content-Security-Policy without eval; prints TAP.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { launchChromium } from "../chromium.mjs";
import { folder, install, root, run, tools } from "./installed.mjs";

const { build } = createRequire(join(root, "wasm/package.json"))("esbuild");
const write = (name, text) => writeFileSync(join(folder, name), text);
const tool = (name, ...args) => run(process.execPath, join(tools, name), ...args);
const installed = install([]);

// Says, for each entry, and for workers that a program starts itself, whether it trains to the same bytes, or what went
// wrong.
const source = (path, own = [], imports = "") => `
  ${imports}
  import { loadTriplet as inline } from "${path("triplet")}";
  import { loadTriplet as external } from "${path("triplet/external")}";
  import { loadTriplet as worker } from "${path("triplet/worker")}";
  async function train(load) {
    const triplet = await load();
    const { x, labels } = await triplet.synthetic("moons", 60, 1, 1);
    const trainer = await triplet.trainer({ data: x, labels, layers: [8, 2], steps: 20 });
    await trainer.run();
    const bytes = await trainer.save();
    triplet.terminate?.();
    return bytes.join();
  }
  const own = [${own.map((made) => `() => worker({ worker: ${made} })`)}];
  const all = [inline, external, worker, ...own].map((load) => train(load).catch((error) => error.message));
  Promise.all(all).then(([wanted, ...others]) => {
    globalThis.said = others.map((bytes) => (bytes === wanted ? "same" : bytes.slice(0, 200))).join();
  });`;
const page = (script) => `<!doctype html><title>triplet</title><script type="module" src="${script}"></script>`;
const started = 'new Worker(new URL("triplet/worker-thread", import.meta.url), { type: "module" })';
const bundled = (...more) => write("main.js", source((name) => name, ...more));

const makers = {
  "Vite's build": () => {
    const imports = 'import Thread from "triplet/worker-thread?worker";import url from "triplet/worker-thread?url";';
    bundled([started, "new Thread()", "url"], imports);
    write("index.html", page("/main.js"));
    tool("vite/bin/vite.js", "build", "--logLevel", "error", "--base", "./", "--outDir", "site/vite");
    return "vite/index.html";
  },
  webpack: () => {
    bundled([started]);
    write("webpack.config.cjs", 'module.exports = { mode: "production", entry: "./main.js", target: "web" };');
    const to = join(folder, "site/webpack");
    tool("webpack/bin/webpack.js", "build", "--config", "webpack.config.cjs", "--output-path", to);
    write("site/webpack/index.html", page("main.js"));
    return "webpack/index.html";
  },
  "esbuild, with the files that README names": async () => {
    bundled(['new Worker("thread.js", { type: "module" })']);
    write("thread.js", 'import "triplet/worker-thread";');
    await build({
      absWorkingDir: folder,
      entryPoints: ["main.js", "thread.js"],
      bundle: true,
      minify: true,
      format: "esm",
      splitting: true,
      outdir: "site/esbuild",
      logLevel: "silent",
    });
    for (const file of ["triplet.wasm", "worker-thread.js"]) {
      copyFileSync(join(installed, file), join(folder, "site/esbuild", file));
    }
    write("site/esbuild/index.html", page("main.js"));
    return "esbuild/index.html";
  },
  "no bundler": () => {
    write("site/main.js", source((name) => `/node_modules/${name}${name === "triplet" ? "/index" : ""}.js`));
    write("site/index.html", page("main.js"));
    return "index.html";
  },
};

const TYPES = { ".js": "text/javascript", ".html": "text/html", ".wasm": "application/wasm" };
const server = createServer(({ url }, response) => {
  const { pathname } = new URL(url, "http://localhost");
  try {
    const body = readFileSync(join(folder, pathname.startsWith("/node_modules/") ? "" : "site", pathname));
    response.setHeader("Content-Type", TYPES[extname(pathname)] ?? "text/plain");
    response.setHeader("Content-Security-Policy", "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'");
    response.end(body);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const context = await launchChromium(join(folder, "profile"));

async function saidBy(path) {
  const tab = await context.newPage();
  await tab.goto(`http://127.0.0.1:${server.address().port}/${path}`);
  let said;
  for (let turn = 0; turn < 1200 && said === undefined; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 100)); // waitForFunction would need eval
    said = await tab.evaluate(() => globalThis.said);
  }
  await tab.close();
  return said;
}

mkdirSync(join(folder, "site"));
for (const [name, make] of Object.entries(makers)) {
  try {
    const said = await saidBy(await make());
    if (!/^same(,same)+$/.test(said)) {
      throw new Error(`expected the same bytes, got ${said}`);
    }
    console.log(`ok - ${name}: triplet, triplet/external, triplet/worker and its thread in Chromium`);
  } catch (error) {
    console.log(`# ${error.message.split("\n").join("\n# ")}\nnot ok - ${name}`);
    process.exitCode = 1;
  }
}
await context.close();
server.close();
