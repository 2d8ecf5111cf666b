// The built site in a real browser, as a visitor has it: served from a sub-path, watched for errors and for requests to
// other places.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test as tell } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { chromium } from "../../../web/node_modules/playwright-core/index.mjs";
import { serveSite } from "../serve.mjs";

const LIMIT = 120000; // ms until what is waited for is given up: machines may be slow and busy

const { origin, address, requested, close } = await serveSite();
export { address, origin, requested };

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
});
after(async () => {
  await browser.close();
  close();
});

// A test of a page, which mostly waits: two are under way at a time, and told in their order.
let lanes = 2;
const waiting = [];
export function test(name, body) {
  const done = new Promise((begin) => waiting.push(begin)).then(body).finally(() => {
    lanes++;
    next();
  });
  done.catch(() => {}); // it is told below
  tell(name, () => done);
  next();
}
function next() {
  if (lanes > 0 && waiting.length > 0) {
    lanes--;
    waiting.shift()();
  }
}

// Opens the page, waits for the run at the step that its hash names, runs body(page), and fails on any error in the
// console or request to another origin. hash: by default that of the full run; "" opens on one triplet. prepare(page):
// before it is opened; fails: it is to fail, and errors are no faults; keeps: its service worker is let in.
export async function visit(
  body,
  { hash = "#run", wait = true, prepare = async () => {}, fails = false, keeps = false, ...window } = {},
) {
  const { width = 1280, height = 800, ratio = 1, scheme = "light", still = false } = window;
  const context = await browser.newContext({
    viewport: { width, height },
    deviceScaleFactor: ratio,
    colorScheme: scheme,
    reducedMotion: still ? "reduce" : "no-preference",
    acceptDownloads: true,
    permissions: ["clipboard-read", "clipboard-write"],
    serviceWorkers: keeps ? "allow" : "block",
  });
  const page = await context.newPage();
  page.setDefaultTimeout(LIMIT);
  const faults = [];
  const isOurs = (text) => !/registration blocked by Playwright/.test(text); // see serviceWorkers
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type()) && isOurs(message.text())) {
      faults.push(message.text());
    }
  });
  page.on("pageerror", (error) => faults.push(error.stack));
  page.on(
    "request",
    (request) =>
      !/^(blob|data):/.test(request.url()) && !request.url().startsWith(address) && faults.push(request.url()),
  );
  try {
    await prepare(page);
    await page.goto(address + hash);
    if (wait && hash !== "") {
      await atLeast(page, stepIn(hash));
    }
    await body(page);
    fails || assert.deepEqual(faults, []);
  } finally {
    await context.close();
  }
}

// The step that a link leads to.
export const stepIn = (link) => Number(/view\.step=(\d+)/.exec(link)?.[1] ?? 0);

// Waits for a condition of the page.
export async function until(condition, what, limit = LIMIT) {
  const end = Date.now() + limit;
  for (let value = await condition(); !value; value = await condition()) {
    assert.ok(Date.now() < end, `waited in vain: ${what}`);
    await sleep(40);
  }
}

// A figure of the bar, as text; "" where there is none. name: step, loss, active or recall; of: 0 or 1 in compared
// runs.
export const figure = async (page, name, of = 0) =>
  (await page
    .locator(`#bar [data-figure="${name}"] b`)
    .nth(of)
    .textContent({ timeout: 5000 })
    .catch(() => "")) ?? "";

// The step that is shown; -1 before there is one.
export const stepOf = async (page) => Number((await figure(page, "step")).replaceAll(",", "") || -1);

export const atLeast = (page, step) => until(async () => (await stepOf(page)) >= step, `step ${step}`);

export const isPaused = async (page) => (await page.locator("#play").getAttribute("aria-label")) === "Play";
export const paused = (page) => until(() => isPaused(page), "paused");

// The run may have come to its end by itself.
export async function pause(page) {
  (await isPaused(page)) || (await page.locator("#play").click());
  await paused(page);
}

// Until all that was asked for is there, and the picture and what is said of it stand still; returns the step at which
// they do. The page knows (view/frames.js): two equal pictures may be those of a machine that has not come farther.
export async function still(page) {
  const isStill = () =>
    document.documentElement.hasAttribute("data-resting") &&
    document.getAnimations().every(({ playState }) => playState !== "running");
  await until(() => page.evaluate(isStill), "all stands still");
  return stepOf(page);
}

// So many frames later, in which nothing was to happen.
export const frames = (page, count) =>
  page.evaluate(async (count) => {
    for (let i = 0; i < count; i++) {
      await new Promise(requestAnimationFrame);
    }
  }, count);

// The window as large as this, and all arranged in it.
export async function resized(page, width, height) {
  await page.setViewportSize({ width, height });
  await until(() => page.evaluate((size) => `${[innerWidth, innerHeight]}` === `${size}`, [width, height]), "its size");
  await frames(page, 2);
  await still(page);
}

// Until the picture is another than it was.
export const changed = (page, before, what) => until(async () => !before.equals(await picture(page)), what);

// The bytes of what a button of the panel "Share" gives.
export async function saved(page, name) {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.locator("#drawer").getByRole("button", { name }).click(),
  ]);
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

// Opens a panel by the page's own key or button, and waits until it is there.
export async function openPanel(page, name) {
  const [id, key] = { settings: ["#settings-tab"], share: ["#do-share"], mistakes: ["", "m"], draw: ["", "d"],
    find: ["", "/"], help: ["", "?"] }[name] ?? [""];
  if (id) {
    await page.locator(id).click();
  } else if (key) {
    await page.locator("body").press(key);
  } else {
    await page.locator("#more").click();
    await page.locator("#menu").getByRole("button", { name }).click();
  }
  await page.locator("#drawer h2").filter({ hasText: /./ }).waitFor();
}

// A setting's own control.
export const setting = (page, key) => page.locator(`[data-key="${key}"]`);

export async function setExactly(page, key, value) {
  const box = setting(page, key).locator(".exact");
  await box.fill(String(value));
  await box.press("Enter");
}

// A file as it comes from elsewhere.
export const csv = (name, text) => ({ name, mimeType: "text/csv", buffer: Buffer.from(text) });

// What is drawn in a pane, as PNG.
export const picture = (page, pane = 0) => page.locator("#stage canvas").nth(pane).screenshot();
