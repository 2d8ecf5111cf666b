// triplet/script from the tarball: one global, in pages and in classic workers of Debian's Chromium, with Node's bits.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { createContext, runInContext } from "node:vm";
import { launchChromium } from "../chromium.mjs";
import { folder, install, run, tools } from "./installed.mjs";

const installed = install([]);
const write = (name, text) => writeFileSync(join(folder, name), text);

// Trains, here or in a worker; embeddings as text.
async function train(load) {
  const triplet = await load();
  const { x, labels } = await triplet.synthetic("moons", 60, 1, 1);
  const trainer = await triplet.trainer({ data: x, labels, layers: [8, 2], steps: 20 });
  await trainer.run();
  const { data } = await trainer.embed();
  triplet.terminate?.();
  return data.join();
}

const module = await import(pathToFileURL(join(installed, "index.js")).href);
const expected = await train(module.loadTriplet);

const SCRIPT = "/node_modules/triplet/script/triplet.js";
const use = (load) => `(${train})(${load}).catch(({ message }) => message)`;
const BOTH = `Promise.all([${use("triplet.loadTriplet")}, ${use("triplet.worker.loadTriplet")}])`;
const scripts = (host) => [SCRIPT, "/main.js"].map((path) => `<script src="${host}${path}"></script>`).join("");
const page = (host = "") => `<!doctype html><title>triplet</title>${scripts(host)}`;
write("main.js", `${BOTH}.then((said) => (globalThis.said = said));`);
write("index.html", page());
const answering = (what) => `importScripts("${SCRIPT}");
  onmessage = async ({ source }) => (source ?? self).postMessage(await ${what});`;
write("worker.js", answering(BOTH));
write("service.js", answering(`Promise.all([${use("triplet.loadTriplet")}])`));

const TYPES = { ".js": "text/javascript", ".html": "text/html" };
const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'";
const INLINE = `${POLICY} 'unsafe-inline'`;
// A page whose scripts are another host's.
const FAR = "default-src 'none'; script-src 'wasm-unsafe-eval' http://localhost:*; worker-src blob: http://localhost:*";

const server = createServer(({ url }, response) => {
  try {
    response.setHeader("Content-Type", TYPES[extname(url)] ?? "text/plain");
    response.setHeader("Content-Security-Policy", { "/far.html": FAR, "/readme.html": INLINE }[url] ?? POLICY);
    response.setHeader("Access-Control-Allow-Origin", "*");
    response.end(readFileSync(join(folder, url)));
  } catch {
    response.writeHead(404).end();
  }
});
let context;
let origin;
before(async () => {
  await new Promise((resolve) => server.listen(0, resolve));
  const { port } = server.address();
  origin = `http://127.0.0.1:${port}`;
  write("far.html", page(`http://localhost:${port}`));
  context = await launchChromium(join(folder, "profile"));
});
after(async () => {
  await context?.close();
  server.close();
});

// What a page says, or a worker that it starts.
async function saidBy(url, what = "globalThis.said", start = () => {}) {
  const tab = await context.newPage();
  await tab.goto(url);
  await tab.evaluate(start);
  let said;
  for (let turn = 0; turn < 1200 && !said; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 100)); // waitForFunction would need eval
    said = await tab.evaluate(what);
  }
  await tab.close();
  return said;
}

test("one global, with the names of the module", () => {
  const context = createContext({});
  const names = () => runInContext("Object.getOwnPropertyNames(globalThis)", context);
  const before = names();
  runInContext(readFileSync(join(installed, "script/triplet.js"), "utf8"), context);
  assert.deepEqual([...names()].filter((name) => !before.includes(name)), ["triplet"]);
  assert.deepEqual(Object.keys(context.triplet).sort(), [...Object.keys(module), "worker"].sort());
  // A page may call what it loads as it likes.
  assert.equal(runInContext("const triplet = 1; triplet", context), 1);
});

test("a page, and a worker that it asks for", async () => {
  assert.deepEqual(await saidBy(`${origin}/index.html`), [expected, expected]);
});

test("a page of another host", async () => {
  assert.deepEqual(await saidBy(`${origin}/far.html`), [expected, expected]);
});

test("a page that is a file", async () => {
  write("file.html", page(pathToFileURL(folder).href));
  assert.equal((await saidBy(pathToFileURL(join(folder, "file.html")).href))[0], expected);
});

test("a classic worker, and one that it asks for", async () => {
  const start = () => {
    const worker = new Worker("worker.js");
    worker.onmessage = ({ data }) => (globalThis.said = data);
    worker.postMessage(0);
  };
  write("empty.html", "<!doctype html><title>triplet</title>");
  assert.deepEqual(await saidBy(`${origin}/empty.html`, undefined, start), [expected, expected]);
});

test("a classic service worker", async () => {
  const start = async () => {
    await navigator.serviceWorker.register("service.js");
    const { active } = await navigator.serviceWorker.ready;
    navigator.serviceWorker.onmessage = ({ data }) => (globalThis.said = data);
    active.postMessage(0);
  };
  assert.deepEqual(await saidBy(`${origin}/empty.html`, undefined, start), [expected]);
});

test("README's page", async () => {
  const [, html] = /```html\n(.*?)```/s.exec(readFileSync(join(installed, "README.md"), "utf8"));
  write("readme.html", html.replace("https://cdn.jsdelivr.net/npm", "/node_modules"));
  assert.equal(await saidBy(`${origin}/readme.html`, "document.title"), "2.0");
});

test("its types, in a program that is no module", () => {
  write(
    "page.ts",
    `/// <reference types="triplet/script" />
     triplet.loadTriplet().then(({ marginLoss }) => marginLoss([[0]], [[1]], [[2]]).loss.toFixed());
     triplet.worker.loadTriplet().then((there) => there.terminate());
     // @ts-expect-error no such name
     triplet.load();`,
  );
  run(process.execPath, join(tools, "typescript/bin/tsc"), "--strict", "--noEmit", "--module", "nodenext", "page.ts");
});
