// The demo in headless Chromium: steps/s in its worker against the same run in Node.js, the time between frames while
// it trains, how soon it moves, how soon the opening is there, and what a run that has ended takes. Needs build/web
// (make web).
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { Run } from "../../web/src/worker/run.js";
import { loadShipped, schema, triplet } from "../web/model/world.mjs";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
const { chromium } = require("playwright-core");
const { preview } = await import(require.resolve("vite").replace("index.cjs", "dist/node/index.js"));

const SECONDS = 4;
const ROUNDS = 3;
const runs = {
  digits: {},
  "20,000 free points": { data: "blobs", rows: 20000, encoder: "free" },
  "20,000 points by a network": { data: "rings", rows: 20000 },
};

const middle = (values) => values.sort((x, y) => x - y)[values.length >> 1];

function rateInNode(settings, dataset) {
  const run = new Run(triplet, dataset, settings, []);
  const start = performance.now();
  while (performance.now() - start < SECONDS * 1000) {
    run.train();
  }
  const rate = (run.step * 1000) / (performance.now() - start);
  run.free();
  return rate;
}

// Runs in the page, as the next.
async function untilMoving() {
  while (!/[1-9]/.test(document.querySelector("#bar [data-figure=step] b")?.textContent)) {
    await new Promise(requestAnimationFrame);
  }
}

async function untilThere() {
  while (!document.querySelector(".one-plane")?.childElementCount) {
    await new Promise(requestAnimationFrame);
  }
}

async function watch(seconds) {
  const step = () => Number(document.querySelector("#bar [data-figure=step] b").textContent.replace(/\D/g, ""));
  const [from, start, frames] = [step(), performance.now(), []];
  let last;
  while (performance.now() - start < seconds * 1000) {
    const now = await new Promise(requestAnimationFrame);
    frames.push(now - (last ?? now));
    last = now;
  }
  frames.sort((x, y) => x - y);
  return {
    rate: ((step() - from) * 1000) / (performance.now() - start),
    p95: frames[Math.floor(frames.length * 0.95)],
  };
}

async function inPage(browser, address, settings) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  const opened = performance.now();
  await page.goto(`${address}#${new URLSearchParams(settings)}`);
  await page.evaluate(untilMoving);
  const moving = performance.now() - opened;
  await page.waitForTimeout(1500);
  const { p95: atDefaultSpeed } = await page.evaluate(watch, SECONDS);
  await page.locator("#pace").click();
  await page.locator("#bar .choices label").last().click();
  await page.waitForTimeout(500);
  const { rate, p95 } = await page.evaluate(watch, SECONDS);
  await page.close();
  return { moving, rate, p95, atDefaultSpeed };
}

// ms from the address to the first picture of the opening.
async function opening(browser, address) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  const opened = performance.now();
  await page.goto(address);
  await page.evaluate(untilThere);
  const there = performance.now() - opened;
  await page.close();
  return there;
}

// The share of a core that the page takes once its run has ended.
async function atRest(browser, address) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(`${address}#view.step=1000`);
  await page.locator("#play[aria-label=Play]").waitFor();
  await page.waitForTimeout(3000);
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Performance.enable");
  const busy = async () =>
    (await devtools.send("Performance.getMetrics")).metrics.find(({ name }) => name === "TaskDuration").value;
  const before = await busy();
  await page.waitForTimeout(SECONDS * 1000);
  const share = ((await busy()) - before) / SECONDS;
  await page.close();
  return share;
}

const root = fileURLToPath(new URL("../../web", import.meta.url));
const server = await preview({ root, logLevel: "error", preview: { port: 0 } });
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
console.log(`demo: medians of ${ROUNDS}; p95 of the time between frames at the default speed and at full speed`);
for (const [name, given] of Object.entries(runs)) {
  const settings = schema.clamp({ ...schema.defaults(), ...given });
  const dataset = await loadShipped(settings);
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) {
    rounds.push({
      node: rateInNode(settings, dataset),
      ...(await inPage(browser, server.resolvedUrls.local[0], settings)),
    });
  }
  const of = (key) => middle(rounds.map((round) => round[key]));
  const ratio = middle(rounds.map(({ rate, node }) => rate / node)).toFixed(2);
  const rates = `${of("rate").toFixed(0).padStart(6)} steps/s, ${ratio} of Node's ${of("node").toFixed(0)}`;
  const frames = `frames ${of("atDefaultSpeed").toFixed(1)} ms and ${of("p95").toFixed(1)} ms`;
  const opening = `moves ${(of("moving") / 1000).toFixed(1)} s after it is asked for`;
  console.log(`${name.padEnd(28)} ${rates}; ${frames}; ${opening}`);
}
const [local] = server.resolvedUrls.local;
console.log(`the opening is there after ${((await opening(browser, local)) / 1000).toFixed(1)} s`);
console.log(`at rest the page takes ${((await atRest(browser, local)) * 100).toFixed(1)}% of a core`);
await browser.close();
server.httpServer.close();
