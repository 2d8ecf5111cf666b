// Runs the same test files in Debian's Chromium, under a Content-Security-Policy without eval, and prints their TAP.
import { createServer } from "node:http";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, extname, join } from "node:path";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { launchChromium } from "../chromium.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const require = createRequire(here("../../wasm/package.json"));
const { build } = require("esbuild");

const TYPES = {
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".html": "text/html",
  ".wasm": "application/wasm",
};
const temporary = await mkdtemp(join(tmpdir(), "triplet-chromium-"));
const files = process.argv.slice(2);

// One script for each test file, with the browser's harness in the place of Node's.
await build({
  entryPoints: files,
  outdir: join(temporary, "tests"),
  bundle: true,
  format: "esm",
  target: "es2022",
  nodePaths: [here("../../wasm/node_modules")],
  external: ["/npm/*", "/harness.js"],
  plugins: [
    {
      name: "harness",
      setup: ({ onResolve }) => onResolve({ filter: /harness\.mjs$/ }, () => ({ path: "/harness.js", external: true })),
    },
  ],
});

const roots = [
  [/^\/npm\//, here("../../build/npm/")],
  [/^\/tests\/wasm\//, join(temporary, "tests/")],
  [/^\/triplet\//, here("../../build/npm/")],
  [/^\/(?=tests\/)/, here("../../")],
];

// Pages under a policy of their own; any other runs its own scripts alone.
const STRICT = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";
const POLICIES = {
  "/far": `${STRICT} http://localhost:*; worker-src blob: http://localhost:*`,
  "/trusted": `${STRICT}; require-trusted-types-for 'script'`,
};

async function respond(url) {
  if (url === "/" || url in POLICIES) {
    return ["<!doctype html><title>triplet</title>", "text/html"];
  }
  if (url === "/page.html") {
    return [await readFile(here("../../wasm/examples/page.html")), "text/html"];
  }
  if (url === "/harness.js") {
    return [await readFile(here("harness.browser.mjs")), "text/javascript"];
  }
  const [pattern, root] = roots.find(([pattern]) => pattern.test(url)) ?? [];
  return [await readFile(join(root, url.replace(pattern, ""))), TYPES[extname(url)] ?? "text/plain"];
}

const server = createServer(async ({ url }, response) => {
  try {
    const [body, type] = await respond(new URL(url, "http://localhost").pathname);
    response.setHeader("Content-Type", type);
    if (url !== "/page.html") { // whose script is inside
      response.setHeader("Content-Security-Policy", POLICIES[url] ?? STRICT);
    }
    response.setHeader("Access-Control-Allow-Origin", "*");
    response.end(body);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const origin = `http://127.0.0.1:${server.address().port}`;

const context = await launchChromium(join(temporary, "profile"));

let failed = false;
function print(line) {
  failed ||= line.startsWith("not ok");
  console.log(line);
}

try {
  const page = await context.newPage();
  for (const file of files) {
    await page.goto(origin);
    const lines = await page.evaluate(async (script) => {
      await import(script);
      return (await import("/harness.js")).run();
    }, `/tests/wasm/${basename(file).replace(/\.mjs$/, ".js")}`);
    lines.forEach(print);
  }
  for (const path of Object.keys(POLICIES)) {
    await page.goto(origin + path);
    const loss = await page.evaluate(async (far) => {
      const { loadTriplet } = await import("/npm/worker.js");
      const trusted = () => {
        const policy = trustedTypes.createPolicy("workers", { createScriptURL: (url) => url });
        return policy.createScriptURL("/npm/worker-thread.js");
      };
      const triplet = await loadTriplet({ worker: location.pathname === "/far" ? far : trusted() });
      return (await triplet.marginLoss([[0, 0]], [[0, 1]], [[1, 0]], { convention: "exact" })).loss;
    }, `http://localhost:${server.address().port}/npm/worker-thread.js`);
    print(`${loss === 1 ? "ok" : "not ok"} - a worker under the policy of ${path}`);
  }
  await page.goto(`${origin}/page.html`);
  await page.waitForFunction(() => Number(document.querySelector("output").value) >= 20);
  print("ok - wasm/examples/page.html");
} catch (error) {
  print(`not ok - Chromium: ${error.message}`);
} finally {
  await context.close();
  server.close();
  await rm(temporary, { recursive: true, force: true });
}
process.exitCode = failed ? 1 : 0;
